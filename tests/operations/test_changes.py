"""Windows are approved before they begin, by somebody else, and excuse no second more; problems; the rota and its swaps."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.directory import staff
from tests.operations.incident_world import ENGINEER, Ops

from yunshu.domains.directory.models import Person
from yunshu.domains.operations.models import Change, ChangeTarget, DutyTurn, Incident
from yunshu.domains.operations.selectors import changes as selectors
from yunshu.domains.operations.selectors.duty import on_duty
from yunshu.domains.operations.services import changes, duty, problems
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted, Refused


@pytest.fixture
def ops(db: None) -> Ops:
    return Ops()


def asked(ops: Ops, **more: object) -> Change:
    return ops.change(**more)


def move(ops: Ops, row: Change, verb: str, actor: object = None) -> Change:
    return changes.move_change(
        actor=actor or ops.engineer,  # type: ignore[arg-type]
        number=row.number,
        verb=verb,
        reason="完成，运行正常。",
        now=ops.now,
    )


def hours(ops: Ops, base: object, spans: list[tuple[object, object]]) -> list[tuple[float, float]]:
    return [tuple(round((at - base).total_seconds() / 3600, 3) for at in span) for span in spans]  # type: ignore[misc,operator,union-attr]


def test_a_window_covers_everything_that_needs_the_target(ops: Ops) -> None:
    row = asked(ops)
    assert {c.target.code for c in row.covers.all()} == {"room-1", "sys-1", "sys-2", "sys-3"}
    assert {c.target.code for c in asked(ops, with_dependents=False).covers.all()} == {"room-1"}


def test_an_approved_window_excuses_and_an_overrun_counts_as_down(ops: Ops) -> None:
    start = ops.now
    row = asked(ops)
    number, end = ops.systems[0].number, start + timedelta(hours=9)
    assert selectors.maintenance(number, start, end) == []
    move(ops, row, "approve", ops.manager)
    ops.later(hours=1)
    move(ops, row, "begin")
    assert hours(ops, start, selectors.maintenance(number, start, end)) == [(1, 3)]
    ops.later(hours=4)
    assert hours(ops, start, selectors.overruns(number, start, ops.now)) == [(3, 5)]
    move(ops, row, "finish")
    assert hours(ops, start, selectors.maintenance(number, start, end)) == [(1, 3)]
    assert hours(ops, start, selectors.overruns(number, start, end)) == [(3, 5)]


def test_availability_is_told_of_windows_as_they_were_worked(ops: Ops) -> None:
    start = int(ops.now.timestamp())
    worked, quiet, off = asked(ops), asked(ops, targets=[ops.target("q", "另一").number]), asked(ops)
    for row in (worked, quiet, off):
        move(ops, row, "approve", ops.manager)
    move(ops, off, "cancel")
    ops.later(hours=1)
    move(ops, worked, "begin")
    ops.later(hours=4)
    found = selectors.windows_for([ops.room.number, "T-q"], ops.now - timedelta(hours=6), ops.now)
    hours_ = {n: [((m.start - start) / 3600, (m.finished_at - start) / 3600) for m in w] for n, w in found.items()}  # type: ignore[operator]
    assert hours_ == {ops.room.number: [(1, 5)], "T-q": [(1, 3)]}
    assert all(m.excuses and m.end - start == 3 * 3600 for w in found.values() for m in w)


def test_work_that_ends_early_ends_the_excuse_and_a_cancelled_window_gives_none(ops: Ops) -> None:
    start = ops.now
    row, other = asked(ops), asked(ops, targets=[ops.systems[2].number])
    for each in (row, other):
        move(ops, each, "approve", ops.manager)
    move(ops, other, "cancel")
    ops.later(hours=1.5)
    move(ops, row, "begin")
    ops.later(hours=0.5)
    move(ops, row, "finish")
    end = start + timedelta(hours=9)
    assert hours(ops, start, selectors.maintenance(ops.room.number, start, end)) == [(1, 2)]
    assert hours(ops, start, selectors.maintenance(ops.systems[2].number, start, end)) == [(1, 2)]
    assert selectors.overruns(ops.room.number, start, end) == []


def test_nobody_approves_their_own_change_or_one_that_has_begun(ops: Ops) -> None:
    row = asked(ops)
    with pytest.raises(NotPermitted):
        move(ops, row, "approve", staff(ENGINEER, org=ops.city))
    both = staff((*ENGINEER, "operations.change.approve"), org=ops.city)
    Change.objects.filter(pk=row.pk).update(asked_by=both.name, asker_id=both.person_id)
    with pytest.raises(Refused) as refused:
        move(ops, row, "approve", both)
    assert refused.value.code == "own_change"
    ops.later(hours=1)
    with pytest.raises(Refused) as refused:
        move(ops, row, "approve", ops.manager)
    assert refused.value.code == "window_begun"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rollback": ""}, "change_incomplete"),
        ({"risk": "none"}, "change_incomplete"),
        ({"targets": []}, "targets_missing"),
        ({"ahead": (3, 1)}, "window_inverted"),
        ({"ahead": (0, 1)}, "window_begun"),
    ],
)
def test_a_change_that_is_not_thought_through_is_refused(ops: Ops, more: dict[str, object], code: str) -> None:
    ahead = more.pop("ahead", None)
    if isinstance(ahead, tuple):
        more |= {k: ops.now + timedelta(hours=h) for k, h in zip(("starts_at", "ends_at"), ahead, strict=True)}
    with pytest.raises(Refused) as refused:
        asked(ops, **more)
    assert refused.value.code == code
    assert not Change.objects.exists()


def test_the_database_refuses_a_window_approved_afterwards_whoever_writes_it(ops: Ops) -> None:
    row = asked(ops)
    rows = Change.objects.filter(pk=row.pk)
    long_ago = clock.now() - timedelta(days=1)
    for words in (
        {"approved_at": row.starts_at, "approved_by": "x"},
        {"approved_at": long_ago, "approved_by": "x"},
        {"approved_at": clock.now(), "approved_by": row.asked_by},
        {"approved_at": clock.now(), "approved_by": "x", "approver_id": row.asker_id},
        {"approved_at": clock.now(), "approved_by": ""},
        {"stage": "approved"},
        {"starts_at": long_ago, "approved_at": long_ago - timedelta(days=1), "approved_by": "x"},
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            rows.update(**words)
    move(ops, row, "approve", ops.manager)
    late = row.ends_at + timedelta(hours=5)
    for act in (
        lambda: rows.update(ends_at=late),
        lambda: ChangeTarget.objects.filter(change=row).delete(),
        lambda: ChangeTarget.objects.create(change=row, target=ops.target("x", "另一个")),
        lambda: rows.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_an_outage_in_a_window_is_no_incident_and_its_overrun_is_one_from_the_end_of_the_window(ops: Ops) -> None:
    row = asked(ops)
    move(ops, row, "approve", ops.manager)
    ops.later(hours=1)
    move(ops, row, "begin")
    for target in (*ops.systems, ops.room):
        ops.tell(target, "down")
    assert ops.form() == 0
    ops.later(hours=3)
    assert ops.form() == 1
    assert Incident.objects.get().opened_at == row.ends_at


def test_a_problem_is_known_with_its_cause_and_solved_with_its_solution(ops: Ops) -> None:
    row = ops.report()
    words = {"title": "电池老化", "description": "半年内三次断电", "incidents": [row.number]}
    problem = problems.open_problem(
        actor=ops.engineer, org_code=ops.bureau.code, spec=problems.ProblemSpec(**words), now=ops.now
    )
    assert list(problem.incidents.all()) == [row]
    for more, where in (({"state": "known"}, "root_cause"), ({"state": "solved", "root_cause": "x"}, "solution")):
        with pytest.raises(Refused) as refused:
            problems.save_problem(
                actor=ops.engineer, number=problem.number, spec=problems.ProblemSpec(**words | more), now=ops.now
            )
        assert refused.value.where == where
    more = {"state": "solved", "root_cause": "电池超期", "solution": "每年更换"}
    problem = problems.save_problem(
        actor=ops.engineer, number=problem.number, spec=problems.ProblemSpec(**words | more), now=ops.now
    )
    assert problem.solved_at == ops.now


def rota(ops: Ops, people: list[int], **more: object) -> list[DutyTurn]:
    today = clock.city_date(ops.now)
    words = {"tier": "first", "people": people, "first": today, "turns": 4, "days": 1}
    spec = duty.RotaSpec(**words | {"handover": ops.now.astimezone(clock.CITY_ZONE).time()} | more)  # type: ignore[arg-type]
    return duty.plan_duty(actor=ops.manager, org_code=ops.city.code, spec=spec, now=ops.now)


def test_the_rota_says_who_is_on_duty_for_every_organisation_below(ops: Ops) -> None:
    second = staff(ENGINEER, org=ops.city)
    rota(ops, [ops.engineer.person_id, second.person_id])
    found = [on_duty(ops.bureau, "first", ops.now + timedelta(days=d)) for d in range(5)]  # type: ignore[arg-type]
    assert [p.pk if p else None for p in found] == [
        ops.engineer.person_id,
        second.person_id,
        ops.engineer.person_id,
        second.person_id,
        None,
    ]
    with pytest.raises(Refused) as refused:
        rota(ops, [second.person_id])
    assert refused.value.code == "turn_overlaps"
    with pytest.raises(Refused) as refused:
        rota(ops, [ops.user.person_id], tier="second")
    assert refused.value.code == "person_may_not"
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyTurn.objects.create(
            org=ops.city,
            tier="first",
            person=Person.objects.get(pk=second.person_id),
            starts_at=ops.now,
            ends_at=ops.now + timedelta(hours=1),
            planned_by="x",
            planned_at=ops.now,
        )


def test_a_swap_holds_once_the_other_has_agreed(ops: Ops) -> None:
    second = staff(ENGINEER, org=ops.city)
    turn = rota(ops, [ops.engineer.person_id])[0]
    span = {"starts_at": turn.starts_at + timedelta(hours=2), "ends_at": turn.starts_at + timedelta(hours=4)}
    swap = duty.ask_swap(
        actor=ops.engineer, turn_id=turn.pk, person_id=second.person_id, reason="看病", now=ops.now, **span
    )
    at = span["starts_at"]
    assert on_duty(ops.city, "first", at).pk == ops.engineer.person_id  # type: ignore[arg-type,union-attr]
    with pytest.raises(NotPermitted):
        duty.answer_swap(actor=ops.engineer, swap_id=swap.pk, agrees=True, now=ops.now)
    duty.answer_swap(actor=second, swap_id=swap.pk, agrees=True, now=ops.now)
    found = [on_duty(ops.city, "first", at + timedelta(hours=h)) for h in (-1, 0, 2)]  # type: ignore[arg-type]
    assert [p.pk if p else None for p in found] == [ops.engineer.person_id, second.person_id, ops.engineer.person_id]
    with pytest.raises(Refused) as refused:
        duty.ask_swap(
            actor=ops.engineer,
            turn_id=turn.pk,
            person_id=second.person_id,
            reason="x",
            now=ops.now,
            starts_at=turn.starts_at,
            ends_at=turn.ends_at + timedelta(hours=1),
        )
    assert refused.value.code == "swap_outside"


def test_a_turn_that_has_not_begun_can_be_taken_away(ops: Ops) -> None:
    turns = rota(ops, [ops.engineer.person_id])
    duty.drop_turn(actor=ops.manager, turn_id=turns[3].pk, now=ops.now)
    with pytest.raises(Refused) as refused:
        duty.drop_turn(actor=ops.manager, turn_id=turns[0].pk, now=ops.now + timedelta(minutes=1))
    assert refused.value.code == "turn_begun"
