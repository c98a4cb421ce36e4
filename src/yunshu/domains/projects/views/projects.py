"""Pages of projects."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from yunshu.domains.projects.choices import ProjectKind, Stage
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.selectors import projects as selectors
from yunshu.lib.ui.access import staff
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page

PROJECTS = Listing(
    name="projects",
    title=_l("信息化项目"),
    rows=selectors.visible_projects,
    default_sort="name",
    columns=(
        Column("name", _l("项目名称")),
        Column("kind", _l("类别"), value=lambda r: r.get_kind_display()),
        Column("org", _l("建设单位")),
        Column("stage", _l("所处阶段"), value=lambda r: r.get_stage_display()),
    ),
    filters=(
        Search("number", "name", "summary"),
        Choice("kind", _l("类别"), list(ProjectKind.choices)),
        Choice("stage", _l("所处阶段"), list(Stage.choices)),
    ),
    empty_title=_l("没有信息化项目"),
    empty_text=_l("申报或登记项目后，这里显示它们的阶段、合同与付款。"),
)


@staff(PROJECT_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The projects in one's reach."""
    return list_page(request, PROJECTS)
