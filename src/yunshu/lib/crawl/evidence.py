"""Evidence: pages as they came, in WARC 1.1 files (ISO 28500:2017), each found again by file, offset and digest.

One evidence is one record (``response``; ``conversion`` for what a browser made of a page), compressed by itself, with its SHA-256 as payload digest. The body is kept unpacked (the
fetcher unpacks within its limits); headers of packing are left out. A process writes files of its own and never appends to
one that another left, so a torn end of a killed process spoils nothing. A reference is returned once the record is on disk.
"""

import hashlib
import os
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from yunshu.lib.crawl.fetch import Fetched

FULL_BYTES = 512 << 20
"""At this size a new file is begun."""
DRAWN = "text/html; charset=utf-8"
_UNREADABLE = (
    StopIteration,
    AttributeError,
    OSError,
    EOFError,
    TypeError,
    ValueError,
    zlib.error,
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
)
_PACKING = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class EvidenceDamaged(Exception):
    """A record is not there, or is not what was written."""


@dataclass(frozen=True)
class Reference:
    """Where an evidence is: the file's name within the archive's folder, the record's offset, the body's SHA-256 (hex)."""

    file: str
    offset: int
    sha256: str


@dataclass(frozen=True)
class Captured:
    """An evidence read back."""

    url: str
    at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def content_type(self) -> str:
        """The Content-Type header, as it came; empty if there was none."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")


class Archive:
    """Writes evidence into ``folder``. One for a process; closed by ``with``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._name = ""

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, fetched: Fetched, at: datetime) -> Reference:
        """Keep a page with its head; return where. ``at`` is when it was fetched."""
        return self._record("response", fetched.url, fetched.body, at, head=_head(fetched))

    def add_drawn(self, url: str, html: str, at: datetime) -> Reference:
        """Keep what a browser made of a page: a ``conversion`` record (ISO 28500, 6.8)."""
        return self._record("conversion", url, html.encode(), at, kind=DRAWN)

    def _record(
        self, form: str, url: str, body: bytes, at: datetime, *, head: StatusAndHeaders | None = None, kind: str = ""
    ) -> Reference:
        file = self._writable(at)
        offset = file.tell()
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        sha256 = hashlib.sha256(body).hexdigest()
        record = writer.create_warc_record(
            url,
            form,
            payload=BytesIO(body),
            length=len(body),  # else warcio puts digests of its own in place of ours
            http_headers=head,
            warc_content_type=kind,
            warc_headers_dict={
                "WARC-Date": _stamp(at),
                "WARC-Payload-Digest": f"sha256:{sha256}",
                "WARC-Record-ID": f"<urn:uuid:{uuid4()}>",
            },
        )
        writer.write_record(record)
        file.flush()
        os.fsync(file.fileno())
        return Reference(self._name, offset, sha256)

    def _writable(self, at: datetime) -> BinaryIO:
        if self._file and self._file.tell() < FULL_BYTES:
            return self._file
        if self._file:
            self._file.close()
        self._name = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:12]}.warc.gz"
        self._file = (self._folder / self._name).open("xb")
        writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
        writer.write_record(
            writer.create_warcinfo_record(self._name, {"software": "yunshu", "format": "WARC File Format 1.1"})
        )
        return self._file


def read(folder: Path, reference: Reference) -> Captured:
    """Return the evidence at a reference. Raises EvidenceDamaged if it is gone or its digest is another."""
    found = stored(folder, reference.file, reference.offset)
    if hashlib.sha256(found.body).hexdigest() != reference.sha256:
        raise EvidenceDamaged(f"{reference.file} at {reference.offset}: another digest")
    return found


def stored(folder: Path, name: str, offset: int) -> Captured:
    """Return what stands at a place, whatever its digest. Raises EvidenceDamaged if it is gone or no answer of a server."""
    path = folder / name
    if path.parent != folder or not path.is_file():
        raise EvidenceDamaged(f"no file {name}")
    with path.open("rb") as file:
        file.seek(offset)
        try:
            record = next(iter(ArchiveIterator(file)))
            body = record.content_stream().read()
            at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
            url = record.rec_headers.get_header("WARC-Target-URI", "")
            if record.rec_type == "conversion":
                return Captured(url, at, 200, (("Content-Type", DRAWN),), body)
            head = record.http_headers
            return Captured(url, at, int(head.get_statuscode()), tuple(head.headers), body)
        except _UNREADABLE as error:
            raise EvidenceDamaged(f"{name} at {offset}: no answer of a server") from error


def _head(fetched: Fetched) -> StatusAndHeaders:
    kept = [(name, value) for name, value in fetched.headers.items() if name.lower() not in _PACKING]
    kept.append(("Content-Length", str(len(fetched.body))))
    return StatusAndHeaders(
        f"{fetched.status} {'OK' if fetched.status == 200 else 'Answer'}", kept, protocol="HTTP/1.1"
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
