"""Input types of the JSON API that the database can keep."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _in_utc(at: datetime) -> datetime:
    """Return the same moment in UTC: PostgreSQL knows fewer zones than ISO 8601 lets one write."""
    try:
        moment = at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("out of range")
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with its zone."""
