"""Reading evidence: a page as it was stored, its text, and whether it is still what the ledger holds the digest of."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from yunshu.lib.kernel.errors import NotFound

MOST_BYTES = 5 * 1024 * 1024
"""Longer pages are shown up to here."""
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One record of a WARC file: an answer as it came, its body without transfer and content coding."""

    url: str
    status: str
    media_type: str
    taken_at: str
    body: bytes


class Reader(Protocol):
    """Whatever reads a stored page by its file, below the evidence folder, and its place in bytes."""

    def read(self, path: str, offset: int) -> Stored:
        """Return the record; raise NotFound (``evidence_missing``)."""
        ...


class WarcReader:
    """Reads WARC files below ``folder``, compressed by record or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str, offset: int) -> Stored:
        """Return the record that begins at ``offset`` bytes; raise NotFound (``evidence_missing``)."""
        try:
            with file_below(self._folder, path).open("rb") as file:
                file.seek(offset)
                record = next(iter(ArchiveIterator(file)))
                headers, http = record.rec_headers, record.http_headers
                return Stored(
                    url=headers.get_header("WARC-Target-URI") or "",
                    status=http.get_statuscode() if http else "",
                    media_type=(http.get_header("Content-Type") if http else "") or "",
                    taken_at=headers.get_header("WARC-Date") or "",
                    body=record.content_stream().read(MOST_BYTES),
                )
        except (OSError, StopIteration, ArchiveLoadFailed) as error:
            raise NotFound("evidence_missing", _("证据文件不在存储中，请联系系统管理员。")) from error


def reader() -> Reader:
    """Return the reader of this installation's evidence folder."""
    return WarcReader(settings.EVIDENCE_FOLDER)


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


def source_of(stored: Stored) -> str:
    """Return the page's source as text, in the encoding it is really in."""
    return bytes_to_str(stored.body, detect_encoding(stored.body) or "utf-8")


def text_of(stored: Stored) -> str:
    """Return what a reader sees of the page: its text without markup and scripts."""
    source = source_of(stored)
    return extract_plain_text(source) if "html" in stored.media_type or "<html" in source[:1000].lower() else source


def is_intact(body: bytes, sha256: str) -> bool:
    """Say whether content is still that of the digest."""
    return hashlib.sha256(body).hexdigest() == sha256
