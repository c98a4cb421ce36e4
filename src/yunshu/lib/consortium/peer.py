"""One member at work: follows the stream, closes blocks, signs heads, hears the others, notices when they do not agree.

The state machine has no clock; this file has, for what a clock may do: wish for a cut, repeat what nobody may have
heard, look whether the stream is still the same. Everything it owns is touched from one event loop only.
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from yunshu.lib import bus
from yunshu.lib.consortium import evidence, machine
from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.disk import Block, Disk
from yunshu.lib.consortium.finality import Cosigned, Fault, Final, Tally
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.ordering import IRREGULAR, Order, Rolledback, Stream
from yunshu.lib.consortium.publishing import Published
from yunshu.lib.consortium.signing import Seals, check_word, observation, read_word, together, word_message

log = structlog.get_logger()
TICK_SECONDS = 0.05
REPEAT_SECONDS = 1.0
AGAIN = "again"
"""The subject of words that were said before: whoever knows better answers."""
CHECK_SECONDS = 0.5
PUBLISH_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one member runs."""

    member: str
    slug: str
    """The log's name in subjects and streams: letters, digits, ``_``."""
    folder: Path
    nats_url: str
    replicas: int = 1
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


class Peer:
    """One member of the consortium."""

    def __init__(self, settings: Settings, genesis: Charter, seals: Seals) -> None:
        self.settings = settings
        self.seals = seals
        self.disk = Disk(settings.folder / "log.sqlite")
        self.log = Log(self.disk, genesis)
        self.tally = Tally()
        self.health = Health()
        self.published = Published(settings.folder / "public", genesis.ledger)
        self.changed = asyncio.Condition()
        self._pending_since: float | None = None
        self._told_final_at = 0.0
        self._unpublished = asyncio.Event()
        self._client: Client | None = None
        self._order: Order | None = None
        self._stream: Stream | None = None
        self._halt = asyncio.Event()

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped``."""
        async with bus.connection(self.settings.nats_url, f"ledger-{self.settings.member}") as client:
            self._client = client
            await client.subscribe(self._subject("words"), cb=self._hear)
            await client.subscribe(self._subject(AGAIN), cb=self._hear)
            await client.subscribe(self._subject("finals"), cb=self._hear_final)
            self._sign_last()
            self._say_again()
            tasks = [self._follow(stopped), self._tick(stopped), self._watch(stopped), self._publish(stopped)]
            try:
                await _all_or_first_error(tasks, stopped)
            finally:
                self.disk.close()

    @property
    def stream(self) -> Stream | None:
        """The stream that is followed."""
        return self._stream

    def checkpoints(self) -> dict[str, str]:
        """Return the last final checkpoints by hash, with everybody's signatures; empty before the first."""
        kept = self.disk.meta("checkpoints")
        return dict(json.loads(kept)) if kept else {}

    # following the stream -------------------------------------------------------------------------------------------

    async def _follow(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            await self._open_stream(stopped)
            if self._order is None or self.health.halted:
                await asyncio.sleep(CHECK_SECONDS)
                continue
            async for portion in self._order.follow(self.log.state.sequence, stopped=self._halt):
                for sequence, message in portion:
                    self._apply(sequence, message)
                await asyncio.sleep(0)
                if stopped.is_set():
                    return

    async def _open_stream(self, stopped: asyncio.Event) -> None:
        epoch = self.log.state.epoch
        order = Order(self._connected(), self.settings.slug, epoch, replicas=self.settings.replicas)
        key = f"stream:{epoch}"
        try:
            known = self.disk.meta(key)
            found = await order.create() if epoch == 1 and not known else (await order.look())[0]
        except NotFoundError:
            self._alarm_and_halt("stream_lost", f"the stream of epoch {epoch} is gone")
            return
        except IRREGULAR as error:
            log.info("ledger.stream_unreachable", error=str(error) or type(error).__name__)
            return
        if not known:
            self.disk.remember(key, str(found))
        elif known != str(found):
            self._alarm_and_halt("stream_replaced", f"the stream {known} was replaced by {found}")
            return
        self._order, self._stream = order, found

    def _apply(self, sequence: int, message: bytes) -> None:
        applied = self.log.apply(sequence, message)
        if applied.fault:
            log.warning(
                "ledger.message_without_effect", member=self.settings.member, sequence=sequence, why=applied.fault
            )
        if applied.block is not None:
            self._pending_since = None
            self._sign(applied.block)
        elif self.log.pending and self._pending_since is None:
            self._pending_since = time.monotonic()

    # signing and hearing --------------------------------------------------------------------------------------------

    def _sign(self, block: Block) -> None:
        word = self.seals.head(self.log.charter, block.epoch, block.head, int(time.time()))
        kept = self.disk.sign_once(block.epoch, block.head, word_message(word).decode())
        if kept is None:
            if self.disk.meta("voted") <= str(block.epoch).zfill(9):
                self._alarm_and_halt("would_equivocate", f"another head of size {block.head.size} was signed before")
            return
        self._send("words", kept.encode())
        self._count(word)

    def _sign_last(self) -> None:
        """Sign the last block, in case this member was killed between closing and signing it; and the first of all."""
        last = self.disk.last_block()
        if last is not None:
            self._sign(last)

    async def _hear(self, message: Msg) -> None:
        try:
            word = read_word(self.log.charter, message.data)
        except Malformed as fault:
            log.warning("ledger.word_refused", member=self.settings.member, why=str(fault))
            return
        self.health.last_word[word.member] = time.monotonic()
        if word.member == self.settings.member:
            return
        self._count(word)
        final = self.disk.last_final()
        if AGAIN in message.subject and final is not None and word.head.size <= final[1].size:
            self._tell_final()

    def _tell_final(self) -> None:
        """Answer a member that repeats itself below the final head: it was away when the others spoke."""
        if time.monotonic() - self._told_final_at > CHECK_SECONDS:
            self._told_final_at = time.monotonic()
            self._send("finals", canonical(self.checkpoints()))

    async def _hear_final(self, message: Msg) -> None:
        for member in self.log.charter.members:
            try:
                words = parse(message.data)
                self._count(check_word(self.log.charter, member, str(words.get("sha256")), str(words.get("sm3"))))
            except Malformed:
                continue  # not one of its cosigners

    def _count(self, word: Cosigned) -> None:
        for what in self.tally.add(self.log.charter_for(word.head.size), word):
            if isinstance(what, Final):
                self._final(what)
            else:
                self._fault(what)
        final = self.tally.final.get(word.epoch)
        if final is not None and final.head.size == self.log.state.size:
            self._final(final)

    def _final(self, final: Final) -> None:
        own = self.log.head_at(final.head.size)
        if own is None:
            return  # not there yet: compared when this member closes that block
        if own != final.head:
            self._alarm_and_halt("diverged", f"a quorum has another head of size {own.size} than this member")
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

    def _alarm_and_halt(self, kind: str, detail: str) -> None:
        if self.health.halted:
            return
        self.health.halted = detail
        self._halt.set()
        note = self.seals.text(observation(self.log.charter.ledger, kind, detail, _now()))
        self.raise_alarm(
            kind, f"{kind} {self.settings.member} {detail}", evidence.write(kind, self.log.charter.ledger, [note])
        )

    # by the clock ---------------------------------------------------------------------------------------------------

    async def _tick(self, stopped: asyncio.Event) -> None:
        rank = [each.name for each in self.log.charter.members].index(self.settings.member) if self._votes() else None
        while not stopped.is_set():
            await asyncio.sleep(TICK_SECONDS)
            if rank is None or self._pending_since is None or self.health.halted or self._order is None:
                continue
            # one member after the other, so that usually one message is enough
            if time.monotonic() - self._pending_since > self.settings.cut_after_s + rank * self.settings.cut_after_s:
                self._pending_since = time.monotonic()
                await self._wish_to_cut()

    async def _wish_to_cut(self) -> None:
        epoch, block = self.log.state.epoch, self.log.state.block + 1
        with _irregular("ledger.cut_not_sent"):
            if self._order is not None:
                await self._order.post(machine.cut_message(epoch, block), f"cut-{epoch}-{block}-{self.settings.member}")

    async def _watch(self, stopped: asyncio.Event) -> None:
        spoken, late = time.monotonic(), 0.0
        while not stopped.is_set():
            await asyncio.sleep(CHECK_SECONDS)
            await self._check_stream()
            behind = self._behind()
            if behind and time.monotonic() - spoken > REPEAT_SECONDS:
                spoken = time.monotonic()
                self._say_again()
            late = late + CHECK_SECONDS if behind else 0.0
            if late > self.settings.late_after_s:
                late = 0.0
                final = self.disk.last_final()
                self.raise_alarm(
                    "stalled",
                    f"stalled {self.log.state.epoch} {final[1].size if final else 0}",
                    evidence.write("stalled", self.log.charter.ledger, self._unheard()),
                )

    async def _check_stream(self) -> None:
        if self._order is None or self._stream is None or self.health.halted:
            return
        try:
            await self._order.check(self._stream, self.log.state.sequence)
        except Rolledback as fault:
            self._alarm_and_halt("rolled_back", str(fault))
        except IRREGULAR as error:
            log.info("ledger.stream_unreachable", error=str(error) or type(error).__name__)

    def _behind(self) -> bool:
        final = self.disk.last_final()
        return final is None or final[1].size < self.log.state.size - self.log.pending

    def _unheard(self) -> list[str]:
        final = self.disk.last_final()
        return self.disk.signed_after(self.log.state.epoch, final[1].size if final else 0)

    def _say_again(self) -> None:
        for message in self._unheard()[-50:]:
            self._send(AGAIN, message.encode())

    async def _publish(self, stopped: asyncio.Event) -> None:
        self._unpublished.set()
        while not stopped.is_set():
            try:
                await asyncio.wait_for(self._unpublished.wait(), timeout=PUBLISH_SECONDS)
            except TimeoutError:
                continue
            self._unpublished.clear()
            final = self.disk.last_final()
            if final is not None:
                self.published.advance(final[1], self.checkpoints(), self.disk.leaves)
                await self._tell()
            await asyncio.sleep(PUBLISH_SECONDS)

    # small things ---------------------------------------------------------------------------------------------------

    def _votes(self) -> bool:
        return any(each.name == self.settings.member for each in self.log.charter.members)

    def _subject(self, kind: str) -> str:
        return f"ledger-{kind}.{self.settings.slug}"

    def _send(self, kind: str, data: bytes) -> None:
        if self._client is not None and self._client.is_connected:
            _in_background(self._client.publish(self._subject(kind), data))

    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("not running")
        return self._client


Work = Coroutine[Any, Any, Any]
_BACKGROUND: set["asyncio.Future[Any]"] = set()


def _in_background(work: Work) -> None:
    task = asyncio.ensure_future(work)
    _BACKGROUND.add(task)
    task.add_done_callback(_BACKGROUND.discard)


@contextmanager
def _irregular(event: str) -> Iterator[None]:
    try:
        yield
    except IRREGULAR as error:
        log.info(event, error=str(error) or type(error).__name__)


async def _all_or_first_error(works: list[Work], stopped: asyncio.Event) -> None:
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(work) for work in works]
    stopping: asyncio.Future[Any] = asyncio.ensure_future(stopped.wait())
    done, _pending = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, stopping):
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for task in done:
        if not task.cancelled():
            task.result()


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
