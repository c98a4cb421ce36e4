"""A window of a limit: it ends when its time is over, and not because somebody goes on asking or keeps quiet."""

from datetime import timedelta

import pytest
from django.db import connection

from yunshu.lib.kernel import clock
from yunshu.lib.ui.throttle import Throttle

NOW = clock.now()


@pytest.fixture(autouse=True)
def minutes(db: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return monkeypatch


def test_who_goes_on_asking_is_heard_again_when_the_window_is_over(minutes: pytest.MonkeyPatch) -> None:
    limit = Throttle("test-asking", 2, 60)
    assert [limit.count("a") for _ in range(4)] == [True, True, False, False]
    assert limit.count("b")
    minutes.setattr(clock, "now", lambda: NOW + timedelta(seconds=59))
    assert (limit.count("a"), limit.is_spent("a")) == (False, True)
    minutes.setattr(clock, "now", lambda: NOW + timedelta(seconds=61))
    assert (limit.is_spent("a"), limit.count("a"), limit.count("a"), limit.count("a")) == (False, True, True, False)


def test_a_count_is_kept_as_long_as_its_window_lasts() -> None:
    limit = Throttle("test-keeping", 1, 3600)
    assert [limit.count("a") for _ in range(3)] == [True, False, False]
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(expires) FROM yunshu_cache WHERE cache_key LIKE '%%test-keeping%%'")
        (until,) = cursor.fetchone()
    assert until > NOW + timedelta(seconds=3500)
