"""Who gets which call, and that none is lost: the distributor on made-up time."""

from datetime import UTC, datetime, timedelta

import pytest

from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.queues import Announce, Enqueued, Overflow, Queue, Ring, StopRinging
from yunshu.lib.kernel.errors import NotFound, Refused

START = datetime(2026, 3, 2, tzinfo=UTC)
TEOCHEW, HAKKA, COMPANY = (frozenset([skill]) for skill in ("潮汕话", "客家话", "涉企"))
QUEUES = [
    Queue(code="teochew", skills=TEOCHEW, overflow=(Overflow(20, frozenset(["普通话"])),)),
    Queue(code="hakka", skills=HAKKA),
    Queue(code="company", skills=COMPANY, priority=1),
    Queue(code="all", skills=frozenset(["普通话"])),
]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def floor(**skills: str) -> Acd:
    """Return a distributor with agents, each signed in a second after the former."""
    acd = Acd(QUEUES, Rules(wrap_up_s=30))
    for second, (code, names) in enumerate(skills.items()):
        acd.sign_in(code, names.split(), at(second))
    return acd


def talk(acd: Acd, call: str, agent: str, seconds: float) -> None:
    acd.answered(call, agent, at(seconds))


def test_a_call_goes_to_whoever_of_the_skilled_has_been_idle_longest() -> None:
    acd = floor(a="普通话", b="潮汕话 普通话", c="潮汕话")
    assert acd.offer("1", caller="138", queue="teochew", now=at(10)) == [Ring("1", "b")]
    assert acd.offer("2", caller="139", queue="teochew", now=at(11)) == [Ring("2", "c")]
    assert acd.offer("3", caller="137", queue="teochew", now=at(12)) == [Enqueued("3", "teochew", 1)]


def test_a_caller_of_another_dialect_waits_twenty_seconds_before_the_rest_may_serve() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="138", queue="teochew", now=at(10))
    assert acd.next_due() == at(30)
    assert acd.tick(at(29.9)) == []
    assert acd.tick(at(30)) == [Ring("1", "a")]


def test_an_overflow_that_fell_due_between_two_events_is_not_forgotten() -> None:
    acd = floor(b="客家话")
    acd.offer("1", caller="138", queue="teochew", now=at(10))
    acd.offer("2", caller="139", queue="hakka", now=at(29))
    acd.sign_in("a", ["普通话"], at(29))
    acd.answered("2", "b", at(31))
    assert acd.next_due() == at(30)
    assert acd.tick(at(31)) == [Ring("1", "a")]


def test_the_more_urgent_queue_is_served_first_and_then_the_older_call() -> None:
    acd = floor(h="客家话")
    acd.sign_in("m", ["普通话", "涉企", "客家话"], at(1))
    acd.take_break("m", at(2))
    acd.take_break("h", at(2))
    for second, (call, queue) in enumerate([("1", "all"), ("2", "all"), ("3", "company")]):
        acd.offer(call, caller="", queue=queue, now=at(10 + second))
    assert [one.call for one in acd.waiting()] == ["3", "1", "2"]
    assert acd.ready("m", at(20)) == [Ring("3", "m")]


def test_who_lets_it_ring_goes_on_a_break_and_the_caller_keeps_the_place() -> None:
    acd = floor(a="普通话", b="普通话")
    acd.offer("1", caller="138", queue="all", now=at(10))
    assert acd.tick(at(25)) == [StopRinging("1", "a"), Ring("1", "b")]
    assert [agent.state for agent in acd.agents()] == [State.BREAK, State.RINGING]
    acd.answered("1", "a", at(26))  # late: it rings elsewhere by now
    talk(acd, "1", "b", 27)
    acd.gone("1", at(60))
    [record] = acd.take_records()
    assert (record.agent, record.missed_by, record.wait_s) == ("b", ("a",), 17)


def test_a_caller_who_gives_up_while_it_rings_costs_the_agent_no_turn() -> None:
    acd = floor(a="普通话", b="普通话")
    acd.offer("1", caller="138", queue="all", now=at(10))
    assert acd.gone("1", at(12)) == [StopRinging("1", "a")]
    assert acd.offer("2", caller="139", queue="all", now=at(13)) == [Ring("2", "a")]


def test_the_wrap_up_ends_by_itself_or_when_the_agent_says_so() -> None:
    acd = floor(a="普通话", b="普通话")
    for call, agent in (("1", "a"), ("2", "b")):
        acd.offer(call, caller="", queue="all", now=at(10))
        talk(acd, call, agent, 12)
        acd.gone(call, at(50))
    acd.ready("b", at(60))
    acd.tick(at(79))
    assert [agent.state for agent in acd.agents()] == [State.WRAP_UP, State.IDLE]
    acd.tick(at(80))
    assert acd.agents()[0].state is State.IDLE


def test_a_break_asked_for_while_talking_follows_the_wrap_up() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    talk(acd, "1", "a", 11)
    acd.take_break("a", at(20))
    assert acd.agents()[0].state is State.TALKING
    acd.gone("1", at(40))
    acd.tick(at(70))
    assert acd.agents()[0].state is State.BREAK


def test_signing_out_while_it_rings_gives_the_call_to_the_next() -> None:
    acd = floor(a="普通话", b="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    assert acd.sign_out("a", at(11)) == [StopRinging("1", "a"), Ring("1", "b")]
    with pytest.raises(Refused, match="尚未签入"):
        acd.take_break("a", at(12))


def test_a_waiting_caller_hears_of_it_every_half_minute_once() -> None:
    acd = floor()
    acd.offer("1", caller="", queue="hakka", now=at(0))
    assert acd.tick(at(30)) == [Announce("1", 1)]
    assert acd.tick(at(31)) == []
    assert acd.next_due() == at(60)
    assert acd.tick(at(95)) == [Announce("1", 3)]


def test_a_transfer_frees_the_giver_and_takes_the_taker_from_what_rang_there() -> None:
    acd = floor(a="普通话", b="普通话", c="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    talk(acd, "1", "a", 11)
    acd.offer("2", caller="", queue="all", now=at(12))
    assert acd.handed("1", "b", at(13)) == [StopRinging("2", "b"), Ring("2", "c")]
    assert [(agent.state, agent.call) for agent in acd.agents()] == [
        (State.WRAP_UP, ""),
        (State.TALKING, "1"),
        (State.RINGING, "2"),
    ]


def test_a_call_handed_to_somebody_outside_ends_without_ringing_here_again() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="138", queue="all", now=at(10))
    talk(acd, "1", "a", 11)
    acd.handed("1", "", at(20))
    acd.tick(at(60))
    assert (acd.waiting(), acd.agents()[0].state) == ((), State.IDLE)
    acd.gone("1", at(100))
    assert [one.agent for one in acd.take_records()] == ["a"]


def test_three_speak_and_the_call_goes_on_when_the_first_of_ours_leaves() -> None:
    acd = floor(a="普通话", b="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    talk(acd, "1", "a", 11)
    acd.joined("1", "b", at(20))
    acd.left("1", "a", at(30))
    assert [agent.state for agent in acd.agents()] == [State.WRAP_UP, State.TALKING]
    acd.gone("1", at(40))
    assert acd.agents()[1].state is State.WRAP_UP


def test_a_caller_sent_to_another_queue_waits_there_from_the_first_minute() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    talk(acd, "1", "a", 11)
    acd.requeue("1", "company", at(20))
    assert [(one.queue.code, one.since) for one in acd.waiting()] == [("company", at(10))]


def test_who_reached_nobody_is_called_back_once_however_often_they_rang() -> None:
    acd = floor()
    for second in (0, 10):
        acd.offer(f"c{second}", caller="138", queue="hakka", now=at(second))
        acd.gone(f"c{second}", at(second + 3))
    acd.offer("withheld", caller="", queue="hakka", now=at(20))
    acd.gone("withheld", at(21))
    [callback] = acd.callbacks.due(at(30))
    assert (callback.calls, callback.since) == (("c0", "c10"), at(3))
    acd.callbacks.begin("138", at(30))
    assert (acd.callbacks.due(at(31)), len(acd.callbacks.due(at(630)))) == ((), 1)
    assert acd.callbacks.reached("138") == ("c0", "c10")
    with pytest.raises(NotFound):
        acd.callbacks.begin("138", at(40))


def test_a_caller_who_rings_again_and_is_answered_needs_no_call_back() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="138", queue="hakka", now=at(0))
    acd.gone("1", at(9))
    acd.offer("2", caller="138", queue="all", now=at(20))
    talk(acd, "2", "a", 22)
    assert acd.callbacks.all() == ()


def test_an_agent_who_calls_out_is_not_rung_and_a_busy_one_cannot() -> None:
    acd = floor(a="普通话")
    acd.occupy("a", "out-1", at(5))
    assert acd.offer("1", caller="", queue="all", now=at(6)) == [Enqueued("1", "all", 1)]
    with pytest.raises(Refused, match="不能外呼"):
        acd.occupy("a", "out-2", at(7))
    acd.gone("out-1", at(20))
    assert acd.tick(at(50)) == [Ring("1", "a"), Announce("1", 1)][:1]
    assert acd.take_records() == []


def test_a_call_the_switch_lost_is_over_and_called_back() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="138", queue="hakka", now=at(0))
    acd.gone("1", at(2), lost=True)
    assert ([one.lost for one in acd.take_records()], len(acd.callbacks.due(at(3)))) == ([True], 1)


def test_the_log_of_states_covers_the_time_since_signing_in() -> None:
    acd = floor(a="普通话")
    acd.offer("1", caller="", queue="all", now=at(10))
    talk(acd, "1", "a", 13)
    acd.gone("1", at(73))
    acd.tick(at(103))
    acd.sign_out("a", at(110))
    assert [(spell.state, spell.seconds) for spell in acd.take_spells()] == [
        (State.IDLE, 10),
        (State.RINGING, 3),
        (State.TALKING, 60),
        (State.WRAP_UP, 30),
        (State.IDLE, 7),
    ]
    assert acd.take_spells() == []


def test_an_unknown_queue_is_refused_by_name() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        floor().offer("1", caller="", queue="nowhere", now=at(0))
