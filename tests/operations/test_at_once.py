"""Several people, and the job, at one incident in one moment: one of them acts, the others are told."""

from tests.at_once import AT_ONCE, together
from tests.factories.directory import staff
from tests.operations.incident_world import ENGINEER, Ops

from yunshu.domains.operations.models import Incident
from yunshu.domains.operations.services import incidents


def test_of_those_who_respond_at_once_one_holds_the_incident(committed_db: object) -> None:
    ops = Ops()
    row = ops.report()
    engineers = [staff(ENGINEER, org=ops.city) for _ in range(AT_ONCE)]
    said = together([lambda who=who: ops.move(row, "respond", who) for who in engineers])  # type: ignore[misc]
    assert said["done"] == 1
    assert sum(said.values()) == AT_ONCE
    row.refresh_from_db()
    (step,) = row.steps.filter(verb="respond")
    assert step.actor == row.responded_by
    assert row.holder is not None
    assert row.holder.name == row.responded_by
    assert [s.seq for s in row.steps.order_by("seq")] == list(range(1, row.steps.count() + 1))


def test_an_outage_that_several_workers_see_is_one_incident(committed_db: object) -> None:
    ops = Ops()
    for system in ops.systems:
        ops.tell(system, "down")
    ops.later(seconds=60)
    said = together([lambda: incidents.form_incidents(now=ops.now)] * AT_ONCE)
    assert said == {"done": AT_ONCE}
    assert Incident.objects.count() == 1


def test_mending_and_calling_it_a_false_alarm_at_once_is_one_or_the_other(committed_db: object) -> None:
    ops = Ops()
    row = ops.report()
    ops.move(row, "respond")
    said = together([lambda: ops.restore(row), lambda: ops.move(row, "void", ops.manager)])
    assert said["done"] == 1
    row.refresh_from_db()
    assert row.stage in ("restored", "void")
    assert (row.restored_at is None) == (row.stage == "void")
