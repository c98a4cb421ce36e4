"""Time: one zone for the city, and the one place that asks the machine for the time."""

from datetime import UTC, date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present instant (aware, UTC). Views, jobs and commands call it; everything else is told."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def city_date(at: datetime) -> date:
    """Return the calendar date in the city at the instant ``at``."""
    return at.astimezone(CITY_ZONE).date()


def internet_date(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the instant (UTC) of a date as e-mail, HTTP and RSS write it (RFC 5322 §3.3), in ``zone`` where it names none; None if it is none."""
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # the last: no moment of ours, once it is told in UTC
        return None
