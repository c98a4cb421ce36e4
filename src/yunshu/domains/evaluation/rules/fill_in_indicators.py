"""Fill-in checks of the indicators: levels, duplicates, measurability, and a comparator that fits the unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from yunshu.domains.evaluation.contracts import Comparator, Indicator
from yunshu.domains.evaluation.rules.fill_in_hits import Check, Hit, Parameters, Seen, number
from yunshu.domains.evaluation.rules.links import place

_MORE = (Comparator.GE, Comparator.GT)
_LESS = (Comparator.LE, Comparator.LT)


def no_indicator(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """The table promises nothing."""
    if not seen.form.indicators:
        yield Hit(where="indicators")


def level_missing(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """No indicator whose first or second level (or, for satisfaction, name) has one of the words."""
    said = "".join(f"{i.level1}{i.level2}{i.name}" for i in seen.form.indicators)
    if seen.form.indicators and not any(word in said for word in parameters["words"]):
        yield Hit(where="indicators")


def duplicate_indicator(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """Two indicators of the same levels, name and explanation."""
    for first, second in combinations(seen.form.indicators, 2):
        if _identity(first) == _identity(second):
            values = {"name": second.name, "first": str(first.ordinal), "second": str(second.ordinal)}
            yield Hit(where=place(second), values=values)


def unit_missing(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A target without a unit cannot be measured."""
    yield from (_hit(i) for i in seen.form.indicators if not i.unit.strip())


def explanation_missing(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """Nobody can tell what is counted."""
    yield from (_hit(i) for i in seen.form.indicators if not i.explanation.strip())


def percent_range(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """A share outside 0 to 100 %; growth may exceed it."""
    yield from (_hit(i) for i in _shares(seen, parameters) if not 0 <= i.target <= 100)


def percent_beyond_full(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """More than 100 % of a whole."""
    yield from (_hit(i) for i in _shares(seen, parameters) if i.target == 100 and i.comparator is Comparator.GT)


def percent_at_least_full(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """At least 100 % is 100 %."""
    yield from (_hit(i) for i in _shares(seen, parameters) if i.target == 100 and i.comparator is Comparator.GE)


def count_not_whole(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """Half a terminal."""
    for indicator in seen.form.indicators:
        if indicator.unit.strip() in parameters["units"] and indicator.target != indicator.target.to_integral_value():
            yield _hit(indicator)


def target_negative(seen: Seen, _: Parameters) -> Iterator[Hit]:
    """A target below zero."""
    yield from (_hit(i) for i in seen.form.indicators if i.target < 0)


def response_time_at_least(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """A time limit that asks to be slow."""
    for i in seen.form.indicators:
        text = i.name + i.explanation
        timed = i.unit.strip() in parameters["units"] and any(w in text for w in parameters["words"])
        if timed and i.comparator in _MORE and not any(w in text for w in parameters["not_words"]):
            yield _hit(i)


def rate_at_most(seen: Seen, parameters: Parameters) -> Iterator[Hit]:
    """A rate of success that asks to be low."""
    for i in _percents(seen, parameters):
        if i.comparator in _LESS and any(w in i.name for w in parameters["words"]):
            yield _hit(i)


def _percents(seen: Seen, parameters: Parameters) -> list[Indicator]:
    return [i for i in seen.form.indicators if i.unit.strip() in parameters["units"]]


def _shares(seen: Seen, parameters: Parameters) -> list[Indicator]:
    grows = parameters["may_exceed"]
    return [i for i in _percents(seen, parameters) if not any(w in i.name + i.explanation for w in grows)]


def _identity(indicator: Indicator) -> tuple[str, ...]:
    return (indicator.level1, indicator.level2, indicator.name.strip(), indicator.explanation.strip())


def _hit(indicator: Indicator) -> Hit:
    values = {
        "name": indicator.name,
        "target": number(indicator.target),
        "unit": indicator.unit,
        "symbol": indicator.comparator.value,
    }
    return Hit(where=place(indicator), values=values)


CHECKS: Mapping[str, Check] = {
    f.__name__: f
    for f in (
        no_indicator,
        level_missing,
        duplicate_indicator,
        unit_missing,
        explanation_missing,
        percent_range,
        percent_beyond_full,
        percent_at_least_full,
        count_not_whole,
        target_negative,
        response_time_at_least,
        rate_at_most,
    )
}
