"""A block: the neighbourhood that is made at once, so that a city of millions needs the memory of one. See ``built``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from yunshu.lib.synthetic.chance import chance, falls, mix
from yunshu.lib.synthetic.companies import PEOPLE_PER_COMPANY, Company, found
from yunshu.lib.synthetic.people import MAX_BLOCKS, Marriage, Person, living_adults, settle
from yunshu.lib.synthetic.places import BY_CODE, DIVISIONS

BLOCK_PEOPLE = 30_000
MAX_PEOPLE = (MAX_BLOCKS - len(DIVISIONS)) * BLOCK_PEOPLE
_EMPLOYED = 0.45


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a block lies and how many live there."""

    number: int
    division: str
    people: int


@dataclass(frozen=True, slots=True)
class Block:
    """The people of a block, their marriages, their companies, and who works where (by person number)."""

    plot: Plot
    people: tuple[Person, ...]
    marriages: tuple[Marriage, ...]
    companies: tuple[Company, ...]
    employers: Mapping[int, Company]


def plots(people: int) -> tuple[Plot, ...]:
    """Divide a city of ``people`` among its divisions by their share; raise ValueError if there are too many."""
    if not 0 < people <= MAX_PEOPLE:
        raise ValueError(f"people must be 1 to {MAX_PEOPLE}: {people}")
    found: list[Plot] = []
    left = people
    for division in DIVISIONS:
        here = left if division is DIVISIONS[-1] else round(people * division.share)
        left -= here
        while here > 0:
            found.append(Plot(len(found), division.code, min(here, BLOCK_PEOPLE)))
            here -= BLOCK_PEOPLE
    return tuple(found)


@lru_cache(maxsize=6)
def built(seed: int, plot: Plot) -> Block:
    """Return the block that ``seed`` puts on ``plot``: always the same."""
    rng, division = chance(seed, "block", plot.number, plot.people), BY_CODE[plot.division]
    first = plot.number * BLOCK_PEOPLE
    hood = settle(rng, plot.number, division, first, plot.people)
    adults = list(living_adults(hood.people))
    names: set[str] = set()
    companies = tuple(
        found(rng, first + i, division, adults[int(rng.random() * len(adults))], names)
        for i in range(plot.people // PEOPLE_PER_COMPANY if adults else 0)
    )
    active = [c for c in companies if c.status == "存续"]
    workers = [p for p in adults if p.age < 60 and falls(p.number, seed, _EMPLOYED)] if active else []
    employers = {p.number: active[mix(p.number, seed + 1) % len(active)] for p in workers}
    return Block(plot, tuple(hood.people), tuple(hood.marriages), companies, employers)
