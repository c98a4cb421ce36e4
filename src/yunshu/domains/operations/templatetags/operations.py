"""Filters of operations' templates: shares rounded down, seconds and clocks in words."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from django import template
from django.utils.translation import gettext as _

from yunshu.domains.operations import drawing, reporting
from yunshu.domains.operations.choices import NOT_JUDGED, Condition, condition_word
from yunshu.domains.operations.models import Target
from yunshu.domains.operations.rules.clocks import Light, Reading
from yunshu.domains.operations.selectors import targets, vantages
from yunshu.lib.kernel import clock
from yunshu.lib.ui.templatetags.ui import duration

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
def time_of(span: timedelta, reading: Reading) -> str:
    """Write a length of a clock's own time: working time in hours (``80 工作小时``), never in days of 24 hours."""
    if not reading.is_working:
        return duration(span)
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d 工作分钟") % {"minutes": rest}
    if not rest:
        return _("%(hours)d 工作小时") % {"hours": hours}
    return _("%(hours)d 工作小时 %(minutes)d 分钟") % {"hours": hours, "minutes": rest}


@register.filter
def standing(reading: Reading) -> str:
    """Write how a clock stands. What runs says how far its deadline is, as the worklist does, and what working time is left."""
    own = time_of(reading.left, reading)
    if reading.ended_at:
        return _("超时 %(span)s") % {"span": own} if reading.is_late else _("按时")
    if not reading.is_running:
        return _("停走，剩 %(span)s") % {"span": own} if not reading.is_late else _("超时 %(span)s") % {"span": own}
    words = _("超期 %(span)s") if reading.is_due else _("剩余 %(span)s")
    said = words % {"span": duration(reading.until_due)}
    return _("%(said)s（%(span)s）") % {"said": said, "span": own} if reading.is_working else said


@register.filter
def light_of(reading: Reading) -> str:
    """Return the colour of how a clock stands."""
    if reading.ended_at:
        return Light.RED if reading.is_late else Light.GREEN
    return Light.RED if reading.is_due else reading.light


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
    """Write a condition, or why none is known, in a word."""
    return condition_word(value) if value in Condition.values or value in NOT_JUDGED else value


@register.filter
def condition_of(row: Target) -> str:
    """Return a target's condition, or why none is known; empty if it is retired."""
    return targets.condition_of(row)


@register.filter
def from_second(value: int) -> datetime:
    """Return the instant of a second since 1970."""
    return datetime.fromtimestamp(value, UTC)


@register.filter
def last_day(value: int) -> datetime:
    """Return an instant of the last day before a second since 1970, the end of a period."""
    return datetime.fromtimestamp(value - 1, UTC)
