"""Looks into an Office file (a ZIP of XML) before anything unpacks it: sizes, ratios, entries, declarations."""

import io
import zipfile

from yunshu.lib.papers.contracts import Limits, Reason
from yunshu.lib.papers.contracts import UnreadableError as Unreadable

_ENCRYPTED = 0x1
# a declaration may be written in UTF-16 as well; Office itself never writes one
_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def opened(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """Return the archive if it is safe to unpack; raise UnreadableError (broken, encrypted, bomb, xml_declarations)."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = archive.infolist()
    if len(entries) > limits.entries or len({entry.filename for entry in entries}) < len(entries):
        raise Unreadable(Reason.BOMB, f"{len(entries)} entries")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Unreadable(Reason.ENCRYPTED)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise Unreadable(Reason.BOMB, "unpacked size")
    if any(e.file_size > limits.ratio_from_bytes and e.file_size > limits.ratio * e.compress_size for e in entries):
        raise Unreadable(Reason.BOMB, "ratio")
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")):
            xml = archive.read(entry)
            if any(declaration in xml for declaration in _DECLARATIONS):
                raise Unreadable(Reason.DECLARATIONS, entry.filename)
    return archive


def pictures(archive: zipfile.ZipFile, folder: str) -> list[str]:
    """Return the names of the pictures kept in ``folder``, in the archive's order."""
    kinds = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
    return [name for name in archive.namelist() if name.startswith(folder) and name.lower().endswith(kinds)]
