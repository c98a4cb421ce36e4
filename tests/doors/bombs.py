"""Small files that would unpack to more than a process may take, which is 256 MB more than it has: ``python -m tests.doors.bombs`` prints what each reader said."""

import io
import json
import os
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

ROOM_BYTES = 256 << 20
SWOLLEN_MB = 320


def laughing(head: bytes, root: bytes) -> bytes:
    """Return XML whose entities unfold to billions of characters."""
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    return b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a0 'ha'>" + entities + b"]>" + head + b"&a11;" + root


def zeros(size: int) -> bytes:
    """Return ``size`` zero bytes, deflated without ever being held."""
    packer, piece = zlib.compressobj(6), bytes(1 << 20)
    return b"".join([packer.compress(piece) for _ in range(size >> 20)]) + packer.flush()


def swollen(data: bytes, name: str) -> bytes:
    """Return an Office file with one member of 320 MB of blanks."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        with new.open(name, "w", force_zip64=True) as file:
            for _ in range(SWOLLEN_MB):
                file.write(b" " * (1 << 20))
    return out.getvalue()


def wide(data: bytes, member: str) -> bytes:
    """Return a workbook with one cell in its last row and column, and a merge over all."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == member:
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                text = text.replace(b"</sheetData>", far).replace(b'ref="A4:C4"', b'ref="A1:XFD1048576"')
            new.writestr(name, text)
    return out.getvalue()


def huge_picture() -> bytes:
    """Return a PNG that says it has ten thousand million pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zeros(16 << 20)) + chunk(b"IEND", b"")


def nested_mail() -> bytes:
    """Return a letter of parts within parts."""
    opening = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000))
    return f"From: a@b.cn\r\n{opening}".encode()


def cases() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Return each bomb: the parser it is given to, and how it is made."""
    from tests.doors import parsers

    sheet = "xl/worksheets/sheet1.xml"
    return {
        "catalogue, swollen": ("catalogue workbook", lambda: swollen(parsers.catalogue(), sheet)),
        "catalogue, far cell": ("catalogue workbook", lambda: wide(parsers.catalogue(), sheet)),
        "list, swollen": ("list workbook", lambda: swollen(parsers.book(), sheet)),
        "list, far cell": ("list workbook", lambda: wide(parsers.book(), sheet)),
        "table, swollen": ("performance table", lambda: swollen(parsers.book(), sheet)),
        "table, far cell": ("performance table", lambda: wide(parsers.book(), sheet)),
        "table, swollen document": ("performance table", lambda: swollen(parsers.word(), "word/document.xml")),
        "paper, swollen": ("papers", lambda: swollen(parsers.word(), "word/document.xml")),
        "paper, huge picture": ("papers", huge_picture),
        "paper, laughing page": ("papers", lambda: laughing(b"<html><body>", b"</body></html>")),
        "feed, laughing": (
            "feeds",
            lambda: laughing(b"<rss><channel><item><title>", b"</title></item></channel></rss>"),
        ),
        "feed, deep": ("feeds", lambda: b"<rss>" + b"<a>" * 1_000_000),
        "wechat, laughing": ("wechat", lambda: laughing(b"<xml><FromUserName>", b"</FromUserName></xml>")),
        "samples, swollen": ("samples", lambda: zeros(SWOLLEN_MB << 20)),
        "JSON, deep": ("JSON body", lambda: b"[" * 2_000_000),
        "posts, deep": ("posts", lambda: b'{"posts":' + b"[" * 2_000_000),
        "letter, deep JSON": ("node letters", lambda: b'{"body":' + b"[" * 2_000_000),
        "e-mail, parts in parts": ("e-mail", nested_mail),
        "page, deep": ("web page", lambda: b"<div>" * 1_000_000),
        "node table, deep": ("node table JSON lines", lambda: b"[" * 2_000_000),
    }


def main() -> None:
    """Read each bomb within the memory; print what came of it, and how long it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    import django

    django.setup()
    from tests.doors.parsers import PARSERS

    made = {name: (parser, make()) for name, (parser, make) in cases().items()}
    have = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (have + ROOM_BYTES, have + ROOM_BYTES))
    said = {}
    for name, (parser, data) in made.items():
        started = time.process_time()
        try:
            found = str(PARSERS[parser].read(data))[:300]
        except PARSERS[parser].refuses as refusal:
            found = f"refused: {refusal}"[:300]
        except BaseException as error:
            found = f"FAULT {type(error).__name__}: {error}"[:300]
        said[name] = {"bytes": len(data), "said": found, "s": round(time.process_time() - started, 2)}
    print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()
