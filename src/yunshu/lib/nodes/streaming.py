"""Sending and receiving one transfer: an iterator of chunks at one node, a callback at the other, the hub in between.

The sender journals a chunk before it is sent, with the place in the stream where it will end; where the stream really
ends tells a sender that starts again which chunks it holds. It reads and sends again only those it holds not whole, so
that a source that has changed meanwhile gives no chunk in two versions. The receiver journals a chunk when its callback
has committed it, and acknowledges after that: killed in between, the callback gets one chunk a second time, and drops
the number it has committed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog
from nats.aio.client import Client

from yunshu.lib.crypto.signing import PrivateKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import envelope, lane, names, parts
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.envelope import Closing, Header, Session
from yunshu.lib.nodes.journal import RECEIVE, SEND, Journal, Progress
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.lane import MOST_ON_THE_WAY, Displaced, Lane
from yunshu.lib.nodes.parts import Assembly, Gap, Part
from yunshu.lib.nodes.pulling import Delivered, Reader
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, SM3

log = structlog.get_logger()
MOST_GAPS = 5


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What both sides know of a transfer before it begins."""

    id: str
    agreement: str
    sender: NodeCard
    receiver: NodeCard
    suite: envelope.Suite = envelope.Suite.AES

    def header(self, session: int, first_chunk: int) -> Header:
        """Return the header of one session."""
        return Header(
            transfer=self.id,
            agreement=self.agreement,
            sender=str(self.sender),
            receiver=str(self.receiver),
            session=session,
            first_chunk=first_chunk,
            suite=self.suite,
        )


class Source(Protocol):
    """Where chunks come from."""

    def chunks(self, first: int) -> AsyncGenerator[bytes, None]:
        """Yield the chunks from number ``first`` on. What was sent before is never asked for again, unless lost."""
        ...

    def tally(self) -> dict[str, Any]:
        """Return what the source counted, once ``chunks`` has ended; goes into the signed closing."""
        ...


Commit = Callable[[int, bytes], Awaitable[None]]
"""Commits chunk ``number``; does nothing if it has committed that number before."""


@dataclass(frozen=True)
class Limits:
    """How large a part is, and how many bytes may be on the way."""

    part_bytes: int = parts.PART_BYTES
    most_bytes: int = MOST_ON_THE_WAY


async def send(
    client: Client,
    transfer: Transfer,
    source: Source,
    *,
    keys: NodeKeys,
    journal: Journal,
    limits: Limits | None = None,
) -> Closing:
    """Send what is left of a transfer; return its closing once the hub has everything on disk.

    Raises Refused: ``chunk_too_large``, ``stream_missing``, or ``stream_replaced`` if the stream goes on losing what it had stored.
    """
    sending = _Sending(client, transfer, source, keys, journal, limits or Limits())
    times, best = 0, -1
    while times < MOST_GAPS:
        progress = journal.progress(transfer.id, SEND)
        times, best = (times + 1, best) if progress.next_chunk <= best else (0, progress.next_chunk)
        if progress.closing:
            return envelope.known_closing(progress.closing)[0]
        try:
            return await sending.session(progress)
        except Displaced as displaced:
            sending.rewind(displaced.last)
    raise Refused("stream_replaced", "传输通道反复丢失已存数据，请枢纽重新下达任务。")


class _Sending:
    """One call of ``send``."""

    def __init__(
        self, client: Client, transfer: Transfer, source: Source, keys: NodeKeys, journal: Journal, limits: Limits
    ) -> None:
        self._client, self._transfer, self._source = client, transfer, source
        self._signers: tuple[PrivateKey, ...] = keys.signers
        self._journal, self._limits = journal, limits

    def rewind(self, last: int) -> None:
        """Go back, or forward, to where the stream ends: a chunk that is not whole in it is sent again."""
        first = self._journal.first_beyond(self._transfer.id, last)
        log.warning("nodes.stream_displaced", transfer=self._transfer.id, last=last, again_from=first)
        if first is not None:
            self._journal.rewind(self._transfer.id, SEND, first)
        session = self._journal.progress(self._transfer.id, SEND).session
        self._journal.begin(self._transfer.id, SEND, session, b"", last)

    async def session(self, progress: Progress) -> Closing:
        """Send from the first chunk that is not stored to the closing."""
        header = self._transfer.header(progress.session + 1, progress.next_chunk)
        opening, sealed = envelope.open_to(self._transfer.receiver, header, self._signers)
        self._journal.begin(self._transfer.id, SEND, header.session, b"", progress.sequence)
        way = Lane(self._client, self._subject, progress.sequence, most_bytes=self._limits.most_bytes)
        await way.open()
        try:
            await self._put(way, header.session, parts.OPENING, 0, opening)
            await way.drain()  # the place is right: what the journal has up to it is stored
            await self._chunks(way, sealed, header.first_chunk)
            await way.drain()
            closing = self._closing()
            text = envelope.close(header, closing, self._signers)
            await self._put(way, header.session, parts.CLOSING, closing.chunks, text)
            await way.drain()
        finally:
            await way.close()
        self._journal.close_transfer(self._transfer.id, SEND, text)
        return closing

    async def _chunks(self, way: Lane, session: Session, number: int) -> None:
        suite = session.suite

        def ready(number: int, plain: bytes) -> tuple[bytes, bytes]:
            return suite.digest(plain), session.seal(number, plain)

        async with aclosing(self._source.chunks(number)) as chunks:
            async for plain in chunks:
                if len(plain) > parts.MOST_CHUNK_BYTES:
                    raise Refused("chunk_too_large", f"数据块超过 {parts.MOST_CHUNK_BYTES >> 20} MiB 上限。")
                digest, sealed = await asyncio.to_thread(ready, number, plain)
                end = way.place + parts.count(len(sealed), self._limits.part_bytes)
                self._journal.done(self._transfer.id, SEND, number, (digest, len(plain)), end)
                await self._put(way, session.header.session, parts.CHUNK, number, sealed)
                number += 1

    async def _put(self, way: Lane, session: int, kind: str, number: int, data: bytes) -> None:
        for part, piece in parts.split(session, kind, number, data, self._limits.part_bytes):
            await way.put({parts.HEADER: str(part)}, piece)

    def _closing(self) -> Closing:
        progress = self._journal.progress(self._transfer.id, SEND)
        root = digests_root(self._journal, self._transfer, SEND)
        return Closing(progress.next_chunk, progress.size_bytes, root, self._source.tally())

    @property
    def _subject(self) -> str:
        return names.chunks(self._transfer.sender.org, self._transfer.sender.node, self._transfer.id)


async def receive(
    client: Client,
    transfer: Transfer,
    commit: Commit,
    *,
    keys: NodeKeys,
    journal: Journal,
    stopped: asyncio.Event,
) -> Closing | None:
    """Give what is left of a transfer to ``commit``, chunk by chunk in order; return its closing, None if ``stopped``.

    Raises Refused: ``parts_missing`` if something stays missing, ``chunk_tampered``, ``signature_wrong``,
    ``opening_foreign``, ``closing_differs``, ``chunk_too_large``, ``stream_missing``.
    """
    progress = journal.progress(transfer.id, RECEIVE)
    if progress.closing:
        return envelope.known_closing(progress.closing)[0]
    consumer = names.reader(keys.card.org, keys.card.node)
    reader = Reader(client, names.transfer_stream(transfer.id), consumer, patience_s=lane.UNHEARD_S)
    receiving = _Receiving(transfer, commit, keys, journal, progress)
    gaps = 0
    async with aclosing(reader.messages(stopped)) as messages:
        async for message in messages:
            try:
                closing = await receiving.take(message, reader)
            except Gap as gap:
                gaps += 1
                log.warning("nodes.part_missing", transfer=transfer.id, gap=str(gap), times=gaps)
                if gaps >= MOST_GAPS:
                    raise Refused("parts_missing", f"传输缺少数据分片：{gap}") from gap
                receiving.assembly.clear()
                reader.again()
                continue
            if closing is not None:
                await client.flush()
                return closing
    return None


class _Receiving:
    """One call of ``receive``."""

    def __init__(
        self, transfer: Transfer, commit: Commit, keys: NodeKeys, journal: Journal, progress: Progress
    ) -> None:
        self._transfer, self._commit, self._keys, self._journal = transfer, commit, keys, journal
        self._next, self._session = progress.next_chunk, progress.session
        self._open: Session | None = self._accept(progress.opening) if progress.opening else None
        self.assembly = Assembly()

    async def take(self, message: Delivered, reader: Reader) -> Closing | None:
        """Take one message; return the closing when it was the last. Raises Gap and Refused."""
        part = parts.read(message.headers)
        whole = self.assembly.take(part, message.data)
        if whole is None:
            return None
        closing = await self._whole(part, whole)
        await reader.acknowledge(message)
        return closing

    async def _whole(self, part: Part, data: bytes) -> Closing | None:
        if part.kind == parts.OPENING:
            self._begin(part, data)
        elif part.session < self._session:
            log.info("nodes.stale_part_dropped", transfer=self._transfer.id, part=str(part))
        elif part.session > self._session or self._open is None:
            raise Gap(f"{part} before its opening")
        elif part.kind == parts.CHUNK:
            await self._chunk(self._open, part.number, data)
        else:
            return self._end(self._open, data)
        return None

    def _begin(self, part: Part, data: bytes) -> None:
        if part.session <= self._session:
            return
        session = self._accept(data)
        if session.header.session != part.session or session.header.first_chunk > self._next:
            raise Gap(f"session {part.session} begins at chunk {session.header.first_chunk}, we are at {self._next}")
        self._journal.begin(self._transfer.id, RECEIVE, part.session, data)
        self._open, self._session = session, part.session

    def _accept(self, opening: bytes) -> Session:
        session = envelope.accept(opening, self._transfer.sender, self._keys.exchange)
        found = session.header
        if found != self._transfer.header(found.session, found.first_chunk):
            raise Refused("opening_foreign", "传输开启报文与任务不符，拒绝接收。")
        return session

    async def _chunk(self, session: Session, number: int, sealed: bytes) -> None:
        if number > self._next:
            raise Gap(f"chunk {number}, we are at {self._next}")
        plain, digest = await asyncio.to_thread(_opened, session, number, sealed)
        if number < self._next:
            return
        await self._commit(number, plain)
        self._journal.done(self._transfer.id, RECEIVE, number, (digest, len(plain)))
        self._next += 1

    def _end(self, session: Session, data: bytes) -> Closing:
        closing = envelope.read_closing(data, session.header, self._transfer.sender)
        progress = self._journal.progress(self._transfer.id, RECEIVE)
        if closing.chunks > progress.next_chunk:
            raise Gap(f"the closing counts {closing.chunks} chunks, we are at {progress.next_chunk}")
        ours = replace(
            closing,
            chunks=progress.next_chunk,
            size_bytes=progress.size_bytes,
            root=digests_root(self._journal, self._transfer, RECEIVE),
        )
        if ours != closing:
            raise Refused("closing_differs", "收到的数据与发送方的结束报文不一致。")
        self._journal.close_transfer(self._transfer.id, RECEIVE, data)
        return closing


def digests_root(journal: Journal, transfer: Transfer, role: str) -> str:
    """Return the RFC 6962 root, in hex, of a side's chunk digests (over SM3 for the SM4 suite, else over SHA-256)."""
    tree = Frontier(SM3 if transfer.suite is envelope.Suite.SM4 else SHA256)
    tree.append_many(journal.digests(transfer.id, role))
    return tree.root().hex()


def _opened(session: Session, number: int, sealed: bytes) -> tuple[bytes, bytes]:
    plain = session.unseal(number, sealed)
    return plain, session.suite.digest(plain)
