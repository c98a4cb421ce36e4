"""The doors in: from bytes or text to a ``Reading``. Bad input is a fault with advice, never an exception."""

from collections.abc import Callable, Mapping

from yunshu.domains.evaluation.contracts import Fault, Reading
from yunshu.domains.evaluation.sheets.archive import Unreadable
from yunshu.domains.evaluation.sheets.grid import Grid, grid_from_docx, grid_from_text, grid_from_xlsx
from yunshu.domains.evaluation.sheets.interpreter import interpret

Corrections = Mapping[str, str]
NONE: Corrections = {}


def read_text(content: bytes | str, source: str, corrections: Corrections = NONE) -> Reading:
    """Read tab-separated text as lifted from a published page."""
    return _read(lambda: grid_from_text(content), source, corrections)


def read_xlsx(content: bytes, source: str, corrections: Corrections = NONE) -> Reading:
    """Read a spreadsheet's first visible sheet."""
    return _read(lambda: grid_from_xlsx(content), source, corrections)


def read_docx(content: bytes, source: str, corrections: Corrections = NONE) -> Reading:
    """Read a Word document's paragraphs and tables."""
    return _read(lambda: grid_from_docx(content), source, corrections)


def read_any(content: bytes, source: str, corrections: Corrections = NONE) -> Reading:
    """Read by what the bytes are, whatever the name says. ``corrections`` maps a place to the text put there."""
    if content.startswith(b"PK\x03\x04"):
        reader = read_docx if b"word/document.xml" in content else read_xlsx
        return reader(content, source, corrections)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _refused(source, "这是旧版 Office 文件或加了密码的文件。", "请去掉密码，另存为 XLSX 或 DOCX 后再导入。")
    if content.startswith(b"%PDF"):
        return _refused(source, "这是 PDF 文件。", "请导入原始的 XLSX、DOCX 或文本。")
    return read_text(content, source, corrections)


def _read(build: Callable[[], Grid], source: str, corrections: Corrections) -> Reading:
    try:
        return interpret(build().with_corrections(corrections), source)
    except Unreadable as error:
        return _refused(source, str(error), error.advice)


def _refused(source: str, message: str, advice: str) -> Reading:
    return Reading(source=source, form=None, faults=(Fault(place="文件", message=message, advice=advice),))
