"""Figures of the hotline: indicators of a period, in total and side by side, and exactly the tickets that were counted.

Counts of one source are asked in one question, whatever the number of indicators: a page costs two questions a source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Channel, Kind
from yunshu.domains.hotline.choices_figures import Dimension, Form, Listed
from yunshu.domains.hotline.models import CallQueue, Category, GradeRule, Indicator, Ticket
from yunshu.domains.hotline.rules import figures as rules
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors.counting import COUNTS, SOURCES, Count, Source
from yunshu.domains.hotline.selectors.pages import divisions
from yunshu.domains.hotline.selectors.tickets import Reach
from yunshu.lib.kernel.clock import CITY_ZONE, city_date
from yunshu.lib.kernel.errors import NotFound

TOP_LEVEL = 2
"""Characters of a category's code that name its first level."""
FILTERED = tuple(Dimension.values)
"""By what a question can be narrowed."""
TOTAL = ""
Counted = dict[str, dict[str, int]]
"""Group (``TOTAL``: all) to code of a count to how many; a code is absent where nothing can be known."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: whose tickets, of which period, narrowed how; ``now`` decides what is overdue."""

    reach: Reach
    period: Period
    now: datetime
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def before(self) -> "Question":
        """The same of the period before."""
        return replace(self, period=self.period.before)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One indicator of one group: its value with both parts, and the value of the period before."""

    indicator: Indicator
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    before: Decimal | None = None
    group: str = TOTAL

    @property
    def change(self) -> Decimal | None:
        """How much it has moved since the period before."""
        return None if self.value is None or self.before is None else self.value - self.before

    @property
    def moved(self) -> Decimal:
        """How far it has moved, whichever way."""
        return abs(self.change or Decimal(0))

    @property
    def is_share(self) -> bool:
        """Whether it is a share in per cent."""
        return self.indicator.form in (Form.SHARE, Form.REST)

    @property
    def unit(self) -> str:
        """What its value is counted in: per cent, seconds, nothing."""
        return _("秒") if self.indicator.form == Form.MEAN else "%" if self.is_share else ""


def indicators() -> list[Indicator]:
    """Return the indicators in use whose counts something offers."""
    rows = Indicator.objects.filter(is_active=True)
    return [row for row in rows if row.numerator in COUNTS and (not row.denominator or row.denominator in COUNTS)]


def get_indicator(code: str) -> Indicator:
    """Return one indicator in use; raise NotFound (``indicator_not_found``)."""
    row = next((each for each in indicators() if each.code == code), None)
    if row is None:
        raise NotFound("indicator_not_found", _("没有这个指标。"))
    return row


def midnight(day: date) -> datetime:
    """Return when a day of the city begins."""
    return datetime.combine(day, time.min, CITY_ZONE)


def rows_of(source: Source, asked: Question) -> QuerySet[Any]:
    """Return the rows of a source that are in sight, in the period, and pass the filters."""
    start, end = midnight(asked.period.first), midnight(asked.period.last + timedelta(days=1))
    rows = source.rows()
    if source.moment:
        rows = rows.filter(Q((f"{source.moment}__gte", start)), Q((f"{source.moment}__lt", end)))
    elif not _holds_now(asked):
        return rows.none()
    rows = rows.filter(
        Q((f"{source.desk}_id__in", asked.reach.desks)) if source.desk else asked.reach.sight(source.ticket)
    )
    for name, chosen in asked.filters.items():
        rows = rows.filter(_narrowing(source, name, chosen)) if chosen else rows
    return rows


def _holds_now(asked: Question) -> bool:
    return asked.period.first <= city_date(asked.now) <= asked.period.last


def _narrowing(source: Source, name: str, chosen: str) -> Q:
    path = source.path_of(name)
    if not path:
        return Q(pk__in=())
    if name == Dimension.CATEGORY and len(chosen) <= TOP_LEVEL:
        return Q((f"{path}__startswith", chosen))
    return Q((path, chosen))


def can_tell(source: Source, asked: Question, dimension: str = "") -> bool:
    """Say whether rows of a source have everything that a question is narrowed and grouped by, and are known of its period."""
    if not source.moment and not _holds_now(asked):
        return False
    wanted = [name for name, chosen in asked.filters.items() if chosen]
    return all(source.path_of(name) for name in (*wanted, *([dimension] if dimension else ())))


def dimensions_of(row: Indicator) -> list[tuple[str, str]]:
    """Return by what an indicator can be set side by side."""
    sources = [SOURCES[COUNTS[code].source] for code in _codes([row])]
    return [(name, str(label)) for name, label in Dimension.choices if all(each.path_of(name) for each in sources)]


def is_known(name: str, chosen: str) -> bool:
    """Say whether a filter's value names something: of categories a first level, or one class exactly."""
    if name == Dimension.CATEGORY:
        return chosen[:TOP_LEVEL] in names_of(name)
    return chosen in names_of(name)


def tally(codes: Iterable[str], asked: Question, dimension: str = "") -> Counted:
    """Count: one question a source, for all of its counts; by a dimension also group by group."""
    found: Counted = {TOTAL: {}}
    by_source: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_source.setdefault(COUNTS[code].source, []).append(code)
    for name, wanted in by_source.items():
        source = SOURCES[name]
        if not can_tell(source, asked, dimension):
            continue
        sums = {f"n_{code}": _sum(COUNTS[code], asked.now) for code in wanted}
        rows = rows_of(source, asked).order_by()
        if not dimension:
            counted = rows.aggregate(rows_in_all=CountOf("pk"), **sums)
            found[TOTAL] |= _plain(counted) if counted.pop("rows_in_all") or not source.desk else {}
            continue
        found[TOTAL] |= {} if source.desk else dict.fromkeys(wanted, 0)
        for each in rows.annotate(group_by=_grouping(source, dimension)).values("group_by").annotate(**sums):
            group = str(each.pop("group_by") or "")
            for code, number in _plain(each).items():
                for key in (TOTAL, f"={group}"):
                    here = found.setdefault(key, {})
                    here[code] = here.get(code, 0) + number
    return found


def _sum(count: Count, now: datetime) -> Any:
    return Sum(count.adds, filter=count.where(now)) if count.adds else CountOf("pk", filter=count.where(now))


def _plain(found: Mapping[str, Any]) -> dict[str, int]:
    """Return whole numbers: of a length of time its seconds."""
    whole = {key: value.total_seconds() if isinstance(value, timedelta) else value or 0 for key, value in found.items()}
    return {key.removeprefix("n_"): round(value) for key, value in whole.items()}


def _grouping(source: Source, dimension: str) -> Any:
    path = source.path_of(dimension)
    return Substr(path, 1, TOP_LEVEL) if dimension == Dimension.CATEGORY else F(path)


def _codes(rows: Iterable[Indicator]) -> list[str]:
    return [code for row in rows for code in (row.numerator, row.denominator) if code]


def _part(found: Counted, group: str, code: str) -> int | None:
    """Return how many of a group: nought where others were counted and none of these, None where nothing can be known."""
    if not code:
        return 0
    if code in found.get(group, {}):
        return found[group][code]
    return 0 if code in found.get(TOTAL, {}) and not SOURCES[COUNTS[code].source].desk else None


def _figure(row: Indicator, now: Counted, before: Counted, group: str = TOTAL) -> Figure:
    top, bottom = (_part(now, group, code) for code in (row.numerator, row.denominator))
    earlier = rules.value(row.form, *(_part(before, group, code) for code in (row.numerator, row.denominator)))
    return Figure(
        indicator=row,
        value=rules.value(row.form, top, bottom),
        numerator=top,
        denominator=bottom,
        before=earlier,
        group=group.removeprefix("="),
    )


def totals(asked: Question) -> list[Figure]:
    """Return every indicator of the question, beside the period before."""
    return figures_of(indicators(), asked)


def figures_of(rows: Sequence[Indicator], asked: Question) -> list[Figure]:
    """Return some indicators of the question, beside the period before."""
    now, before = tally(_codes(rows), asked), tally(_codes(rows), asked.before)
    return [_figure(row, now, before) for row in rows]


def alone(codes: Iterable[str], asked: Question) -> list[Figure]:
    """Return those of the named indicators that are in use, without the period before: half the questions."""
    wanted = set(codes)
    rows = [row for row in indicators() if row.code in wanted]
    now = tally(_codes(rows), asked)
    return [_figure(row, now, {}) for row in rows]


def side_by_side(row: Indicator, asked: Question, dimension: str) -> list[Figure]:
    """Return one indicator by a dimension, in the groups' own order: never by size, so that no list of places comes of it."""
    codes = _codes([row])
    now, before = tally(codes, asked, dimension), tally(codes, asked.before, dimension)
    groups = [group for group in now if group != TOTAL]
    names = names_of(dimension)
    order = list(names)
    known = sorted(groups, key=lambda g: (g[1:] not in names, order.index(g[1:]) if g[1:] in names else 0, g))
    return [_figure(row, now, before, group) for group in known]


def names_of(dimension: str) -> dict[str, str]:
    """Return what the groups of a dimension are called, in order; a blank group has no name there."""
    if dimension == Dimension.UNIT:
        return dict(Org.objects.exclude(kind=Org.Kind.CITY).order_by("path").values_list("code", "name"))
    if dimension == Dimension.CATEGORY:
        rows = Category.objects.order_by("code").values_list("code", "path")
        return {code[:TOP_LEVEL]: path.split("/")[0] for code, path in reversed(rows)}
    if dimension == Dimension.DIVISION:
        return {code: str(name) for code, name in divisions() if code}
    if dimension == Dimension.QUEUE:
        return dict(CallQueue.objects.values_list("code", "name"))
    choices = Channel.choices if dimension == Dimension.CHANNEL else Kind.choices
    return {code: str(name) for code, name in choices}


def counted_rows(code: str, asked: Question) -> QuerySet[Any]:
    """Return exactly the rows that a count counts. Raises NotFound (``indicator_not_found``)."""
    if code not in COUNTS:
        raise NotFound("indicator_not_found", _("没有这个指标。"))
    return rows_of(SOURCES[COUNTS[code].source], asked).filter(COUNTS[code].where(asked.now))


def counted_calls(code: str, asked: Question) -> QuerySet[Any]:
    """Return exactly the calls, or the callers to be called back, behind a count. Raises NotFound (``indicator_not_found``)."""
    rows = counted_rows(code, asked)
    if SOURCES[COUNTS[code].source].lists == Listed.CALLS:
        return rows.select_related("queue", "agent", "ticket", "reason")
    return rows.select_related("queue", "claimed_by")


def counted_articles(code: str, asked: Question) -> QuerySet[Any]:
    """Return exactly the articles behind a count. Raises NotFound (``indicator_not_found``)."""
    return counted_rows(code, asked).select_related("owner", "category", "face", "draft")


def counted_tickets(code: str, asked: Question) -> QuerySet[Ticket]:
    """Return exactly the tickets behind a count. Raises NotFound (``indicator_not_found``)."""
    rows = counted_rows(code, asked)
    source = SOURCES[COUNTS[code].source]
    found = rows.values("pk") if not source.ticket else rows.values(f"{source.ticket}pk")
    return Ticket.objects.filter(pk__in=found).select_related("unit", "desk", "category", "holder", "accused")


def grades() -> dict[int, GradeRule]:
    """Return the rules in use by their indicator's key."""
    return {row.indicator_id: row for row in GradeRule.objects.filter(is_active=True)}


@dataclass(frozen=True, kw_only=True)
class Card:
    """One unit against the rules: a grade for each graded indicator, how many good and how many poor."""

    code: str
    name: str
    cells: tuple[tuple[Figure, str], ...]

    @property
    def good(self) -> int:
        """How many are good."""
        return sum(grade == rules.GOOD for _figure, grade in self.cells)

    @property
    def poor(self) -> int:
        """How many are to be bettered."""
        return sum(grade == rules.POOR for _figure, grade in self.cells)


def graded_units(asked: Question) -> tuple[list[Indicator], list[Card]]:
    """Return the graded indicators, and every unit with its grades, in the directory's order."""
    held = grades()
    rows = [row for row in indicators() if row.pk in held]
    now = tally(_codes(rows), asked, Dimension.UNIT)
    cards = []
    for code, name in names_of(Dimension.UNIT).items():
        if f"={code}" not in now:
            continue
        found = [_figure(row, now, {}, f"={code}") for row in rows]
        cells = tuple((each, _graded(each, held[each.indicator.pk])) for each in found)
        cards.append(Card(code=code, name=name, cells=cells))
    return rows, cards


def _graded(figure: Figure, rule: GradeRule) -> str:
    cases = figure.numerator if figure.indicator.form == Form.COUNT else figure.denominator
    return rules.grade(figure.indicator.better, figure.value, cases or 0, rule.good, rule.fair, rule.fewest)
