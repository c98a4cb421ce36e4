"""Checks of hosts against generated cities on loopback: how home pages are carried, who imitates them, who cannot be opened."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory

from yunshu.config.world import inspecting
from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.models import Evidence, Finding, Site, Suspect
from yunshu.domains.inspection.services.running import planning, working
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import web_city

BY = System(name="测试")
OF_HOSTS = (*inspecting.CARRIED, "impersonation")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 2026])
def test_hosts_are_judged_as_their_truth_says(committed_db: object, tmp_path: Path, seed: int) -> None:
    city = web_city(seed, clock.now())
    sites = inspecting.register(city, OrgFactory())
    Site.objects.update(page_limit=60)
    with inspecting.served(city.at(0)) as running:
        machine = replace(inspecting.machine(running, tmp_path), browser=None, reader=None, compared=4)
        for _ in range(2):  # a host met on one site may imitate another, whose run was over
            planning.begin_all(by=BY, now=clock.now(), only=sites)
            assert working.work(machine) == 0
        assert inspecting.visit_a_week(machine, sites, clock.now()) == 140 * len(sites)
    scores = inspecting.scores(city.at(0), sites, machine)
    poor = {kind: scores[kind] for kind in OF_HOSTS if min(scores[kind].recall, scores[kind].precision) < 1}
    assert poor == {}
    assert all(scores[kind].planted for kind in inspecting.CARRIED)
    copies = Finding.objects.filter(kind="impersonation")
    assert Evidence.objects.filter(finding__in=copies, kind="warc").count() == copies.count()
    assert Suspect.objects.filter(result="copy").count() == copies.count()
