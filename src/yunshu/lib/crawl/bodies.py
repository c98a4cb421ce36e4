"""The body of an answer, read no further than it may be: size as sent, size unpacked, and their ratio."""

import zlib
from typing import Protocol

import aiohttp

ACCEPTED = "gzip, deflate"
RATIO_FREE_BYTES = 1 << 20
"""Up to this size a body may be packed as tightly as it likes: blank pages pack well."""
_GZIP_OR_ZLIB, _RAW = 47, -15


class BodyRefused(Exception):
    """A body is not taken. ``code``: ``too_large``, ``bomb``, ``encoding`` (packed in an unknown or broken way)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Unpacker(Protocol):
    def take(self, chunk: bytes, most: int) -> bytes: ...


async def read(answer: aiohttp.ClientResponse, most: int, ratio: float, *, cut: bool = False) -> bytes:
    """Return the unpacked body, at most ``most`` bytes. Raises BodyRefused; with ``cut`` returns the beginning instead."""
    length = answer.content_length
    if length is not None and length > most and not cut:
        raise BodyRefused("too_large")
    unpack = _unpacker(answer.headers.get("Content-Encoding", ""))
    body, packed = bytearray(), 0
    async for chunk in answer.content.iter_any():
        packed += len(chunk)
        body += unpack.take(chunk, most + 1 - len(body))
        if len(body) > RATIO_FREE_BYTES and len(body) > ratio * packed:
            raise BodyRefused("bomb")
        if len(body) > most:
            if cut:
                return bytes(body[:most])
            raise BodyRefused("too_large")
    return bytes(body)


class _Plain:
    def take(self, chunk: bytes, most: int) -> bytes:
        return chunk[:most]


class _Inflate:
    """gzip and zlib by their marks; "deflate" without a mark is what some servers mean by it."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._begun = False

    def take(self, chunk: bytes, most: int) -> bytes:
        try:
            out = self._state.decompress(chunk, most)
        except zlib.error:
            if self._begun:
                raise BodyRefused("encoding") from None
            out = self._raw(chunk, most)
        self._begun = True
        return out

    def _raw(self, chunk: bytes, most: int) -> bytes:
        self._state = zlib.decompressobj(_RAW)
        try:
            return self._state.decompress(chunk, most)
        except zlib.error:
            raise BodyRefused("encoding") from None


def _unpacker(encoding: str) -> _Unpacker:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Inflate()
    raise BodyRefused("encoding")
