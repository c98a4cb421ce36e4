"""Numerators and denominators of the telephone, at their boundaries."""

from datetime import UTC, datetime, timedelta

from yunshu.lib.cti.indicators import CallRecord, Part, indicators

START = datetime(2026, 3, 2, tzinfo=UTC)


def call(number: str, *, wait_s: float, answered: bool, lost: bool = False) -> CallRecord:
    then = START + timedelta(seconds=wait_s)
    return CallRecord(
        call=number,
        caller="",
        queue="all",
        offered_at=START,
        answered_at=then if answered else None,
        ended_at=then + timedelta(seconds=60 if answered else 0),
        lost=lost,
    )


def test_fifteen_seconds_is_in_time_and_a_short_abandon_is_left_out() -> None:
    records = [
        call("1", wait_s=15, answered=True),
        call("2", wait_s=15.1, answered=True),
        call("3", wait_s=4.9, answered=False),
        call("4", wait_s=5, answered=False),
        call("5", wait_s=1, answered=False, lost=True),
    ]
    seen = indicators(records, called_back=frozenset(["3", "4"]))
    assert (seen.offered, seen.connected, seen.in_time) == (5, Part(2, 4), Part(1, 2))
    assert (seen.abandoned, seen.called_back) == (Part(1, 4), Part(2, 3))
    assert seen.mean_wait.share == 15.05


def test_of_no_calls_there_is_no_share() -> None:
    assert indicators([]).connected.share is None
