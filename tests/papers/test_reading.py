"""Every kind of paper gives its text with places; whatever is wrong inside is said, never raised."""

import io
import random
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from yunshu.lib import papers
from yunshu.lib.papers import LIMITS, Limits, Line, Paper, PaperKind, Place, Reason, Unread, rapid


class Echo:
    """A reader of pictures that says how many bytes it saw."""

    def lines(self, picture: bytes, *, pixels: int) -> list[Line]:
        return [Line(f"{len(picture) > 0} {pixels}", 1.0)]


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def picture() -> bytes:
    return saved(lambda out: Image.new("RGB", (40, 30), "white").save(out, "PNG"))


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("第一段")
    table = document.add_table(2, 2)
    for row, texts in zip(table.rows, [("姓名", "电话"), ("张甲", "一二三")], strict=True):
        row.cells[0].text, row.cells[1].text = texts
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.add_picture(io.BytesIO(picture()))
    return saved(document.save)


def book() -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "名单"
    made.active.append(["姓名", None, "号码"])
    made.active.append(["张甲", None, 445202900101123])
    hidden = made.create_sheet("备份")
    hidden.sheet_state = "hidden"
    hidden["B3"] = "藏着的"
    return saved(made.save)


def pdf(pages: int = 2) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        canvas.drawString(100, 700, f"page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scanned() -> bytes:
    made = pypdfium2.PdfDocument.new()
    page = made.new_page(200, 200)
    image = pypdfium2.PdfImage.new(made)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.new("RGB", (40, 30), "white")))
    image.set_matrix(pypdfium2.PdfMatrix().scale(100, 100))
    page.insert_obj(image)
    page.gen_content()
    return saved(made.save)


def zipped(entries: dict[str, bytes]) -> bytes:
    def write(out: io.BytesIO) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)

    return saved(write)


def test_a_page_gives_blocks_and_rows_and_no_scripts() -> None:
    html = (
        "<html><head><title>通知</title><style>p{}</style></head><body><script>var a</script><div>一<b>二</b>三</div>四"
        "<table><tr><td>外<table><tr><th>姓名</th><th>电话</th></tr><tr><td>张甲</td><td>1 2</td></tr></table></td></tr>"
        "</table><img alt='图'></body></html>"
    )
    paper = papers.read(html.encode("gb18030"))
    assert isinstance(paper, Paper)
    assert paper.kind is PaperKind.HTML
    assert [p.text for p in paper.pieces] == ["通知", "一二三", "四", "外", "姓名\t电话", "张甲\t1 2", "图"]
    assert paper.pieces[5].context == "姓名\t电话"
    assert paper.pieces[1].place == Place(paragraph=2)


def test_a_document_gives_paragraphs_rows_and_what_stands_around() -> None:
    paper = papers.read(word(), reader=Echo())
    assert isinstance(paper, Paper)
    assert [p.text for p in paper.pieces] == ["第一段", "姓名\t电话", "张甲\t一二三", "页眉", f"True {LIMITS.pixels}"]
    assert paper.pieces[2].context == "第一段\n姓名\t电话"
    assert paper.pieces[-1].place == Place(picture=1)
    assert paper.unread == ()


def test_a_picture_without_a_reader_is_named() -> None:
    paper = papers.read(word())
    assert isinstance(paper, Paper)
    assert [(u.reason, u.place) for u in paper.unread] == [(Reason.OCR_MISSING, Place(picture=1))]
    alone = papers.read(picture())
    assert alone == Unread(Reason.OCR_MISSING, "not read: ocr not installed")


def test_a_sheet_gives_rows_with_cells_and_hidden_sheets() -> None:
    paper = papers.read(book())
    assert isinstance(paper, Paper)
    row = paper.pieces[1]
    assert row.text == "张甲\t445202900101123"
    assert row.context == "姓名\t号码"
    assert row.at(row.text.index("4")) == Place(sheet="名单", row=2, cell="C2")
    assert paper.pieces[2].at(0) == Place(sheet="备份", row=3, cell="B3")


def test_a_pdf_gives_pages_and_a_scan_goes_to_the_reader() -> None:
    paper = papers.read(pdf())
    assert isinstance(paper, Paper)
    assert [(p.text, p.place.page) for p in paper.pieces] == [("page 1", 1), ("page 2", 2)]
    seen, unseen = papers.read(scanned(), reader=Echo()), papers.read(scanned())
    assert isinstance(seen, Paper)
    assert isinstance(unseen, Paper)
    assert [p.place for p in seen.pieces] == [Place(page=1)]
    assert [u.reason for u in unseen.unread] == [Reason.OCR_MISSING]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Reason.LEGACY),
        (b"\x7fELF" + bytes(100), Reason.UNKNOWN),
        (b"%PDF-1.7 nothing", Reason.BROKEN),
        (b"PK\x03\x04nothing", Reason.BROKEN),
        (zipped({"a.txt": b"a"}), Reason.UNKNOWN),
        (zipped({"word/document.xml": bytes(50_000_000)}), Reason.BOMB),
        (zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), Reason.DECLARATIONS),
        (zipped({"word/document.xml": "<!DOCTYPE a><a/>".encode("utf-16")}), Reason.DECLARATIONS),
        (zipped({"word/document.xml": b"<a>" * 10_000}), Reason.BROKEN),
        (zipped({"xl/workbook.xml": b"<a/>"}), Reason.BROKEN),
        (zipped({f"{n}": b"" for n in range(6_000)}), Reason.BOMB),
    ],
    ids=range(12),
)
def test_what_cannot_be_read_says_why(data: bytes, reason: Reason) -> None:
    unread = papers.read(data)
    assert isinstance(unread, Unread)
    assert unread.reason is reason


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (pdf(4), Limits(pages=2)),
        (book(), Limits(rows=1)),
        (word(), Limits(characters=5)),
        ("一\n二\n三\n".encode(), Limits(characters=2)),
    ],
    ids=["pages", "rows", "characters", "text"],
)
def test_what_lies_beyond_a_limit_is_named(data: bytes, limits: Limits) -> None:
    paper = papers.read(data, limits=limits)
    assert isinstance(paper, Paper)
    assert paper.pieces
    assert Reason.BEYOND_LIMIT in {u.reason for u in paper.unread}


def test_a_file_that_is_too_large_is_not_opened() -> None:
    unread = papers.read(b"a" * 11, limits=Limits(size_bytes=10))
    assert isinstance(unread, Unread)
    assert unread.reason is Reason.TOO_LARGE


def test_a_picture_of_too_many_pixels_and_a_broken_one_are_refused_before_they_are_decoded() -> None:
    reader = rapid.RapidReader()
    large = papers.read(picture(), reader=reader, limits=Limits(pixels=100))
    broken = papers.read(picture()[:40], reader=reader)
    assert isinstance(large, Unread)
    assert isinstance(broken, Unread)
    assert (large.reason, broken.reason) == (Reason.PIXELS, Reason.BROKEN)


@pytest.mark.parametrize("unit", [b"<div>", b"<div></span>", b"<b><a>"])
def test_markup_that_nests_too_deep_for_the_parser_is_refused_at_once(unit: bytes) -> None:
    assert papers.read(b"<html>" + unit * 100_000 + b"a") == Unread(Reason.BOMB, "nesting")


@pytest.mark.parametrize("unit", [b"<div>", b"<p>a<br>", b"<div></div>", b"<tr><td>a"])
def test_markup_that_is_long_or_deep_within_reason_is_read(unit: bytes) -> None:
    paper = papers.read(b"<html><table>" + unit * (1_000 if unit == b"<div>" else 20_000) + b"the end")
    assert isinstance(paper, Paper)
    assert "the end" in paper.text


SAMPLES = [word(), book(), pdf(), scanned(), picture(), "<html><table><tr><td>一</td></tr></table>".encode()]


@given(st.sampled_from(SAMPLES), st.integers(0, 2**32), st.integers(1, 60))
def test_damage_never_raises(sample: bytes, seed: int, count: int) -> None:
    chance, data = random.Random(seed), bytearray(sample)
    for _ in range(count):
        data[chance.randrange(len(data))] = chance.randrange(256)
    papers.read(bytes(data), reader=Echo())


@given(st.sampled_from(SAMPLES), st.floats(0, 1))
def test_a_torn_file_never_raises(sample: bytes, part: float) -> None:
    papers.read(sample[: int(len(sample) * part)], reader=Echo())


@given(st.binary(max_size=400), st.sampled_from(["a.html", "a.csv", "a.txt", "", "a.pdf"]))
def test_noise_never_raises(data: bytes, name: str) -> None:
    papers.read(data, name=name)
