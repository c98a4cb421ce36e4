"""Looks into an XLSX or DOCX before anything unpacks it: sizes, ratios, entries, macros, spans that would explode.

A small file may unpack to gigabytes, and one attribute (a merge of a whole sheet, a cell that spans a million
columns) may make a parser build millions of cells. All is read from the directory or from bounded parts.
"""

import io
import re
import struct
import zipfile
import zlib

from docx.opc.exceptions import OpcError

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 40 * 1024 * 1024
MAX_XML_BYTES = 8 * 1024 * 1024
MAX_RATIO, RATIO_FROM_BYTES = 200, 1024 * 1024
MAX_ENTRIES = 1000
MAX_ROWS, MAX_COLUMNS = 2000, 60
ENCRYPTED = 0x1
# what zipfile, openpyxl, python-docx and their XML parsers raise for files that are not what they say
BROKEN_FILE = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    OSError,
    EOFError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    OpcError,
)
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?ref\s*=\s*["\']([^"\']{0,40})["\']')
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_SPAN = re.compile(rb'(?:gridSpan|gridBefore|gridAfter)\b[^>]*?val\s*=\s*["\']\s*([^"\']*)["\']')
_CONTINUED = re.compile(rb"<(?:\w+:)?vMerge\b")


class Unreadable(Exception):
    """The source is not a table of a kind we read; the message says why, ``advice`` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def demand_safe_archive(content: bytes) -> None:
    """Raise Unreadable for an archive that is oversized, a bomb, encrypted, broken or carries macros."""
    demand_size(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _demand_modest(entries)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _demand_plain_xml(entry.filename, archive.read(entry))
    except BROKEN_FILE as error:
        raise Unreadable(
            "文件已损坏、加了密码，或不是 XLSX/DOCX 文件。", "请去掉打开密码，另存为 XLSX 或 DOCX 后再导入。"
        ) from error


def demand_size(content: bytes) -> None:
    """Raise Unreadable for more than ``MAX_BYTES``."""
    if len(content) > MAX_BYTES:
        raise Unreadable("文件过大。", f"请上传不超过 {MAX_BYTES // 1024 // 1024} MB 的文件。")


def _demand_modest(entries: list[zipfile.ZipInfo]) -> None:
    advice = "请新建文件，只复制一张绩效目标表后再导入。"
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"文件内含 {len(entries)} 个部件，超过 {MAX_ENTRIES} 个。", advice)
    if len({e.filename for e in entries}) < len(entries):
        raise Unreadable("文件内有重名的部件。", advice)
    if any(e.flag_bits & ENCRYPTED for e in entries):
        raise Unreadable("文件加了密码。", "请去掉打开密码后再导入。")
    if any(e.filename.lower().endswith("vbaproject.bin") for e in entries):
        raise Unreadable("文件含有宏。", "请另存为不含宏的 XLSX 或 DOCX。")
    large = [e for e in entries if e.filename.lower().endswith(".xml") and e.file_size > MAX_XML_BYTES]
    if large or sum(e.file_size for e in entries) > MAX_UNPACKED_BYTES:
        raise Unreadable("文件解压后过大。", advice)
    if any(e.file_size > RATIO_FROM_BYTES and e.file_size > MAX_RATIO * e.compress_size for e in entries):
        raise Unreadable("文件压缩比异常（可能是压缩炸弹）。", advice)


def _demand_plain_xml(name: str, xml: bytes) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Unreadable(
            "文件含有文档类型声明，正常的表格文件不会有。", "请用办公软件打开并另存为 XLSX 或 DOCX 后再导入。"
        )
    advice = "请取消这处合并，只合并表格内的单元格。"
    if "worksheets/" in name:
        for ref in _MERGE.findall(xml):
            if not _is_small_area(ref.decode("ascii", errors="replace")):
                raise Unreadable(f"合并区域过大或无法识别：{ref.decode('ascii', errors='replace')}。", advice)
    if name.startswith("word/"):
        spans = [span.strip() for span in _SPAN.findall(xml)]
        if any(not s.isdigit() or len(s) > len(str(MAX_COLUMNS)) or int(s) > MAX_COLUMNS for s in spans):
            raise Unreadable(f"表格单元格跨列超过 {MAX_COLUMNS} 列。", advice)
        if len(_CONTINUED.findall(xml)) > MAX_ROWS * MAX_COLUMNS // 10:
            raise Unreadable("表格纵向合并的单元格过多。", advice)


def _is_small_area(ref: str) -> bool:
    match = _AREA.fullmatch(ref.strip().upper())
    if match is None:
        return False
    left, top, right, bottom = match[1], int(match[2]), match[3] or match[1], int(match[4] or match[2])
    return max(top, bottom) <= MAX_ROWS and max(_column(left), _column(right)) <= MAX_COLUMNS


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
