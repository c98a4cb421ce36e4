"""Word documents in the manner of official forms: 宋体 body, 黑体 titles, boxed tables with fixed widths, page numbers."""

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

SONG, HEI = "宋体", "黑体"
LEFT, CENTER, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
BODY_PT, TITLE_PT, CELL_SPACE_PT = 9, 16, 2


def new_document(*, landscape: bool = False) -> Document:
    """Return an empty A4 document with Chinese fonts and ``第 N 页，共 M 页`` at its foot."""
    document = docx.Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = SONG, Pt(BODY_PT)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    section = document.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if landscape else (Cm(21), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    _page_numbers(section.footer.paragraphs[0])
    return document


def saved(document: Document) -> bytes:
    """Return the document's bytes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def title(document: Document, text: str, *, new_page: bool = False) -> None:
    """Add a centred title in 黑体."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.page_break_before = new_page
    paragraph.alignment = CENTER
    _font(paragraph.add_run(text), HEI, TITLE_PT)


def heading(document: Document, text: str) -> None:
    """Add a section's heading in 黑体, kept with what follows."""
    paragraph = document.add_paragraph(style="Heading 2")
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(10), Pt(4)
    _font(paragraph.add_run(text), HEI, 12)


def words(document: Document, text: str) -> None:
    """Add paragraphs of running text, indented by two characters, one per line of ``text``."""
    for part in filter(None, map(str.strip, text.split("\n"))):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.first_line_indent, paragraph.paragraph_format.line_spacing = Pt(21), 1.4
        paragraph.paragraph_format.space_after = Pt(2)
        _font(paragraph.add_run(part), SONG, 10.5)


def boxed(document: Document, rows: int, widths_cm: Sequence[float]) -> Table:
    """Add a bordered table of fixed column widths whose rows do not break across pages."""
    table: Table = document.add_table(rows=rows, cols=len(widths_cm))
    table.style, table.alignment, table.autofit = document.styles["Table Grid"], WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths_cm, strict=True):
            cell.width = Cm(width)
    return table


def may_split(table: Table, row: int) -> None:
    """Let one long row run over a page break."""
    for mark in table.rows[row]._tr.get_or_add_trPr().findall(qn("w:cantSplit")):
        mark.getparent().remove(mark)


def repeats(table: Table, row: int) -> None:
    """Print this row again at the head of each page."""
    table.rows[row]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def put(
    table: Table,
    area: tuple[int, int, int, int],
    text: str,
    *,
    bold: bool = False,
    align: WD_ALIGN_PARAGRAPH = CENTER,
) -> _Cell:
    """Write a text into the cells from (row, column) to (row, column), merged; one paragraph per line."""
    top, left, bottom, right = area
    cell = table.cell(top, left)
    if (top, left) != (bottom, right):
        cell = cell.merge(table.cell(bottom, right))
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for number, part in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(CELL_SPACE_PT)
        run = paragraph.add_run(part)
        run.bold = bold
    return cell


def _font(run: Run, name: str, size: float) -> None:
    run.font.name, run.font.size, run.font.bold, run.font.italic = name, Pt(size), False, False
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), name)
    run.font.color.rgb = docx.shared.RGBColor(0, 0, 0)


def _page_numbers(paragraph: Paragraph) -> None:
    paragraph.alignment = CENTER
    for words_before, field in (("第 ", "PAGE"), (" 页，共 ", "NUMPAGES")):
        paragraph.add_run(words_before)
        mark = OxmlElement("w:fldSimple")
        mark.set(qn("w:instr"), field)
        paragraph._p.append(mark)
    paragraph.add_run(" 页")
