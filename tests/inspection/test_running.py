"""The machine against a generated city on loopback: whole runs, twice, with the truth beside what was found."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory

from yunshu.config.world import inspecting
from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.models import Evidence, Finding, Retest, Run
from yunshu.domains.inspection.services import retests
from yunshu.domains.inspection.services.running import planning, retesting, working
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import web_city

BY = System(name="测试")


@pytest.mark.slow
@pytest.mark.timeout(1200)  # three visits, pictures
def test_a_generated_city_is_inspected_as_its_truth_says(committed_db: object, tmp_path: Path) -> None:
    city = web_city(11, clock.now())
    sites = inspecting.register(city, OrgFactory())
    with inspecting.served(city.at(0)) as running:
        machine = replace(
            inspecting.machine(running, tmp_path), browser=None
        )  # tests/crawl/test_render.py and the demonstration have one
        for stage in (0, 1):
            running.show(stage)
            planning.begin_all(by=BY, now=clock.now(), only=sites)
            assert working.work(machine) == 0
        attacked = set(Finding.objects.filter(kind="tampered", gone_at=None).values_list("number", flat=True))
        planning.begin_all(by=BY, now=clock.now(), only=sites)
        assert working.work(machine) == 0
        retested = Finding.objects.filter(kind="tampered", detail__part="正文").first()
        assert retested is not None
        retests.ask(retested, BY, clock.now())
        retesting.retest_pages(machine, clock.now())
        inspecting.visit_a_week(machine, sites, clock.now())
    assert set(Finding.objects.filter(kind="tampered", gone_at=None).values_list("number", flat=True)) == attacked
    assert Retest.objects.get().result == RetestResult.FOUND
    assert not Run.objects.exclude(stage="done").exists()
    poor = {
        check: (round(score.recall, 3), round(score.precision, 3), score.missed[:5], score.false[:5])
        for check, score in inspecting.scores(city.at(1), sites, machine).items()
        if min(score.recall, score.precision) < 0.9
    }
    assert poor == {}, "\n".join(f"{check}: {why}" for check, why in poor.items())
    shown = Evidence.objects.filter(kind="warc").values_list("finding_id", flat=True).distinct().count()
    assert shown > Finding.objects.count() / 2
    assert not Finding.objects.filter(rule_version="").exists()
