"""Is what lies on the disk still what was agreed? Recomputes every block from its leaves, and the published files.

A flipped bit in a leaf, a root, a tile or a checkpoint is named by the first block or file that does not fit. A member
examines itself before it signs anything; anyone may examine a copy (`audit`).
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from yunshu.lib.consortium.charter import Charter, from_words
from yunshu.lib.consortium.disk import Block, Disk
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.restoring import quorum_of
from yunshu.lib.consortium.signing import key_of, log_key
from yunshu.lib.consortium.trees import HASHES, Trees
from yunshu.lib.tlog.auditing import audit
from yunshu.lib.tlog.checkpoint import parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.note import parse_note
from yunshu.lib.tlog.opening import examine_note

PORTION = 500


def examine(disk: Disk, public: Path) -> str:
    """Return what is wrong first, or an empty string. About 0.2 million leaves a second."""
    try:
        return _structure(disk) or _blocks(disk) or _finals(disk) or _published(disk, public)
    except sqlite3.DatabaseError as error:
        return f"log.sqlite cannot be read: {error}"


def _structure(disk: Disk) -> str:
    fault = disk.quick_check()
    return f"log.sqlite is damaged: {fault}" if fault else ""


def _blocks(disk: Disk) -> str:
    trees, size = Trees(), 0
    for block in _ascending(disk):
        trees.append(disk.leaves(size, block.head.size))
        size = block.head.size
        if trees.head() != block.head or (block.frontier and trees.nodes() != block.frontier):
            return f"the leaves of block {block.number} do not lead to its head"
    return ""


def _finals(disk: Disk) -> str:
    for head in disk.finals():
        block = disk.block_at(head.size)
        if block is None or block.head != head:
            return f"the final head at {head.size} is not that of a block"
    return ""


def _published(disk: Disk, public: Path) -> str:
    texts = {}
    for each in HASHES:
        folder = LogFolder(public / each.name)
        found = folder.read_checkpoint()
        if found is None:
            return ""
        texts[each.name] = found.decode(errors="replace")
        try:
            audit(folder, parse_signed_checkpoint(found).checkpoint, each)
        except TlogError as error:
            return f"published {each.name} tree: {error}"
    try:
        size = int(texts["sha256"].split("\n")[1])
        charter = from_words(parse(disk.charter_for(size).encode()))
        head = quorum_of(charter, texts)[0].head
        for name, text in texts.items():
            _require_signatures(charter, name, text)
    except (Malformed, ValueError) as error:
        return f"published checkpoints: {error}"
    block = disk.block_at(size)
    return "" if block is not None and block.head == head else f"the published head at {size} is not that of a block"


def _require_signatures(charter: Charter, name: str, text: str) -> None:
    """Raise TlogError if any member's signature does not fit, though a quorum's might."""
    keys = [key_of(str(getattr(member, name))) for member in charter.members]
    origin = text.split("\n", 1)[0]
    examine_note(parse_note(text.encode()), [*keys, *(log_key(origin, key_of(each.note)) for each in charter.members)])


def _ascending(disk: Disk) -> Iterator[Block]:
    last = disk.last_block()
    for first in range(1, (last.number if last else 0) + 1, PORTION):
        yield from reversed(disk.blocks(first + PORTION, PORTION))
