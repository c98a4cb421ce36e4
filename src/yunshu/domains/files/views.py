"""A file is fetched here, and only through its record."""

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from yunshu.domains.files import selectors
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import signed_in, viewer_of


@signed_in
@require_safe
def download(request: HttpRequest, number: str) -> FileResponse:
    """Send one attachment as a download: never shown in our origin, never guessed at by the browser."""
    card, path = selectors.open_attachment(viewer_of(request), number)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("file_missing", "文件内容不在存储中，请联系系统管理员。") from error
    response = FileResponse(file, as_attachment=True, filename=card.name, content_type=card.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
