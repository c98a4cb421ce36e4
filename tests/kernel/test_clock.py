"""Dates as strangers write them."""

from datetime import UTC, datetime, timedelta

import pytest

from yunshu.lib.kernel import clock

EIGHT = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Sat, 28 Nov 2026 08:00:00 GMT", EIGHT),
        ("Sat, 28 Nov 2026 16:00:00 +0800", EIGHT),
        ("Sat, 28 Nov 2026 08:00:00 -0000", EIGHT - timedelta(hours=8)),
        ("", None),
        ("yesterday", None),
        ("Sat, 28 Nov 2026 08:00:00 +9999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -0800", None),
        ("Sat, 28 Nov 2026 08:00:00 +0800" + "9" * 40, None),
        ("Sat, 28 Nov " + "9" * 30 + " 08:00:00 +0800", None),
    ],
)
def test_a_date_of_the_internet_is_read_or_it_is_none(text: str, at: datetime | None) -> None:
    assert clock.internet_date(text, clock.CITY_ZONE) == at
