"""Random walks over the distributor: no call is lost, none is served twice, nobody waits beside a free agent, the longest idle is rung."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from yunshu.lib.cti.acd import Acd, Rules
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.queues import Action, Overflow, Queue, Ring
from yunshu.lib.kernel.errors import Refused

START = datetime(2026, 3, 2, tzinfo=UTC)
SKILLS = ["潮汕话", "客家话", "涉企"]
AGENTS = [f"a{n}" for n in range(4)]
QUEUES = [
    Queue(code="0", skills=frozenset(), overflow=(), announce_s=40),
    Queue(code="1", skills=frozenset(["潮汕话"]), overflow=(Overflow(15, frozenset()),)),
    Queue(code="2", skills=frozenset(["客家话", "涉企"]), priority=2, overflow=(Overflow(5, frozenset(["涉企"])),)),
]


class Walk(RuleBasedStateMachine):
    """A floor of four agents, events in any order, also late and doubled ones."""

    @initialize(wrap_up_s=st.sampled_from([0.0, 8.0]))
    def begin(self, wrap_up_s: float) -> None:
        self.acd, self.now, self.offered = Acd(QUEUES, Rules(wrap_up_s)), START, 0
        self.ended: list[str] = []
        self.signed: dict[str, datetime] = {}

    def did(self, actions: list[Action]) -> None:
        """Check every ring: nobody who is still idle and able has been idle longer."""
        calls = {one.call: one for one in self.acd.calls()}
        agents = {agent.code: agent for agent in self.acd.agents()}
        for ring in (one for one in actions if isinstance(one, Ring)):
            able = [
                agent.idle_since
                for agent in agents.values()
                if agent.state is State.IDLE and calls[ring.call].served_by(agent.skills, self.now)
            ]
            assert all(agents[ring.agent].idle_since <= since for since in able)

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.did(self.acd.tick(self.now))

    @rule(queue=st.sampled_from("012"), caller=st.sampled_from(["", "138", "139"]))
    def calls(self, queue: str, caller: str) -> None:
        self.offered += 1
        self.did(self.acd.offer(f"c{self.offered}", caller=caller, queue=queue, now=self.now))

    @rule(agent=st.sampled_from(AGENTS), skills=st.sets(st.sampled_from(SKILLS)))
    def signs_in(self, agent: str, skills: set[str]) -> None:
        self.did(self.acd.sign_in(agent, skills, self.now))

    @rule(agent=st.sampled_from(AGENTS), verb=st.sampled_from(["sign_out", "take_break", "ready"]))
    def changes(self, agent: str, verb: str) -> None:
        signed_in = agent in {one.code for one in self.acd.agents() if one.state is not State.OUT}
        with nullcontext() if signed_in else pytest.raises(Refused, match="尚未签入"):
            self.did(getattr(self.acd, verb)(agent, self.now))

    @rule(n=st.integers(1, 12), agent=st.sampled_from(AGENTS))
    def picks_up(self, n: int, agent: str) -> None:
        self.acd.answered(f"c{n}", agent, self.now)

    @rule(
        n=st.integers(1, 12),
        agent=st.sampled_from(AGENTS),
        verb=st.sampled_from(["unanswered", "handed", "joined", "left"]),
    )
    def happens(self, n: int, agent: str, verb: str) -> None:
        self.did(getattr(self.acd, verb)(f"c{n}", agent, self.now))

    @rule(n=st.integers(1, 12), lost=st.booleans())
    def ends(self, n: int, lost: bool) -> None:
        self.did(self.acd.gone(f"c{n}", self.now, lost=lost))

    @invariant()
    def no_call_is_lost_and_none_ends_twice(self) -> None:
        self.ended += [record.call for record in self.acd.take_records()]
        known = [one.call for one in self.acd.calls()] + self.ended
        assert sorted(known) == sorted(f"c{n}" for n in range(1, self.offered + 1))

    @invariant()
    def nobody_serves_two_and_no_call_rings_at_two(self) -> None:
        for agent in self.acd.agents():
            rung = [one.call for one in self.acd.calls() if one.ringing == agent.code]
            talked = [one.call for one in self.acd.calls() if one.talking == agent.code]
            assert rung == ([agent.call] if agent.state is State.RINGING else [])
            assert talked == [] or (agent.state is State.TALKING and talked == [agent.call])
        assert not [one for one in self.acd.calls() if one.ringing and one.talking]

    @invariant()
    def nobody_waits_beside_a_free_agent(self) -> None:
        self.did(self.acd.tick(self.now))
        idle = [agent for agent in self.acd.agents() if agent.state is State.IDLE]
        assert not [
            (one, agent) for one in self.acd.waiting() for agent in idle if one.served_by(agent.skills, self.now)
        ]

    @invariant()
    def every_spell_follows_the_former(self) -> None:
        for agent in self.acd.agents():
            ends = [*(spell.began for spell in agent.spells[1:]), agent.since]
            assert all(spell.began <= spell.ended for spell in agent.spells)
            assert all(spell.ended <= began for spell, began in zip(agent.spells, ends, strict=False))

    @invariant()
    def what_is_due_lies_ahead(self) -> None:
        due = self.acd.next_due()
        assert due is None or due > self.now


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
