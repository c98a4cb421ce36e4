"""Kill -9 of the process that works a whole run, at any moment: the run concludes, nothing is lost, nothing is found twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.factories.directory import OrgFactory

from yunshu.config.world import inspecting
from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.models import Evidence, Finding, FindingStep, Run, Site
from yunshu.domains.inspection.services.running import planning
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import Shape, WebCity, web_city

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(290)]
ROOT = Path(__file__).parents[2]
SEED, SITES, KILLS, STAGES = 17, 1, 8, 2
BY = System(name="测试")
KNOWN = ("inspection_finding", "inspection_run", "inspection_linkcheck", "inspection_suspect", "inspection_candidate")
"""Tables that hold what a run knows; what refers to them is emptied with them."""


class Nursery:
    """The process that forks workers."""

    def __init__(self, process: subprocess.Popen[str], city: str) -> None:
        self._process = process
        self._say(city)

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line.strip()}\n")
        self._process.stdin.flush()

    def work(self, kill_when: Callable[[], object] | None = None) -> None:
        """Let a worker work to the end, or kill it when ``kill_when`` returns."""
        assert self._process.stdout
        self._say("work")
        worker = int(self._process.stdout.readline())
        if kill_when is not None:
            kill_when()
            with suppress(ProcessLookupError):  # done already
                os.kill(worker, signal.SIGKILL)
        assert self._process.stdout.readline() == "gone\n"


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    processes = []

    def start(module: str, *words: str, **env: str) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        made = subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT, env={**os.environ, **env}, **pipes)
        processes.append(made)
        return made

    yield start
    for process in processes:
        process.kill()
        process.wait()


def chosen(city: WebCity) -> list[Site]:
    """The smallest sites that answer every visit alike; the others are out of the way."""
    plain = [
        s for s in city.lively if s.shape is not Shape.SCRIPT and not s.outlook.flap_every and not s.outlook.delay_s
    ]
    hosts = [site.host for site in sorted(plain, key=lambda site: len([*city.urls(site.code)]))[:SITES]]
    Site.objects.exclude(host__in=hosts).update(state="closed")
    return list(Site.objects.filter(host__in=hosts))


def stages() -> str:
    return " ".join(Run.objects.order_by("pk").values_list("stage", flat=True))


def after_a_while(dice: random.Random, whole_s: float, *, patient: bool) -> None:
    """Wait for a random time, or until a run comes to its next stage and a moment more; ``patient``: for the latter only."""
    at_first, until = stages(), time.monotonic() + (10 * whole_s if patient else whole_s * dice.uniform(0.1, 0.5))
    while time.monotonic() < until and stages() == at_first:
        time.sleep(0.01)
    time.sleep(whole_s * dice.uniform(0, 0.04))


def known() -> Counter[tuple[Any, ...]]:
    """What was found, how often, in how many steps, with how much evidence on the ledger."""
    rows = Finding.objects.values_list(
        "fingerprint", "kind", "url", "place", "words", "occurrences", "state", "gone_at"
    )
    steps = FindingStep.objects.values_list("finding__fingerprint", "verb")
    shown = Evidence.objects.values_list("finding__fingerprint", "kind")
    return Counter([*rows, *steps, *shown])


def forget(owner_url: str, sites: list[Site]) -> None:
    crawls = list(Run.objects.filter(site__in=sites).values_list("crawl", flat=True))
    with psycopg.connect(owner_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(KNOWN)} CASCADE")
        planning.FRONTIER.forget(cursor, set(crawls))


def begin(sites: list[Site]) -> None:
    planning.begin_all(by=BY, now=clock.now(), only=sites)


def test_a_run_whose_workers_are_killed_finds_what_an_undisturbed_one_finds(committed_db, tmp_path, started) -> None:
    served = started("yunshu.lib.synthetic.web", "--seed", str(SEED), "--pace", "0.01")
    workers = started("tests.inspection.nursery", str(SEED), str(tmp_path), DATABASE_URL=committed_db.app_url)
    city = web_city(SEED, clock.now())
    inspecting.register(city, OrgFactory())
    sites = chosen(city)
    nursery = Nursery(workers, json.dumps(json.loads(served.stdout.readline())))

    begin(sites)
    started_s = time.monotonic()
    nursery.work()
    whole_s, undisturbed = time.monotonic() - started_s, known()
    forget(committed_db.owner_url, sites)
    begin(sites)
    dice, cut = random.Random(SEED), list[str]()
    while len(cut) < KILLS and planning.is_open():
        patient = len(cut) >= KILLS // 2  # however slow the machine is, each stage has its kill
        nursery.work(kill_when=partial(after_a_while, dice, whole_s, patient=patient))
        cut.append(stages())
    nursery.work()

    sys.stdout.write(
        f"undisturbed in {whole_s:.1f} s, then killed at {cut}; all in {time.monotonic() - started_s:.1f} s\n"
    )
    assert len({*" ".join(cut).split()} - {"done"}) >= STAGES, cut
    assert not Run.objects.exclude(stage="done").exists()
    assert undisturbed
    disturbed = known()
    assert (disturbed - undisturbed, undisturbed - disturbed) == (Counter(), Counter())
