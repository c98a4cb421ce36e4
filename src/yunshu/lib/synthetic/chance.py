"""Chance from a seed: the same in every process and on every machine. Only ``random()`` is drawn from, never a clock."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
_WHEEL = 4096
_MASK = (1 << 64) - 1


def chance(*parts: object) -> Random:
    """Return the source of chance that belongs to ``parts``."""
    return Random("/".join(map(str, parts)))  # noqa: S311 - made-up data, no secret


def wheel(weighted: Iterable[tuple[T, float]]) -> tuple[T, ...]:
    """Return the values, each as often as its weight asks, so that one index draws by weight."""
    pairs = list(weighted)
    total = sum(weight for _, weight in pairs)
    return tuple(value for value, weight in pairs for _ in range(max(1, round(_WHEEL * weight / total))))


def pick(rng: Random, values: Sequence[T]) -> T:
    """Return one of ``values``."""
    return values[int(rng.random() * len(values))]


def mix(number: int, salt: int) -> int:
    """Return 64 well mixed bits of ``number``: chance that needs no order (the finaliser of splitmix64)."""
    z = (number + salt * 0x9E3779B97F4A7C15) & _MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def falls(number: int, salt: int, share: float) -> bool:
    """Return whether ``number`` belongs to ``share`` of all numbers."""
    return mix(number, salt) < share * (_MASK + 1)
