"""Self-evaluation: the points of every line under a rule set, and in words why each lost point was lost.

A line's points are its weight times its credit (0 to 1), half up to 0.01; a credit below 1 never rounds up to the
full weight. Bounds count by the less favourable one. What nobody measured earns nothing, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from yunshu.domains.evaluation.contracts import Comparator, Indicator, TableForm
from yunshu.domains.evaluation.rules.budget import percent
from yunshu.domains.evaluation.rules.fill_in_hits import number, wan
from yunshu.domains.evaluation.rules.links import place
from yunshu.domains.evaluation.rules.measuring import Promise, Sample, keeps, least_favourable
from yunshu.domains.evaluation.rules.scoring_sets import Method, Partial, ScoringSet
from yunshu.domains.evaluation.rules.weights import CENT, EXECUTION, checked_weights, default_weights
from yunshu.lib.kernel.errors import Refused

_ZERO, _ONE = Decimal(0), Decimal(1)
_PARTS = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A qualitative choice: which band, which point of it (0 to 1), by which evidence, and who chose."""

    band: str
    ratio: Decimal
    evidence: str
    chosen_by: str


@dataclass(frozen=True, kw_only=True)
class Actual:
    """What became of one line. ``value`` None: nobody measured. ``target_too_low`` None: nobody has decided yet."""

    sample: Sample | None = None
    judgement: Judgement | None = None
    reason: str = ""
    target_too_low: bool | None = None
    inapplicable: bool = False


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a score rests on: money of the year in yuan, what became of each line, weights set by hand."""

    budget_yuan: Decimal
    paid_yuan: Decimal
    actuals: Mapping[str, Actual] = field(default_factory=dict)
    weights: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One scored line. ``plain_score`` is the score without the over-achievement rule; ``sentence`` explains the loss.

    ``needs`` says what a person must still supply (a reason, evidence); empty when nothing is missing.
    """

    key: str
    level: str
    name: str
    promise: str
    actual: str
    weight: Decimal
    score: Decimal
    plain_score: Decimal
    sentence: str
    needs: str = ""

    @property
    def lost(self) -> Decimal:
        """Points not earned."""
        return self.weight - self.score


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """All lines under one rule set, their sum and grade, with and without the over-achievement rule."""

    ruleset: str
    ruleset_name: str
    source: str
    lines: tuple[Line, ...]
    total: Decimal
    plain_total: Decimal
    grade: str

    @property
    def needs(self) -> tuple[str, ...]:
        """What is still missing before the self-evaluation may be submitted."""
        return tuple(line.needs for line in self.lines if line.needs)


@dataclass(frozen=True, kw_only=True)
class _Credit:
    ratio: Decimal
    plain: Decimal
    actual: str
    sentence: str
    needs: str = ""


def score(form: TableForm, ruleset: ScoringSet, inputs: Inputs) -> Scorecard:
    """Return the scorecard of ``form`` under ``ruleset``.

    Raises Refused: ``weights_*`` (see ``weights.checked_weights``), ``band_unknown``, ``band_ratio_outside``,
    ``reason_missing`` (a line called inapplicable without a reason).
    """
    left_out = _inapplicable(inputs.actuals)
    weights = default_weights(form, ruleset, left_out)
    if inputs.weights is not None:
        weights = checked_weights(inputs.weights, weights)
    lines = tuple(_line(form, ruleset, inputs, key, weight) for key, weight in weights.items())
    total = sum((line.score for line in lines), Decimal("0.00"))
    return Scorecard(
        ruleset=ruleset.code,
        ruleset_name=ruleset.name,
        source=ruleset.source.text,
        lines=lines,
        total=total,
        plain_total=sum((line.plain_score for line in lines), Decimal("0.00")),
        grade=ruleset.grade(total),
    )


def credit(promise: Promise, value: Decimal, partial: Partial) -> Decimal:
    """Return the share of the points that ``value`` earns, 0 to 1, without the over-achievement rule.

    Edge cases (ours where no document speaks): at most — 0 or less keeps it; a target of 0 with more than 0 earns
    nothing; at least — a target of 0 or less is all or nothing; equal by ratio — different signs earn nothing.
    """
    if keeps(promise, value, partial.equal_tolerance if promise.comparator is Comparator.EQ else _ZERO):
        return _ONE
    target = promise.target
    if promise.comparator in (Comparator.GE, Comparator.GT):
        ratio = value / target if target > 0 and partial.at_least is Method.RATIO else _ZERO
    elif promise.comparator is Comparator.EQ:
        low, high = sorted((abs(value), abs(target)))
        ratio = low / high if partial.equal is Method.RATIO and value * target > 0 else _ZERO
    else:
        ratio = _at_most(target, value, partial.at_most)
    top = partial.strict_miss if promise.comparator in (Comparator.GT, Comparator.LT) else _ONE
    return min(max(ratio, _ZERO), top)


def deviation(promise: Promise, value: Decimal) -> Decimal | None:
    """Return how far ``value`` goes beyond a positive target, as a share of it; None where there is none."""
    return None if promise.target <= 0 else (value - promise.target) / promise.target


def points(weight: Decimal, ratio: Decimal) -> Decimal:
    """Return ``weight`` times ``ratio``, half up to 0.01; less than the full weight unless ``ratio`` is 1."""
    earned = (weight * ratio).quantize(CENT, ROUND_HALF_UP)
    return earned if ratio >= 1 else max(min(earned, weight - CENT), Decimal("0.00"))


def _at_most(target: Decimal, value: Decimal, method: Method) -> Decimal:
    if target <= 0 or method is Method.TOLERANCE:
        return _ZERO
    return target / value if method is Method.INVERSE else _ONE - (value - target) / target


def _inapplicable(actuals: Mapping[str, Actual]) -> tuple[str, ...]:
    chosen = [key for key, actual in actuals.items() if actual.inapplicable]
    for key in chosen:
        if not actuals[key].reason.strip():
            raise Refused("reason_missing", "标为不适用的指标须说明原因。", where=key)
    return tuple(chosen)


def _line(form: TableForm, ruleset: ScoringSet, inputs: Inputs, key: str, weight: Decimal) -> Line:
    indicator = next((i for i in form.indicators if place(i) == key), None)
    actual = inputs.actuals.get(key, Actual())
    if key == EXECUTION:
        level, name, promise = _level_name(ruleset, "execution"), "预算执行率", f"{wan(inputs.budget_yuan)}万元"
        got = _execution(inputs)
    elif indicator is not None:
        found = ruleset.level_of(indicator)
        level, name = (found.name if found else ""), indicator.name
        promise = f"{indicator.comparator.value}{number(indicator.target)}{indicator.unit}"
        got = _judged(ruleset, key, actual) if actual.judgement else _measured(ruleset, indicator, actual)
    elif key.startswith("missing:"):
        level = name = _level_name(ruleset, key.removeprefix("missing:"))
        promise = ""
        got = _Credit(ratio=_ZERO, plain=_ZERO, actual="未设置", sentence=f"表中没有{name}，这部分分值不得分。")
    else:
        level, name, promise = _judged_level(ruleset, key), key.removeprefix("judged:"), "定性评定"
        got = _judged(ruleset, key, actual)
    earned = points(weight, got.ratio)
    lost = weight - earned
    sentence = f"失{lost}分：{got.sentence}" if lost else got.sentence
    return Line(
        key=key,
        level=level,
        name=name,
        promise=promise,
        actual=got.actual,
        weight=weight,
        score=earned,
        plain_score=points(weight, got.plain),
        sentence=sentence,
        needs=f"“{name}”{got.needs}" if got.needs else "",
    )


def _execution(inputs: Inputs) -> _Credit:
    if inputs.budget_yuan <= 0:
        return _Credit(ratio=_ZERO, plain=_ZERO, actual="无预算", sentence="没有预算金额，无法计算执行率。")
    ratio = min(max(inputs.paid_yuan / inputs.budget_yuan, _ZERO), _ONE)
    sentence = f"预算{wan(inputs.budget_yuan)}万元，执行{wan(inputs.paid_yuan)}万元，执行率{percent(ratio)}。"
    return _Credit(ratio=ratio, plain=ratio, actual=f"{wan(inputs.paid_yuan)}万元", sentence=sentence)


def _measured(ruleset: ScoringSet, indicator: Indicator, actual: Actual) -> _Credit:
    if actual.sample is None:
        return _Credit(
            ratio=_ZERO, plain=_ZERO, actual="尚无测量", sentence="尚无数据测量，不得分。", needs="尚无测量或佐证。"
        )
    promise = Promise(comparator=indicator.comparator, target=indicator.target, unit=indicator.unit)
    value = least_favourable(promise, actual.sample)
    plain = credit(promise, value, ruleset.partial)
    words = f"目标{promise.comparator.value}{number(promise.target)}{promise.unit}，完成{number(value)}{promise.unit}"
    if value != actual.sample.value:
        words += f"（实测{number(actual.sample.value)}{promise.unit}，按佐证缺口的不利值计）"
    if plain < 1:
        needs = "" if actual.reason.strip() else "未完成目标，请说明偏差原因及改进措施。"
        share = f"按比例得{percent(plain.quantize(_PARTS))}" if plain else "未达成，不得分"
        return _Credit(ratio=plain, plain=plain, actual=number(value), sentence=f"{words}，{share}。", needs=needs)
    return _over(ruleset, promise, value, actual, words)


def _over(ruleset: ScoringSet, promise: Promise, value: Decimal, actual: Actual, words: str) -> _Credit:
    beyond = deviation(promise, value) if promise.comparator in ruleset.over.comparators else None
    rows = [r for r in ruleset.over.rows if beyond is not None and beyond > r.above]
    if not rows or beyond is None:
        return _Credit(ratio=_ONE, plain=_ONE, actual=number(value), sentence=f"{words}，完成目标。")
    row, reason = rows[-1], actual.reason.strip()
    words = f"{words}，超出目标{percent(beyond)}"
    needs = "" if reason else f"超出目标{percent(beyond)}，请说明原因，并判断年初指标值是否偏低。"
    if ruleset.over.excusable and reason and actual.target_too_low is False:
        return _Credit(
            ratio=_ONE, plain=_ONE, actual=number(value), sentence=f"{words}；指标值并非偏低，不扣分：{reason}"
        )
    sentence = f"{words}，超过{percent(row.above)}，最高得{percent(row.cap)}（不计此项为满分）。"
    return _Credit(ratio=row.cap, plain=_ONE, actual=number(value), sentence=sentence, needs=needs)


def _judged(ruleset: ScoringSet, key: str, actual: Actual) -> _Credit:
    chosen = actual.judgement
    if chosen is None:
        return _Credit(
            ratio=_ZERO, plain=_ZERO, actual="尚未评定", sentence="尚未评定，不得分。", needs="尚未评定档次。"
        )
    band = ruleset.band(chosen.band)
    if band is None:
        raise Refused("band_unknown", f"没有这一档次：{chosen.band}。", where=key)
    if not band.holds(chosen.ratio):
        limits = f"{percent(band.low)}至{percent(band.high)}"
        raise Refused("band_ratio_outside", f"“{band.name}”的得分比例应在{limits}之间。", where=key)
    if not chosen.evidence.strip() or not chosen.chosen_by.strip():
        words = "定性评定缺少佐证或评定人，不得分。"
        return _Credit(
            ratio=_ZERO, plain=_ZERO, actual=band.name, sentence=words, needs="的定性评定须附佐证并写明评定人。"
        )
    words = f"{chosen.chosen_by}评为“{band.name}”，得{percent(chosen.ratio)}；依据：{chosen.evidence.strip()}"
    return _Credit(ratio=chosen.ratio, plain=chosen.ratio, actual=band.name, sentence=words)


def _level_name(ruleset: ScoringSet, code: str) -> str:
    return next((v.name for v in ruleset.levels if v.code == code), "")


def _judged_level(ruleset: ScoringSet, key: str) -> str:
    row = key.removeprefix("judged:")
    return next((v.name for v in ruleset.levels if row in v.rows), "")


@dataclass(frozen=True, kw_only=True)
class ReplayRow:
    """One line under every rule set: points and weight by the set's code, absent where the set has no such line."""

    key: str
    name: str
    points: Mapping[str, tuple[Decimal, Decimal]]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The same year scored under several rule sets, line by line."""

    cards: tuple[Scorecard, ...]
    rows: tuple[ReplayRow, ...]


def replay(form: TableForm, rulesets: Sequence[ScoringSet], inputs: Inputs) -> Replay:
    """Return the score under each rule set and where, line by line, they part. Hand-set weights are left aside:
    they belong to one rule set only.
    """
    bare = Inputs(budget_yuan=inputs.budget_yuan, paid_yuan=inputs.paid_yuan, actuals=inputs.actuals)
    cards = tuple(score(form, r, bare) for r in rulesets)
    names = {line.key: line.name for card in cards for line in card.lines}
    rows = []
    for key, name in names.items():
        found = {card.ruleset: line for card in cards for line in card.lines if line.key == key}
        shown = {code: (line.score, line.weight) for code, line in found.items()}
        rows.append(ReplayRow(key=key, name=name, points=shown, sentence=_parting(cards, shown)))
    return Replay(cards=cards, rows=tuple(rows))


def _parting(cards: Sequence[Scorecard], shown: Mapping[str, tuple[Decimal, Decimal]]) -> str:
    if len(set(shown.values())) == 1 and len(shown) == len(cards):
        return "各规则相同。"
    said = []
    for card in cards:
        got = shown.get(card.ruleset)
        said.append(f"{card.ruleset_name}{got[0]}／{got[1]}分" if got else f"{card.ruleset_name}无此项")
    return "；".join(said) + "。"
