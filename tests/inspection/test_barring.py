"""What only a drawn page shows, on generated sites, with a real Chromium."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory

from yunshu.config.world import inspecting
from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.models import Finding, Retest, Run, Site
from yunshu.domains.inspection.services import retests
from yunshu.domains.inspection.services.running import answering, barring, kits, planning, working
from yunshu.lib.crawl import Work
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import web_city

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BY = System(name="测试")


@dataclass
class Place:
    """One site of a generated city whose home page bars people, crawled once; and the machine that did."""

    site: Site
    planted: str
    extra: list[str]
    machine: working.Machine

    def examined(self, machine: working.Machine | None = None) -> list[Finding]:
        """Begin a run, examine its sample, and return what bars now."""
        run = Run.objects.get()
        run.started_at = clock.now()
        run.save(update_fields=["started_at"])
        barring.look(run, machine or self.machine, kits.kit())
        return list(Finding.objects.filter(kind="barrier", gone_at=None))


@pytest.fixture
def place(committed_db: object, tmp_path: Path) -> Iterator[Place]:
    city = web_city(7, clock.now()).at(0)
    row = next(row for row in city.truth() if row.check == "barrier" and not row.innocent)
    made = next(site for site in city.sites if site.code == row.owner)
    sites = inspecting.register(city, OrgFactory())
    site = next(each for each in sites if each.id_code == row.owner)
    with inspecting.served(city) as running:
        machine = replace(inspecting.machine(running, tmp_path), reader=None, compared=0, work=Work(again_s=0.1))
        planning.begin_all(by=BY, now=clock.now(), only=[site])
        working.work(replace(machine, browser=None))
        yield Place(site, row.recipe, made.home_extra, machine)


def test_what_bars_is_found_with_its_place_stays_without_a_browser_and_goes_when_repaired(place: Place) -> None:
    (found,) = place.examined()
    assert found.url == place.site.home_url
    assert found.detail["elements"][0]["selector"]
    assert found.evidence.filter(kind="warc").exists()
    assert place.examined(replace(place.machine, browser=None)) == [found]
    retests.ask(found, BY, clock.now())
    assert answering.answer_all(place.machine, clock.now(), [found]) == 1
    assert Retest.objects.get().result == RetestResult.FOUND
    place.extra.clear()
    assert place.examined() == []


def test_a_page_that_does_not_come_keeps_what_was_found(place: Place) -> None:
    (found,) = place.examined()
    deaf = replace(place.machine, reach=replace(place.machine.reach, placed={}))
    assert place.examined(deaf) == [found]
