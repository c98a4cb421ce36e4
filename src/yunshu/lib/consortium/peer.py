"""One member at work: follows the stream, closes blocks, signs heads, hears the others, notices when they do not agree.

The state machine has no clock; this file has, for what a clock may do: wish for a cut, repeat what nobody may have
heard, look whether the stream is still the same. Everything it owns is touched from one event loop only.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from yunshu.lib import bus
from yunshu.lib.consortium import evidence, faults, fetching, machine, renewal
from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.epochs import EPOCH_MESSAGE, Head, read_statement
from yunshu.lib.consortium.fetching import Unreachable
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.ordering import IRREGULAR, Order, Rolledback, Stream
from yunshu.lib.consortium.publishing import PORTION, Published
from yunshu.lib.consortium.signing import Seals
from yunshu.lib.consortium.voice import AGAIN, Settings, Voice
from yunshu.lib.kernel.tasks import in_thread, run_until
from yunshu.lib.tlog.errors import TlogError

log = structlog.get_logger()
TICK_SECONDS = 0.05
REPEAT_SECONDS = 1.0
CHECK_SECONDS = 0.5
PUBLISH_SECONDS = 0.5
LOOK_AHEAD_SECONDS = 2.0


class Peer(Voice):
    """One member of the consortium."""

    def __init__(self, settings: Settings, genesis: Charter, seals: Seals) -> None:
        super().__init__(settings, genesis, seals)
        self.published = Published(settings.folder / "public", genesis.ledger)
        self._pending_since: float | None = None
        self._order: Order | None = None
        self._stream: Stream | None = None
        self._decided: renewal.Decision | None = None
        self._refused: set[int] = set()
        self._idle_cuts = 0
        self._asking: asyncio.Task[None] | None = None

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
                await run_until(stopped, tasks)
            finally:
                self.disk.close()

    @property
    def stream(self) -> Stream | None:
        """The stream that is followed."""
        return self._stream

    # following the stream -------------------------------------------------------------------------------------------

    async def _follow(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            if self._decided is not None:
                await self._renew(self._decided)
            await self._open_stream()
            if self._order is None or self.health.halted:
                await asyncio.sleep(CHECK_SECONDS)
                continue
            async for portion in self._order.follow(self.log.state.sequence, stopped=self._halt):
                for sequence, message in portion:
                    self._apply(sequence, message)
                await asyncio.sleep(0)
                if stopped.is_set():
                    return

    async def _open_stream(self) -> None:
        if self.health.halted:
            return
        epoch = self.log.state.epoch
        order, key = self._order_of(epoch), f"stream:{epoch}"
        known = self.disk.meta(key)
        try:
            found = await order.create() if epoch == 1 and not known else await order.found()
        except NotFoundError:
            self.alarm_and_halt("stream_lost", f"the stream of epoch {epoch} is gone")
            return
        except IRREGULAR as error:
            log.info("ledger.stream_unreachable", error=str(error) or type(error).__name__)
            return
        if not known:
            self.disk.remember(key, str(found))
        elif known != str(found):
            self.alarm_and_halt("stream_replaced", f"the stream {known} was replaced by {found}")
            return
        self._order, self._stream = order, found

    def _apply(self, sequence: int, message: bytes) -> None:
        applied = self.log.apply(sequence, message)
        if applied.fault:
            log.warning(
                "ledger.message_without_effect", member=self.settings.member, sequence=sequence, why=applied.fault
            )
            if about := faults.forged_batch(message, applied.fault):
                self.testify("bad_batch", about, f"message {sequence}: {applied.fault}; {faults.head_of(message)}")
        if faults.is_cut(message):
            self._idle_cuts = 0 if applied.block else self._idle_cuts + 1
            if self._idle_cuts == faults.MOST_IDLE_CUTS:
                detail = f"{self._idle_cuts} wishes to cut without effect by message {sequence}"
                self.testify("cut_abuse", f"cut_abuse {self.log.state.epoch} {self.log.state.block}", detail)
        if applied.block is not None:
            self._pending_since = None
            self._sign(applied.block)
        elif self.log.pending and self._pending_since is None:
            self._pending_since = time.monotonic()

    # the next epoch -------------------------------------------------------------------------------------------------

    async def _look_ahead(self) -> None:
        """See whether the members are about to begin, or have begun, the next epoch on a new stream."""
        if self._decided is not None:
            return
        epoch = self.log.state.epoch + 1
        order = self._order_of(epoch)
        with _irregular("ledger.next_stream_unreachable"):
            ballot = await renewal.read_ballot(order, self.log.charter)
            if ballot is None:
                return
            self._decided = renewal.decision(self.log, ballot, self._refused)
            if self._decided is not None:
                self._halt.set()
            elif statement := renewal.proposal(self.log, ballot):
                await order.post(EPOCH_MESSAGE + statement.encode(), f"epoch-{epoch}-{self.settings.member}")

    async def _renew(self, decided: renewal.Decision) -> None:
        try:
            applied = await renewal.take(self.log, decided, self.settings.peers)
        except (Malformed, Unreachable) as fault:
            await self._not_renewed(decided, fault)
            return
        log.info("ledger.epoch_begun", member=self.settings.member, epoch=self.log.state.epoch)
        self._decided, self._pending_since, self._order, self._stream = None, None, None, None
        self.health.halted = ""
        self._halt.clear()
        if applied.block is not None:
            self._sign(applied.block)

    async def _not_renewed(self, decided: renewal.Decision, fault: Exception) -> None:
        log.warning("ledger.statement_not_taken", member=self.settings.member, why=str(fault))
        if isinstance(fault, Malformed):
            self._refused.add(decided.sequence)
            about = f"epoch_refused {self.settings.member} {decided.stream} {decided.sequence} {fault}"
            notes = list(read_statement(decided.text).notes)
            self.raise_alarm("epoch_refused", about, evidence.write("epoch_refused", self.log.charter.ledger, notes))
        self._decided = None
        if not self.health.halted:
            self._halt.clear()
        await asyncio.sleep(CHECK_SECONDS)

    def _order_of(self, epoch: int) -> Order:
        return Order(self._connected(), self.settings.slug, epoch, replicas=self.settings.replicas)

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
        spoken, looked, late = time.monotonic(), 0.0, 0.0
        silence = faults.Silence(self.log.state.size, self.settings.late_after_s)
        while not stopped.is_set():
            await asyncio.sleep(CHECK_SECONDS)
            await self._check_stream()
            if self.health.halted or time.monotonic() - looked > LOOK_AHEAD_SECONDS:
                looked = time.monotonic()
                await self._look_ahead()
            behind = self._behind()
            if behind and time.monotonic() - spoken > REPEAT_SECONDS:
                spoken = time.monotonic()
                self._say_again()
                self._ask_around()
            late = late + CHECK_SECONDS if behind else 0.0
            if late > self.settings.late_after_s:
                late = 0.0
                self._stalled()
            for name in silence.look(self._others(), self.health.last_size, self._final_size(), time.monotonic()):
                self._silent(name)
            if silence.doubts(time.monotonic()):
                self._ask_around()  # its word may only have been lost on the way

    def _stalled(self) -> None:
        about = f"stalled {self.log.state.epoch} {self._final_size()}"
        self.raise_alarm("stalled", about, evidence.write("stalled", self.log.charter.ledger, self._unheard()))

    def _silent(self, name: str) -> None:
        about = f"silent {name} {self.log.state.epoch} {self.health.last_size.get(name, 0)}"
        notes = list(self.checkpoints().values())
        self.raise_alarm("silent", about, evidence.write("silent", self.log.charter.ledger, notes))

    def _ask_around(self) -> None:
        """Ask the others over HTTP what they have cosigned: the bus may show each member something else."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        for answer in await fetching.words_of_all(self.settings.peers):
            for word in answer["words"]:
                self.hear(str(word).encode())
            if answer["checkpoints"]:
                self.hear_final(answer["checkpoints"])

    async def _check_stream(self) -> None:
        order = self._order
        if order is None or self._stream is None or self.health.halted:
            return
        try:
            await order.check(self._stream, self.log.state.sequence)
        except Rolledback as fault:
            if order is self._order:  # else the next epoch has begun meanwhile, and the old stream may go
                self.alarm_and_halt("rolled_back", str(fault))
        except IRREGULAR as error:
            log.info("ledger.stream_unreachable", error=str(error) or type(error).__name__)

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
                await self._publish_up_to(final[1])
                await self._tell()
            await asyncio.sleep(PUBLISH_SECONDS)

    async def _publish_up_to(self, head: Head) -> None:
        """Write the public files in a thread (each is synced to the disk), a portion at a time."""
        checkpoints = self.checkpoints()
        try:
            while (begin := self.published.grown()) < head.size:
                leaves = self.disk.leaves(begin, min(head.size, begin + PORTION))
                await in_thread(self.published.extend, leaves)
            await in_thread(self.published.conclude, head, checkpoints)
        except (Malformed, TlogError) as fault:
            self.alarm_and_halt("corrupt", str(fault))

    # small things ---------------------------------------------------------------------------------------------------

    def _others(self) -> list[str]:
        return [each.name for each in self.log.charter.members if each.name != self.settings.member]

    def _final_size(self) -> int:
        final = self.disk.last_final()
        return 0 if final is None else final[1].size

    def _votes(self) -> bool:
        return any(each.name == self.settings.member for each in self.log.charter.members)

    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("not running")
        return self._client


@contextmanager
def _irregular(event: str) -> Iterator[None]:
    try:
        yield
    except IRREGULAR as error:
        log.info(event, error=str(error) or type(error).__name__)
