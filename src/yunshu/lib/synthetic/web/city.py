"""``WebCity``: the websites and accounts of a made-up city, their truth, and how they answer at each visit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.synthetic.chance import chance
from yunshu.lib.synthetic.web.accounts import Account, plant_accounts
from yunshu.lib.synthetic.web.answering import Answering
from yunshu.lib.synthetic.web.attacks import Change, plant_changes
from yunshu.lib.synthetic.web.behaviours import Ask, Reply
from yunshu.lib.synthetic.web.columns import fill_sites, say_ages
from yunshu.lib.synthetic.web.draft import VISIT_GAP, Draft
from yunshu.lib.synthetic.web.forged import plant_forged_dates, plant_imitations
from yunshu.lib.synthetic.web.hosts import city_name, label
from yunshu.lib.synthetic.web.kinds import Seeded, Word
from yunshu.lib.synthetic.web.lexicon import lexicon
from yunshu.lib.synthetic.web.links import Paths, plant_links
from yunshu.lib.synthetic.web.marks import (
    plant_barriers,
    plant_drawn_barriers,
    plant_footers,
    plant_labels,
    plant_reposts,
)
from yunshu.lib.synthetic.web.matters import add_guides, add_letters, blank_columns, break_interpretations
from yunshu.lib.synthetic.web.model import Site
from yunshu.lib.synthetic.web.personal import plant_personal
from yunshu.lib.synthetic.web.plan import found_sites, transport
from yunshu.lib.synthetic.web.registry import dns_of, registry_of
from yunshu.lib.synthetic.web.wordings import plant_secret_marks, plant_wordings


@dataclass(frozen=True)
class WebCity:
    """A city's web at one visit (``stage`` 0 or 1). Equal seeds and times make equal cities."""

    seed: int
    now: datetime
    name: str
    label: str
    sites: tuple[Site, ...]
    accounts: tuple[Account, ...]
    paths: Paths
    imitations: dict[str, tuple[str, str]]
    changes: dict[str, Change]
    words: tuple[Word, ...]
    seeded: tuple[Seeded, ...]
    stage: int = 0

    @property
    def lively(self) -> list[Site]:
        """The sites that answer; the others are planted as unreachable or in maintenance."""
        return [site for site in self.sites if not site.quiet]

    @property
    def visits(self) -> tuple[datetime, datetime]:
        """When stage 0 and stage 1 are looked at: a day before ``now``, and ``now``."""
        return self.now - VISIT_GAP, self.now

    def at(self, stage: int) -> "WebCity":
        """Return the city as visit ``stage`` finds it: 0 before any attack, 1 after attacks and honest updates."""
        if stage not in (0, 1):
            raise ValueError(f"a city has the stages 0 and 1: {stage}")
        return replace(self, stage=stage)

    def truth(self) -> list[Seeded]:
        """Return everything planted that the present stage can see, defects and look-alikes."""
        return [row for row in self.seeded if row.stage <= self.stage]

    def lexicon(self) -> list[Word]:
        """Return the neutral dictionary that finds the planted wordings and adverts."""
        return list(self.words)

    def registry(self) -> dict[str, Any]:
        """Return the registry's view as plain data: ``sites``, ``accounts``, ``candidates`` (hosts to look at for imitation)."""
        return registry_of(self.sites, self.accounts, self.imitations, self.now)

    def dns(self, host: str) -> dict[str, list[str]]:
        """Return made-up records of ``host``: A, AAAA, CNAME, NS, ``NS_AAAA`` (of its name servers); nothing for a name that does not exist."""
        return dns_of(self.sites, self.hosts(), host)

    def hosts(self) -> dict[str, str]:
        """Return every host that is spoken of -> ``site``, ``imitation`` or the behaviour of an outside host."""
        return self._answering.hosts

    def urls(self, code: str | None = None) -> Iterator[str]:
        """Yield the addresses of all pages, of one site or all; of a scripted site too, without those of files."""
        for site in self.sites:
            if code in (None, site.code):
                yield from (site.url(path) for path in self._answering.pages[site.code].writers)

    def respond(self, ask: Ask) -> Reply:
        """Return how the city answers one request. Pure: what depends on earlier requests is in ``ask.visit``."""
        return self._answering.respond(ask)

    @cached_property
    def _answering(self) -> Answering:
        return Answering.of(self.sites, self.paths, self.imitations, self.changes, self.stage)


CODES = "449900"
"""How identification codes begin: 4499 is no division's code."""


def web_city(seed: int, now: datetime, codes: str = CODES) -> WebCity:
    """Return the web of the city of ``seed`` as of ``now`` (aware); raise ValueError if ``now`` is not.

    ``codes`` are the first six to eight of the ten digits of its sites' identification codes.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    now = now.astimezone(CITY_ZONE).replace(microsecond=0)
    rng = chance(seed, "web", "names")
    draft = Draft(seed, now, city_name(rng), label(rng), codes, lexicon(chance(seed, "web", "words"), now.year))
    found_sites(draft)
    fill_sites(draft)
    blank_columns(draft)
    add_guides(draft)
    add_letters(draft)
    break_interpretations(draft)
    say_ages(draft)
    draft.open()
    plant_reposts(draft)
    plant_wordings(draft)
    plant_secret_marks(draft)
    plant_personal(draft)
    paths = plant_links(draft)
    plant_barriers(draft)
    plant_drawn_barriers(draft)
    plant_labels(draft)
    plant_forged_dates(draft)
    plant_footers(draft)
    transport(draft)
    imitations = plant_imitations(draft)
    changes = plant_changes(draft, paths)
    accounts = plant_accounts(draft)
    return WebCity(
        seed, now, draft.name, draft.label, tuple(draft.sites), tuple(accounts), paths, imitations, changes, draft.words,
        tuple(draft.truth),
    )  # fmt: skip
