"""Opening, suspending, resuming, merging and closing a site, and the report-in rule.

Source: 《政府网站发展指引》 (国办发〔2017〕47号), part 3: opening and closing are applied for and reported up level by level before they happen.
A site that went offline unreported was ruled 不合格 (Qinghai 2020-Q3, the sheet's A4 [V]). At most one suspension a year, of at most
30 days, is recalled from the same text [R]: terms that an official corrects; a breach is shown, never refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from yunshu.domains.inspection.contracts import Found
from yunshu.lib.kernel.labels import label

VERSION = "registry-2017-47"
OPEN, SUSPEND, RESUME, MERGE, CLOSE = "open", "suspend", "resume", "merge", "close"
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    OPEN: (("planned",), "running"),
    SUSPEND: (("running",), "suspended"),
    RESUME: (("suspended",), "running"),
    MERGE: (("running", "suspended"), "merged"),
    CLOSE: (("planned", "running", "suspended"), "closed"),
}
"""What each verb does: from which states to which."""
OFFLINE = frozenset({SUSPEND, MERGE, CLOSE})
"""Verbs after which the site is not there."""
UNREPORTED = label("网站%(verb)s未事先报备")
NAMES = {
    OPEN: label("开设"),
    SUSPEND: label("临时下线"),
    RESUME: label("恢复运行"),
    MERGE: label("整合"),
    CLOSE: label("关停"),
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long and how often a site may be suspended [R]."""

    suspension_days: int = 30
    suspensions_a_year: int = 1


TERMS = Terms()


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change: ``on`` is when it takes effect, ``reported_on`` when it was reported up, None if never."""

    verb: str
    on: date
    reported_on: date | None
    seq: int = 0


def target_of(state: str, verb: str) -> str:
    """Return the state that ``verb`` leads to from ``state``; empty if it leads nowhere."""
    sources, target = STEPS.get(verb, ((), ""))
    return target if state in sources else ""


def verbs_from(state: str) -> tuple[str, ...]:
    """Return the verbs possible in a state."""
    return tuple(verb for verb, (sources, _target) in STEPS.items() if state in sources)


def is_reported_in(change: Change) -> bool:
    """Say whether a change was reported no later than it took effect."""
    return change.reported_on is not None and change.reported_on <= change.on


def unreported(site: str, change: Change) -> Found | None:
    """Return the fault of a site that went offline without having been reported; None for every other change."""
    if change.verb not in OFFLINE or is_reported_in(change):
        return None
    words = UNREPORTED % {"verb": NAMES[change.verb]}
    key = unreported_key(change.seq)
    return Found(kind="unreachable", severity="veto", key=key, words=words, site=site, rule_version=VERSION)


def unreported_key(seq: int) -> str:
    """Return what such a fault is known by: a change is a fact and stays one, however well the site opens later."""
    return f"unreported:{seq}"


def suspension_ends(change: Change, terms: Terms = TERMS) -> date:
    """Return the last day that a suspension may take."""
    return change.on + timedelta(days=terms.suspension_days - 1)


def too_many_suspensions(changes: Sequence[Change], year: int, terms: Terms = TERMS) -> bool:
    """Say whether a site was suspended more often in a year than it may be."""
    return sum(c.verb == SUSPEND and c.on.year == year for c in changes) > terms.suspensions_a_year
