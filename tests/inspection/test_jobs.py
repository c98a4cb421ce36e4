"""The machine's jobs as the worker runs them, without a served city: what cannot be reached ends, and takes nothing away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from tests.factories.directory import OrgFactory
from tests.factories.inspection import SiteFactory

from yunshu.domains.inspection import jobs
from yunshu.domains.inspection.models import Finding, LinkCheck, Run, Visit
from yunshu.domains.inspection.services.ipv6 import Ipv6Ways
from yunshu.domains.inspection.services.running import linking, planning, slicing, working
from yunshu.domains.inspection.services.transport import Ways
from yunshu.lib.crawl import Work
from yunshu.lib.crawl.verdicts import Look, Rhythm, Sign
from yunshu.lib.jobs.alone import alone
from yunshu.lib.kernel import clock


def test_a_site_that_cannot_be_reached_ends_its_run_and_counts_as_not_open(
    committed_db: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SiteFactory(org=OrgFactory(), host="none.invalid", home_url="http://none.invalid/", rate_per_s=5)
    machine = working.installed()
    assert machine.manners.rates == {"none.invalid": 5.0}
    quick = working.Machine(
        manners=machine.manners, work=Work(again_s=0.0), ways=Ways(ipv6=Ipv6Ways(_no_answer, _no_answer)), suffixes=()
    )
    monkeypatch.setattr(working, "installed", lambda: quick)
    jobs.begin_due(0)
    jobs.begin_due(0)
    jobs.work(0)
    run = Run.objects.get()
    assert (run.stage, run.pages, run.is_whole) == ("done", 0, False)
    assert not Finding.objects.filter(
        kind__in=("tls", "headers", "ipv6", "impersonation")
    ).exists()  # nothing could be tried
    jobs.visit(0)
    seen = Visit.objects.get(site=site)
    assert not seen.ok
    assert seen.reason


async def _no_answer(_host: str) -> None:
    """A DNS that does not answer."""


def test_while_one_works_another_leaves_it_alone(committed_db: object) -> None:
    SiteFactory(org=OrgFactory(), host="none.invalid", home_url="http://none.invalid/")
    jobs.begin_due(0)
    with alone(slicing.LOCK) as mine, ThreadPoolExecutor(1) as elsewhere:
        assert mine
        elsewhere.submit(_work_and_close).result()
    assert planning.is_open()


def _work_and_close() -> None:
    try:
        jobs.work(0)
    finally:
        connections["default"].close()


@pytest.mark.django_db
def test_a_settled_link_is_looked_into_anew_and_its_verdict_holds_until_the_next() -> None:
    now, machine = clock.now(), working.Machine(rhythm=Rhythm(step=timedelta(hours=8)))
    row = LinkCheck.objects.create(url="http://x.example/a", digest=linking.digest("http://x.example/a"))

    def looked(hours: int, sign: Sign) -> LinkCheck:
        linking.keep([(row, Look(now + timedelta(hours=hours), sign))], machine)
        row.refresh_from_db()
        return row

    assert (looked(0, Sign.GOOD).verdict, row.again_at) == ("ok", now + linking.RECHECK)
    assert (looked(24, Sign.GONE).verdict, row.counts) == ("ok", False)
    assert (looked(32, Sign.GONE).verdict, row.counts) == ("dead", True)
    assert (looked(56, Sign.GONE).verdict, row.counts) == ("dead", True)
    assert (looked(64, Sign.GOOD).verdict, row.counts) == ("ok", False)
