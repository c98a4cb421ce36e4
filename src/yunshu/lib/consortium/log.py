"""One member's log: the machine, its trees and its disk together. Synchronous and deterministic; no network, no clock.

``Log.apply`` takes the next message of the stream; when it closes a block, the block is on disk before the call
returns, and the caller may sign its head.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yunshu.lib.consortium import machine
from yunshu.lib.consortium.charter import Charter, from_words
from yunshu.lib.consortium.disk import Block, Disk, Placed
from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.consortium.leaves import read as read_leaf
from yunshu.lib.consortium.signing import approved, verify
from yunshu.lib.consortium.trees import Trees, root_of

RULES = machine.Rules(root=root_of, verify=verify, approved=approved)


@dataclass(frozen=True)
class Applied:
    """What a message did: a block that closed, or why it added nothing."""

    block: Block | None = None
    fault: str = ""


class Log:
    """The log as one member has it. One owner at a time."""

    def __init__(self, disk: Disk, genesis: Charter) -> None:
        """Open the log, or begin it with ``genesis``. Raise Malformed if the disk holds another log."""
        self.disk = disk
        self._waiting: list[bytes] = []
        last = disk.last_block()
        if last is None:
            self._begin(genesis)
            return
        self.state = _state(disk.state())
        self._trees = Trees.resume(last.head.size, last.frontier)
        if self.state.charter.ledger != genesis.ledger:
            raise Malformed(f"this folder holds the log {self.state.charter.ledger}, not {genesis.ledger}")

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self.state.charter

    @property
    def pending(self) -> int:
        """How many leaves wait for the block to close."""
        return self.state.pending

    def charter_for(self, size: int) -> Charter:
        """Return the charter by which a head of ``size`` is judged; for a size still unknown, the one in force."""
        if size > self.state.size:
            return self.charter
        return from_words(parse(self.disk.charter_for(size).encode()))

    def apply(self, sequence: int, message: bytes) -> Applied:
        """Take the next message of the stream. Raise ValueError if it is not the next."""
        before = self.charter
        self.state, step = machine.apply(self.state, sequence, message, RULES)
        return self._take(step, before)

    def renew(self, statement: str, stream: str, sequence: int) -> Applied:
        """Begin the next epoch at message ``sequence`` of its stream; the log must end at the statement's base."""
        before = self.charter
        self.state, step = machine.renew(self.state, statement, stream, sequence)
        return self._take(step, before)

    def cut_back(self, size: int) -> None:
        """Go back to the block that ends at ``size``, and drop what was gathered since: only before ``renew``."""
        self._waiting = []
        self.disk.cut_back(size)
        last = self.disk.last_block()
        if last is None or last.head.size != size:
            raise Malformed(f"no block ends at leaf {size}")
        self.state = _state(self.disk.state())
        self._trees = Trees.resume(size, last.frontier)

    def adopt(self, leaves: Sequence[bytes], base: Head) -> None:
        """Append whole blocks another member had in the epoch before, up to ``base``; raise Malformed if they are not those.

        Each batch is checked by its signature as if it had come from the stream, before anything is kept.
        """
        checked = machine.replay_checked(self.state, leaves, RULES)
        trees = Trees.resume(self.state.size, self._trees.nodes())
        trees.append(leaves)
        if trees.head() != base:
            raise Malformed("the leaves do not lead to the base")
        for state, block_leaves in checked:
            before = self.charter
            self._waiting = list(block_leaves)
            self.state = state
            self._close(before)

    def head_at(self, size: int) -> Head | None:
        """Return the head at ``size``, None if no block ends there."""
        block = self.disk.block_at(size)
        return None if block is None else block.head

    def _begin(self, genesis: Charter) -> None:
        self._trees = Trees()
        self.state, step = machine.begin(genesis)
        self._take(step, genesis)

    def _take(self, step: machine.Step, before: Charter) -> Applied:
        self._waiting += step.leaves
        if not step.cut:
            return Applied(fault=step.fault)
        return Applied(block=self._close(before))

    def _close(self, before: Charter) -> Block:
        leaves, self._waiting = self._waiting, []
        first = self.state.size - len(leaves)
        self._trees.append(leaves)
        block = Block(
            number=self.state.block,
            epoch=self.state.epoch,
            head=self._trees.head(),
            sequence=self.state.sequence,
            charter=self.charter.number,
            frontier=self._trees.nodes(),
        )
        self.disk.add_block(
            block,
            leaves,
            state=_state_text(self.state),
            charter=self.charter.text().decode(),
            batches=_placed(leaves, first, block.number),
        )
        return block


def _placed(leaves: Sequence[bytes], first: int, block: int) -> list[Placed]:
    found = []
    for at, data in enumerate(leaves):
        if data.startswith(b"batch\n"):
            words = read_leaf(data).words
            found.append(Placed(words["org"], words["number"], first + at - words["count"], words["count"], block))
    return found


def _state_text(state: machine.State) -> str:
    words = {
        "block": state.block,
        "charter": state.charter.words(),
        "epoch": state.epoch,
        "first": state.first,
        "numbers": dict(state.numbers),
        "sequence": state.sequence,
        "size": state.size,
    }
    return canonical(words).decode()


def _state(text: str) -> machine.State:
    words = parse(text.encode())
    return machine.State(**(words | {"charter": from_words(words["charter"])}))
