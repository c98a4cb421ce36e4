"""One member as a process: ``python -m yunshu.lib.consortium serve FOLDER``. FOLDER holds ``peer.toml``:

    member = "bureau"                       whose
    slug = "city"                           the log's name in subjects and streams
    nats_url = "nats://…"                   where the order comes from
    replicas = 1                            3 with a cluster of three servers
    listen = "127.0.0.1:8301"               where it tells the world
    data = "data"                           log.sqlite and public/
    charter = "charter.json"                the first charter: leaf 0
    keys = "keys"                           note, cosign, sm2
    passphrase_file = "passphrase"
    [peers]                                 the others, to fetch from
    police = "http://…"
    [[witnessed]]                           other ledgers that it cosigns on request (tlog-witness)
    origin = "ledger.other/1/sha256"
    keys = ["ledger.other/1/sha256+…"]

It examines its disk before it signs anything. SIGTERM ends it after the message in hand. Killed at any moment it goes on from the end of its last block.
"""

import asyncio
import fcntl
import signal
import sqlite3
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from aiohttp import web

from yunshu.lib.consortium.charter import Charter, from_words
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.peer import Peer
from yunshu.lib.consortium.signing import Seals
from yunshu.lib.consortium.voice import Settings
from yunshu.lib.consortium.web import application
from yunshu.lib.consortium.witness import Witnessed, witnessed
from yunshu.lib.crypto.custody import FileCustody
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.observe.pulse import beating
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.verifier_key import Kind, verifier_key

log = structlog.get_logger()
FILE = "peer.toml"
NOTE_KEY, COSIGN_KEY, SM2_KEY = "note", "cosign", "sm2"
COSIGN_KINDS = {
    Algorithm.ED25519: Kind.ED25519_COSIGNATURE,
    Algorithm.ML_DSA_44: Kind.ML_DSA_44_COSIGNATURE,
}
END_SECONDS = 2.0


@dataclass(frozen=True)
class Member:
    """What FOLDER says, read."""

    settings: Settings
    genesis: Charter
    seals: Seals
    listen: tuple[str, int]
    witnessed: Mapping[str, Witnessed] = field(default_factory=dict)
    """Other ledgers it cosigns on request, by origin."""


def read_member(folder: Path, *, nats_url: str = "", listen: str = "") -> Member:
    """Read FOLDER; ``nats_url`` and ``listen`` go before what stands there. Raise Malformed with what is wrong."""
    try:
        words = tomllib.loads((folder / FILE).read_text())
        settings = Settings(
            member=str(words["member"]),
            slug=str(words["slug"]),
            folder=folder / words.get("data", "data"),
            nats_url=nats_url or str(words["nats_url"]),
            replicas=int(words.get("replicas", 1)),
            peers={str(name): str(url).rstrip("/") for name, url in words.get("peers", {}).items()},
        )
        genesis = from_words(parse((folder / words["charter"]).read_bytes()))
        host, _, port = (listen or str(words["listen"])).rpartition(":")
        return Member(
            settings=settings,
            genesis=genesis,
            seals=read_seals(settings.member, custody(folder, words)),
            listen=(host, int(port)),
            witnessed=witnessed(words.get("witnessed", []), genesis.ledger),
        )
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise Malformed(f"{folder / FILE}: {error!r}") from error


def custody(folder: Path, words: Mapping[str, str]) -> FileCustody:
    """Return the keys of a member's folder."""
    return FileCustody(folder / words["keys"], (folder / words["passphrase_file"]).read_bytes().strip())


def read_seals(member: str, keys: FileCustody) -> Seals:
    """Return a member's three keys, ready to sign."""

    def signer(name: str, kind: Kind) -> NoteSigner:
        return NoteSigner(verifier_key(member, kind, keys.public(name).raw), lambda message: keys.sign(name, message))

    return Seals(
        member=member,
        note=signer(NOTE_KEY, Kind.ED25519),
        sha256=signer(COSIGN_KEY, COSIGN_KINDS[keys.public(COSIGN_KEY).algorithm]),
        sm3=signer(SM2_KEY, Kind.SM2_COSIGNATURE),
    )


def run(member: Member) -> None:
    """Run a member until SIGTERM or Ctrl-C."""
    with alone(member.settings.folder):
        asyncio.run(_until_told(member))


async def serve(member: Member, stopped: asyncio.Event) -> None:
    """Run a member and its pages until ``stopped``."""
    peer = opened(member.settings, member.genesis, member.seals)
    async with pages(peer, member.listen, member.witnessed):
        log.info("ledger.member_started", member=member.settings.member, port=member.listen[1])
        await peer.run(stopped)
    log.info("ledger.member_stopped", member=member.settings.member)


def opened(settings: Settings, genesis: Charter, seals: Seals) -> Peer:
    """Return the member, examined: with a damaged log it has raised an alarm and halted. Raise Malformed if unreadable."""
    try:
        peer = Peer(settings, genesis, seals)
    except sqlite3.DatabaseError as error:
        raise Malformed(f"{settings.folder} cannot be read ({error}): move it away and restore it") from error
    if fault := examine(peer.disk, peer.published.folder):
        peer.alarm_and_halt("corrupt", fault)
    return peer


@asynccontextmanager
async def pages(
    peer: Peer, listen: tuple[str, int], logs: Mapping[str, Witnessed] | None = None
) -> AsyncIterator[None]:
    """Serve ``peer``'s pages at ``listen`` meanwhile."""
    runner = web.AppRunner(application(peer, logs), access_log=None, shutdown_timeout=END_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, *listen).start()
        yield
    finally:
        await runner.cleanup()


async def _until_told(member: Member) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopped.set)
    async with beating(f"ledger-{member.settings.member}"):
        await serve(member, stopped)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: a second process on the same data would sign beside the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Malformed(f"{folder} is held by a running member") from error
        yield
