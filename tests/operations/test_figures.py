"""Figures from stored samples: bounds, promises, composites, and what they offer to the performance table."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory
from tests.operations.watch_world import needs, target

from yunshu.domains.operations import availability_metrics as metrics
from yunshu.domains.operations import checks, reporting
from yunshu.domains.operations.choices import TargetState
from yunshu.domains.operations.models import Change, ChangeTarget, Target
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.watching.keeping import Keeper
from yunshu.lib.availability import Sample, Span
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Scope
from yunshu.lib.probe import Icmp, Observed

DAY = date(2026, 3, 2)
START = int(datetime(2026, 3, 1, 16, tzinfo=UTC).timestamp())
"""Midnight in the city."""
HOUR = Span(START, START + 3600)


@pytest.fixture(autouse=True)
def _store(settings: object, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path  # type: ignore[attr-defined]


def seen(one: Target, start: int, seconds: int, *, ok: bool = True, every: int = 30) -> None:
    keeper = Keeper(figures.store().root)
    looks = [Observed(one.number, Sample(start + n, "center", ok, 10.0)) for n in range(0, seconds, every)]
    asyncio.run(keeper.deliver(looks))
    keeper.close()


def probed(**more: object) -> Target:
    return target(check_form=checks.stored(Icmp("192.0.2.1")), **more)


@pytest.mark.django_db
def test_what_nobody_looked_at_is_between_the_bounds_and_proves_no_promise() -> None:
    one = probed(promise=Decimal("50"))
    seen(one, START, 1800)

    found = figures.figure(one, HOUR)

    assert (found.seen.up_s, found.seen.unknown_s, found.seen.down_s) == (1800, 1800, 0)
    assert (reporting.share(found.seen.low), reporting.share(found.seen.high)) == ("50.0000", "100.0000")
    assert found.verdict == "kept"
    one.promise = Decimal("50.0001")
    assert figures.figure(one, HOUR).verdict == "unproven"


def approved_work(one: Target, start: int, end: int, finished: int | None = None) -> None:
    """Work that was approved now, for a window to come: nobody can approve what has begun."""
    at = [datetime.fromtimestamp(second, UTC) for second in (start, end, finished or end)]
    row = Change.objects.create(
        number=f"BG-{start}",
        title="更换电池",
        reason="电池到期",
        steps="逐组更换",
        rollback="装回旧电池",
        risk="low",
        org=one.org,
        starts_at=at[0],
        ends_at=at[1],
        stage="asked",
        asked_by="申请人",
        asked_at=clock.now(),
    )
    ChangeTarget.objects.create(change=row, target=one)
    approved = {"stage": "finished", "approved_by": "批准人", "approved_at": clock.now(), "outcome": "已更换"}
    Change.objects.filter(pk=row.pk).update(begun_at=at[0], finished_at=at[2], **approved)


def tomorrow() -> tuple[date, int]:
    """Return a day to come, and its midnight in the city."""
    day = clock.city_date(clock.now()) + timedelta(days=2)
    return day, int(datetime.combine(day, time(), clock.CITY_ZONE).timestamp())


@pytest.mark.django_db
def test_work_beyond_its_window_is_down_whatever_probes_saw() -> None:
    one, (_, start) = probed(), tomorrow()
    seen(one, start, 3600)
    approved_work(one, start + 600, start + 1200, finished=start + 1500)

    found = figures.figure(one, Span(start, start + 3600))

    assert (found.seen.maint_s, found.seen.down_s, found.seen.up_s) == (600, 300, 2700)


@pytest.mark.django_db
def test_before_service_and_in_approved_work_nothing_is_due() -> None:
    day, start = tomorrow()
    one = probed(in_service_on=day)
    seen(one, start, 3600, ok=False)
    approved_work(one, start + 600, start + 1200)

    found = figures.figure(one, Span(start - 3600, start + 3600))

    assert (found.seen.not_in_service_s, found.seen.maint_s, found.seen.down_s) == (3600, 600, 3000)


@pytest.mark.django_db
def test_a_composite_is_judged_by_what_it_needs_and_a_probed_target_by_its_own() -> None:
    line_a, line_b, exit_, oa = probed(), probed(), target(), probed()
    needs(exit_, line_a, line_b, group="出口", least=1)
    needs(oa, exit_)
    seen(line_a, START, 3600)
    seen(line_b, START, 3600, ok=False)
    seen(oa, START, 3600)

    exit_found, oa_found = figures.Lines(HOUR).figures([exit_, oa])

    assert exit_found.own is None
    assert (exit_found.seen.degraded_s, exit_found.seen.down_s) == (3600, 0)
    assert (oa_found.seen.up_s, oa_found.seen_whole.degraded_s) == (3600, 3600)


@pytest.mark.django_db
def test_the_table_is_offered_the_proven_share_with_records_that_open_the_history() -> None:
    org = OrgFactory()
    good, bad, silent = probed(org=org), probed(org=org), probed(org=org)
    blank = target(org=org, state=TargetState.PLANNED)
    seen(good, START, 86_400, every=300)
    good.interval_s = bad.interval_s = 300
    good.save()
    bad.save()
    seen(bad, START, 43_200, every=300)
    seen(bad, START + 43_200, 43_200, ok=False, every=300)

    made = metrics.systems(Scope(org_code=org.code, starts_on=DAY, ends_on=DAY))

    down = 43_200 + 150
    assert made.denominator == 172_800
    assert made.numerator == 172_800 - down
    assert (
        made.value == made.low == (made.numerator * 100 / made.denominator).quantize(Decimal("0.0001"), "ROUND_FLOOR")
    )
    assert [r.number for r in made.records] == [bad.number, good.number]
    assert made.records[0].url.endswith(f"/{bad.number}/history/?from=2026-03-02&to=2026-03-02")
    assert silent.name in made.note
    assert f"地址待补、未监测：{blank.name}（1 个）" in made.note
    assert made.made_from == metrics.systems(Scope(org_code=org.code, starts_on=DAY, ends_on=DAY)).made_from


@pytest.mark.django_db
def test_without_a_sample_there_is_no_value_and_another_organisation_has_no_share_in_it() -> None:
    one = probed()
    seen(one, START, 3600)
    made = metrics.systems(Scope(org_code=OrgFactory().code, starts_on=DAY, ends_on=DAY))
    assert made.value is None
    assert made.note


@pytest.mark.django_db
def test_the_months_report_names_what_it_cannot_speak_of() -> None:
    watched, blank = probed(), target(state=TargetState.PLANNED)
    both = [watched, blank]
    now = datetime(2026, 3, 20, tzinfo=UTC)
    lines = reporting.month(both, DAY.replace(day=1), DAY.replace(day=31), now)
    assert [line.target for line in lines] == [watched]
    head, *rows = reporting.rows(lines, reporting.unwatched(both))
    assert {len(row) for row in rows} == {len(head)}
    assert [row[1] for row in rows] == [watched.name, blank.name]
    assert rows[1][9] == "地址待补、未监测"


@pytest.mark.django_db
def test_counting_samples_would_have_hidden_the_monitors_own_outage() -> None:
    one = probed()
    seen(one, START, 600)
    seen(one, START + 3000, 600, ok=False)

    (kuma, *_rest) = reporting.counting(figures.figure(one, HOUR))

    assert kuma.share == "50.0000"
    assert kuma.reasons


@pytest.mark.django_db
def test_the_public_page_shows_a_day_by_its_worst_minute() -> None:
    now = clock.now()
    today = figures.midnight(clock.city_date(now))
    yesterday = today - 86_400
    one = probed(is_public=True)
    seen(one, yesterday, 7200)
    seen(one, yesterday + 7200, 300, ok=False)

    (shown,) = reporting.public_status([one], now)

    assert len(shown.days) == reporting.PUBLIC_DAYS
    assert shown.days[-2].state == "down"
    assert shown.days[0].state == "unknown"
    assert shown.days[-1].day - shown.days[0].day == timedelta(days=reporting.PUBLIC_DAYS - 1)
