"""Pages of a project's life: taking a step, handing in a document."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yunshu.domains.files import api as files
from yunshu.domains.projects import forms, services
from yunshu.domains.projects.contracts import DOCUMENT_KIND, PROJECT_VIEW
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.selectors import life as selectors
from yunshu.domains.projects.selectors import projects as of_projects
from yunshu.domains.projects.views.writing import page_of_project, sent, write
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of

STAGE_NAMES = {state.code: state.name for state in life.LIFE.states}


def life_of(viewer: Any, row: Any) -> dict[str, Any]:
    """Return what the page of a project shows of its life."""
    case = workflow.get_case(life.CODE, row.number)
    verbs = workflow.verbs_for(viewer, case)
    now_at = life.ORDER.index(row.stage) + 1 if row.stage in life.ORDER else 0
    documents = list(row.documents.all())
    standing = selectors.standing_of(viewer, row)
    return {
        "facts_known": standing,
        "is_behind": life.is_behind(row.stage, standing.proven),
        "proven_name": _(STAGE_NAMES[standing.proven]) if standing.proven else "",
        "verbs": [v for v in verbs if v.verb not in life.STANDING],
        "standing": [v for v in verbs if v.verb in life.STANDING],
        "task": workflow.open_task_of(case),
        "history": tuple(reversed(workflow.history(case))),
        "chain_broken": workflow.chain_breaks_at(case),
        "stage_names": [_(STAGE_NAMES[code]) for code in life.ORDER],
        "stage_now": now_at,
        "demanded": selectors.demanded(row, *(v.verb for v in verbs)),
        "documents": documents,
        "attachments": files.attachments_of(DOCUMENT_KIND, [d.number for d in documents]),
    }


@staff(PROJECT_VIEW)
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, number: str) -> HttpResponse:
    """Hand in a document."""
    viewer = viewer_of(request)
    row = of_projects.get_project(viewer, number)
    lines = selectors.demanded(row, *(verb for verb, _name in life.DOCUMENTED))
    names = [line.name for line in lines if not line.is_there] + [line.name for line in lines if line.is_there]
    form = forms.DocumentForm(
        sent(request),
        request.FILES or None,
        names=list(dict.fromkeys(names)),
        initial={"on": clock.city_date(clock.now()), "name": request.GET.get("name", "")},
    )

    def save(filled: forms.DocumentForm) -> None:
        data = filled.cleaned_data
        spec = services.DocumentSpec(
            name=data["name"], reference=data["reference"], on=data["on"], attachments=tuple(data["attachments"])
        )
        services.hand_in(actor=viewer, number=number, spec=spec, now=clock.now())

    return write(request, page_of_project(row, _("提交材料"), _("提交"), _("已提交。")), form, save)
