"""G.711 (ITU-T, 1988): the two codecs that every telephone has, by table. ``audioop`` is gone from Python 3.13."""

import numpy as np
from numpy.typing import NDArray

PCMU, PCMA = 0, 8
"""Their payload types (RFC 3551)."""
NAMES = {PCMA: "PCMA", PCMU: "PCMU"}
RATE, FRAME = 8000, 160
"""Samples a second, and in 20 ms."""
Samples = NDArray[np.int16]
Wide = NDArray[np.int32]


def _alaw(byte: int) -> int:
    code = byte ^ 0x55
    segment, level = (code & 0x70) >> 4, ((code & 0x0F) << 4) + 8
    size = level if segment == 0 else (level + 0x100) << (segment - 1)
    return size if code & 0x80 else -size


def _ulaw(byte: int) -> int:
    code = ~byte & 0xFF
    size = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -size if code & 0x80 else size


def _nearest(decoded: Samples) -> NDArray[np.uint8]:
    """Return for each of the 65,536 samples the code whose sound is nearest."""
    order = np.argsort(decoded, kind="stable")
    levels = decoded[order].astype(np.int32)
    edges = (levels[1:] + levels[:-1]) // 2
    samples = np.arange(-32768, 32768, dtype=np.int32)
    return order[np.searchsorted(edges, samples, side="left")].astype(np.uint8)


_DECODED: dict[int, Samples] = {
    PCMA: np.array([_alaw(byte) for byte in range(256)], dtype=np.int16),
    PCMU: np.array([_ulaw(byte) for byte in range(256)], dtype=np.int16),
}
_ENCODED = {codec: _nearest(decoded) for codec, decoded in _DECODED.items()}


def decode(codec: int, payload: bytes) -> Samples:
    """Return the samples of a payload."""
    return _DECODED[codec][np.frombuffer(payload, dtype=np.uint8)]


def encode(codec: int, samples: Samples | Wide) -> bytes:
    """Return samples as a payload; what is too loud is clipped."""
    clipped = np.clip(samples, -32768, 32767).astype(np.int32)
    return _ENCODED[codec][clipped + 32768].tobytes()
