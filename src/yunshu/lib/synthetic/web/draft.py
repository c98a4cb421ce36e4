"""``Draft``: a city while it is made: its sites, its chance, and the truth as it is planted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from yunshu.lib.synthetic.chance import chance
from yunshu.lib.synthetic.web.kinds import CHECKS, Seeded, Word
from yunshu.lib.synthetic.web.model import Article, Column, Site

VISIT_GAP = timedelta(days=1)


@dataclass
class Draft:
    """What the makers of a city share. ``say`` writes the truth; ``take`` hands out articles, each only once."""

    seed: int
    now: datetime
    name: str
    label: str
    codes: str
    words: tuple[Word, ...]
    sites: list[Site] = field(default_factory=list)
    truth: list[Seeded] = field(default_factory=list)
    _free: list[tuple[Site, Column, Article]] = field(default_factory=list)
    _numbers: int = 0

    def rng(self, *parts: object) -> Random:
        """Return the chance of one matter in this city."""
        return chance(self.seed, "web", *parts)

    @property
    def first_visit(self) -> datetime:
        """When stage 0 is looked at; stage 1 at ``now``."""
        return self.now - VISIT_GAP

    def number(self) -> int:
        """Return the next number of an article, letter or file."""
        self._numbers += 1
        return 500_000 + self.seed % 1000 * 300 + self._numbers

    @property
    def lively(self) -> list[Site]:
        """The sites on which things are planted."""
        return [site for site in self.sites if not site.quiet]

    def say(
        self, check: str, owner: Site, path: str, place: str, words: str, recipe: str, *, innocent: bool, stage: int = 0
    ) -> None:
        """Write one row of the truth about ``path`` of a site."""
        if check not in CHECKS:
            raise ValueError(check)
        self.truth.append(Seeded(check, owner.code, owner.url(path), place, innocent, words, recipe, stage))

    def open(self) -> None:
        """Shuffle all articles of lively sites for ``take``."""
        free = [(s, c, a) for s in self.lively for c in s.columns for a in c.articles if a.stage == 0]
        rng = self.rng("free")
        self._free = sorted(free, key=lambda _: rng.random())

    def take(self, fits: Callable[[Site, Column, Article], bool] = lambda *_: True) -> tuple[Site, Column, Article]:
        """Return an article on which nothing is planted yet, and keep it from others; raise LookupError if none is left."""
        for i, (site, column, article) in enumerate(self._free):
            if fits(site, column, article):
                del self._free[i]
                return site, column, article
        raise LookupError("no article left")
