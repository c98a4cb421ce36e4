"""Files of a table: a version in the official layout as XLSX, DOCX or text."""

from io import BytesIO

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import TABLE_VIEW
from yunshu.domains.evaluation.sheets import CONTENT_TYPES, WRITERS
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of


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
