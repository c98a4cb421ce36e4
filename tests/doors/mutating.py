"""Spoils valid samples: bits flipped, pieces cut, doubled, swapped with other samples, members of a ZIP exchanged."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence

DEEP = b"[" * 100_000
TELLING = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"&a;", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<![CDATA[", b"]]>",
    b"-1", b"9" * 400, b"1e999", b"NaN", b"null", b"{}", b"[]", b"[" * 3000, b"<a>" * 3000, b'"' , b"'", b"\r\n\r\n", b"\n", b"\t",
    b"=?utf-8?B?////?=", b"boundary=x", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", b"A1:XFD1048576", b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-12:00", b"%00", b"\xe2\x80\xae",
)  # fmt: skip
"""Pieces that readers have stumbled over."""


def spoiled(chance: random.Random, samples: Sequence[bytes]) -> bytes:
    """Return one sample spoiled in one to six places; a ZIP now and then inside its members."""
    data = chance.choice(samples)
    if data[:2] == b"PK" and chance.random() < 0.6:
        return _repacked(chance, data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(WAYS)(chance, data, samples)
    return data


def _at(chance: random.Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def _flip(chance: random.Random, data: bytes, _samples: Sequence[bytes]) -> bytes:
    if not data:
        return data
    out = bytearray(data)
    out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(chance: random.Random, data: bytes, _samples: Sequence[bytes]) -> bytes:
    return data[: _at(chance, data)]


def _drop(chance: random.Random, data: bytes, _samples: Sequence[bytes]) -> bytes:
    start = _at(chance, data)
    return data[:start] + data[start + chance.randrange(1, 40) :]


def _double(chance: random.Random, data: bytes, _samples: Sequence[bytes]) -> bytes:
    start = _at(chance, data)
    return data[:start] + data[start : start + chance.randrange(1, 200)] * chance.choice((2, 2, 50)) + data[start:]


def _put(chance: random.Random, data: bytes, _samples: Sequence[bytes]) -> bytes:
    at = _at(chance, data)
    return data[:at] + chance.choice(TELLING) + data[at + chance.choice((0, 0, 1, 8)) :]


def _splice(chance: random.Random, data: bytes, samples: Sequence[bytes]) -> bytes:
    other = chance.choice(samples)
    return data[: _at(chance, data)] + other[_at(chance, other) :]


WAYS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip,
    _cut,
    _drop,
    _double,
    _put,
    _splice,
)


def _repacked(chance: random.Random, data: bytes) -> bytes:
    """Return a sound ZIP whose members are spoiled or exchanged."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    names = list(members)
    one, two = chance.choice(names), chance.choice(names)
    if chance.random() < 0.2:
        members[one], members[two] = members[two], members[one]
    elif chance.random() < 0.1:
        del members[one]
    else:
        for _ in range(chance.choice((1, 2, 4))):
            members[one] = chance.choice(WAYS)(chance, members[one], list(members.values()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()
