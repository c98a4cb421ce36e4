"""Is what lies on the disk still what was agreed? Recomputes every block from its leaves, and the published files.

A flipped bit in a leaf, a root, a tile or a checkpoint is named by the first block or file that does not fit. A member
examines itself before it signs anything; anyone may examine a copy (`audit`).
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from yunshu.lib.consortium.charter import from_words
from yunshu.lib.consortium.disk import Block, Disk
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.signing import key_of, log_key
from yunshu.lib.consortium.trees import HASHES, Trees
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.auditing import audit
from yunshu.lib.tlog.checkpoint import SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
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
    """Examine each tree by its own checkpoint: a member killed while publishing leaves one newer than the other."""
    for each in HASHES:
        folder = LogFolder(public / each.name)
        found = folder.read_checkpoint()
        if found is None:
            continue
        try:
            signed = parse_signed_checkpoint(found)
            audit(folder, signed.checkpoint, each)
            _require_quorum(disk, each.name, signed)
        except (TlogError, Malformed) as error:
            return f"published {each.name} tree: {error}"
    return ""


def _require_quorum(disk: Disk, name: str, signed: SignedCheckpoint) -> None:
    """Raise TlogError or Malformed unless a quorum cosigned this head of a block and no member's signature is off."""
    head = signed.checkpoint
    charter = from_words(parse(disk.charter_for(head.size).encode()))
    block = disk.block_at(head.size)
    if block is None or getattr(block.head, name) != base64text.encode(head.root):
        raise Malformed(f"the checkpoint of size {head.size} is not that of a block")
    cosigners = [key_of(str(getattr(member, name))) for member in charter.members]
    as_log = [log_key(head.origin, key_of(member.note)) for member in charter.members]
    verified = {each.key for each in examine_note(signed.note, [*cosigners, *as_log]).verified}
    if len(verified & set(cosigners)) < charter.quorum:
        raise Malformed(f"the checkpoint of size {head.size} is not cosigned by a quorum")


def _ascending(disk: Disk) -> Iterator[Block]:
    last = disk.last_block()
    end = (last.number if last else 0) + 1
    for first in range(1, end, PORTION):
        after = min(first + PORTION, end)
        yield from reversed(disk.blocks(after, after - first))
