"""Filters of every template: money, dates and durations as the house look writes them (a builtin library)."""

import difflib
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.defaultfilters import date as format_date
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yunshu.lib.kernel import clock, money
from yunshu.lib.ui.markup import rendered

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
def markup(text: str) -> SafeString:
    """Show a text that people wrote with headings, lists and links; no HTML of theirs."""
    return rendered(text or "")


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
    """Write an instant in the city's time: ``2026年11月23日 09:30``; ``|instant:"short"`` for tables, ``|instant:"exact"`` to the second."""
    written = _dated(at, "SHORT_DATETIME_FORMAT" if style == "short" else "DATETIME_FORMAT")
    return f"{written}:{at:%S}" if at and style == "exact" else written


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
def cell(value: Any, kind: str) -> Any:
    """Write a list's cell by the column's kind (see ``lists.Column``)."""
    writers: dict[str, Callable[[Any], str]] = {
        "wan": wan,
        "number": number,
        "percent": percent,
        "day": lambda v: day(v, "short"),
        "instant": lambda v: instant(v, "short"),
        "yesno": lambda v: _("是") if v else _("否"),
    }
    if kind in writers:
        return writers[kind](value)
    return DASH if value in (None, "") else value


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


class OnceNode(template.Node):
    """Renders its content the first time ``key`` comes up on a page."""

    def __init__(self, key: str, nodelist: NodeList) -> None:
        self.key = key
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        """Return the content once, then nothing."""
        seen: set[str] = context.render_context.dicts[0].setdefault("ui_once", set())  # type: ignore[arg-type, assignment]
        if self.key in seen:
            return ""
        seen.add(self.key)
        return self.nodelist.render(context)


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    """``{% once "chart" %}…{% endonce %}``: a script that several components on a page share."""
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(token.split_contents()[1].strip("\"'"), nodelist)


@register.filter
def until(at: datetime, now: datetime) -> str:
    """Write the time between now and ``at``, whichever comes first."""
    return duration(at - now)


@register.filter
def due_light(at: datetime, now: datetime) -> str:
    """Return the light of a deadline by the calendar: red past it, amber within a day, else green."""
    if at < now:
        return "red"
    return "amber" if at - now < timedelta(days=1) else "green"


@register.filter
def widget_kind(field: BoundField) -> str:
    """Say how a form's field is laid out: hidden, checkbox, choices, file, or plain."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "file" if isinstance(widget, forms.FileInput) else "plain"


@register.filter
def form_errors(form: Any, errors: Any = None) -> list[dict[str, str]]:
    """List what must be corrected, with the id of its field: a form's errors, or plain sentences."""
    lines = [{"id": "", "label": "", "text": str(text)} for text in errors or ()]
    return [*lines, *_field_errors(form)] if form else lines


def _field_errors(form: forms.BaseForm) -> Iterator[dict[str, str]]:
    for text in form.non_field_errors():
        yield {"id": "", "label": "", "text": str(text)}
    for field in form:
        for text in field.errors:
            target = field.id_for_label or field.auto_id
            yield {"id": str(target), "label": str(field.label), "text": str(text)}


@register.filter
def text_diff(before: Any, after: Any) -> SafeString:
    """Mark what ``after`` took away from ``before`` (del) and added (ins), character by character."""
    old, new = str(before or ""), str(after or "")
    pieces: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(escape(old[a:b]))
            continue
        if a != b:
            pieces.append(f"<del>{escape(old[a:b])}</del>")
        if c != d:
            pieces.append(f"<ins>{escape(new[c:d])}</ins>")
    return mark_safe("".join(pieces))  # noqa: S308
