"""Pure rules of incidents: one cause one incident, clocks that forget nothing, deductions to the fen, who is on duty."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.operations.rules import changes, clocks, duty, grouping, incidents, penalties, windows
from yunshu.domains.workflow.contracts import check_flow
from yunshu.lib.worktime import ROUND_THE_CLOCK, WorkingCalendar

ZONE = ZoneInfo("Asia/Shanghai")
T0 = datetime(2026, 2, 13, 16, 30, tzinfo=ZONE)  # the last Friday afternoon before a make-up Saturday and nine days off
HOUR = 3600
CITY = WorkingCalendar.of(
    segments={date(2020, 1, 1): [(time(8, 30), time(12)), (time(14, 30), time(17, 30))]},
    special_days={
        date(2026, 2, 14): "workday",
        **{date(2026, 2, 15) + timedelta(n): "holiday" for n in range(9)},
        date(2026, 2, 28): "workday",
    },
    known_years=[2026],
)


def after(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


@pytest.mark.parametrize("flow", [incidents.INCIDENT_LIFE, changes.CHANGE_LIFE])
def test_every_flow_can_be_walked(flow: object) -> None:
    assert check_flow(flow) == []


def incident(number: str, cause: str, *members: str, hours: float = 0) -> grouping.OpenIncident:
    return grouping.OpenIncident(
        number=number, opened_at=after(hours), cause=cause, members=frozenset(members or (cause,))
    )


def test_a_rooms_power_loss_is_one_incident_and_not_three_hundred() -> None:
    systems = [f"s{n}" for n in range(300)]
    graph = grouping.graph_of([(name, "room", "", 1) for name in systems])
    for observed in ({*systems}, {*systems, "room"}):  # a room that is probed, and one without a sensor
        (group,) = grouping.plan(graph, {*systems, *(observed & {"room"})}, observed, [])
        assert (group.cause, len(group.members)) == ("room", 301)


def test_a_cause_that_is_found_later_gathers_the_incidents_there_are_under_the_oldest() -> None:
    graph = grouping.graph_of([("a", "room", "", 1), ("b", "room", "", 1), ("c", "room", "", 1)])
    known = [incident("I2", "b", hours=2), incident("I1", "a", hours=1)]
    (group,) = grouping.plan(graph, {"a", "b", "c", "room"}, {"a", "b", "c", "room"}, known)
    assert (group.number, group.merged, group.recaused) == ("I1", ("I2",), True)
    assert group.added == {"c", "room"}


def test_two_causes_are_two_incidents_and_a_spare_line_is_none() -> None:
    graph = grouping.graph_of([("a", "room", "", 1), ("a", "line1", "lines", 1), ("a", "line2", "lines", 1)])
    seen = {"a", "room", "line1", "line2", "b"}
    assert {g.cause for g in grouping.plan(graph, {"room", "a", "b"}, seen, [])} == {"room", "b"}
    (group,) = grouping.plan(graph, {"line1"}, seen, [])
    assert group.members == {"line1"}
    assert {g.cause for g in grouping.plan(graph, {"line1", "line2", "a"}, seen, [])} == {"line1", "line2"}


@st.composite
def outages(draw: st.DrawFn) -> tuple[grouping.Graph, list[str], set[str]]:
    """A random tree of needs of up to 40 nodes, and what fails when some of them fail."""
    size = draw(st.integers(2, 40))
    names = [f"n{n:02}" for n in range(size)]
    parents = {names[n]: names[draw(st.integers(0, n - 1))] for n in range(1, size) if draw(st.booleans())}
    down = set(draw(st.sets(st.sampled_from(names), min_size=1, max_size=6)))
    for name in names:
        if parents.get(name) in down:
            down.add(name)
    return grouping.graph_of([(a, b, "", 1) for a, b in parents.items()]), names, down


@given(outage=outages(), seed=st.integers(0, 10_000))
def test_however_the_news_comes_there_is_one_incident_a_root_cause(
    outage: tuple[grouping.Graph, list[str], set[str]], seed: int
) -> None:
    graph, names, down = outage
    order = sorted(down)
    Random(seed).shuffle(order)
    known: list[grouping.OpenIncident] = []
    heard: set[str] = set()
    for step, name in enumerate(order):
        heard.add(name)
        known = applied(grouping.plan(graph, heard, set(names), known), known, step)
    causes = {f.cause for f in graph.faults(down, names)}
    assert sorted(i.cause for i in known) == sorted(causes)
    assert frozenset().union(*(i.members for i in known)) == down
    assert not any(g.is_news for g in grouping.plan(graph, down, set(names), known))


def applied(
    plan: Sequence[grouping.Group], known: list[grouping.OpenIncident], step: int
) -> list[grouping.OpenIncident]:
    """Do what the plan says, as the service does: open, extend, merge."""
    rows = {i.number: i for i in known}
    for group in plan:
        parts = [rows.pop(number) for number in (group.number, *group.merged) if number]
        number = group.number or f"I{step:03}-{group.cause}"
        opened = min((p.opened_at for p in parts), default=after(step))
        members = group.members.union(*(p.members for p in parts))
        rows[number] = grouping.OpenIncident(number=number, opened_at=opened, cause=group.cause, members=members)
    return list(rows.values())


def course(
    *stills: clocks.Still, respond: float | None = None, restore: float | None = None, close: float | None = None
) -> clocks.Course:
    ends = {"respond": respond, "restore": restore, "close": close}
    return clocks.Course(start=T0, ends={k: None if v is None else after(v) for k, v in ends.items()}, stills=stills)


def still(kind: str, start: float, end: float | None = None) -> clocks.Still:
    return clocks.Still(kind=kind, start=after(start), end=None if end is None else after(end))


def test_a_suspension_stops_restoring_and_closing_but_never_the_response() -> None:
    halted = course(still("suspended", 1))
    read = {c: clocks.read(c, halted, 4 * HOUR, ROUND_THE_CLOCK, after(9)) for c in clocks.CLOCKS}
    assert [read[c].spent_s / HOUR for c in clocks.CLOCKS] == [9, 1, 1]
    assert [read[c].is_running for c in clocks.CLOCKS] == [True, False, False]
    assert [read[c].light for c in clocks.CLOCKS] == [clocks.Light.RED, clocks.Light.GREY, clocks.Light.GREY]
    assert (read["restore"].due_at, read["respond"].due_at) == (None, after(4))


def test_waiting_for_the_users_word_stops_closing_only_and_reopening_goes_on_where_it_stood() -> None:
    waits = course(still("confirming", 2, 12), still("closed", 12, 30))
    assert clocks.read("close", waits, HOUR, ROUND_THE_CLOCK, after(31)).spent_s == 3 * HOUR
    assert clocks.read("restore", waits, HOUR, ROUND_THE_CLOCK, after(31)).spent_s == 13 * HOUR


def test_an_answer_that_ends_a_clock_freezes_it() -> None:
    done = course(respond=1.5)
    read = clocks.read("respond", done, HOUR, ROUND_THE_CLOCK, after(100))
    assert (read.spent_s, read.is_late, read.is_running) == (1.5 * HOUR, True, False)


def test_the_working_clock_of_a_level_runs_on_a_make_up_saturday_and_not_through_the_holiday() -> None:
    read = clocks.read("restore", course(), 3 * HOUR, CITY, after(24 * 10))
    assert read.due_at == datetime(2026, 2, 14, 10, 30, tzinfo=ZONE)
    assert read.spent_s == 7.5 * HOUR


@given(
    pauses=st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 500)), max_size=4),
    first=st.integers(1, 2000),
    second=st.integers(1, 2000),
)
def test_another_promise_on_the_same_incident_keeps_every_pause(
    pauses: list[tuple[int, int]], first: int, second: int
) -> None:
    """GLPI #6902, #15605 at the level of an incident: a priority that changes makes a new promise, not a new clock."""
    stills = [
        clocks.Still(kind="suspended", start=T0 + timedelta(minutes=a), end=T0 + timedelta(minutes=a + b))
        for a, b in pauses
    ]
    for minutes in (first, second):
        at = clocks.due_at("restore", course(*stills), minutes * 60, CITY)
        assert at is not None
        read = clocks.read("restore", course(*stills), minutes * 60, CITY, at)
        assert (read.spent_s, read.is_late) == (minutes * 60, False)


def test_what_runs_next_is_the_first_clock_that_has_not_ended() -> None:
    assert clocks.next_clock(course()) == "respond"
    assert clocks.next_clock(course(respond=1)) == "restore"
    assert clocks.next_clock(course(respond=1, restore=2, close=3)) is None


def window(**more: float | None) -> windows.Window:
    given_ = {"start": 1.0, "end": 3.0, "approved_at": 0.0} | more
    return windows.Window(**{k: None if v is None else after(v) for k, v in given_.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "hours"),
    [
        ({}, [(1, 3)]),
        ({"approved_at": 1}, []),
        ({"approved_at": None}, []),
        ({"cancelled_at": 0.5}, []),
        ({"finished_at": 2}, [(1, 2)]),
        ({"finished_at": 5}, [(1, 3)]),
    ],
)
def test_a_window_excuses_what_was_approved_before_and_no_second_of_an_overrun(
    more: dict[str, float | None], hours: list[tuple[float, float]]
) -> None:
    assert windows.excused([window(**more)], T0, after(9)) == [(after(a), after(b)) for a, b in hours]


def test_windows_are_cut_to_what_was_asked_and_joined() -> None:
    both = [window(), window(start=2, end=6)]
    assert windows.excused(both, after(2), after(4)) == [(after(2), after(4))]
    assert windows.overrun(window(finished_at=5), after(9)) == (after(3), after(5))
    assert windows.overrun(window(), after(4)) == (after(3), after(4))
    assert windows.overrun(window(finished_at=2), after(9)) is None


@given(
    spans=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30), st.integers(-5, 95)), max_size=6),
    since=st.integers(0, 60),
    length=st.integers(1, 60),
)
def test_an_hour_is_excused_exactly_if_an_approved_window_covers_it(
    spans: list[tuple[int, int, int]], since: int, length: int
) -> None:
    rows = [windows.Window(start=after(a), end=after(a + n), approved_at=after(ok)) for a, n, ok in spans]
    found = windows.excused(rows, after(since), after(since + length))
    for hour in range(since, since + length):
        covered = any(ok < a <= hour < a + n for a, n, ok in spans)
        assert any(s <= after(hour) < e for s, e in found) is covered


@pytest.mark.parametrize(
    ("quantity", "more", "yuan"),
    [
        ("2", {}, "0.00"),
        ("3", {}, "500.00"),
        ("2.1", {}, "50.00"),
        ("2.1", {"whole_units": True}, "500.00"),
        ("99", {"cap_yuan": Decimal(3000)}, "3000"),
        ("4", {"base": "percent", "rate": Decimal("0.5"), "monthly_fee_yuan": Decimal("12345.67")}, "123.46"),
    ],
)
def test_a_deduction_is_what_exceeds_the_allowance_at_the_clauses_rate(
    quantity: str, more: dict[str, object], yuan: str
) -> None:
    terms: dict[str, object] = {"base": "yuan", "rate": Decimal(500), "allowance": Decimal(2)} | more
    assert penalties.deduction(penalties.Clause(**terms), Decimal(quantity)) == Decimal(yuan)  # type: ignore[arg-type]


def test_a_share_of_an_unknown_fee_is_refused() -> None:
    with pytest.raises(ValueError, match="fee"):
        penalties.deduction(penalties.Clause(base="percent", rate=Decimal(1)), Decimal(1))


def test_the_rota_goes_round_without_a_gap_and_the_latest_swap_holds() -> None:
    turns = list(duty.rota([1, 2, 3], T0.date(), 5, 7, time(9), ZONE))
    assert [t.person for t in turns] == [1, 2, 3, 1, 2]
    assert all(a.end == b.start for a, b in itertools.pairwise(turns))
    at = turns[0].start + timedelta(hours=3)
    swaps = [
        duty.Swap(person=p, start=at, end=at + timedelta(hours=1), at=at - timedelta(days=d))
        for p, d in ((8, 2), (9, 1))
    ]
    assert [duty.on_duty(turns, swaps, at + timedelta(hours=h)) for h in (-1, 0, 1)] == [1, 9, 1]
    assert duty.on_duty(turns, [], turns[-1].end) is None
    with pytest.raises(ValueError, match="rota"):
        list(duty.rota([], T0.date(), 1, 1, time(9), ZONE))
