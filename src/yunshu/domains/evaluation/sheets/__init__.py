"""Reading and writing the official form: text, XLSX, DOCX. Pure: bytes in, a ``Reading`` out, and back.

All sources become one grid of cells with places (``grid.py``), and one interpreter reads the grid
(``interpreter.py``): three formats, one understanding. Writers print the official layout.
"""

from collections.abc import Callable, Mapping

from yunshu.domains.evaluation.contracts import TableForm
from yunshu.domains.evaluation.rules.report import Report
from yunshu.domains.evaluation.sheets.archive import Unreadable
from yunshu.domains.evaluation.sheets.grid import Grid, grid_from_docx, grid_from_text, grid_from_xlsx
from yunshu.domains.evaluation.sheets.interpreter import interpret
from yunshu.domains.evaluation.sheets.reading import read_any, read_docx, read_text, read_xlsx
from yunshu.domains.evaluation.sheets.report import write_report_docx, write_report_xlsx
from yunshu.domains.evaluation.sheets.text import write_text
from yunshu.domains.evaluation.sheets.word import write_docx
from yunshu.domains.evaluation.sheets.xlsx import write_xlsx

WRITERS: Mapping[str, Callable[[TableForm], bytes]] = {"xlsx": write_xlsx, "docx": write_docx, "txt": write_text}
REPORT_WRITERS: Mapping[str, Callable[[Report], bytes]] = {"xlsx": write_report_xlsx, "docx": write_report_docx}
_OFFICE = "application/vnd.openxmlformats-officedocument"
CONTENT_TYPES: Mapping[str, str] = {
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
}

__all__ = [
    "CONTENT_TYPES",
    "REPORT_WRITERS",
    "WRITERS",
    "Grid",
    "Unreadable",
    "grid_from_docx",
    "grid_from_text",
    "grid_from_xlsx",
    "interpret",
    "read_any",
    "read_docx",
    "read_text",
    "read_xlsx",
    "write_docx",
    "write_report_docx",
    "write_report_xlsx",
    "write_text",
    "write_xlsx",
]
