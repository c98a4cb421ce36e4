"""Reading evidence: a page as it was stored, its text, and whether it is still what the ledger holds the digest of."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from resiliparse.extract.html2text import extract_plain_text

from yunshu.lib.crawl import evidence as archive
from yunshu.lib.crawl.evidence import Captured, EvidenceDamaged
from yunshu.lib.crawl.text import decode
from yunshu.lib.kernel.errors import NotFound

MOST_BYTES = 5 * 1024 * 1024
"""Longer pages are shown up to here."""
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def stored(path: str, offset: int) -> Captured:
    """Return the page at a place of a file of this installation's folder; raise NotFound (``evidence_missing``)."""
    try:
        return archive.stored(settings.EVIDENCE_FOLDER, path, offset)
    except EvidenceDamaged as error:
        raise NotFound("evidence_missing", _("证据文件不在存储中，请联系系统管理员。")) from error


def file_below(folder: Path, path: str) -> Path:
    """Return a file below a folder; raise NotFound (``evidence_missing``) for a path that leads out of it."""
    found = (folder / path).resolve()
    if not path or not found.is_relative_to(folder.resolve()):
        raise NotFound("evidence_missing", _("证据文件不在存储中，请联系系统管理员。"))
    return found


def picture(path: str) -> tuple[bytes, str]:
    """Return a stored picture and its media type; raise NotFound (``evidence_missing``) for anything else."""
    file = file_below(settings.EVIDENCE_FOLDER, path)
    content = file.read_bytes() if file.is_file() else b""
    kind = next((kind for begin, kind in PICTURES.items() if content.startswith(begin)), "")
    if not kind:
        raise NotFound("evidence_missing", _("证据文件不在存储中，请联系系统管理员。"))
    return content, kind


def source_of(page: Captured) -> str:
    """Return the page's source as text, in the encoding it is really in; what is longer than ``MOST_BYTES`` is cut."""
    return decode(page.body[:MOST_BYTES], page.content_type)[0]


def text_of(page: Captured) -> str:
    """Return what a reader sees of the page: its text without markup and scripts."""
    source = source_of(page)
    return extract_plain_text(source) if "html" in page.content_type or "<html" in source[:1000].lower() else source


def is_intact(body: bytes, sha256: str) -> bool:
    """Say whether content is still that of the digest."""
    return hashlib.sha256(body).hexdigest() == sha256
