"""PDF: one piece a page through pdfium; a page without text is a scan and goes to the reader of pictures."""

import io

import pypdfium2  # type: ignore[import-untyped]

from yunshu.lib.papers.collecting import Collector
from yunshu.lib.papers.contracts import Place, Reason
from yunshu.lib.papers.contracts import UnreadableError as Unreadable

_DPI, _POINTS = 200, 72
_HEADING_CHARACTERS = 200
_PASSWORD = "password"  # noqa: S105 a word of pdfium's message


def read_pdf(data: bytes, into: Collector) -> None:
    """Read page by page; raises UnreadableError (encrypted, broken)."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = _PASSWORD in str(error).lower()
        raise Unreadable(Reason.ENCRYPTED if encrypted else Reason.BROKEN, str(error)) from error
    try:
        for number in range(1, len(document) + 1):
            if number > into.limits.pages:
                into.beyond("pages", Place(page=number))
            if into.full:
                return
            try:
                _page(document, number, into)
            except pypdfium2.PdfiumError as error:
                into.missed(Reason.BROKEN, str(error), Place(page=number))
    finally:
        document.close()


def _page(document: pypdfium2.PdfDocument, number: int, into: Collector) -> None:
    page, place = document[number - 1], Place(page=number)
    try:
        words = page.get_textpage()
        text = words.get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "")
        words.close()
        if text.strip():
            into.add(text, place, context=text[:_HEADING_CHARACTERS])
        elif into.reader is None:
            if next(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                into.picture(b"", place)
        else:
            into.picture(_scan(page, into.limits.pixels), place)
    finally:
        page.close()


def _scan(page: pypdfium2.PdfPage, pixels: int) -> bytes:
    """Return the page as PNG, at 200 dpi or as many as the limit of pixels allows."""
    width, height = page.get_size()
    scale = min(_DPI / _POINTS, (pixels / max(width * height, 1)) ** 0.5)
    picture = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(picture, "PNG")
    return picture.getvalue()
