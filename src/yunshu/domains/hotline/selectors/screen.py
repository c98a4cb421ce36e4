"""The wall's figures: one set for all viewers, of open tickets and of seven days, without a name, a number or a word of a caller.

Nothing here grows with the years: open tickets and a week are found by index, whatever lies in the archive.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from yunshu.domains.hotline.models import ScreenSet, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors.counting import PARTS, SETTLED
from yunshu.domains.hotline.selectors.figures import midnight
from yunshu.domains.hotline.selectors.pages import divisions, due_conditions
from yunshu.domains.hotline.selectors.screen_calls import telephones
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE

DAYS, HOT, LONGEST, LATEST = 7, 7, 6, 7
STAGES = (life.REGISTERED, life.DISPATCHED, life.HANDLING, life.CALLBACK)


def current() -> ScreenSet | None:
    """Return the set that is kept."""
    return ScreenSet.objects.first()


def figures(now: datetime) -> dict[str, Any]:
    """Count everything that the wall shows; codes, no words: viewers read it in their own languages."""
    today = clock.city_date(now)
    demands = Ticket.objects.exclude(relation__in=PARTS).order_by()
    open_ones = Ticket.objects.filter(closed_at__isnull=True).order_by()
    week = demands.filter(received_at__gte=midnight(today - timedelta(days=DAYS - 1)))
    return {
        "now": now.isoformat(),
        "today": str(today),
        "open": _open(open_ones, now),
        "day": _day(demands, now),
        "calls": telephones(now),
        "divisions": _divisions(open_ones, now),
        "trend": _trend(week, now),
        "channels": _channels(week.filter(received_at__gte=midnight(today))),
        "hot": _hot(week),
        "waiting": _longest(open_ones, now),
        "latest": _latest(demands),
    }


def _open(rows: QuerySet[Ticket], now: datetime) -> dict[str, Any]:
    by_state = {f"s_{code}": Count("pk", filter=Q(state=code)) for code in STAGES}
    late, soon = due_conditions(now)
    found = rows.aggregate(
        total=Count("pk"),
        overdue=Count("pk", filter=late),
        soon=Count("pk", filter=soon),
        **by_state,
    )
    states = [{"code": code, "n": found.pop(f"s_{code}")} for code in STAGES]
    return {**found, "states": states}


def _day(rows: QuerySet[Ticket], now: datetime) -> dict[str, int]:
    start = midnight(clock.city_date(now))
    received = rows.filter(received_at__gte=start).aggregate(
        received=Count("pk"), direct=Count("pk", filter=Q(dispatched_at__isnull=True, state__in=SETTLED))
    )
    return {**received, "closed": rows.filter(closed_at__gte=start, state__in=SETTLED).count()}


def _divisions(rows: QuerySet[Ticket], now: datetime) -> list[dict[str, Any]]:
    late = Count("pk", filter=due_conditions(now)[0])
    found = {each["division"]: each for each in rows.values("division").annotate(n=Count("pk"), late=late)}
    names = [(code, str(name)) for code, name in divisions() if code]
    tiles = [{"code": code, "name": name, **_two(found.pop(code, None))} for code, name in names]
    elsewhere = [_two(each) for each in found.values()]
    rest = {key: sum(each[key] for each in elsewhere) for key in ("n", "late")}
    return [*tiles, {"code": "", "name": "", **rest}]


def _two(found: Any) -> dict[str, int]:
    return {"n": found["n"], "late": found["late"]} if found else {"n": 0, "late": 0}


def _trend(rows: QuerySet[Ticket], now: datetime) -> list[dict[str, Any]]:
    today = clock.city_date(now)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    by_day = dict(rows.values_list(TruncDate("received_at", tzinfo=CITY_ZONE)).annotate(n=Count("pk")))
    closed = (
        Ticket.objects.exclude(relation__in=PARTS)
        .filter(closed_at__gte=midnight(days[0]), state__in=SETTLED)
        .order_by()
    )
    ended = dict(closed.values_list(TruncDate("closed_at", tzinfo=CITY_ZONE)).annotate(n=Count("pk")))
    return [
        {"day": f"{day:%m-%d}", "date": str(day), "received": by_day.get(day, 0), "closed": ended.get(day, 0)}
        for day in days
    ]


def _channels(rows: QuerySet[Ticket]) -> list[dict[str, Any]]:
    found = rows.values("channel").annotate(n=Count("pk")).order_by("-n", "channel")
    return [{"code": each["channel"], "n": each["n"]} for each in found]


def _hot(rows: QuerySet[Ticket]) -> list[dict[str, Any]]:
    found = rows.filter(category__isnull=False).values("category__code", "category__name").annotate(n=Count("pk"))
    return [
        {"code": each["category__code"], "name": each["category__name"], "n": each["n"]}
        for each in found.order_by("-n", "category__code")[:HOT]
    ]


def _longest(rows: QuerySet[Ticket], now: datetime) -> list[dict[str, Any]]:
    """The open tickets that are furthest beyond their deadline, then those whose deadline is nearest: what waits, never who."""
    found = (
        rows.filter(due_at__isnull=False, state__in=life.BEFORE_REPLY)
        .order_by("due_at", "pk")
        .select_related("category", "unit")
    )
    return [
        {**_masked(row), "late_s": int((now - row.due_at).total_seconds())} for row in found[:LONGEST] if row.due_at
    ]


def _latest(rows: QuerySet[Ticket]) -> list[dict[str, Any]]:
    found = rows.order_by("-received_at", "-pk").select_related("category", "unit")
    return [_masked(row) for row in found[:LATEST]]


def _masked(row: Ticket) -> dict[str, Any]:
    """What the wall may say of a ticket: its kind, class, place and state; of a confidential one not even these but its kind."""
    hidden = row.is_confidential
    return {
        "number": "" if hidden else row.number,
        "kind": row.kind,
        "category": "" if hidden or row.category is None else row.category.name,
        "division": "" if hidden else row.division,
        "unit": "" if hidden or row.unit is None else row.unit.name,
        "state": row.state,
        "at": row.received_at.isoformat(),
    }
