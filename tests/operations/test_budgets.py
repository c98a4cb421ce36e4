"""A promise whose budget burns is told of in time, once a day, to whoever is in charge."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.operations.incident_world import Ops
from tests.operations.test_figures import seen

from yunshu.domains.notify.models import Notice
from yunshu.domains.operations import checks
from yunshu.domains.operations.models import StatusChange, Target
from yunshu.domains.operations.services import budgets
from yunshu.lib.probe import Icmp

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
SECOND = int(NOW.timestamp())


@pytest.fixture
def ops(settings: Any, tmp_path: Path) -> Ops:
    settings.SAMPLES_FOLDER = tmp_path
    return Ops(now=NOW)


def watched(ops: Ops, *, bad_s: int, **more: Any) -> Target:
    """A system that was up for three hours, then down for ``bad_s`` seconds till now."""
    words = {"check_form": checks.stored(Icmp("192.0.2.1")), "promise": Decimal("99")} | more
    one = ops.target("watched", "门户", **words)
    seen(one, SECOND - 10_800 - bad_s, 10_800)
    seen(one, SECOND - bad_s, bad_s + 30, ok=False)
    if bad_s:
        StatusChange.objects.create(target=one, was="up", condition="down", since=NOW, at=NOW)
    return one


def notices() -> list[Any]:
    return list(Notice.objects.filter(kind="operations.burn").order_by("pk"))


def test_fourteen_times_too_fast_is_told_to_who_is_on_duty_once_a_day(ops: Ops) -> None:
    ops.turn(starts_at=NOW - timedelta(hours=1))
    one = watched(ops, bad_s=1200)
    assert budgets.warn_burning(now=NOW) >= 1
    assert budgets.warn_burning(now=NOW + timedelta(seconds=20)) >= 1
    assert {n.person_id for n in notices()} == {ops.engineer.person_id}
    assert len(notices()) == len({n.body for n in notices()})
    assert f"/targets/{one.number}/" in notices()[0].url
    assert any("14.4" in n.body for n in notices())


def test_where_nobody_is_on_duty_whoever_approves_is_told(ops: Ops) -> None:
    watched(ops, bad_s=1200)
    budgets.warn_burning(now=NOW)
    assert ops.manager.person_id in {n.person_id for n in notices()}


@pytest.mark.parametrize(
    ("bad_s", "more"),
    [(0, {}), (1200, {"promise": None}), (1200, {"state": "retired", "retired_on": NOW.date()}), (60, {"promise": 50})],
)
def test_what_promises_nothing_or_keeps_it_says_nothing(ops: Ops, bad_s: int, more: dict[str, Any]) -> None:
    watched(ops, bad_s=bad_s, **more)
    assert budgets.warn_burning(now=NOW) == 0
    assert not notices()
