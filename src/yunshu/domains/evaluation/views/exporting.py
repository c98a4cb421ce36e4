"""Files of a table: a version in the official layout; the self-evaluation report, as files and for printing."""

from io import BytesIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import TABLE_VIEW
from yunshu.domains.evaluation.reporting import report_of
from yunshu.domains.evaluation.rules.report import LINE_HEADS, MONEY_HEADS
from yunshu.domains.evaluation.sheets import CONTENT_TYPES, REPORT_WRITERS, WRITERS
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.pages import show


@staff(TABLE_VIEW)
@require_safe
def export(request: HttpRequest, number: str, ordinal: int, kind: str = "xlsx") -> FileResponse:
    """One version in the official layout. Raises NotFound for a kind we do not write (``format_unknown``)."""
    table = selectors.get_table(viewer_of(request), number)
    if kind not in WRITERS:
        raise NotFound("format_unknown")
    form = selectors.form_of(selectors.get_version(table, ordinal))
    name = f"{form.title}-第{ordinal}版.{kind}"
    content = BytesIO(WRITERS[kind](form))
    return FileResponse(content, as_attachment=True, filename=name, content_type=CONTENT_TYPES[kind])


@staff(TABLE_VIEW)
@require_safe
def report(request: HttpRequest, number: str) -> HttpResponse:
    """The self-evaluation report as a page made for paper."""
    table = selectors.get_table(viewer_of(request), number)
    found = report_of(table, clock.city_date(clock.now()))
    context = {"report": found, "money_heads": MONEY_HEADS, "line_heads": LINE_HEADS}
    return show(request, "evaluation/report.html", context)


@staff(TABLE_VIEW)
@require_safe
def report_file(request: HttpRequest, number: str, kind: str) -> FileResponse:
    """The report as DOCX, or its table as XLSX. Raises NotFound (``format_unknown``)."""
    table = selectors.get_table(viewer_of(request), number)
    if kind not in REPORT_WRITERS:
        raise NotFound("format_unknown")
    found = report_of(table, clock.city_date(clock.now()))
    name = f"{found.title}{'（草稿）' if found.draft else ''}.{kind}"
    content = BytesIO(REPORT_WRITERS[kind](found))
    return FileResponse(content, as_attachment=True, filename=name, content_type=CONTENT_TYPES[kind])
