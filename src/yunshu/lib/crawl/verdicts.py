"""Whether a link is dead: a verdict over several looks, spaced in time. Pure; ``linklook`` makes the looks.

The rules are those of the domain sheet §C: what a firewall blocks is not dead; only ``dead`` and ``soft404``, each seen in two
spaced looks, count against a site. A server that refuses, fails or is silent is looked at three times more over a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Sign(StrEnum):
    """What one look saw."""

    GOOD = "good"
    SLOW = "slow"
    GONE = "gone"
    SOFT404 = "soft404"
    TLS = "tls"
    BLOCKED = "blocked"
    FAILING = "failing"
    SILENT = "silent"


class Verdict(StrEnum):
    """What a link is."""

    OK = "ok"
    SLOW = "slow"
    DEAD = "dead"
    SOFT404 = "soft404"
    TLS_ERROR = "tls_error"
    BLOCKED = "blocked_inconclusive"


@dataclass(frozen=True)
class Look:
    """One look at a link: when, what it saw, and the status and error (``Fetched``) behind it."""

    at: datetime
    sign: Sign
    status: int = 0
    error: str = ""
    elapsed_ms: float = 0.0
    url: str = ""


@dataclass(frozen=True)
class Rhythm:
    """How looks are spaced: ``step`` apart at least; ``retries`` after the first where a server refuses, fails or is silent.

    The preset is the sheet's "3 times over at least 24 hours".
    """

    step: timedelta = timedelta(hours=8)
    retries: int = 3


@dataclass(frozen=True)
class Judgement:
    """A verdict, or None and when to look again. ``counts`` says whether it counts against the site."""

    verdict: Verdict | None
    look_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Only what was seen dead twice counts."""
        return self.verdict in (Verdict.DEAD, Verdict.SOFT404)


_AFTER_TWO = {
    Sign.GONE: Verdict.DEAD,
    Sign.SOFT404: Verdict.SOFT404,
    Sign.TLS: Verdict.TLS_ERROR,
    Sign.SLOW: Verdict.SLOW,
}
_DEAD = frozenset({Sign.GONE, Sign.SOFT404})


def judge(looks: Sequence[Look], rhythm: Rhythm) -> Judgement:
    """Return the verdict over the looks at one link, in the order of time.

    A good look settles it at once. Two spaced looks that agree (gone, soft 404, bad certificate, slow) settle it. Else it is
    looked at again until the retries are used up: then whoever refused at least once is ``blocked_inconclusive``, whoever only
    failed or was silent is ``dead``.
    """
    if not looks:
        return Judgement(None)
    if looks[-1].sign is Sign.GOOD:
        return Judgement(Verdict.OK)
    spaced = _spaced(looks, rhythm.step)
    last = spaced[-1]
    if len(spaced) > 1 and _agree(spaced[-2].sign, last.sign):
        return Judgement(_AFTER_TWO[last.sign])
    if len(spaced) <= rhythm.retries:
        return Judgement(None, last.at + rhythm.step)
    return Judgement(_exhausted([look.sign for look in spaced]))


def _agree(one: Sign, other: Sign) -> bool:
    return (one is other and one in _AFTER_TWO) or {one, other} == _DEAD


def _exhausted(signs: list[Sign]) -> Verdict:
    if Sign.BLOCKED in signs:
        return Verdict.BLOCKED
    if Sign.SLOW in signs:
        return Verdict.SLOW
    return Verdict.TLS_ERROR if signs[-1] is Sign.TLS else Verdict.DEAD


def _spaced(looks: Sequence[Look], step: timedelta) -> list[Look]:
    """Return the looks that are at least a step apart, each counted from the last that counts."""
    out = [looks[0]]
    for look in looks[1:]:
        if look.at - out[-1].at >= step:
            out.append(look)
    return out
