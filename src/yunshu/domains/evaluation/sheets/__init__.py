"""Reading and writing the official form: text, XLSX, DOCX. Pure: bytes in, a ``Reading`` out, and back.

All sources become one grid of cells with places (``grid.py``), and one interpreter reads the grid
(``interpreter.py``): three formats, one understanding. Writers print the official layout.
"""

from yunshu.domains.evaluation.sheets.grid import Grid, Unreadable, grid_from_docx, grid_from_text, grid_from_xlsx
from yunshu.domains.evaluation.sheets.interpreter import interpret
from yunshu.domains.evaluation.sheets.reading import read_any, read_docx, read_text, read_xlsx
from yunshu.domains.evaluation.sheets.text import write_text
from yunshu.domains.evaluation.sheets.word import write_docx
from yunshu.domains.evaluation.sheets.xlsx import write_xlsx

__all__ = [
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
    "write_text",
    "write_xlsx",
]
