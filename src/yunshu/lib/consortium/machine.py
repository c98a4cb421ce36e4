"""What every member computes alike: from the ordered stream to leaves and blocks. No clock, no chance, no network.

A message is a batch of an organisation, a wish to cut (the first one for the next block cuts it; a timer may post it,
the stream orders it), or a new charter. A message that breaks a rule adds nothing, at every member alike.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from yunshu.lib.consortium import batches
from yunshu.lib.consortium.charter import Charter, from_words
from yunshu.lib.consortium.leaves import (
    BATCH,
    BLOCK,
    CONFIG,
    ENTRY,
    EPOCH,
    GENESIS,
    Leaf,
    Malformed,
    canonical,
    own,
    parse,
)
from yunshu.lib.consortium.leaves import read as read_leaf

BATCH_MESSAGE, CUT_MESSAGE, CHARTER_MESSAGE = b"batch\n", b"cut\n", b"charter\n"


@dataclass(frozen=True)
class Rules:
    """The arithmetic the machine asks for; the same functions at every member."""

    root: batches.Root
    verify: Callable[[str, bytes, bytes], bool]
    """(verifier key, signature, message) → whether it is good."""
    approved: Callable[[Charter, str], bool]
    """(charter in force, signed note) → whether a quorum of its members signed the note."""


@dataclass(frozen=True)
class State:
    """Where a member stands. Everything here can be read back from the log (``replay``)."""

    charter: Charter
    epoch: int = 1
    sequence: int = 0
    """The last message of the epoch's stream that was applied."""
    size: int = 0
    block: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The last batch of each organisation."""
    first: int = 1
    """The first message of the block being gathered."""
    pending: int = 0
    pending_bytes: int = 0


@dataclass(frozen=True)
class Step:
    """What one message did."""

    leaves: tuple[bytes, ...] = ()
    cut: bool = False
    fault: str = ""


def begin(charter: Charter) -> tuple[State, Step]:
    """Return the first state and the first block: the genesis leaf alone."""
    return _close(State(charter), (own(GENESIS, charter.words()),), why="genesis")


def apply(state: State, sequence: int, message: bytes, rules: Rules) -> tuple[State, Step]:
    """Apply the next message of the stream. Raise ValueError if it is not the next: that must never be papered over."""
    if sequence != state.sequence + 1:
        raise ValueError(f"message {sequence} after {state.sequence}")
    state = replace(state, sequence=sequence)
    try:
        if message.startswith(BATCH_MESSAGE):
            return _take(state, batches.read(message[len(BATCH_MESSAGE) :]), rules)
        if message.startswith(CUT_MESSAGE):
            return _cut(state, parse(message[len(CUT_MESSAGE) :]))
        if message.startswith(CHARTER_MESSAGE):
            return _change(state, message[len(CHARTER_MESSAGE) :], rules)
    except Malformed as fault:
        return state, Step(fault=str(fault))
    return state, Step(fault="unknown message")


def cut_message(epoch: int, block: int) -> bytes:
    """Return the wish to cut ``block``."""
    return CUT_MESSAGE + canonical({"block": block, "epoch": epoch})


def charter_note(charter: Charter) -> str:
    """Return the text that the members sign to put ``charter`` in force."""
    return f"yunshu/charter/v1\n{charter.ledger}\n{charter.text().decode()}\n"


def renew(state: State, statement: str, stream: str, sequence: int) -> tuple[State, Step]:
    """Begin the next epoch on ``stream``, which ``statement`` (checked by ``epochs``) puts in force: a block of its own.

    ``sequence`` is the place of the statement in the new stream.
    """
    state = replace(state, epoch=state.epoch + 1, sequence=sequence, first=sequence, pending=0, pending_bytes=0)
    words = {"epoch": state.epoch, "statement": statement, "stream": stream}
    return _close(state, (own(EPOCH, words),), why="epoch")


def replay_checked(state: State, leaves: Sequence[bytes], rules: Rules) -> list[tuple[State, tuple[bytes, ...]]]:
    """Fold whole blocks of the log, checking each batch as if it came from the stream; return (state, leaves) a block.

    Raises Malformed: a leaf that no stream could have made there, an entry without its organisation's signature.
    """
    found: list[tuple[State, tuple[bytes, ...]]] = []
    gathered: list[bytes] = []
    entries: list[bytes] = []
    for data in leaves:
        one = read_leaf(data)
        if one.kind == ENTRY:
            entries.append(one.body)
        elif one.kind == BATCH:
            _check_batch(state, one.words, entries, rules)
            entries = []
        elif entries or (one.kind == CONFIG and not rules.approved(state.charter, str(one.words["note"]))):
            raise Malformed("entries without their organisation's signature, or a charter without a quorum")
        state = _fold(state, one, len(data))
        gathered.append(data)
        if one.kind == BLOCK:
            found.append((state, tuple(gathered)))
            gathered = []
    if gathered:
        raise Malformed("the leaves do not end with a block")
    return found


def _check_batch(state: State, words: Mapping[str, Any], entries: Sequence[bytes], rules: Rules) -> None:
    signed = {key: value for key, value in words.items() if key != "signature"}
    header = batches.header_of(signed)
    batch = batches.Batch(header, b64decode(str(words["signature"])), tuple(entries))
    if header.count != len(entries):
        raise Malformed("a batch whose entries do not match its count")
    _state, step = _take(state, batch, rules)
    if step.fault:
        raise Malformed(step.fault)


def replay(state: State | None, leaves: Sequence[bytes]) -> State:
    """Fold leaves of the log into the state after their last block; raise Malformed if they are not such leaves."""
    for data in leaves:
        one = read_leaf(data)
        state = _genesis(one) if state is None else _fold(state, one, len(data))
    if state is None or state.pending:
        raise Malformed("the log does not end with a block")
    return state


def _take(state: State, batch: batches.Batch, rules: Rules) -> tuple[State, Step]:
    header, org = batch.header, batch.header.org
    key = state.charter.submitters.get(org)
    if header.ledger != state.charter.ledger or key is None:
        return state, Step(fault=f"{org} may not submit here")
    if header.number != state.numbers.get(org, 0) + 1:
        return state, Step(fault=f"batch {header.number} of {org} is not the next")
    leaves = batch.leaves()
    if b64encode(rules.root(leaves)).decode() != header.root:
        return state, Step(fault=f"batch {header.number} of {org} holds other entries than signed")
    if not rules.verify(key, batch.signature, header.signed()):
        return state, Step(fault=f"batch {header.number} of {org} is not signed by it")
    signature = b64encode(batch.signature).decode()
    closing = own(BATCH, vars(header) | {"signature": signature})
    state = replace(state, numbers={**state.numbers, org: header.number})
    return _gather(state, (*leaves, closing))


def _gather(state: State, leaves: tuple[bytes, ...]) -> tuple[State, Step]:
    state = replace(
        state,
        size=state.size + len(leaves),
        pending=state.pending + len(leaves),
        pending_bytes=state.pending_bytes + sum(map(len, leaves)),
    )
    limits = state.charter.limits
    if state.pending >= limits.entries:
        return _close(state, leaves, why="entries", counted=True)
    if state.pending_bytes >= limits.size_bytes:
        return _close(state, leaves, why="bytes", counted=True)
    return state, Step(leaves)


def _cut(state: State, wish: Mapping[str, Any]) -> tuple[State, Step]:
    if wish.get("epoch") != state.epoch or wish.get("block") != state.block + 1 or not state.pending:
        return state, Step()
    return _close(state, (), why="cut")


def _change(state: State, note: bytes, rules: Rules) -> tuple[State, Step]:
    text = note.decode("utf-8", "strict") if _utf8(note) else ""
    body = text.split("\n\n", 1)[0] + "\n"
    _, ledger, words = [*body.rstrip("\n").split("\n"), "", "", ""][:3]
    charter = from_words(parse(words.encode()))
    if ledger != state.charter.ledger or charter.ledger != ledger or charter.number != state.charter.number + 1:
        return state, Step(fault="not the next charter")
    if body != charter_note(charter) or not rules.approved(state.charter, text):
        return state, Step(fault="a charter without a quorum")
    return _close(replace(state, charter=charter), (own(CONFIG, {"note": text}),), why="charter")


def _utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _close(state: State, leaves: tuple[bytes, ...], *, why: str, counted: bool = False) -> tuple[State, Step]:
    size = state.size + (0 if counted else len(leaves)) + 1
    words = {
        "block": state.block + 1,
        "epoch": state.epoch,
        "first": state.first,
        "last": state.sequence,
        "size": size,
        "why": why,
    }
    closed = replace(state, size=size, block=state.block + 1, first=state.sequence + 1, pending=0, pending_bytes=0)
    return closed, Step((*leaves, own(BLOCK, words)), cut=True)


def _genesis(one: Leaf) -> State:
    if one.kind != GENESIS:
        raise Malformed("the log does not begin with its charter")
    return State(from_words(one.words), size=1, pending=1)


def _fold(state: State, one: Leaf, size_bytes: int) -> State:
    state = replace(
        state, size=state.size + 1, pending=state.pending + 1, pending_bytes=state.pending_bytes + size_bytes
    )
    match one.kind:
        case k if k == ENTRY:
            return state
        case k if k == BATCH:
            words = one.words
            return replace(state, numbers={**state.numbers, words["org"]: words["number"]})
        case k if k == EPOCH:
            return replace(state, epoch=one.words["epoch"])
        case k if k == CONFIG:
            lines = str(one.words["note"]).split("\n")
            return replace(state, charter=from_words(parse(lines[2].encode())))
        case k if k == BLOCK:
            words = one.words
            if words["size"] != state.size or words["block"] != state.block + 1:
                raise Malformed(f"block {words['block']} does not close at leaf {state.size}")
            return replace(
                state, block=words["block"], sequence=words["last"], first=words["last"] + 1, pending=0, pending_bytes=0
            )
    raise Malformed("a second genesis")
