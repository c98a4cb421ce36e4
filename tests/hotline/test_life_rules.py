"""The life of a ticket: proven as a table, walked at random, its clock equal to the working time it ran."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.hotline.rules import checking, clocks, life
from yunshu.domains.hotline.rules.checking import Clock, Config
from yunshu.domains.hotline.rules.clocks import Course, Limit, Unit
from yunshu.domains.hotline.rules.guards import GUARDS, Facts, refusal
from yunshu.domains.hotline.rules.life import BY_VERB, FINAL, STEPS, Effect
from yunshu.domains.workflow.contracts import check_flow
from yunshu.lib.worktime import Pause, WorkingCalendar

MORNING, AFTERNOON = (time(8, 30), time(12)), (time(14, 30), time(17, 30))
CALENDAR = WorkingCalendar.of(
    segments={date(2020, 1, 1): [MORNING, AFTERNOON]},
    special_days={date(2026, 2, 14): "workday", **{date(2026, 2, n): "holiday" for n in range(16, 24)}},
    known_years=[2026],
)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
MOST_STEPS = 400


@dataclass
class Walk:
    """A ticket that goes about at random; ``ran`` are the stretches in which its clock ran, kept by hand."""

    chance: Random
    now: datetime = START
    here: Config = field(default_factory=Config)
    ran: list[tuple[datetime, datetime]] = field(default_factory=list)
    since: datetime | None = None
    courses: list[Course] = field(default_factory=list)

    def go(self, step: life.Step) -> None:
        """Take a step some time later."""
        self.now += timedelta(minutes=self.chance.randrange(1, 4000))
        there = checking.after(self.here, step)
        assert there is not None
        self._turn(step.effect)
        was, self.here = self.here.clock, there
        if was is Clock.RUNS and there.clock is not Clock.RUNS and self.since:
            self.ran.append((self.since, self.now))
        if was is not Clock.RUNS and there.clock is Clock.RUNS:
            self.since = self.now

    def _turn(self, effect: Effect) -> None:
        if effect in (Effect.START, Effect.RESTART):
            self.courses.append(Course(start=self.now, limit=Limit(amount=10, unit=Unit.WORKING_DAYS)))
        elif self.courses:
            self.courses[-1] = turned(self.courses[-1], effect, self.now)

    @property
    def by_hand(self) -> float:
        """The working time of the stretches in which it ran."""
        return sum(CALENDAR.working_seconds_between(a, b) for a, b in self.ran)

    @property
    def by_clock(self) -> float:
        """What the clocks say."""
        return sum(clocks.spent_s(course, CALENDAR, self.now) for course in self.courses)


def turned(course: Course, effect: Effect, now: datetime) -> Course:
    """Return the course after an effect, as the services write it."""
    ended = tuple(Pause(p.start, p.end or now) for p in course.pauses)
    if effect is Effect.PAUSE:
        return replace(course, pauses=(*course.pauses, Pause(now)))
    if effect is Effect.RESUME:
        return replace(course, pauses=ended)
    return replace(course, pauses=ended, end=course.end or now) if effect is Effect.STOP else course


def walk(seed: int) -> Walk:
    """Walk until the ticket ends; after a while only towards the end."""
    walker = Walk(Random(seed), here=Config(is_part=seed % 4 == 0))
    for _ in range(MOST_STEPS):
        if walker.here.state in FINAL:
            return walker
        ways = [s for s in checking.allowed(walker.here) if s.verb != "reopen" or walker.chance.random() < 0.2]
        walker.go(walker.chance.choice(ways))
    raise AssertionError(f"walk {seed} does not end: {walker.here}")


def assert_true(walker: Walk) -> None:
    assert walker.here.clock is Clock.ENDED
    assert walker.by_clock == pytest.approx(walker.by_hand, abs=1e-3)
    assert all(course.end is not None for course in walker.courses)


def test_the_table_has_no_dead_state_every_path_ends_and_every_pause_resumes() -> None:
    assert checking.faults() == []
    assert check_flow(life.TICKET_LIFE) == []


@pytest.mark.parametrize(
    ("verb", "change", "fault"),
    [
        ("accept", {"effect": Effect.KEEP}, "that none cannot pause"),
        ("pass", {"effect": Effect.KEEP}, "is over and its clock runs"),
        ("archive", {"sources": ("callback",)}, "can never end"),
        ("resume", {"target": "dispatched", "effect": Effect.STOP}, "cannot"),
        ("gather", {"sources": ("nowhere",)}, "nobody can ever gather"),
    ],
)
def test_a_table_with_a_mistake_is_not_proven(
    monkeypatch: pytest.MonkeyPatch, verb: str, change: dict[str, object], fault: str
) -> None:
    broken = tuple(replace(s, **change) if s.verb == verb else s for s in STEPS)  # type: ignore[arg-type]
    only = tuple(s for s in broken if not (verb == "archive" and s.verb in ("reopen",)))
    monkeypatch.setattr(checking, "STEPS", only)
    assert any(fault in said for said in checking.faults())


@given(seed=st.integers(0, 10**9))
def test_a_walk_ends_and_its_clock_is_the_working_time_it_ran(seed: int) -> None:
    assert_true(walk(seed))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_a_hundred_thousand_walks_end_with_true_clocks(part: int) -> None:
    for seed in range(part * 10_000, (part + 1) * 10_000):
        assert_true(walk(seed))


def test_a_rating_is_no_verb_so_that_it_can_lead_nowhere() -> None:
    assert "rate" not in BY_VERB
    assert {s.target for s in STEPS if s.target == life.REJECTED} == {life.REJECTED}
    assert [s.verb for s in STEPS if s.target == life.REJECTED] == ["reject"]


@pytest.mark.parametrize(
    ("verb", "facts", "code"),
    [
        ("pass", Facts(open_parts=1), "parts_open"),
        ("pass", Facts(is_part=True), "is_part"),
        ("ask_extension", Facts(extensions=1), "extended_already"),
        ("ask_extension", Facts(is_late=True), "extension_late"),
        ("confirm", Facts(), "not_called_back"),
        ("confirm", Facts(called_back=True, is_content=False), "not_solved"),
        ("rework", Facts(reworks=2, has_unit=True), "reworks_used_up"),
        ("rework", Facts(), "no_unit"),
        ("meet_again", Facts(reworks=1), "rework_first"),
        ("object", Facts(objection_late=True), "objection_late"),
        ("reopen", Facts(days_closed=31), "reopen_late"),
    ],
)
def test_a_guard_says_no_and_why(verb: str, facts: Facts, code: str) -> None:
    said = refusal(verb, facts)
    assert said is not None
    assert said[0] == code
    assert said[1]


def test_guards_stand_only_on_verbs_of_the_table() -> None:
    assert set(GUARDS) <= set(BY_VERB)
