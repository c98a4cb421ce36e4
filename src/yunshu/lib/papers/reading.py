"""Finds out what a file is, by its first bytes before its name, and has it read."""

import csv
from importlib.util import find_spec

from yunshu.lib.papers import archive, pages, pdf, sheets, word
from yunshu.lib.papers.collecting import Collector
from yunshu.lib.papers.contracts import BROKEN, LIMITS, Limits, Paper, PaperKind, Place, Reader, Reason, Unread
from yunshu.lib.papers.contracts import UnreadableError as Unreadable

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")
_LEGACY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 2048
_ENCODINGS = ("utf-8-sig", "gb18030")


def reader_installed() -> bool:
    """Say whether the extra ``ocr`` is here, without importing it: it takes 700 MB."""
    return all(find_spec(name) for name in ("rapidocr", "onnxruntime"))


def installed_reader() -> Reader:
    """Return a new reader of pictures; raise ImportError without the extra ``ocr``. It takes 700 MB and a while."""
    from yunshu.lib.papers.rapid import RapidReader  # only here: it needs the extra

    return RapidReader()


def read(
    data: bytes, *, name: str = "", content_type: str = "", reader: Reader | None = None, limits: Limits = LIMITS
) -> Paper | Unread:
    """Return what stands in ``data``, or why it could not be read; nothing inside the bytes makes this raise.

    ``name`` and ``content_type`` only decide between kinds of plain text (HTML, CSV, text).
    """
    if not data:
        return Unread(Reason.EMPTY)
    if len(data) > limits.size_bytes:
        return Unread(Reason.TOO_LARGE, f"{len(data)} bytes")
    into = Collector(limits, reader)
    try:
        return into.paper(_fill(data, name.lower(), content_type.lower(), into))
    except Unreadable as error:
        return Unread(error.reason, error.detail)
    except (*BROKEN, csv.Error) as error:
        return Unread(Reason.BROKEN, f"{type(error).__name__}: {error}"[:200])


def _fill(data: bytes, name: str, content_type: str, into: Collector) -> PaperKind:
    if b"%PDF-" in data[:1024]:
        pdf.read_pdf(data, into)
        return PaperKind.PDF
    if data.startswith(b"PK\x03\x04"):
        return _office(data, into)
    if data.startswith(_LEGACY):
        raise Unreadable(Reason.LEGACY, "Office 97-2003, or with a password")
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _picture(data, into)
    return _plain(data, name, content_type, into)


def _office(data: bytes, into: Collector) -> PaperKind:
    with archive.opened(data, into.limits) as package:
        names = set(package.namelist())
        if "word/document.xml" in names:
            word.read_docx(package, into)
            return PaperKind.DOCX
        if "xl/workbook.xml" in names:
            sheets.read_xlsx(data, package, into)
            return PaperKind.XLSX
    raise Unreadable(Reason.UNKNOWN, "archive")


def _picture(data: bytes, into: Collector) -> PaperKind:
    if into.reader is None:
        raise Unreadable(Reason.OCR_MISSING, "not read: ocr not installed")
    lines = into.reader.lines(data, pixels=into.limits.pixels)
    into.add("\n".join(line.text for line in lines), Place(picture=1))
    return PaperKind.PICTURE


def _plain(data: bytes, name: str, content_type: str, into: Collector) -> PaperKind:
    head = data[:_HEAD].lower()
    html = "html" in content_type or name.endswith((".html", ".htm", ".shtml", ".jsp"))
    if html or b"<html" in head or b"<!doctype html" in head or b"<body" in head:
        pages.read_html(data, into)
        return PaperKind.HTML
    text = _decoded(data)
    if "csv" in content_type or name.endswith((".csv", ".tsv")):
        sheets.read_csv(text, into)
        return PaperKind.CSV
    for number, line in enumerate(text.splitlines(), 1):
        into.add(line, Place(paragraph=number))
    return PaperKind.TEXT


def _decoded(data: bytes) -> str:
    if b"\x00" in data[:_HEAD]:
        raise Unreadable(Reason.UNKNOWN, "binary")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(Reason.UNKNOWN, "no known encoding")
