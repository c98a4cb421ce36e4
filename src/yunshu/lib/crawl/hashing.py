"""Simhash of a text: near texts have near fingerprints. 64 bits over hashed runs of three characters, by numpy.

Charikar 2002; the hash of a run is splitmix64's finaliser over its three code points (21 bits each).
"""

import re

import numpy as np

SHINGLE = 3
_SPACES = re.compile(r"\s+")


def simhash(text: str) -> int:
    """Return the fingerprint of a text, 0 to 2⁶⁴-1; spaces do not count; 0 for fewer than three characters."""
    points = np.frombuffer(_SPACES.sub("", text).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    if len(points) < SHINGLE:
        return 0
    runs = points[:-2] | points[1:-1] << np.uint64(21) | points[2:] << np.uint64(42)
    runs += np.uint64(0x9E3779B97F4A7C15)
    runs = (runs ^ (runs >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    runs = (runs ^ (runs >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    runs ^= runs >> np.uint64(31)
    bits = np.unpackbits(runs.view(np.uint8).reshape(-1, 8), axis=1)
    votes = bits.sum(axis=0, dtype=np.int64) * 2 > len(runs)
    return int.from_bytes(np.packbits(votes).tobytes(), "little")


def distance(one: int, other: int) -> int:
    """Return in how many of the 64 bits two fingerprints differ."""
    return (one ^ other).bit_count()


def near(wanted: int, known: np.ndarray, most: int) -> np.ndarray:
    """Return the places in ``known`` (uint64) whose fingerprints differ from ``wanted`` in at most ``most`` bits."""
    return np.flatnonzero(np.bitwise_count(known ^ np.uint64(wanted)) <= most)
