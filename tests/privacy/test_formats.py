"""The generated lists, as they are published: HTML, DOCX, XLSX, CSV, PDF and pictures; recall and precision of each."""

import csv
import io
from collections.abc import Callable

import docx
import openpyxl
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from tests.privacy.generated import HEADINGS, INNOCENT_HEADINGS, Case, People

from yunshu.lib import papers, privacy
from yunshu.lib.papers import rapid

RECALL, PRECISION = 0.995, 0.99
Table = list[list[str]]


def html(tables: list[Table]) -> bytes:
    def rows(table: Table) -> str:
        return "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in table)

    return f"<html><body>{''.join(f'<table>{rows(t)}</table><p>。</p>' for t in tables)}</body></html>".encode()


def word(tables: list[Table]) -> bytes:
    document = docx.Document()
    for table in tables:
        made = document.add_table(len(table), len(table[0]))
        for row, cells in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
        document.add_paragraph("。")
    return saved(document.save)


def sheet(tables: list[Table]) -> bytes:
    book = openpyxl.Workbook()
    for table in tables:
        page = book.create_sheet()
        for row in table:
            page.append(row)
    return saved(book.save)


def delimited(tables: list[Table]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(tables[0])
    return text.getvalue().encode("gb18030")


def pdf(tables: list[Table]) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, landscape(A4))
    for table in tables:
        for start in range(1, len(table), 25):
            canvas.setFont("STSong-Light", 8)
            for line, row in enumerate([table[0], *table[start : start + 25]]):
                for column, text in enumerate(row):
                    canvas.drawString(20 + 160 * column, 560 - 20 * line, text)
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def cases(seed: int, count: int) -> tuple[list[Case], list[Case]]:
    people = People(seed)
    return [people.leaking() for _ in range(count)], [people.innocent() for _ in range(count)]


def found(paper: papers.Paper | papers.Unread) -> list[tuple[privacy.Kind, str]]:
    assert isinstance(paper, papers.Paper), paper
    return [
        (hit.kind, piece.text[hit.start : hit.end])
        for piece in paper.pieces
        for hit in privacy.scan(piece.text, context=piece.context)
    ]


def demand(truth: list[tuple[privacy.Kind, str]], hits: list[tuple[privacy.Kind, str]]) -> None:
    right = len(set(truth) & set(hits))
    assert right / len(set(truth)) >= RECALL, sorted(set(truth) - set(hits))[:10]
    assert right / len(set(hits)) >= PRECISION, sorted(set(hits) - set(truth))[:10]


@pytest.mark.parametrize(("name", "write"), [("a.html", html), ("a.docx", word), ("a.xlsx", sheet), ("a.pdf", pdf)])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_list_leaks_is_found_and_nothing_else(
    name: str, write: Callable[[list[Table]], bytes], seed: int
) -> None:
    leaking, innocent = cases(seed, 250)
    tables = [[HEADINGS, *(c.cells for c in leaking)], [INNOCENT_HEADINGS, *(c.cells for c in innocent)]]
    demand([pair for case in leaking for pair in case.truth], found(papers.read(write(tables), name=name)))


def test_an_old_csv_is_read_as_well() -> None:
    leaking, _ = cases(3, 250)
    table = [HEADINGS, *(c.cells for c in leaking)]
    demand([pair for case in leaking for pair in case.truth], found(papers.read(delimited([table]), name="a.csv")))


@pytest.fixture(scope="module")
def reader() -> rapid.RapidReader:
    return rapid.RapidReader()


@pytest.mark.slow
def test_numbers_in_pictures_are_found(reader: rapid.RapidReader) -> None:
    # no Chinese font is promised on a machine that tests, so the pictures carry numbers only
    people = People(4)
    font = ImageFont.load_default(28)
    truth, hits = [], []
    for _ in range(5):
        image = Image.new("RGB", (1000, 420), "white")
        draw = ImageDraw.Draw(image)
        for line in range(8):
            number, mobile = people.id_number(), people.mobile()
            truth += [(privacy.Kind.ID_NUMBER, number), (privacy.Kind.MOBILE, mobile)]
            draw.text((30, 20 + 50 * line), f"{number}      {mobile}      {mobile[:3]}****{mobile[-4:]}", "black", font)
        picture = saved(lambda out, image=image: image.save(out, "PNG"))
        hits += found(papers.read(picture, reader=reader))
    demand(truth, hits)
