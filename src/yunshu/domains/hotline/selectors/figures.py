"""Figures of the hotline: indicators of a period, in total and side by side, and exactly the tickets that were counted.

Counts of one source are asked in one question, whatever the number of indicators: a page costs two questions a source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Channel, Kind
from yunshu.domains.hotline.choices_figures import Dimension, Form
from yunshu.domains.hotline.models import Category, GradeRule, Indicator, Ticket
from yunshu.domains.hotline.rules import figures as rules
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors.counting import COUNTS, SOURCES, Source
from yunshu.domains.hotline.selectors.pages import divisions
from yunshu.domains.hotline.selectors.tickets import Reach
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound

TOP_LEVEL = 2
"""Characters of a category's code that name its first level."""
PATHS = {Dimension.DIVISION: "division", Dimension.CHANNEL: "channel", Dimension.KIND: "kind"}
FILTERED = tuple(Dimension.values)
"""By what a question can be narrowed."""
TOTAL = ""
Counted = dict[str, dict[str, int]]
"""Group (``TOTAL``: all) to code of a count to how many."""


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
    numerator: int
    denominator: int
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
        return self.indicator.form != Form.COUNT


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
    rows = source.rows().filter(Q((f"{source.moment}__gte", start)), Q((f"{source.moment}__lt", end)))
    rows = rows.filter(asked.reach.sight(source.ticket))
    for name, chosen in asked.filters.items():
        rows = rows.filter(_narrowing(source, name, chosen)) if chosen else rows
    return rows


def _narrowing(source: Source, name: str, chosen: str) -> Q:
    if name == Dimension.UNIT:
        return Q((f"{source.unit}__code", chosen))
    if name == Dimension.CATEGORY:
        how = "__startswith" if len(chosen) <= TOP_LEVEL else ""
        return Q((f"{source.ticket}category__code{how}", chosen))
    return Q((f"{source.ticket}{PATHS[Dimension(name)]}", chosen))


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
        sums = {f"n_{code}": CountOf("pk", filter=COUNTS[code].where(asked.now)) for code in wanted}
        rows = rows_of(source, asked).order_by()
        if not dimension:
            found[TOTAL] |= _plain(rows.aggregate(**sums))
            continue
        for each in rows.annotate(group_by=_grouping(source, dimension)).values("group_by").annotate(**sums):
            group = str(each.pop("group_by") or "")
            for code, number in _plain(each).items():
                for key in (TOTAL, f"={group}"):
                    here = found.setdefault(key, {})
                    here[code] = here.get(code, 0) + number
    return found


def _plain(found: Mapping[str, Any]) -> dict[str, int]:
    return {key.removeprefix("n_"): value or 0 for key, value in found.items()}


def _grouping(source: Source, dimension: str) -> Any:
    if dimension == Dimension.UNIT:
        return F(f"{source.unit}__code")
    if dimension == Dimension.CATEGORY:
        return Substr(f"{source.ticket}category__code", 1, TOP_LEVEL)
    return F(f"{source.ticket}{PATHS[Dimension(dimension)]}")


def _codes(rows: Iterable[Indicator]) -> list[str]:
    return [code for row in rows for code in (row.numerator, row.denominator) if code]


def _figure(row: Indicator, now: Mapping[str, int], before: Mapping[str, int], group: str) -> Figure:
    top, bottom = now.get(row.numerator, 0), now.get(row.denominator, 0)
    earlier = rules.value(row.form, before.get(row.numerator, 0), before.get(row.denominator, 0))
    return Figure(
        indicator=row,
        value=rules.value(row.form, top, bottom),
        numerator=top,
        denominator=bottom,
        before=earlier,
        group=group,
    )


def totals(asked: Question) -> list[Figure]:
    """Return every indicator of the question, beside the period before."""
    return figures_of(indicators(), asked)


def figures_of(rows: Sequence[Indicator], asked: Question) -> list[Figure]:
    """Return some indicators of the question, beside the period before."""
    now, before = tally(_codes(rows), asked), tally(_codes(rows), asked.before)
    return [_figure(row, now[TOTAL], before[TOTAL], TOTAL) for row in rows]


def side_by_side(row: Indicator, asked: Question, dimension: str) -> list[Figure]:
    """Return one indicator by a dimension, in the groups' own order: never by size, so that no list of places comes of it."""
    codes = _codes([row])
    now, before = tally(codes, asked, dimension), tally(codes, asked.before, dimension)
    groups = [group for group in now if group != TOTAL]
    names = names_of(dimension)
    order = list(names)
    known = sorted(groups, key=lambda g: (g[1:] not in names, order.index(g[1:]) if g[1:] in names else 0, g))
    return [_figure(row, now[group], before.get(group, {}), group.removeprefix("=")) for group in known]


def names_of(dimension: str) -> dict[str, str]:
    """Return what the groups of a dimension are called, in order; a blank group has no name there."""
    if dimension == Dimension.UNIT:
        return dict(Org.objects.exclude(kind=Org.Kind.CITY).order_by("path").values_list("code", "name"))
    if dimension == Dimension.CATEGORY:
        rows = Category.objects.order_by("code").values_list("code", "path")
        return {code[:TOP_LEVEL]: path.split("/")[0] for code, path in reversed(rows)}
    if dimension == Dimension.DIVISION:
        return {code: str(name) for code, name in divisions() if code}
    choices = Channel.choices if dimension == Dimension.CHANNEL else Kind.choices
    return {code: str(name) for code, name in choices}


def counted_tickets(code: str, asked: Question) -> QuerySet[Ticket]:
    """Return exactly the tickets behind a count. Raises NotFound (``indicator_not_found``)."""
    if code not in COUNTS:
        raise NotFound("indicator_not_found", _("没有这个指标。"))
    source = SOURCES[COUNTS[code].source]
    rows = rows_of(source, asked).filter(COUNTS[code].where(asked.now))
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
        if (counted := now.get(f"={code}")) is None:
            continue
        found = [_figure(row, counted, {}, code) for row in rows]
        cells = tuple((each, _graded(each, held[each.indicator.pk])) for each in found)
        cards.append(Card(code=code, name=name, cells=cells))
    return rows, cards


def _graded(figure: Figure, rule: GradeRule) -> str:
    cases = figure.denominator if figure.is_share else figure.numerator
    return rules.grade(figure.indicator.better, figure.value, cases, rule.good, rule.fair, rule.fewest)
