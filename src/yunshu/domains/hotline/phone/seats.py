"""Where agents sit and why they rest; what has changed since it was last asked."""

from dataclasses import dataclass

from yunshu.domains.hotline.services.phone_log import SeatNote, SpellNote
from yunshu.lib.cti.agents import State
from yunshu.lib.cti.floor import Floor


@dataclass
class Seats:
    """Telephones and reasons by agent, beside the distributor, which knows neither."""

    floor: Floor

    def __post_init__(self) -> None:
        self._telephone: dict[str, int] = {}
        self._reason: dict[str, int] = {}
        self._known: dict[str, SeatNote] = {}

    def sat(self, agent: str, telephone: int, reason: int | None = None) -> None:
        """Note where an agent has signed in."""
        self._telephone[agent] = telephone
        self.rests(agent, reason)

    def rests(self, agent: str, reason: int | None) -> None:
        """Note why an agent rests, or will after the call."""
        if reason is None:
            self._reason.pop(agent, None)
        else:
            self._reason[agent] = reason

    def changes(self) -> tuple[list[SeatNote], list[SpellNote]]:
        """Return the seats that changed, and the spells that ended, since the last time."""
        spells = [
            SpellNote(
                person=int(one.agent),
                state=one.state.value,
                reason=self._reason.get(one.agent) if one.state is State.BREAK else None,
                began=one.began,
                ended=one.ended,
            )
            for one in self.floor.acd.take_spells()
        ]
        seats = []
        for agent in self.floor.acd.agents():
            resting = agent.state is State.BREAK
            note = SeatNote(
                person=int(agent.code),
                telephone=None if agent.state is State.OUT else self._telephone.get(agent.code),
                state=agent.state.value,
                reason=self._reason.get(agent.code) if resting else None,
                since=agent.since,
            )
            if self._known.get(agent.code) != note:
                self._known[agent.code] = note
                seats.append(note)
        return seats, spells
