"""A call that was answered ends on a ticket or a reason: until then its agent gets no other call (接通必有工单或事由)."""

from contextlib import suppress

from yunshu.lib.cti import events as ev
from yunshu.lib.cti.agents import Agent, State
from yunshu.lib.cti.floor import Floor
from yunshu.lib.kernel.errors import Refused


class Duties:
    """Which agent owes what; the wrap-up of who owes ends in a break, which the settlement ends."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._owes: dict[str, str] = {}
        self._own_wish: set[str] = set()
        self._settled: set[str] = set()

    def of(self, agent: str) -> str:
        """Return the call that an agent has not settled; empty: none."""
        return self._owes.get(agent, "")

    def wishes(self, agent: str, *, breaks: bool) -> None:
        """Note that an agent asked for a break themselves, or took it back."""
        (self._own_wish.add if breaks else self._own_wish.discard)(agent)

    def hear(self, event: ev.CallEvent) -> None:
        """Take what happens: who picks up owes, and nobody else any more."""
        match event:
            case ev.Answered() | ev.Transferred():
                agent = self._floor.agent_at(event.party)
                waiting = next((one for one in self._floor.acd.calls() if one.call == event.call), None)
                if agent and not (waiting and waiting.outgoing) and event.call not in self._settled:
                    self.owe(agent, event.call)
            case ev.Ended():
                self._settled.discard(event.call)

    def owe(self, agent: str, call: str) -> None:
        """Let an agent owe a call's settlement."""
        for other in [one for one, owed in self._owes.items() if owed == call and one != agent]:
            self._free(other)
        self._owes[agent] = call
        known = self._agent(agent)
        if known and known.state in (State.TALKING, State.WRAP_UP, State.IDLE) and known.wish is None:
            with suppress(Refused):
                self._floor.take_break(agent)

    def settled(self, agent: str, call: str) -> None:
        """A call has its ticket or reason, perhaps while it goes on."""
        if any(one.call == call for one in self._floor.acd.calls()):
            self._settled.add(call)
        for one in [name for name, owed in self._owes.items() if owed == call]:
            self._free(one)

    def _free(self, agent: str) -> None:
        self._owes.pop(agent, None)
        known = self._agent(agent)
        if known is None or agent in self._own_wish:
            return
        if known.state is State.BREAK:
            self._floor.ready(agent)
        elif known.wish is State.BREAK:
            known.wish = None

    def _agent(self, code: str) -> Agent | None:
        return next((one for one in self._floor.acd.agents() if one.code == code), None)
