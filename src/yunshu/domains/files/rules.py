"""Which files are taken: the name's ending, the first bytes and, for packed documents, the content must agree.

The list is what offices of the city exchange (GB/T 33190 OFD, PDF, Office, pictures, plain text). Programs, web pages,
scripts and documents with macros are not on it, whatever they call themselves.
"""

import codecs
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

import puremagic

HEAD_BYTES = 4096
PIECE_BYTES = 256 * 1024
MOST_NAME = 150
MOST_MEMBERS = 20_000
"""More members than any real document packs; a directory of a million would cost hundreds of megabytes to read."""
_FORBIDDEN_IN_NAMES = frozenset('/\\:*?"<>|')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that show nothing or turn the text around. Private use stays: rare family names need it."""
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows keeps for devices, whatever the ending (Naming Files, Paths, and Namespaces)."""
_MEMBER_SIGN = b"PK\x01\x02"
"""PKWARE APPNOTE 4.3.12: the signature of each header in the central directory."""


@dataclass(frozen=True)
class Kind:
    """One type of file: its media type, and what must be found inside."""

    media_type: str
    magic: frozenset[str] = frozenset()
    """Endings by which the signature library may name it; empty: plain text."""
    member: str = ""
    """A member that a packed document of this type must have."""


_ZIP = frozenset({".zip", ".docx", ".xlsx", ".pptx", ".ofd", ".jar", ".epub", ".odt", ".apk"})
_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: Mapping[str, Kind] = {
    ".pdf": Kind("application/pdf", frozenset({".pdf"})),
    ".ofd": Kind("application/ofd", _ZIP, "OFD.xml"),
    ".docx": Kind(_OFFICE + "wordprocessingml.document", _ZIP, "word/document.xml"),
    ".xlsx": Kind(_OFFICE + "spreadsheetml.sheet", _ZIP, "xl/workbook.xml"),
    ".pptx": Kind(_OFFICE + "presentationml.presentation", _ZIP, "ppt/presentation.xml"),
    ".png": Kind("image/png", frozenset({".png"})),
    ".jpg": Kind("image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"})),
    ".jpeg": Kind("image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"})),
    ".txt": Kind("text/plain"),
    ".csv": Kind("text/csv"),
}


def fault_of_name(name: str) -> str:
    """Return the code of what is wrong with a file's name, or an empty string."""
    if not name.strip() or len(name) > MOST_NAME or name.startswith("."):
        return "name_unfit"
    if set(name) & _FORBIDDEN_IN_NAMES or any(unicodedata.category(c) in _UNSEEN for c in name):
        return "name_unfit"
    if name.partition(".")[0].strip().lower() in _DEVICES:
        return "name_unfit"
    return "" if ending_of(name) in KINDS else "type_not_taken"


def ending_of(name: str) -> str:
    """Return the ending of ``name`` with its dot, lower case."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot else ""


def fault_of_content(name: str, file: BinaryIO) -> str:
    """Return the code of what speaks against ``file`` being what ``name`` says, or an empty string."""
    kind = KINDS[ending_of(name)]
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        return "file_empty"
    if not kind.magic:
        return "" if _is_text(head) else "type_differs"
    if not {match.extension.lower() for match in _matches(head)} & kind.magic:
        return "type_differs"
    return _fault_inside(file, kind) if kind.member else ""


def _matches(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    try:
        return list(puremagic.magic_string(head))
    except puremagic.PureError:
        return []


def _is_text(head: bytes) -> bool:
    if (
        b"\0" in head
        or head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"
        or head.startswith((b"#!", b"%PDF", b"MZ", b"PK"))
    ):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            (head[:-4] if len(head) == HEAD_BYTES else head).decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _fault_inside(file: BinaryIO, kind: Kind) -> str:
    if _has_too_many_members(file):
        return "too_many_members"
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return "type_differs"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return "has_macros"
    return "" if kind.member in names else "type_differs"


def _has_too_many_members(file: BinaryIO) -> bool:
    """Count the directory's signatures without building it: the fields that state its size can lie."""
    file.seek(0)
    found, rest = 0, b""
    while piece := file.read(PIECE_BYTES):
        piece = rest + piece
        found += piece.count(_MEMBER_SIGN)
        rest = piece[-len(_MEMBER_SIGN) + 1 :]
        if found > MOST_MEMBERS:
            return True
    return False
