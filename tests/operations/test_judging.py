"""From samples to the condition of each target now, and what explains it."""

import pytest

from yunshu.domains.operations.selectors.watching import Watched
from yunshu.domains.operations.watching.judging import Judge, Judgement
from yunshu.lib import availability
from yunshu.lib.availability import Maintenance, Sample, State

NOW = 1_800_000_000
ICMP = {"kind": "icmp", "host": "192.0.2.1"}


def watched(number: str, **more: object) -> Watched:
    return Watched(**({"number": number, "check_form": ICMP} | more))


def judged(judge: Judge, *targets: Watched, needs: dict[str, availability.Need] | None = None) -> dict[str, Judgement]:
    return {one.number: one for one in judge.judge(list(targets), needs or {}, {}, NOW)}


def seen(judge: Judge, number: str, *looks: tuple[int, bool]) -> None:
    for ago, ok in looks:
        judge.see(number, Sample(NOW - ago, "center", ok, error="" if ok else "timeout"))


def test_an_outage_begins_between_the_last_good_and_the_first_bad_look() -> None:
    judge = Judge()
    seen(judge, "A", (90, True), (60, True), (30, False), (0, False))

    one = judged(judge, watched("A"))["A"]

    assert (one.state, one.since, one.error, one.cause) == (State.DOWN, NOW - 45, "timeout", "A")


@pytest.mark.parametrize(("ago", "state"), [(75, State.UP), (76, State.UNKNOWN)])
def test_what_nobody_looked_at_for_more_than_two_and_a_half_intervals_is_unknown(ago: int, state: State) -> None:
    judge = Judge()
    seen(judge, "A", (ago - 1, True))
    assert judged(judge, watched("A"))["A"].state is state


def test_order_and_repetition_of_samples_do_not_matter() -> None:
    one, other = Judge(), Judge()
    seen(one, "A", (60, True), (30, False), (0, False))
    seen(other, "A", (0, False), (60, True), (30, False), (0, False))
    assert judged(one, watched("A")) == judged(other, watched("A"))


def test_a_rooms_power_is_the_one_cause_of_what_hangs_on_it_though_it_has_no_sensor() -> None:
    judge = Judge()
    for number in ("S1", "S2"):
        seen(judge, number, (30, False), (0, False))
    needs = {"S1": availability.series("ROOM"), "S2": availability.series("ROOM")}

    found = judged(judge, watched("S1"), watched("S2"), needs=needs)

    assert {one.cause for one in found.values()} == {"ROOM"}


def test_a_system_behind_a_dead_line_is_explained_by_the_line() -> None:
    judge = Judge()
    for number in ("LINE", "SITE"):
        seen(judge, number, (30, False), (0, False))
    found = judged(judge, watched("LINE"), watched("SITE"), needs={"SITE": availability.series("LINE")})
    assert (found["SITE"].cause, found["LINE"].cause) == ("LINE", "LINE")


def test_a_composite_without_a_probe_is_as_well_as_what_it_needs() -> None:
    judge = Judge()
    seen(judge, "L1", (30, False), (0, False))
    seen(judge, "L2", (30, True), (0, True))
    needs = {"EXIT": availability.parallel("L1", "L2")}
    found = judged(judge, watched("L1"), watched("L2"), watched("EXIT", check_form={}), needs=needs)
    assert found["EXIT"].state is State.DEGRADED


def test_announced_work_is_maintenance_and_before_service_nothing_is_due() -> None:
    judge = Judge()
    seen(judge, "A", (30, False), (0, False))
    window = Maintenance(NOW - 100, NOW + 100, approved_at=NOW - 200)
    (one,) = judge.judge([watched("A")], {}, {"A": [window]}, NOW)
    assert one.state is State.MAINT
    assert judged(judge, watched("A", in_service_on="2099-01-01"))["A"].state is State.NOT_IN_SERVICE
