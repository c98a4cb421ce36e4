"""Beginning the next epoch: how a member votes, how votes become a statement, how a member takes the statement.

The new stream carries its own ballot: each member's operator runs ``vote``, which posts the member's signed vote there;
any running member that sees enough votes posts the statement they allow; every member takes the first statement in the
stream that holds. Nobody needs to be trusted for it: ``epochs.judge`` says whether a statement holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from nats.js.errors import NotFoundError

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.epochs import EPOCH_MESSAGE, Head, Statement, Vote, judge, read_statement
from yunshu.lib.consortium.fetching import Unreachable, leaves_from_any
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.log import Applied, Log
from yunshu.lib.consortium.ordering import Order, Stream
from yunshu.lib.consortium.signing import Seals, signers_of, votes_of

_log = structlog.get_logger()
VOTE_MESSAGE = b"vote\n"
MOST_READ = 1000
"""A ballot is a few messages; whatever comes after this many is none."""


@dataclass(frozen=True)
class Ballot:
    """What the new stream holds so far."""

    stream: Stream
    votes: Mapping[str, str]
    """Member → its last signed vote."""
    statements: Sequence[tuple[int, str]]
    """(place, statement) in order."""


@dataclass(frozen=True)
class Decision:
    """A statement to follow."""

    stream: Stream
    sequence: int
    text: str


async def cast_vote(order: Order, log: Log, seals: Seals) -> str:
    """Vote for ``order``'s stream as the next epoch's, and post the vote there; return it. The stream is made if absent.

    Afterwards this member never again cosigns in the epoch it is in. A second time gives the same vote.
    """
    epoch = log.state.epoch + 1
    stream = await order.create()
    log.disk.vote(epoch)
    high = log.disk.highest_signed(epoch - 1) or _settled(log)
    text = Vote(log.charter.ledger, epoch, str(stream), high).text()
    note = seals.text(text)
    await order.post(VOTE_MESSAGE + note.encode(), f"vote-{epoch}-{seals.member}-{stream.created}")
    return note


async def read_ballot(order: Order, charter: Charter) -> Ballot | None:
    """Return what stands in the new stream; None if there is no such stream."""
    try:
        stream, first, last = await order.look()
    except NotFoundError:
        return None
    votes: dict[str, str] = {}
    statements: list[tuple[int, str]] = []
    for sequence in range(max(first, 1), min(last, MOST_READ) + 1):
        message = await order.message(sequence)
        if message.startswith(VOTE_MESSAGE):
            note = message[len(VOTE_MESSAGE) :].decode(errors="replace")
            votes |= dict.fromkeys(_signers(charter, note), note)
        elif message.startswith(EPOCH_MESSAGE):
            statements.append((sequence, message[len(EPOCH_MESSAGE) :].decode(errors="replace")))
    return Ballot(stream, votes, statements)


def proposal(log: Log, ballot: Ballot) -> str:
    """Return a statement that these votes allow and this member's log can continue from; empty if there is none."""
    epoch, notes = log.state.epoch + 1, tuple(ballot.votes.values())
    try:
        votes = votes_of(log.charter, notes)
    except Malformed:
        return ""
    for base in sorted({vote.high for _, vote in votes}, key=lambda head: -head.size):
        if not judge(log.charter, votes, epoch=epoch, stream=str(ballot.stream), base=base, chain=log.head_at):
            return Statement(base, notes).text()
    return ""


def decision(log: Log, ballot: Ballot, refused: set[int]) -> Decision | None:
    """Return the first statement that a quorum's votes stand under, but for those ``refused`` before."""
    for sequence, text in ballot.statements:
        if sequence in refused:
            continue
        try:
            statement = read_statement(text)
            votes = votes_of(log.charter, statement.notes)
        except Malformed:
            continue
        named = {(vote.ledger, vote.epoch, vote.stream) for _, vote in votes}
        expected = (log.charter.ledger, log.state.epoch + 1, str(ballot.stream))
        if named == {expected} and len({member for member, _ in votes}) >= log.charter.quorum:
            return Decision(ballot.stream, sequence, text)
    return None


async def take(log: Log, decided: Decision, peers: Mapping[str, str]) -> Applied:
    """Move the log to the statement's base and begin the epoch there.

    Raises Malformed if the statement does not hold, Unreachable while nobody gives the leaves up to its base.
    """
    statement = read_statement(decided.text)
    base, final, epoch = statement.base, log.disk.last_final(), log.state.epoch + 1
    if final is not None and final[1].size > base.size:
        raise Malformed(f"the statement drops what was final: its base ends at {base.size}, {final[1].size} was final")
    log.disk.vote(epoch)
    if log.head_at(base.size) == base:
        log.cut_back(base.size)
    else:
        await _adopt(log, base, peers)
    votes = votes_of(log.charter, statement.notes)
    why = judge(log.charter, votes, epoch=epoch, stream=str(decided.stream), base=base, chain=log.head_at)
    if why:
        raise Malformed(why)
    log.disk.remember(f"stream:{epoch}", str(decided.stream))
    return log.renew(decided.text, str(decided.stream), decided.sequence)


async def _adopt(log: Log, base: Head, peers: Mapping[str, str]) -> None:
    log.cut_back(_settled(log).size)
    for name, leaves in await leaves_from_any(peers, log.state.size, base.size):
        try:
            log.adopt(leaves, base)
        except Malformed as fault:
            _log.warning("ledger.leaves_refused", by=name, why=str(fault))
        else:
            return
    raise Unreachable(f"no other member gave the leaves up to the base at {base.size}")


def _settled(log: Log) -> Head:
    """Return the last final head, or the first block's before anything is final."""
    final, first = log.disk.last_final(), log.disk.block(1)
    if final is not None:
        return final[1]
    if first is None:
        raise Malformed("a log without its first block")
    return first.head


def _signers(charter: Charter, note: str) -> set[str]:
    try:
        return signers_of(note, charter.members)
    except Malformed:
        return set()
