"""``MemoryProvider``: a switch without telephones, for showing a desk. Whoever shows it plays the people: ``calls``, ``picks_up``, ``hangs_up``."""

import secrets

from yunshu.lib.cti.provider import Ability, wrong_state
from yunshu.lib.cti.switchboard import Call, Switchboard


class MemoryProvider(Switchboard):
    """Every telephone rings at once. Nothing is heard, so nothing can be recorded: ``RECORD`` is no ability of it."""

    abilities = frozenset(Ability) - {Ability.RECORD}

    def __init__(self) -> None:
        super().__init__()
        self.rooms: dict[str, set[str]] = {}
        self.played: list[tuple[str, str]] = []

    # the people

    def calls(self, caller: str, called: str) -> str:
        """Somebody dials; return the call."""
        call = f"mem-{secrets.token_hex(8)}"
        self.arrived(call, caller=caller, called=called)
        return call

    async def picks_up(self, call: str, party: str = "") -> None:
        """A telephone that rings is answered: ours, or (empty) the outside person's."""
        await self.picked_up(self._channel(call, party))

    async def hangs_up(self, call: str, party: str = "") -> None:
        """Somebody hangs up, or declines: ours, or (empty) the outside person."""
        await self.gone(self._channel(call, party), "declined")

    def dies(self) -> None:
        """The switch stops and comes back without its calls."""
        self.lost()
        self.rooms.clear()

    def _channel(self, call: str, party: str) -> str:
        found = self._call(call)
        if party and party not in found.legs:
            raise wrong_state("该话机不在通话中，也没有振铃。")
        return found.legs[party].channel if party else found.id

    # the switch

    async def _dial(self, call: Call, channel: str, party: str) -> None:
        self.rang(channel)

    async def _dial_out(self, call: Call) -> None:
        """The outside telephone rings."""

    async def _answer(self, channel: str) -> None:
        """Answered."""

    async def _enter(self, call: Call, channel: str) -> None:
        self.rooms.setdefault(call.id, set()).add(channel)

    async def _set_held(self, call: Call, *, held: bool) -> None:
        room = self.rooms[call.id]
        (room.discard if held else room.add)(call.id)

    async def _cut(self, channel: str) -> None:
        for room in self.rooms.values():
            room.discard(channel)

    async def _close(self, call: Call) -> None:
        self.rooms.pop(call.id, None)

    async def _record(self, call: Call) -> None:
        """Nothing to record."""

    async def _play(self, call: Call, prompt: str) -> None:
        self.played.append((call.id, prompt))
