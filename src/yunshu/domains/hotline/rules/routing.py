"""Who answers a demand: suggestions from the duty directory with their reasons, and the three things a dispatcher may not do.

国办函〔2025〕66号: what a department must do by its duties may not be pushed down to 基层; and nobody handles a complaint against
themselves. Both are refusals of the router, not advice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yunshu.lib.kernel.labels import label

TOWNSHIP = "township"
MAIN, ASSIST = "main", "assist"
CATEGORY_WEIGHT, DIVISION_WEIGHT, WORD_WEIGHT = 3.0, 2.0, 1.0
MOST_WORDS = 4


@dataclass(frozen=True, kw_only=True)
class DutyRow:
    """One line of the directory: a matter, whose it is, where, by what law. An empty division is the whole city."""

    code: str
    matter: str
    category: str
    words: tuple[str, ...]
    division: str
    org_id: int
    org_name: str
    role: str
    department_only: bool
    basis: str


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a router looks at. ``category`` is the code of the matter's class, its parents being its beginnings."""

    text: str
    category: str
    division: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a unit is suggested: ``kind`` is category, division or word."""

    kind: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One unit with the line it rests on and why."""

    row: DutyRow
    score: float
    reasons: tuple[Reason, ...]


def weigh(row: DutyRow, demand: Demand) -> Suggestion | None:
    """Return how far a line fits a demand, None if it is about something or somewhere else."""
    if row.division and not (demand.division and demand.division.startswith(row.division.rstrip("0"))):
        return None
    reasons, score = [], 0.0
    if row.category and demand.category.startswith(row.category):
        reasons.append(Reason(kind="category", words=row.category))
        score += CATEGORY_WEIGHT * (1 + len(row.category) / 10)
    said = [word for word in row.words if word and word in demand.text][:MOST_WORDS]
    reasons += [Reason(kind="word", words=word) for word in said]
    score += WORD_WEIGHT * sum(1 + len(word) / 4 for word in said)
    if not reasons:
        return None
    if row.division:
        reasons.append(Reason(kind="division", words=row.division))
        score += DIVISION_WEIGHT
    return Suggestion(row=row, score=score, reasons=tuple(reasons))


def suggest(rows: Iterable[DutyRow], demand: Demand, most: int = 3) -> list[Suggestion]:
    """Return the units that the directory names, best first, each once in each role."""
    best: dict[tuple[int, str], Suggestion] = {}
    for row in rows:
        found = weigh(row, demand)
        if found and found.score > getattr(best.get((row.org_id, row.role)), "score", 0.0):
            best[row.org_id, row.role] = found
    return sorted(best.values(), key=lambda s: (-s.score, s.row.code))[:most]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A unit that a ticket would go to."""

    org_id: int
    path: str
    kind: str


def refusal(target: Target, rows: Iterable[DutyRow], demand: Demand, accused_path: str) -> tuple[str, str, str] | None:
    """Return (code, sentence, what it rests on) if a ticket may not go to ``target``.

    ``rows`` are the lines in force. A line counts as certain when the demand's category lies in it.
    """
    if accused_path and target.path.startswith(accused_path):
        return "complained_about", label("被投诉的单位及其下级不能承办对自己的投诉，请派给上级或有监管职责的单位。"), ""
    if target.kind == TOWNSHIP:
        for row in rows:
            found = weigh(row, demand)
            if row.department_only and found and found.reasons[0].kind == "category":
                return (
                    "pushed_down",
                    label("该事项由部门承担，不得转给镇街：%(basis)s"),
                    f"{row.org_name} · {row.basis}",
                )
    return None
