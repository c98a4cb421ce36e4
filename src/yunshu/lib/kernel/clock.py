"""Time: one zone for the city, and the one place that asks the machine for the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present instant (aware, UTC). Views, jobs and commands call it; everything else is told."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def city_date(at: datetime) -> date:
    """Return the calendar date in the city at the instant ``at``."""
    return at.astimezone(CITY_ZONE).date()
