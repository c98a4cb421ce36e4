"""Weeks of visits as findings that open and close by themselves; retests by visits; report-in; visits from elsewhere."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from tests.factories.directory import OrgFactory, staff
from tests.inspection.finding_world import Desk

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.models import Evidence, Finding, FindingStep, Retest, Site, Visit
from yunshu.domains.inspection.rules import availability
from yunshu.domains.inspection.services import far_visits, reachability, sites, visits
from yunshu.domains.inspection.services.running import planning, retesting, visiting, working
from yunshu.domains.operations.models import Vantage
from yunshu.domains.operations.selectors.vantages import guest_words
from yunshu.domains.operations.services import vantages
from yunshu.lib.availability import Sample
from yunshu.lib.crawl import Reach
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Observed
from yunshu.lib.probe.batches import pack

pytestmark = pytest.mark.django_db
PART = timedelta(days=1) / 20


@pytest.fixture
def desk() -> Desk:
    return Desk()


def visited(site: Site, end: datetime, *, days: int = 7, bad: int = 0, vantage: str = "center") -> None:
    """Visits in every part of the days before ``end``; the last ``bad`` of them failed."""
    times = [end - PART * (n + 0.5) for n in range(days * 20)]
    visits.keep(
        visits.Seen(site=site.id_code, vantage=vantage, at=at, ok=n >= bad, ms=80, reason="" if n >= bad else "timeout")
        for n, at in enumerate(times)
    )


def found(site: Site) -> Finding | None:
    return Finding.objects.filter(site=site, kind="unreachable").first()


@pytest.mark.parametrize(("bad", "vetoed"), [(6, False), (7, True), (140, True)])
def test_five_in_a_hundred_of_a_whole_week_is_a_veto(desk: Desk, bad: int, vetoed: bool) -> None:
    visited(desk.site, desk.now, bad=bad)

    assert reachability.judge_all(now=desk.now) == vetoed
    assert reachability.judge_all(now=desk.now) == vetoed

    rows = Finding.objects.filter(site=desk.site).values_list("severity", "occurrences")
    assert list(rows) == [("veto", 1)] * vetoed
    assert Evidence.objects.filter(kind="text").count() == vetoed


def test_too_few_visits_say_nothing_either_way(desk: Desk) -> None:
    visited(desk.site, desk.now, days=6, bad=120)
    assert not reachability.judge(desk.site, desk.now)
    visited(desk.site, desk.now - timedelta(days=6), days=1, bad=0)
    assert reachability.judge(desk.site, desk.now)
    assert not reachability.judge(desk.site, desk.now + timedelta(days=2))
    assert found(desk.site).gone_at is None


def test_a_finding_closes_by_itself_when_the_week_is_well(desk: Desk) -> None:
    visited(desk.site, desk.now, bad=10)
    reachability.judge(desk.site, desk.now)
    later = desk.now + timedelta(days=7)
    visited(desk.site, later)
    reachability.judge(desk.site, later)
    assert found(desk.site).gone_at == later


def test_registered_maintenance_is_no_failure(desk: Desk) -> None:
    visited(desk.site, desk.now, bad=20)
    made = {"number": "WH-1", "reason": "机房检修", "registered_by": "测试"}
    start = desk.now - timedelta(days=1)
    desk.site.windows.create(starts_at=start, ends_at=desk.now, registered_at=start - timedelta(days=1), **made)
    assert not reachability.judge(desk.site, desk.now)


def mended(desk: Desk) -> Retest:
    visited(desk.site, desk.now, bad=20)
    reachability.judge(desk.site, desk.now)
    row = desk.accept(desk.accept(found(desk.site)), desk.second)
    desk.notify(row)
    row.refresh_from_db()
    return desk.submit(row)


@pytest.mark.parametrize(("bad", "result", "state"), [(0, "gone", "verified"), (3, "found", "notified")])
def test_a_retest_is_answered_by_the_day_after_it(desk: Desk, bad: int, result: str, state: str) -> None:
    asked, later = mended(desk), desk.now + timedelta(days=1)
    assert reachability.retest(desk.now + timedelta(hours=20)) == 0
    visited(desk.site, later, days=1, bad=bad)
    assert reachability.retest(later) == 1
    asked.refresh_from_db()
    assert (asked.result, found(desk.site).state) == (result, state)


def test_what_failed_before_a_verified_mending_does_not_come_back(desk: Desk) -> None:
    mended(desk)
    for n in (1, 2):
        visited(desk.site, desk.now + timedelta(days=n), days=1)
    reachability.retest(desk.now + timedelta(days=1))
    assert not reachability.judge(desk.site, desk.now + timedelta(days=2))
    assert found(desk.site).state == "verified"


def offline(desk: Desk, reported_on: date | None) -> None:
    actor = staff((VIEW, REGISTRY_EDIT), org=desk.city)
    spec = sites.ChangeSpec(verb="close", on=clock.city_date(desk.now), reason="整合", reported_on=reported_on)
    sites.record_change(actor=actor, number=desk.site.number, spec=spec, now=desk.now)


def test_going_offline_without_report_in_is_a_finding_that_stays(desk: Desk) -> None:
    offline(desk, None)
    row = found(desk.site)
    assert (row.severity, row.url, "关停未事先报备" in row.words) == ("veto", desk.site.home_url, True)
    visited(desk.site, desk.now)
    reachability.judge(desk.site, desk.now)
    row.refresh_from_db()
    assert row.gone_at is None
    assert list(FindingStep.objects.values_list("verb", flat=True)) == ["find"]


def test_going_offline_as_reported_is_none(desk: Desk) -> None:
    offline(desk, clock.city_date(desk.now))
    assert found(desk.site) is None


def test_a_round_in_which_nothing_opens_is_the_machine_s_own_trouble(desk: Desk) -> None:
    for n in range(visiting.MANY):
        desk.make_site(f"445200010{n}", OrgFactory())

    async def nobody(_name: str) -> list[str]:
        raise OSError

    machine = working.Machine(reach=Reach(lookup=nobody))
    assert visiting.visit_all(machine, desk.now) == 0
    assert not Visit.objects.exists()


def test_a_vantage_elsewhere_visits_too_and_one_that_got_in_is_enough(desk: Desk, settings, tmp_path) -> None:
    settings.SAMPLES_FOLDER = tmp_path
    east = Vantage.objects.create(name="east", title="榕城区", scopes=[far_visits.Visits.label])
    assert {words["number"] for words in guest_words(east)} == {"inspection:4452000001", "inspection:4452000002"}
    assert guest_words(replace_scopes(east, ["oa"])) == []
    visited(desk.site, desk.now, bad=140)
    ends = [int((desk.now - PART * (n + 0.5)).timestamp()) for n in range(140)]
    batch = [Observed("inspection:4452000001", Sample(at, "x", True, 90.0, mono_s=1, boot=1)) for at in ends]
    doubted = [replace(one, sample=replace(one.sample, at=one.sample.at - 7, ok=False, trusted=False)) for one in batch]

    assert [vantages.take(east, pack([*batch, *doubted]), desk.now) for _twice in range(2)] == [140, 0]

    looks = desk.site.visits.filter(vantage="east")
    assert looks.count() == looks.filter(ok=True).count() == 140
    assert not reachability.judge(desk.site, desk.now)
    assert availability.TERMS.round_s == guest_words(east)[0]["interval_s"]


def replace_scopes(vantage: Vantage, scopes: list[str]) -> Vantage:
    return Vantage(name=vantage.name, scopes=scopes)


@pytest.mark.parametrize(("kind", "gone", "result"), [("tls", True, "gone"), ("tls", False, ""), ("other", False, "")])
def test_a_run_answers_a_retest_only_where_it_looked(desk: Desk, kind: str, gone: bool, result: str) -> None:
    row = desk.notified(kind=kind)
    asked = desk.submit(row)
    run = planning.begin(actor=System(name="测试"), id_code=desk.site.id_code, kind="full", now=desk.later(hours=1))
    run.is_whole = True
    Finding.objects.filter(pk=row.pk).update(gone_at=run.started_at if gone else None)
    retesting.retest_by_run(run, desk.now)
    asked.refresh_from_db()
    assert asked.result == result
