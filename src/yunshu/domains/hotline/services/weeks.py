"""Weekly counts by class and division, computed anew from the tickets; confidential reports and parts of tickets are not counted."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Value
from django.db.models.functions import Coalesce, TruncWeek

from yunshu.domains.hotline.models import WeekTally
from yunshu.domains.hotline.selectors.outlook import FIRST_LEVEL
from yunshu.domains.hotline.selectors.smart import learnable
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE

AGAIN = 9
"""Weeks that are counted anew each night: classes of tickets change until they are closed."""


@transaction.atomic
def tally(*, now: datetime) -> int:
    """Count every week that is over or running, from ``AGAIN`` weeks ago on (all, the first time); return how many rows. Safe to run twice."""
    monday = monday_of(clock.city_date(now))
    first = monday - timedelta(weeks=AGAIN) if WeekTally.objects.exists() else date(2000, 1, 3)
    start = datetime.combine(first, time.min, CITY_ZONE)
    counted = (
        learnable()
        .filter(received_at__gte=start)
        .order_by()
        .annotate(topic=Coalesce(FIRST_LEVEL, Value("")), week=TruncWeek("received_at", tzinfo=CITY_ZONE))
        .values("desk_id", "topic", "division", "week")
        .annotate(count=Count("pk"))
        .values_list("desk_id", "topic", "division", "week", "count")
    )
    WeekTally.objects.filter(week__gte=first).delete()
    rows = [
        WeekTally(
            desk_id=desk, topic=topic[:60], division=division, week=week.astimezone(CITY_ZONE).date(), count=count
        )
        for desk, topic, division, week, count in counted
    ]
    WeekTally.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
