"""Filters of every template: money, dates and durations as the house look writes them (a builtin library)."""

import re
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.template.defaultfilters import date as format_date
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yunshu.lib.kernel import clock, money

register = template.Library()
DASH = "—"


@register.filter
def wan(amount_yuan: Decimal | None, places: int = 2) -> str:
    """Write yuan as 万元: ``51957500`` becomes ``5,195.75`` (the unit stands in the head of the column)."""
    return DASH if amount_yuan in (None, "") else money.wan_text(Decimal(str(amount_yuan)), int(places))


@register.filter
def yuan(amount_yuan: Decimal | None) -> str:
    """Write yuan to the fen, thousands separated."""
    return DASH if amount_yuan in (None, "") else f"{money.yuan(Decimal(str(amount_yuan))):,}"


@register.filter
def number(value: Any, places: int | None = None) -> str:
    """Write a number with thousands separated and no trailing zeros, or with ``places`` decimals."""
    if value in (None, ""):
        return DASH
    figure = Decimal(str(value))
    return f"{figure:,.{int(places)}f}" if places is not None else f"{figure.normalize():,f}"


@register.filter
def percent(ratio: Any, places: int = 1) -> str:
    """Write a ratio as per cent: ``0.915`` becomes ``91.5%``."""
    return DASH if ratio in (None, "") else f"{Decimal(str(ratio)) * 100:,.{int(places)}f}%"


@register.filter
def duration(span: timedelta | None) -> str:
    """Write a length of time in its two largest units: ``3天4小时``, ``25分钟``, ``不到1分钟``."""
    if span is None:
        return DASH
    minutes = int(abs(span).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return (
            _("%(days)d天%(hours)d小时") % {"days": days, "hours": hours} if hours else _("%(days)d天") % {"days": days}
        )
    if hours:
        return (
            _("%(hours)d小时%(minutes)d分钟") % {"hours": hours, "minutes": rest}
            if rest
            else _("%(hours)d小时") % {"hours": hours}
        )
    return _("%(minutes)d分钟") % {"minutes": minutes} if minutes else _("不到1分钟")


@register.filter
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """Write how long ago ``at`` was (``3小时前``), or how far ahead (``2天后``)."""
    if at is None:
        return DASH
    span = (now or clock.now()) - at
    if abs(span) < timedelta(minutes=1):
        return _("刚刚")
    largest = _largest(abs(span))
    return _("%(span)s前") % {"span": largest} if span > timedelta(0) else _("%(span)s后") % {"span": largest}


def _largest(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    for size, text in ((525_600, _("%(n)d年")), (43_200, _("%(n)d个月")), (1440, _("%(n)d天")), (60, _("%(n)d小时"))):
        if minutes >= size:
            return text % {"n": minutes // size}
    return _("%(n)d分钟") % {"n": minutes}


@register.filter
def day(on: date | datetime | None, style: str = "") -> str:
    """Write a date: ``2026年11月23日``; ``|day:"short"`` gives ``2026-11-23`` for tables."""
    return _dated(on, "SHORT_DATE_FORMAT" if style == "short" else "DATE_FORMAT")


@register.filter
def instant(at: datetime | None, style: str = "") -> str:
    """Write an instant in the city's time: ``2026年11月23日 09:30``; ``|instant:"short"`` for tables."""
    return _dated(at, "SHORT_DATETIME_FORMAT" if style == "short" else "DATETIME_FORMAT")


def _dated(value: date | datetime | None, form: str) -> str:
    if not value:
        return DASH
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    return format_date(local, form)


@register.filter
def highlight(text: Any, query: str) -> SafeString:
    """Mark each word of ``query`` in ``text``."""
    words = [re.escape(word) for word in str(query or "").split()]
    if not words:
        return escape(text)
    pieces = re.split(f"({'|'.join(words)})", str(text), flags=re.IGNORECASE)
    return mark_safe("".join(f"<mark>{escape(p)}</mark>" if n % 2 else escape(p) for n, p in enumerate(pieces)))  # noqa: S308


@register.filter
def or_missing(value: Any) -> Any:
    """Write 待补 where data that must be there is blank."""
    return value or _("待补")


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look ``key`` up in a mapping; empty where it is absent."""
    return mapping.get(key, "") if mapping else ""


@register.simple_tag
def new_id(prefix: str = "u") -> str:
    """Make an id that is unique on the page (labels, descriptions)."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@register.simple_tag(takes_context=True)
def captured(context: Context, name: str) -> SafeString | None:
    """Return what the page put into block ``name``, so that a frame can print it in two places; None if nothing."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return SafeString(block.render(context).strip()) if block else None
