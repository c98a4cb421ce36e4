"""Attachments made when asked for: docx, xlsx, pdf and png of given lines. The same lines give the same text.

The PDF writer is our own: no library that ships writes Chinese into PDF without a font file. It names the predefined
STSong-Light (ISO 32000-1, 9.7.5.2), so readers extract the text though no font is embedded. Pictures are pages of such
files drawn by pdfium in Helvetica, hence digits and Latin letters only: a machine need not have a Chinese font.
"""

import struct
import zlib
from io import BytesIO

import pypdfium2  # type: ignore[import-untyped]
from docx import Document
from openpyxl import Workbook

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "png": "image/png",
}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SONG = (
    "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light-UniGB-UCS2-H/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
    "/DW 1000/W[1 95 500]/FontDescriptor 7 0 R>>",
    "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120"
    "/CapHeight 880/StemV 93>>",
)
_LATIN = ("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "null", "null")


def made(form: str, lines: list[str]) -> bytes:
    """Return a file of ``form`` (docx, xlsx, pdf, png) that says ``lines``."""
    return {"docx": _docx, "xlsx": _xlsx, "pdf": _pdf, "png": _png}[form](lines)


def _docx(lines: list[str]) -> bytes:
    document, out = Document(), BytesIO()
    for line in lines[:-1]:
        document.add_paragraph(line)
    document.add_table(1, 1).cell(0, 0).text = lines[-1]
    document.save(out)
    return out.getvalue()


def _xlsx(lines: list[str]) -> bytes:
    book, out = Workbook(), BytesIO()
    for line in lines:
        book.worksheets[0].append(line.split("，"))
    book.save(out)
    return out.getvalue()


def _pdf(lines: list[str], *, latin: bool = False, size: tuple[int, int] = (595, 842)) -> bytes:
    def shown(line: str) -> str:
        return line.encode("ascii" if latin else "utf-16-be").hex()

    text = " ".join(f"<{shown(line)}> Tj T*" for line in lines)
    body = f"BT /F1 14 Tf 30 {size[1] - 40} Td 24 TL {text} ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        f"<</Length {len(body)}>>stream\n{body}\nendstream",
        *(_LATIN if latin else _SONG),
    )
    out, starts = bytearray(b"%PDF-1.4\n"), []
    for i, text in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{i} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size_ = len(objects) + 1
    trailer = f"trailer<</Size {size_}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return bytes(out) + f"xref\n0 {size_}\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def _png(lines: list[str]) -> bytes:
    document = pypdfium2.PdfDocument(_pdf(lines, latin=True, size=(420, 60 + 24 * len(lines))))
    try:
        image = document[0].render(scale=2.5, grayscale=True).to_numpy()
    finally:
        document.close()
    height, width = image.shape[:2]
    rows = b"".join(b"\0" + image[y].tobytes() for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def dot() -> bytes:
    """Return a picture of one grey point."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0\x80")) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
