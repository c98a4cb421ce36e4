"""Digests of what moved: SHA-256 or SM3 over each chunk, and one root over the chunks in their order."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes

from yunshu.lib.tables.relay import Hash


class Algorithm(StrEnum):
    """Which hash: SHA-256 (FIPS 180-4), or SM3 (GB/T 32905) where the cipher evaluation asks for it."""

    SHA256 = "sha256"
    SM3 = "sm3"


class _Sm3:
    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: Any, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.finalize().hex()


def begin(algorithm: Algorithm) -> Hash:
    """Return a hash that has seen nothing."""
    return hashlib.sha256() if algorithm is Algorithm.SHA256 else _Sm3()


def root(algorithm: Algorithm, chunks: Iterable[str]) -> str:
    """Return the hash over the chunks' digests, one a line, in the order of the chunks."""
    hashed = begin(algorithm)
    for digest in chunks:
        hashed.update(f"{digest}\n".encode())
    return hashed.hexdigest()
