"""Giving a lost member its log back from the others (`restore`), every batch and head checked on the way.

What cannot be given back is the memory of what this member has signed. So that it never signs a second head of a size,
it stays silent in this epoch up to where the stream stood when it was restored, and votes from there on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.fetching import Unreachable, fetch, fetch_leaves
from yunshu.lib.consortium.finality import Cosigned
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.signing import check_word
from yunshu.lib.consortium.trees import HASHES

_log = structlog.get_logger()
FILE, FRESH = "log.sqlite", "restored.sqlite"
BLOCKS = 100


@dataclass(frozen=True)
class Restored:
    """What was restored, and whose copy it was."""

    source: str
    head: Head
    epoch: int


async def restore(folder: Path, genesis: Charter, peers: Mapping[str, str]) -> Restored:
    """Write ``folder``'s log anew from the first member whose copy stands every check, the longest first.

    Raises Malformed if there is a log already, or if no member's copy stands.
    """
    if (folder / FILE).exists():
        raise Malformed(f"{folder / FILE} exists: move it away first, it may be evidence")
    statuses = await _statuses(peers)
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(statuses, key=lambda each: -_final_size(statuses[each])):
        for old in folder.glob(f"{FRESH}*"):
            old.unlink()
        try:
            found = await _copy(folder / FRESH, genesis, peers[name], name)
        except (Malformed, Unreachable, KeyError, TypeError, ValueError) as fault:
            _log.warning("ledger.copy_refused", by=name, why=str(fault))
            continue
        _settle(folder / FRESH, found, statuses)
        (folder / FRESH).rename(folder / FILE)
        return found
    raise Malformed(f"no member's copy stands the checks (asked: {', '.join(peers) or 'nobody'})")


def quorum_of(charter: Charter, checkpoints: Mapping[str, str]) -> list[Cosigned]:
    """Return the members' verified words under a pair of checkpoints; raise Malformed if they are no quorum."""
    words = []
    for member in charter.members:
        try:
            words.append(check_word(charter, member, checkpoints["sha256"], checkpoints["sm3"]))
        except Malformed:
            continue
    if len(words) < charter.quorum:
        raise Malformed(f"{len(words)} members cosigned, {charter.quorum} must")
    return words


def follow(log: Path, stream: str) -> None:
    """Let a log that was given back from a backup follow the stream that was given back with it.

    ``stream`` is its identity now (``ordering.Stream``). A server gives a restored stream a new moment of making, at which a
    member would stop. Only for members and stream of one backup, given back together: what they signed after it is forgotten
    by all of them alike. A single lost member is restored from the others (``restore``), never from a backup.
    """
    epoch = stream.partition("@")[0].rpartition("_")[2]
    disk = Disk(log)
    try:
        if disk.meta(f"stream:{epoch}"):
            disk.remember(f"stream:{epoch}", stream)
    finally:
        disk.close()


async def compare(disk: Disk, url: str) -> str:
    """Return a sentence: whether the member at ``url`` and this copy are the same as far as both are final.

    Raises Malformed at the first difference, with the two heads.
    """
    found = json.loads(await fetch(url, "/final"))
    own = disk.last_final()
    if own is None or not found:
        return "至少一方还没有最终确认的部分，无法对照。"
    size = min(own[1].size, int(found["size"]))
    block = disk.block_at(size) or disk.block_holding(size - 1)
    if block is None:
        raise Malformed(f"leaf {size} is not in this copy")
    there = json.loads(await fetch(url, f"/blocks/{block.number}"))
    mine, other = vars(block.head), {name: there.get(name) for name in ("size", "sha256", "sm3")}
    if mine != other:
        raise Malformed(f"block {block.number}: here {mine}, at {url} {other}")
    return f"与 {url} 对照一致：区块 {block.number}，{size} 片叶。"


async def _copy(path: Path, genesis: Charter, url: str, name: str) -> Restored:
    checkpoints = {each.name: (await fetch(url, f"/{each.name}/checkpoint")).decode() for each in HASHES}
    size = int(checkpoints["sha256"].split("\n")[1])
    disk = Disk(path)
    try:
        log = Log(disk, genesis)
        while log.state.size < size:
            await _take_blocks(log, url, size)
        word = quorum_of(log.charter_for(size), checkpoints)[0]
        if log.head_at(size) != word.head:
            raise Malformed("the leaves do not lead to the head that a quorum cosigned")
        disk.finalise(word.epoch, word.head, json.dumps(checkpoints))
        return Restored(name, word.head, word.epoch)
    finally:
        disk.close()


async def _take_blocks(log: Log, url: str, size: int) -> None:
    words = json.loads(await fetch(url, f"/blocks?from={log.state.block + BLOCKS}&limit={BLOCKS}"))
    wanted = [each for each in reversed(words) if log.state.block < each["number"] and each["size"] <= size]
    if not wanted:
        raise Malformed(f"block {log.state.block + 1} is missing")
    for each in wanted:
        head = Head(int(each["size"]), str(each["sha256"]), str(each["sm3"]))
        log.adopt(await fetch_leaves(url, log.state.size, head.size), head)


async def _statuses(peers: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, url in peers.items():
        try:
            found[name] = json.loads(await fetch(url, "/status"))
        except (Unreachable, ValueError) as error:
            _log.info("ledger.member_unreachable", member=name, error=str(error))
    return found


def _settle(path: Path, found: Restored, statuses: Mapping[str, Mapping[str, Any]]) -> None:
    """Remember which stream is followed, and up to where this member is silent."""
    disk = Disk(path)
    same = [each for each in statuses.values() if each.get("epoch") == found.epoch]
    streams = [str(each.get("stream") or "") for each in same]
    stream = max(set(streams), key=streams.count, default="")
    if stream:
        disk.remember(f"stream:{found.epoch}", stream)
    reached = max((int(each.get("sequence") or 0) for each in same), default=0)
    disk.remember(f"silent:{found.epoch}", str(reached))
    disk.close()


def _final_size(status: Mapping[str, Any]) -> int:
    return int((status.get("final") or {}).get("size", 0))
