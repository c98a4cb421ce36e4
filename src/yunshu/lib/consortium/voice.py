"""What a member says and hears: it signs heads, counts the others' words, knows what is final, raises alarms.

Everything here is touched from one event loop only. ``peer`` adds the work: following the stream, the clock.
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from yunshu.lib.consortium import evidence
from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.disk import Block, Disk
from yunshu.lib.consortium.finality import Cosigned, Fault, Final, Tally
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.signing import Seals, check_word, observation, read_word, together, word_message

log = structlog.get_logger()
ANSWER_SECONDS = 0.5
AGAIN = "again"
"""The subject of words that were said before: whoever knows better answers."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one member runs."""

    member: str
    slug: str
    """The log's name in subjects and streams: letters, digits, ``_``."""
    folder: Path
    nats_url: str
    replicas: int = 1
    peers: Mapping[str, str] = field(default_factory=dict)
    """The other members → their addresses, to fetch from."""
    cut_after_s: float = 0.2
    """A block that is not full is cut this long after its first leaf, by a message in the stream."""
    late_after_s: float = 10.0
    """A block that is not final after this long is worth an alarm."""


@dataclass
class Health:
    """What the member says of itself."""

    halted: str = ""
    last_word: dict[str, float] = field(default_factory=dict)
    """Member → when it was last heard (seconds of this machine's monotonic clock)."""
    last_size: dict[str, int] = field(default_factory=dict)
    """Member → the largest head it was heard to cosign."""


class Voice:
    """One member's voice and ear."""

    def __init__(self, settings: Settings, genesis: Charter, seals: Seals) -> None:
        self.settings = settings
        self.seals = seals
        self.disk = Disk(settings.folder / "log.sqlite")
        self.log = Log(self.disk, genesis)
        self.tally = Tally()
        self.health = Health()
        self.changed = asyncio.Condition()
        """Told whenever something became final, was published, or an alarm was raised."""
        self._told_final_at = 0.0
        self._passed = 0
        """Up to where others' words were compared with this member's blocks."""
        self._unpublished = asyncio.Event()
        self._client: Client | None = None
        self._halt = asyncio.Event()

    def checkpoints(self) -> dict[str, str]:
        """Return the last final checkpoints by hash, with everybody's signatures; empty before the first."""
        kept = self.disk.meta("checkpoints")
        return dict(json.loads(kept)) if kept else {}

    def _sign(self, block: Block) -> None:
        if block.sequence <= int(self.disk.meta(f"silent:{block.epoch}") or -1):
            return  # restored: it may have signed another head of this size before it was lost
        word = self.seals.head(self.log.charter, block.epoch, block.head, int(time.time()))
        kept = self.disk.sign_once(block.epoch, block.head, word_message(word).decode())
        if kept is None:
            if self.disk.meta("voted") <= str(block.epoch).zfill(9):
                self.alarm_and_halt("would_equivocate", f"another head of size {block.head.size} was signed before")
            return
        self._send("words", kept.encode())
        self._count(word)

    def _sign_last(self) -> None:
        """Sign the last block, in case this member was killed between closing and signing it; and the first of all."""
        last = self.disk.last_block()
        if last is not None:
            self._sign(last)

    async def _hear(self, message: Msg) -> None:
        self.hear(message.data, again=AGAIN in message.subject)

    def hear(self, data: bytes, *, again: bool = False) -> None:
        """Take a word that came over the bus or from a member's page; ``again``: the speaker may have been away."""
        try:
            word = read_word(self.log.charter, data)
        except Malformed as fault:
            log.warning("ledger.word_refused", member=self.settings.member, why=str(fault))
            return
        if word.member == self.settings.member:
            self._hear_itself(word)
            return
        self._note(word)
        self._count(word)
        final = self.disk.last_final()
        if again and final is not None and word.head.size <= final[1].size:
            self._tell_final()

    def _tell_final(self) -> None:
        """Answer a member that repeats itself below the final head: it was away when the others spoke."""
        if time.monotonic() - self._told_final_at > ANSWER_SECONDS:
            self._told_final_at = time.monotonic()
            self._send("finals", canonical(self.checkpoints()))

    async def _hear_final(self, message: Msg) -> None:
        with suppress(Malformed):
            self.hear_final(parse(message.data))

    def hear_final(self, checkpoints: Mapping[str, Any]) -> None:
        """Take the final checkpoints another member has: each cosignature under them is a word."""
        for member in self.log.charter.members:
            try:
                word = check_word(self.log.charter, member, str(checkpoints.get("sha256")), str(checkpoints.get("sm3")))
            except Malformed:
                continue  # not one of its cosigners
            if word.member == self.settings.member:
                self._hear_itself(word)
            self._note(word)
            self._count(word)

    def _note(self, word: Cosigned) -> None:
        self.health.last_word[word.member] = time.monotonic()
        self.health.last_size[word.member] = max(word.head.size, self.health.last_size.get(word.member, 0))

    def _hear_itself(self, word: Cosigned) -> None:
        """Remember what this member has signed, should its disk have forgotten; stop if it was another head."""
        known = self.disk.signed_head(word.epoch, word.head.size)
        if known is None:
            self.disk.sign_once(word.epoch, word.head, word_message(word).decode())
        elif known != word.head:
            self.alarm_and_halt("would_equivocate", f"this member's key signed another head of size {word.head.size}")

    def _count(self, word: Cosigned) -> None:
        for what in self.tally.add(self.log.charter_for(word.head.size), word):
            if isinstance(what, Final):
                self._final(what)
            else:
                self._fault(what)
        final = self.tally.final.get(word.epoch)
        if final is not None and final.head.size == self.log.state.size:
            self._final(final)
        if word.member == self.settings.member:
            for other in self.tally.between(word.epoch, self._passed, word.head.size):
                self._compare_ends(other)
                final = self.tally.final_at(self.log.charter, (other.epoch, other.head.size))
                if final is not None:
                    self._final(final)
            self._passed = word.head.size
        else:
            self._compare_ends(word)

    def _compare_ends(self, word: Cosigned) -> None:
        """Alarm if ``word`` ends a block where this member's log of the same epoch has gone on: another history."""
        own = self.log.state
        if word.epoch != own.epoch or word.head.size >= own.size - own.pending or self.disk.block_at(word.head.size):
            return
        held = self.disk.block_holding(word.head.size)
        notes = self.disk.signed_notes(word.epoch, held.head.size) if held and held.epoch == own.epoch else ""
        if notes and held:
            mine = read_word(self.log.charter, notes.encode())
            for fault in self.tally.split(mine, word):
                self._fault(fault)

    def _final(self, final: Final) -> None:
        block, state = self.disk.block_at(final.head.size), self.log.state
        if block is None and final.epoch == state.epoch and final.head.size < state.size - state.pending:
            self.alarm_and_halt("diverged", f"a quorum ends a block at {final.head.size}, this member does not")
        if block is None or block.epoch != final.epoch:
            return  # not there yet: compared when this member closes that block
        own = block.head
        if own != final.head:
            self.alarm_and_halt("diverged", f"a quorum has another head of size {own.size} than this member")
            return
        last = self.disk.last_final()
        if last is not None and last[1].size > own.size:
            return
        checkpoints = {
            "sha256": together(word.sha256 for word in final.by),
            "sm3": together(word.sm3 for word in final.by),
        }
        self.disk.finalise(final.epoch, final.head, json.dumps(checkpoints))
        self._unpublished.set()
        _in_background(self._tell())

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def _fault(self, fault: Fault) -> None:
        about = f"{fault.kind} {fault.one.epoch} {fault.one.head.size} {fault.one.member} {fault.other.member}"
        self.raise_alarm(fault.kind, about, evidence.of_fault(self.log.charter, fault))

    def raise_alarm(self, kind: str, about: str, text: str) -> None:
        """Keep an alarm with its evidence, and tell the others."""
        if self.disk.raise_alarm(kind, _now(), about, text):
            log.error("ledger.alarm", member=self.settings.member, kind=kind, about=about)
            self._send("alarms", json.dumps({"member": self.settings.member, "kind": kind, "about": about}).encode())
            _in_background(self._tell())

    def testify(self, kind: str, about: str, detail: str) -> None:
        """Raise an alarm of which this member's signed word is the evidence."""
        note = self.seals.text(observation(self.log.charter.ledger, kind, detail, _now()))
        self.raise_alarm(kind, about, evidence.write(kind, self.log.charter.ledger, [note]))

    def alarm_and_halt(self, kind: str, detail: str) -> None:
        """Raise an alarm that only this member can testify to, and stop signing."""
        if self.health.halted:
            return
        self.health.halted = detail
        self._halt.set()
        self.testify(kind, f"{kind} {self.settings.member} {detail}", detail)

    def _behind(self) -> bool:
        final = self.disk.last_final()
        return final is None or final[1].size < self.log.state.size - self.log.pending

    def spoken(self) -> list[str]:
        """Return the words said beyond the last final head, the newest at the end: for members the bus does not reach."""
        return self._unheard()[-50:]

    def _unheard(self) -> list[str]:
        final = self.disk.last_final()
        return self.disk.signed_after(self.log.state.epoch, final[1].size if final else 0)

    def _say_again(self) -> None:
        for message in self.spoken():
            self._send(AGAIN, message.encode())

    def _subject(self, kind: str) -> str:
        return f"ledger-{kind}.{self.settings.slug}"

    def _send(self, kind: str, data: bytes) -> None:
        if self._client is not None and self._client.is_connected:
            _in_background(self._client.publish(self._subject(kind), data))


Work = Coroutine[Any, Any, Any]
_BACKGROUND: set["asyncio.Future[Any]"] = set()


def _in_background(work: Work) -> None:
    task = asyncio.ensure_future(work)
    _BACKGROUND.add(task)
    task.add_done_callback(_BACKGROUND.discard)


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
