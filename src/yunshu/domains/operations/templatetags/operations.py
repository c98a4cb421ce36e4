"""Filters of operations' templates: shares rounded down, seconds in words."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from django import template

from yunshu.domains.operations import drawing, reporting
from yunshu.domains.operations.choices import Condition
from yunshu.domains.operations.selectors import vantages
from yunshu.lib.kernel import clock

register = template.Library()


@register.filter
def share(value: Fraction | None) -> str:
    """Write a share as per cent without the sign, rounded down; a dash where nothing was due."""
    return reporting.share(value)


@register.filter
def seconds(value: Any) -> str:
    """Write seconds in words; what is overspent has a minus."""
    if value in (None, ""):
        return "—"
    whole = int(value)
    return f"-{drawing.words(-whole)}" if whole < 0 else drawing.words(whole)


@register.filter
def verdict(value: str) -> Any:
    """Write a verdict in words."""
    return reporting.VERDICTS.get(value, value)


@register.filter
def is_heard(row: Any) -> bool:
    """Say whether a vantage was heard lately."""
    return vantages.is_heard(row, clock.now())


@register.filter
def times(value: Fraction) -> str:
    """Write a rate with two decimals."""
    return f"{float(value):.2f}"


@register.filter
def condition_name(value: str) -> Any:
    """Write a condition in a word."""
    return Condition(value).label if value in Condition.values else value


@register.filter
def from_second(value: int) -> datetime:
    """Return the instant of a second since 1970."""
    return datetime.fromtimestamp(value, UTC)


@register.filter
def last_day(value: int) -> datetime:
    """Return an instant of the last day before a second since 1970, the end of a period."""
    return datetime.fromtimestamp(value - 1, UTC)
