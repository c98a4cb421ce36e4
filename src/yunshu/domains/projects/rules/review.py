"""Third-party review: five criteria, a draw that anyone can check afterwards, odd quorum, outliers, verdict.

Criteria: 揭府办〔2019〕34号 article 5 (必要性、规范性、可行性、安全性及资金概算的合理性). Quorum, spread and pass mark are data (``Limit``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class Criterion(StrEnum):
    """What is looked at."""

    NECESSITY = "necessity"
    NORMATIVITY = "normativity"
    FEASIBILITY = "feasibility"
    SECURITY = "security"
    COST = "cost"


class Verdict(StrEnum):
    """What an expert, or all of them, say."""

    PASS = "pass"  # noqa: S105 - a word of the rule
    CONDITIONAL = "conditional"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One expert's word on one criterion; ``score`` 0 to 100."""

    expert: str
    criterion: Criterion
    score: Decimal
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the marks of all experts come to: the mean of a criterion, its verdict by majority, the whole."""

    means: Mapping[Criterion, Decimal]
    verdicts: Mapping[Criterion, Verdict]
    score: Decimal
    verdict: Verdict


def commitment(seed: bytes, candidates: Sequence[str]) -> str:
    """Return what is published before the draw: SHA-256 over the hidden seed and the sorted candidates, as hex."""
    text = seed.hex() + "\n" + "\n".join(sorted(candidates))
    return hashlib.sha256(text.encode()).hexdigest()


def drawn_order(seed: bytes, word: str, candidates: Sequence[str]) -> list[str]:
    """Return the candidates in the order of the draw: by SHA-256(seed ‖ word ‖ number).

    The organiser fixes seed and candidates first, the project's owner gives ``word`` after the commitment is on the
    ledger: neither alone decides, and whoever has both words and the candidates repeats the draw.
    """
    rank = {one: hashlib.sha256(f"{seed.hex()}\n{word}\n{one}".encode()).hexdigest() for one in candidates}
    return sorted(candidates, key=lambda one: (rank[one], one))


def ties_of(text: str) -> list[tuple[str, date | None]]:
    """Return ``(name, last day)`` of each line ``名称 2025-06-30``; without a day the tie holds for good."""
    found: list[tuple[str, date | None]] = []
    for line in text.splitlines():
        name, _, day = line.strip().rpartition(" ")
        try:
            found.append((name.strip(), date.fromisoformat(day)) if name else (line.strip(), None))
        except ValueError:
            found.append((line.strip(), None))
    return [(name, on) for name, on in found if name]


def conflict(unit: str, ties: Sequence[tuple[str, date | None]], parties: Sequence[str], on: date, years: int) -> str:
    """Return the party with which an expert conflicts on ``on``: the own unit, or a tie within ``years``; empty: none."""
    since = date(max(on.year - years, 1), on.month, min(on.day, 28))
    standing = {unit, *(name for name, last in ties if last is None or last >= since)} - {""}
    return next((party for party in parties if party in standing), "")


def quorum_fault(count: int, least: int) -> str:
    """Return what is wrong with the number of experts: ``few``, ``even``, or empty."""
    if count < least:
        return "few"
    return "" if count % 2 else "even"


def outliers(totals: Mapping[str, Decimal], spread: Decimal, floor: Decimal) -> list[str]:
    """Return who stands more than ``spread`` deviations from the *others*, in a fixed order.

    Each is held against mean and deviation of the rest: measured with the suspect inside, none of five can ever be
    beyond (n - 1)/√n = 1.79 deviations. A deviation under ``floor`` points counts as ``floor``.
    """
    found = []
    for one, own in sorted(totals.items()):
        rest = [value for other, value in totals.items() if other != one]
        if len(rest) < 2:
            continue
        mean = sum(rest, Decimal(0)) / len(rest)
        deviation = (sum(((value - mean) ** 2 for value in rest), Decimal(0)) / (len(rest) - 1)).sqrt()
        if abs(own - mean) > spread * max(deviation, floor):
            found.append(one)
    return found


def totals_of(marks: Sequence[Mark]) -> dict[str, Decimal]:
    """Return each expert's mean over the criteria that he scored."""
    by_expert: dict[str, list[Decimal]] = {}
    for mark in marks:
        by_expert.setdefault(mark.expert, []).append(mark.score)
    return {one: _mean(scores) for one, scores in by_expert.items()}


def summary(marks: Sequence[Mark], pass_mark: Decimal, *, open_findings: int) -> Summary:
    """Return what the marks come to. Every criterion must be marked.

    Security by majority FAIL fails all, whatever the scores; so does any other criterion, or a mean below
    ``pass_mark``. With open findings, or a criterion passed under conditions, the whole is CONDITIONAL.
    """
    means = {c: _mean([m.score for m in marks if m.criterion is c]) for c in Criterion}
    verdicts = {c: majority([m.verdict for m in marks if m.criterion is c]) for c in Criterion}
    score = _mean(list(means.values()))
    failed = Verdict.FAIL in verdicts.values() or min(means.values()) < pass_mark
    limited = open_findings > 0 or Verdict.CONDITIONAL in verdicts.values()
    whole = Verdict.FAIL if failed else Verdict.CONDITIONAL if limited else Verdict.PASS
    return Summary(means=means, verdicts=verdicts, score=score, verdict=whole)


def majority(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of the middle expert when they are ordered from FAIL to PASS; of an even number the stricter."""
    order = [Verdict.FAIL, Verdict.CONDITIONAL, Verdict.PASS]
    return sorted(verdicts, key=order.index)[(len(verdicts) - 1) // 2]


def likeness(one: str, other: str) -> Decimal:
    """Return how alike two texts are: shared pairs of neighbouring characters over all of them, 0 to 1."""
    left, right = _pairs(one), _pairs(other)
    whole = len(left | right)
    return (Decimal(len(left & right)) / whole).quantize(CENT, ROUND_HALF_UP) if whole else Decimal(0)


def _pairs(text: str) -> set[str]:
    plain = "".join(c for c in text if c.isalnum())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _mean(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(CENT, ROUND_HALF_UP)
