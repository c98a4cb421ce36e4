"""Several workers and several people at one finding in one moment, and a worker that dies in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

from tests.at_once import AT_ONCE, together
from tests.factories.directory import staff
from tests.inspection.finding_world import REVIEWER, Desk

from yunshu.domains.inspection.models import Evidence, Finding, FindingStep, Notice
from yunshu.domains.inspection.services import retests, reviewing
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel import patience


def test_workers_that_find_the_same_at_once_make_one_finding_each_and_never_wait_in_a_ring(
    committed_db: object,
) -> None:
    desk = Desk()
    batches = [[desk.fault(f"{n}", proofs=(desk.shown(f"{n}"),)) for n in range(20)] for _ in range(AT_ONCE)]
    for seed, batch in enumerate(batches):
        Random(seed).shuffle(batch)
    kept: list[Any] = []
    said = together([lambda batch=batch: kept.append(desk.keep(*batch)) for batch in batches])  # type: ignore[misc]
    assert said == {"done": AT_ONCE}
    assert sum(each.new for each in kept) == Finding.objects.count() == 20
    assert set(Finding.objects.values_list("occurrences", flat=True)) == {1}
    assert Evidence.objects.count() == FindingStep.objects.count() == 20
    assert Record.objects.filter(kind="inspection.evidence").count() == 20


def test_of_two_who_confirm_a_veto_first_one_is_told_that_the_other_was_faster(committed_db: object) -> None:
    desk = Desk()
    row = desk.finding(severity="veto")
    people = [staff(REVIEWER, org=desk.city) for _ in range(AT_ONCE)]
    together([lambda who=who: desk.accept(row, who) for who in people])  # type: ignore[misc]
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert row.reviewer_id != row.second_id
    assert row.steps.count() == 3


def test_one_person_in_two_windows_does_not_confirm_a_veto_twice(committed_db: object) -> None:
    desk = Desk()
    row = desk.finding(severity="veto")
    said = together([lambda: desk.accept(row)] * AT_ONCE)
    assert said == {"done": 1, "another_person": AT_ONCE - 1}


def test_of_accepting_and_refusing_at_once_one_counts(committed_db: object) -> None:
    desk = Desk()
    row = desk.finding()
    said = together(
        [
            lambda: desk.accept(row),
            lambda: reviewing.false_alarm(actor=desk.second, number=row.number, reason="可打开", now=desk.now),
        ]
    )
    row.refresh_from_db()
    assert said["done"] in (1, 2)  # a confirmed fault may still be found false; the other way round is refused
    assert row.steps.count() == 1 + said["done"]


def test_a_finding_is_put_to_its_unit_once_however_many_press_the_button(committed_db: object) -> None:
    desk = Desk()
    row = desk.confirmed()
    said = together([lambda: desk.notify(row)] * AT_ONCE)
    assert said == {"done": 1, "verb_not_possible": AT_ONCE - 1}
    assert Notice.objects.count() == 1


def test_a_retest_that_several_workers_finish_moves_the_finding_once(committed_db: object) -> None:
    desk = Desk()
    row = desk.notified()
    retest = desk.submit(row)
    finish = [
        lambda result=result: retests.finish(number=retest.number, result=result, now=desk.now)  # type: ignore[misc]
        for result in ("found", "gone") * 3
    ]
    assert together(finish) == {"done": AT_ONCE}
    row.refresh_from_db()
    retest.refresh_from_db()
    assert (retest.result, row.state) in {("found", "notified"), ("gone", "verified")}
    assert row.steps.filter(verb__in=("still_there", "gone")).count() == 1


WORKER = """
import sys, django
django.setup()
from datetime import datetime
from tests.inspection.finding_world import MACHINE
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.domains.inspection.services.findings import keep
now = datetime.fromisoformat(sys.argv[2])
for start in range(0, 200, 10):
    keep([Found(kind="link_dead", severity="general", key=str(n), words="打不开", site=sys.argv[1],
                proofs=(Proof(kind="text", sha256=f"{n:064}", taken_at=now),)) for n in range(start, start + 10)],
         by=MACHINE, now=now)
print("ended", flush=True)
"""


def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(committed_db: Any) -> None:
    desk = Desk()
    root = Path(__file__).parents[2]
    environment = os.environ | {
        "DATABASE_URL": committed_db.app_url,
        "DJANGO_SETTINGS_MODULE": "yunshu.config.settings",
        "PYTHONPATH": str(root),
    }
    command = [sys.executable, "-c", WORKER, desk.site.id_code, desk.now.isoformat()]

    def begin() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True)

    for goal in (1, 70, 140):
        worker = begin()
        assert patience.comes_true(lambda goal=goal: Finding.objects.count() >= goal, within_s=60)  # type: ignore[misc]
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    worker = begin()
    assert "ended" in worker.communicate(timeout=120)[0]
    assert Finding.objects.count() == Evidence.objects.count() == FindingStep.objects.count() == 200
    assert set(Finding.objects.values_list("occurrences", flat=True)) == {1}
