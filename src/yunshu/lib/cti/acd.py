"""``Acd``: who answers which call (自动话务分配). Pure: it is told what happens and when, and says what to do.

A call waits, rings at one agent, is talked, and is over; an agent has one call at a time. Whenever something changes, the most urgent and
oldest call that somebody may serve goes to whoever of those has been idle longest. No clock, no network: ``now`` is a parameter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from yunshu.lib.cti.agents import Agent, Spell, State
from yunshu.lib.cti.callbacks import Callbacks
from yunshu.lib.cti.indicators import CallRecord
from yunshu.lib.cti.queues import Action, Announce, Enqueued, Queue, Ring, StopRinging, Waiting
from yunshu.lib.kernel.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Rules:
    """``wrap_up_s`` (话后处理时限) is how long an agent has after a call before the next one may come."""

    wrap_up_s: float = 30.0


class Acd:
    """The distributor. Every verb returns what is to be done now; ``next_due`` says when to call ``tick``."""

    def __init__(self, queues: Iterable[Queue], rules: Rules = Rules(), callbacks: Callbacks | None = None) -> None:
        self._queues = {queue.code: queue for queue in queues}
        self._rules = rules
        self._agents: dict[str, Agent] = {}
        self._calls: dict[str, Waiting] = {}
        self._order = 0
        self._latest: datetime | None = None
        self._distributed: datetime | None = None
        self._records: list[CallRecord] = []
        self._spells: list[Spell] = []
        self.callbacks = callbacks or Callbacks()

    # agents

    def sign_in(self, code: str, skills: Iterable[str], now: datetime) -> list[Action]:
        """签入。The agent is idle from now; who is signed in already gets the new skills."""
        now, known = self._at(now), self._agents.get(code)
        if known is None or known.state is State.OUT:
            spells = known.spells if known else []
            self._agents[code] = known = Agent(code, frozenset(), State.IDLE, now, now, spells=spells)
        known.skills = frozenset(skills)
        return self._distribute(now)

    def sign_out(self, code: str, now: datetime) -> list[Action]:
        """签出，at once, or after the call that is being talked."""
        return self._leave(code, State.OUT, now)

    def take_break(self, code: str, now: datetime) -> list[Action]:
        """小休，at once, or after the call that is being talked."""
        return self._leave(code, State.BREAK, now)

    def ready(self, code: str, now: datetime) -> list[Action]:
        """示闲。End a break or the wrap-up (话后), or take back the wish for one."""
        now, agent = self._at(now), self._agent(code)
        agent.wish = None
        if agent.state in (State.BREAK, State.WRAP_UP):
            agent.turn(State.IDLE, now)
        return self._distribute(now)

    def occupy(self, code: str, call: str, now: datetime) -> None:
        """An agent calls somebody. Raises Refused ``agent_busy`` while ringing or talking, ``agent_out``."""
        now, agent = self._at(now), self._agent(code)
        if agent.state in (State.RINGING, State.TALKING):
            raise Refused("agent_busy", f"座席 {code} 正在通话或振铃，不能外呼。")
        agent.turn(State.TALKING, now, call)
        queue = Queue(code="", skills=frozenset())
        self._calls[call] = Waiting(call, "", queue, now, self._next(), talking=code, outgoing=True)

    # queues

    def set_queues(self, queues: Iterable[Queue]) -> None:
        """Take other queues from now on; calls that wait already keep the rules of theirs."""
        self._queues = {queue.code: queue for queue in queues}

    # calls

    def offer(self, call: str, *, caller: str, queue: str, now: datetime) -> list[Action]:
        """来电。Raises NotFound ``queue_not_found``; a call that is known already changes nothing."""
        now = self._at(now)
        if queue not in self._queues:
            raise NotFound("queue_not_found", f"队列 {queue} 不存在。")
        if call in self._calls:
            return []
        waiting = self._calls[call] = Waiting(call, caller, self._queues[queue], now, self._next())
        actions = self._distribute(now)
        if waiting.waits:
            actions.append(Enqueued(call, queue, self.position(call)))
        return actions

    def answered(self, call: str, agent: str, now: datetime) -> None:
        """接通。From whoever it rang at; anything else is late news and changes nothing."""
        now, waiting = self._at(now), self._calls.get(call)
        if waiting is None or waiting.ringing != agent:
            return
        waiting.ringing, waiting.rung_at, waiting.talking = "", None, agent
        self._agents[agent].turn(State.TALKING, now, call)
        if waiting.answered_at is None:
            waiting.answered_at, waiting.first_agent = now, agent
            self.callbacks.reached(waiting.caller)

    def unanswered(self, call: str, agent: str, now: datetime) -> list[Action]:
        """未接。The call keeps its place and goes to somebody else; who let it ring is on a break until ready again."""
        now, waiting = self._at(now), self._calls.get(call)
        if waiting is None or waiting.ringing != agent:
            return []
        self._unring(waiting, now, State.BREAK)
        return self._distribute(now)

    def handed(self, call: str, agent: str, now: datetime) -> list[Action]:
        """转接。``agent`` has the call now, or somebody who is none of ours (empty); who gave it is done with it."""
        now, waiting, actions = self._at(now), self._calls.get(call), list[Action]()
        if waiting is None or not waiting.talking:
            return []
        self._wrap_up(waiting.talking, now)
        waiting.talking = agent if self._takes(agent, call, now, actions) else ""
        waiting.handed_over = not waiting.talking
        return actions + self._distribute(now)

    def joined(self, call: str, agent: str, now: datetime) -> list[Action]:
        """三方通话。``agent`` speaks in ``call`` as well; somebody who is none of ours changes nothing."""
        now, actions = self._at(now), list[Action]()
        if call in self._calls:
            self._takes(agent, call, now, actions)
        return actions + self._distribute(now)

    def left(self, call: str, agent: str, now: datetime) -> list[Action]:
        """退出。``agent`` is out of a call that goes on with another of ours, or waits again at its old place."""
        now, waiting = self._at(now), self._calls.get(call)
        known = self._agents.get(agent)
        if waiting is None or known is None or known.call != call or known.state is not State.TALKING:
            return []
        self._wrap_up(agent, now)
        if waiting.talking == agent:
            waiting.talking = min((one.code for one in self._speakers(call)), default="")
        return self._distribute(now)

    def requeue(self, call: str, queue: str, now: datetime) -> list[Action]:
        """转队列。The caller waits again, for other skills, with all the time waited so far. Raises NotFound."""
        now, waiting = self._at(now), self._calls.get(call)
        if queue not in self._queues or waiting is None or not waiting.talking:
            raise NotFound("call_not_found", "通话或目标队列不存在。")
        for agent in self._speakers(call):
            self._wrap_up(agent.code, now)
        waiting.talking, waiting.queue = "", self._queues[queue]
        return self._distribute(now)

    def gone(self, call: str, now: datetime, *, lost: bool = False) -> list[Action]:
        """结束。However it ended; ``lost`` where the switch died with it. A caller who reached nobody is to be called back."""
        now, waiting = self._at(now), self._calls.pop(call, None)
        if waiting is None:
            return []
        actions: list[Action] = []
        if waiting.ringing:
            actions.append(StopRinging(call, waiting.ringing))
            self._unring(waiting, now, State.IDLE)
        for agent in self._speakers(call):
            self._wrap_up(agent.code, now)
        if not waiting.outgoing:
            self._write_down(waiting, now, lost=lost)
        return actions + self._distribute(now)

    # time

    def tick(self, now: datetime) -> list[Action]:
        """Let time pass: telephones that rang long enough, wrap-ups that end, announcements, overflow."""
        now, actions = self._at(now), list[Action]()
        for waiting in list(self._calls.values()):
            if waiting.rung_at and now >= waiting.rung_at + timedelta(seconds=waiting.queue.ring_s):
                actions.append(StopRinging(waiting.call, waiting.ringing))
                self._unring(waiting, now, State.BREAK)
        for agent in self._agents.values():
            if agent.state is State.WRAP_UP and now >= self._wrapped_at(agent):
                self._free(agent, now)
        return actions + self._distribute(now) + self._announcements(now)

    def next_due(self) -> datetime | None:
        """Return when ``tick`` has something to do, if nothing else happens before."""
        times = [self._wrapped_at(agent) for agent in self._agents.values() if agent.state is State.WRAP_UP]
        for waiting in self._calls.values():
            times += self._times_of(waiting)
        return min(times, default=None)

    # looking

    def agents(self) -> tuple[Agent, ...]:
        """Return everybody who was ever signed in, by code."""
        return tuple(sorted(self._agents.values(), key=lambda agent: agent.code))

    def queues(self) -> tuple[str, ...]:
        """Return the queues' codes, in the order in which they were given."""
        return tuple(self._queues)

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the calls nobody is being rung for, in the order in which they will be served."""
        return tuple(sorted((one for one in self._calls.values() if one.waits), key=Waiting.rank))

    def calls(self) -> tuple[Waiting, ...]:
        """Return every call that is not over."""
        return tuple(self._calls.values())

    def position(self, call: str) -> int:
        """Return the place of a waiting call in its queue; 0 if it does not wait."""
        queue = self._calls[call].queue.code if call in self._calls else ""
        same = [one.call for one in self.waiting() if one.queue.code == queue]
        return same.index(call) + 1 if call in same else 0

    def take_records(self) -> list[CallRecord]:
        """Return the calls that ended since the last time, for whoever keeps them."""
        taken, self._records = self._records, []
        return taken

    def take_spells(self) -> list[Spell]:
        """Return the agents' spells that ended since the last time."""
        taken = [spell for agent in self._agents.values() for spell in agent.spells]
        for agent in self._agents.values():
            agent.spells.clear()
        return sorted(taken, key=lambda spell: (spell.began, spell.agent))

    # inside

    def _at(self, now: datetime) -> datetime:
        """Return ``now``, but never earlier than what was: a clock that is set back changes no order."""
        self._latest = max(self._latest or now, now)
        return self._latest

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _agent(self, code: str) -> Agent:
        agent = self._agents.get(code)
        if agent is None or agent.state is State.OUT:
            raise Refused("agent_out", f"座席 {code} 尚未签入。")
        return agent

    def _leave(self, code: str, state: State, now: datetime) -> list[Action]:
        now, agent, actions = self._at(now), self._agent(code), list[Action]()
        if agent.state in (State.TALKING, State.WRAP_UP) and not (agent.state is State.WRAP_UP and state is State.OUT):
            agent.wish = state
        elif agent.state is State.RINGING:
            waiting = self._calls[agent.call]
            actions.append(StopRinging(waiting.call, code))
            self._unring(waiting, now, state)
        else:
            agent.turn(state, now)
        return actions + self._distribute(now)

    def _speakers(self, call: str) -> list[Agent]:
        return [one for one in self._agents.values() if one.call == call and one.state is State.TALKING]

    def _takes(self, code: str, call: str, now: datetime, actions: list[Action]) -> bool:
        """Return whether an agent has taken a call that nobody rang it for; what rings there meanwhile goes to somebody else."""
        agent = self._agents.get(code)
        if agent is None or agent.state in (State.OUT, State.TALKING):
            return False
        if agent.state is State.RINGING:
            actions.append(StopRinging(agent.call, code))
            self._unring(self._calls[agent.call], now, State.IDLE)
        agent.turn(State.TALKING, now, call)
        return True

    def _unring(self, waiting: Waiting, now: datetime, state: State) -> None:
        agent = self._agents[waiting.ringing]
        if state is not State.IDLE:
            waiting.missed_by.append(agent.code)
        waiting.ringing, waiting.rung_at = "", None
        agent.turn(state, now)

    def _wrap_up(self, code: str, now: datetime) -> None:
        agent = self._agents[code]
        agent.turn(State.WRAP_UP, now)
        if self._rules.wrap_up_s <= 0:
            self._free(agent, now)

    def _free(self, agent: Agent, now: datetime) -> None:
        agent.turn(agent.wish or State.IDLE, now)
        agent.wish = None

    def _wrapped_at(self, agent: Agent) -> datetime:
        return agent.since + timedelta(seconds=self._rules.wrap_up_s)

    def _distribute(self, now: datetime) -> list[Action]:
        """Give every call that somebody may serve to whoever of those has been idle longest."""
        self._distributed = now
        idle = sorted(
            (agent for agent in self._agents.values() if agent.state is State.IDLE),
            key=lambda agent: (agent.idle_since, agent.code),
        )
        actions: list[Action] = []
        for waiting in self.waiting() if idle else ():
            agent = next((one for one in idle if waiting.served_by(one.skills, now)), None)
            if agent is None:
                continue
            idle.remove(agent)
            agent.turn(State.RINGING, now, waiting.call)
            waiting.ringing, waiting.rung_at = agent.code, now
            actions.append(Ring(waiting.call, agent.code))
        return actions

    def _announcements(self, now: datetime) -> list[Action]:
        actions: list[Action] = []
        for waiting in self.waiting():
            due = int((now - waiting.since).total_seconds() // waiting.queue.announce_s)
            if due > waiting.announced:
                waiting.announced = due
                actions.append(Announce(waiting.call, due))
        return actions

    def _times_of(self, waiting: Waiting) -> list[datetime]:
        """Return when something is due for a call."""
        if waiting.rung_at:
            return [waiting.rung_at + timedelta(seconds=waiting.queue.ring_s)]
        if not waiting.waits:
            return []
        overflows = [waiting.since + timedelta(seconds=way.after_s) for way in waiting.queue.overflow]
        news = [at for at in overflows if self._distributed is None or at > self._distributed]
        return [*news, waiting.since + timedelta(seconds=waiting.queue.announce_s * (waiting.announced + 1))]

    def _write_down(self, waiting: Waiting, now: datetime, *, lost: bool) -> None:
        if waiting.answered_at is None:
            self.callbacks.missed(waiting.call, waiting.caller, waiting.queue.code, now)
        self._records.append(
            CallRecord(
                call=waiting.call,
                caller=waiting.caller,
                queue=waiting.queue.code,
                offered_at=waiting.since,
                answered_at=waiting.answered_at,
                ended_at=now,
                agent=waiting.first_agent,
                missed_by=tuple(waiting.missed_by),
                lost=lost,
            )
        )
