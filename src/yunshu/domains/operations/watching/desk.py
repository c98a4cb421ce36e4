"""What the probers' process reads and writes in the database; each call gives its connection back, the process lives for months."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connections

from yunshu.domains.operations.selectors import watching as selectors
from yunshu.domains.operations.selectors.changes import windows_for
from yunshu.domains.operations.services import parts, seals, statuses, vantages
from yunshu.domains.operations.watching.judging import Judgement
from yunshu.lib.availability import Maintenance, Need
from yunshu.lib.kernel import clock
from yunshu.lib.samples import Sealed

P = ParamSpec("P")
R = TypeVar("R")


def returning(act: Callable[P, R]) -> Callable[P, R]:
    """Give the thread's connection back after the call."""

    @wraps(act)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        finally:
            connections.close_all()

    return wrapped


@returning
def revision() -> tuple[int, int]:
    """Return what grows with every change of a target or a need."""
    return selectors.revision()


@returning
def plan() -> tuple[list[selectors.Watched], dict[str, Need]]:
    """Return what is watched and what needs what."""
    return selectors.watched(), selectors.needs_of(selectors.need_rows())


@returning
def conditions() -> dict[str, tuple[str, int, str]]:
    """Return the stored conditions."""
    return selectors.conditions()


@returning
def heard_after(at: datetime) -> list[tuple[str, datetime]]:
    """Return the heartbeats since."""
    return selectors.heard_after(at)


@returning
def excused(numbers: Sequence[str], since: int, until: int) -> dict[str, list[Maintenance]]:
    """Return the announced work around now."""
    return windows_for(numbers, datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC))


@returning
def record(judgements: Sequence[Judgement]) -> int:
    """Store and tell what changed."""
    verdicts = [
        statuses.Verdict(
            number=one.number,
            condition=one.state.value,
            since=datetime.fromtimestamp(one.since, UTC),
            error=one.error,
            cause=one.cause,
        )
        for one in judgements
    ]
    return statuses.record_verdicts(verdicts, clock.now())


@returning
def reported(vantage: str, health: Any) -> None:
    """Note that a vantage is at work."""
    vantages.reported(vantage, asdict(health), clock.now())


@returning
def seals_of(day: date) -> set[tuple[str, int, int]]:
    """Return which files of a day are on the ledger."""
    return selectors.seals_of(day)


@returning
def record_seals(files: Sequence[Sealed]) -> int:
    """Put the digests of sealed files on the ledger."""
    return seals.record(files, clock.now())


@returning
def keep_parts(addresses: Mapping[str, str]) -> None:
    """Have Yunshu's own parts among the targets, at the addresses they have now."""
    parts.keep(addresses, clock.now())
