"""Points of each line of a self-evaluation: equal within a level unless set by hand, 100.00 together.

Shares are cut to 0.01 and what remains goes, a hundredth each, to the largest remainders (Hamilton), the earlier
line first where they are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

from yunshu.domains.evaluation.contracts import TableForm
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.scoring_sets import Level, LevelKind, Missing, ScoringSet
from yunshu.lib.kernel.errors import Refused

CENT = Decimal("0.01")
FULL = Decimal("100.00")
EXECUTION = "execution"


def distributed(total: Decimal, shares: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return ``total`` points divided in proportion to ``shares`` to 0.01, adding up to ``total`` exactly.

    ValueError where shares are negative or add up to nothing.
    """
    whole = sum(shares, Decimal(0))
    if whole <= 0 or any(s < 0 for s in shares):
        raise ValueError("shares must not be negative and must add up to more than zero")
    exact = [total * s / whole for s in shares]
    cut = [e.quantize(CENT, ROUND_DOWN) for e in exact]
    left = int((total - sum(cut, Decimal(0))) / CENT)
    order = sorted(range(len(shares)), key=lambda n: (cut[n] - exact[n], n))
    for n in order[:left]:
        cut[n] += CENT
    return tuple(cut)


def lines_by_level(
    form: TableForm, ruleset: ScoringSet, inapplicable: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the keys of the lines of each level by its code: ``execution``, ``indicator:3``, ``judged:预算编制``."""
    left_out = frozenset(inapplicable)
    lines: dict[str, tuple[str, ...]] = {}
    for level in ruleset.levels:
        if level.kind is LevelKind.EXECUTION:
            keys = [EXECUTION]
        elif level.kind is LevelKind.JUDGED:
            keys = [f"judged:{row}" for row in level.rows]
        else:
            keys = [place(i) for i in form.indicators if ruleset.level_of(i) == level]
        lines[level.code] = tuple(k for k in keys if k not in left_out)
    return lines


def default_weights(form: TableForm, ruleset: ScoringSet, inapplicable: Iterable[str] = ()) -> dict[str, Decimal]:
    """Return the points of every line, equal within its level.

    Levels without a line: their points go to the other levels but execution in proportion (RESCALE), or stand as
    a line ``missing:<level>`` that scores nothing (LOST). Together 100.00 in both cases. An indicator that no level
    claims gets 0.00, visible, until somebody gives it points by hand.
    """
    lines = lines_by_level(form, ruleset, inapplicable)
    points = _level_points(ruleset, lines)
    weights: dict[str, Decimal] = {}
    for level in ruleset.levels:
        keys = lines[level.code] or ((f"missing:{level.code}",) if ruleset.missing is Missing.LOST else ())
        if keys:
            weights |= dict(zip(keys, distributed(points[level.code], [Decimal(1)] * len(keys)), strict=True))
    unclaimed = (place(i) for i in form.indicators if ruleset.level_of(i) is None)
    return weights | dict.fromkeys((k for k in unclaimed if k not in set(inapplicable)), Decimal("0.00"))


def checked_weights(by_hand: Mapping[str, Decimal], expected: Iterable[str]) -> dict[str, Decimal]:
    """Return weights set by hand, in the order of ``expected``.

    Raises Refused: ``weights_incomplete`` (a line without points, or points without a line), ``weights_invalid``
    (below zero or finer than 0.01), ``weights_not_100`` (with the difference).
    """
    keys = list(expected)
    if set(by_hand) != set(keys):
        odd = "、".join(sorted(set(by_hand) ^ set(keys)))
        raise Refused("weights_incomplete", f"每项都要有分值，也不能有多余的分值：{odd}。", where="weights")
    for key, points in by_hand.items():
        if points < 0 or points != points.quantize(CENT):
            raise Refused("weights_invalid", f"分值不能为负，最多两位小数：{key}为{points}。", where=key)
    total = sum(by_hand.values(), Decimal(0))
    if total != FULL:
        words = "多" if total > FULL else "少"
        raise Refused("weights_not_100", f"分值合计{total}，比100{words}{abs(total - FULL)}分。", where="weights")
    return {k: by_hand[k].quantize(CENT) for k in keys}


def _level_points(ruleset: ScoringSet, lines: Mapping[str, tuple[str, ...]]) -> dict[str, Decimal]:
    given = {v.code: v.weight for v in ruleset.levels}
    if ruleset.missing is Missing.LOST:
        return given
    present = [v for v in ruleset.levels if lines[v.code]]
    fixed = [v for v in present if v.kind is LevelKind.EXECUTION]
    scaled: list[Level] = [v for v in present if v not in fixed] or fixed
    kept = {v.code: v.weight for v in fixed if v not in scaled}
    if not scaled:
        return dict.fromkeys(given, Decimal(0))
    points = distributed(FULL - sum(kept.values(), Decimal(0)), [v.weight for v in scaled])
    return dict.fromkeys(given, Decimal(0)) | kept | dict(zip((v.code for v in scaled), points, strict=True))
