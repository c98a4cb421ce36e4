"""Pages that follow a table through its year and beside other years: monitoring nodes, years compared."""

from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.evaluation import overseeing, selectors, services
from yunshu.domains.evaluation.contracts import SCORE_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.forms import StatementForm
from yunshu.domains.evaluation.rules.years import compared
from yunshu.domains.evaluation.views.tables import frame
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(TABLE_VIEW)
@require_http_methods(["GET", "POST"])
def monitoring(request: HttpRequest, number: str) -> HttpResponse:
    """The nodes of the year, today's warning, what was reported; report."""
    context = frame(request, number, "monitoring")
    table = context["table"]
    seen = overseeing.overview(table, clock.city_date(clock.now()))
    over = [row.due.node.through_month for row in seen.nodes if row.due.is_over]
    form = StatementForm(
        request.POST or None,
        choices=[(str(month), _("1—%(n)s月") % {"n": month}) for month in reversed(over)],
        decisions=[(choice, choice) for choice in seen.rules.decision_choices],
    )
    if form.is_valid():
        spec = services.StatementSpec(
            through_month=int(form.cleaned_data["through_month"]),
            choice=form.cleaned_data["choice"],
            statement=form.cleaned_data["statement"],
        )
        with attempt(form):
            services.report_monitoring(actor=viewer_of(request), number=number, spec=spec, now=clock.now())
            return redirect("evaluation:monitoring", number)
    context |= {
        "seen": seen,
        "statements": overseeing.statements(table),
        "statement_form": form,
        "may_report": bool(over) and table.stage == "monitoring" and viewer_of(request).may(SCORE_EDIT, table.org.path),
    }
    return show(request, "evaluation/monitoring.html", context, status=422 if form.errors else 200)


@staff(TABLE_VIEW)
@require_safe
def years(request: HttpRequest, number: str) -> HttpResponse:
    """The department's tables of two or more years side by side."""
    context = frame(request, number, "years")
    viewer = viewer_of(request)
    tables = list(selectors.visible_tables(viewer).filter(org=context["table"].org).order_by("year"))
    wanted = set(request.GET.getlist("year")) or {str(t.year) for t in tables}
    forms = [selectors.form_of(selectors.newest_version(t)) for t in tables if str(t.year) in wanted]
    context |= {
        "years": [(str(t.year), str(t.year) in wanted) for t in tables],
        "forms": forms,
        "steps": [compared(before, after) for before, after in pairwise(forms)],
    }
    return show(request, "evaluation/years.html", context)
