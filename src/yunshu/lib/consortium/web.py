"""What one member tells the world, over HTTP and read-only: its state, blocks, leaves, receipts, alarms, and the log
itself as static files (C2SP tlog-tiles; SHA-256 at the root and under ``/sha256``, the SM3 twin under ``/sm3``).

What can never change again says so (``immutable``): full and partial tiles, blocks and leaves that are final. The rest
must be asked for each time. Anyone may read; the only thing that may be posted is a checkpoint (``witness``).
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from yunshu.lib.consortium import leaves
from yunshu.lib.consortium.disk import Block
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.peer import Peer
from yunshu.lib.consortium.trees import HASHES
from yunshu.lib.consortium.witness import Witnessed, add_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.tiles import CHECKPOINT_PATH, parse_tile_path

PEER: web.AppKey[Peer] = web.AppKey("peer", Peer)
WITNESSED: web.AppKey[dict[str, Witnessed]] = web.AppKey("witnessed", dict)
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
MOST_BLOCKS, MOST_LEAVES = 200, 1000
POLL_SECONDS = 25.0
_TREES = "|".join(each.name for each in HASHES)


def application(peer: Peer, witnessed: Mapping[str, Witnessed] | None = None) -> web.Application:
    """Return the pages of ``peer``, which cosigns the logs ``witnessed`` (origin → log) on request."""
    app = web.Application(client_max_size=1024 * 1024)
    app[PEER], app[WITNESSED] = peer, dict(witnessed or {})
    app.add_routes(
        [
            web.get("/status", _status),
            web.get("/charter", _charter),
            web.get("/policy", _policy),
            web.get(f"/{{tree:{_TREES}}}/policy", _policy),
            web.get("/final", _final),
            web.get("/words", _spoken),
            web.get("/blocks", _blocks),
            web.get(r"/blocks/{number:\d{1,15}}", _block),
            web.get(r"/batches/{org}/{number:\d{1,15}}", _batch),
            web.get(r"/leaves/{index:\d{1,15}}", _leaf),
            web.get(r"/entries/{index:\d{1,15}}", _entry),
            web.get(r"/entries/{start:\d{1,15}}/{end:\d{1,15}}", _entries),
            web.get(r"/receipts/{index:\d{1,15}}", _receipt),
            web.get("/alarms", _alarms),
            web.post("/add-checkpoint", _add_checkpoint),
            web.get(f"/{CHECKPOINT_PATH}", _checkpoint),
            web.get(f"/{{tree:{_TREES}}}/{CHECKPOINT_PATH}", _checkpoint),
            web.get(r"/{path:tile/.+}", _tile),
            web.get(f"/{{tree:{_TREES}}}/{{path:tile/.+}}", _tile),
        ]
    )
    return app


# how the member is -----------------------------------------------------------------------------------------------------


async def _status(request: web.Request) -> web.Response:
    return _json(status(request.app[PEER]))


def status(peer: Peer) -> dict[str, Any]:
    """Return how the member is: what it has ordered, what is final, whom it hears, whether it has stopped."""
    state, final, now = peer.log.state, _last_final(peer), time.monotonic()
    member = peer.log.charter.member(peer.settings.member)
    ordered = state.size - state.pending
    return {
        "member": peer.settings.member,
        "org": member.title if member else peer.settings.member,
        "ledger": peer.log.charter.ledger,
        "slug": peer.settings.slug,
        "charter": peer.log.charter.number,
        "epoch": state.epoch,
        "batches": dict(state.numbers),
        "stream": str(peer.stream or ""),
        "sequence": state.sequence,
        "block": state.block,
        "size": ordered,
        "pending": state.pending,
        "final": final,
        "lag": ordered - (final["size"] if final else 0),
        "published": peer.published.size(),
        "alarms": peer.disk.count_alarms(),
        "halted": peer.health.halted,
        "heard": {name: round(now - at, 1) for name, at in peer.health.last_word.items()},
    }


async def _final(request: web.Request) -> web.Response:
    """Answer the last final head as soon as it is larger than ``after``, or as it is when the patience ends."""
    peer, after = request.app[PEER], _number(request, "after", 0)
    try:
        async with asyncio.timeout(POLL_SECONDS), peer.changed:
            await peer.changed.wait_for(lambda: _final_size(peer) > after)
    except TimeoutError:
        pass
    return _json(_last_final(peer) or {})


async def _spoken(request: web.Request) -> web.Response:
    """Answer what the member has cosigned and what is final: how members hear each other when the bus is silent."""
    peer = request.app[PEER]
    return _json({"words": peer.spoken(), "checkpoints": peer.checkpoints()})


async def _charter(request: web.Request) -> web.Response:
    return web.Response(body=request.app[PEER].log.charter.text(), content_type="application/json", headers=_cache())


async def _policy(request: web.Request) -> web.Response:
    return web.Response(text=request.app[PEER].log.charter.policy(_tree(request)), headers=_cache())


async def _alarms(request: web.Request) -> web.Response:
    names = ("id", "kind", "at", "about", "evidence")
    return _json([dict(zip(names, row, strict=True)) for row in request.app[PEER].disk.alarms()])


# blocks and leaves -----------------------------------------------------------------------------------------------------


async def _blocks(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    before = _number(request, "from", peer.log.state.block) + 1
    limit = min(_number(request, "limit", 50), MOST_BLOCKS)
    return _json([_words(block) for block in peer.disk.blocks(before, limit)])


async def _block(request: web.Request) -> web.Response:
    peer, number = request.app[PEER], int(request.match_info["number"])
    block = peer.disk.block(number)
    if block is None:
        raise web.HTTPNotFound(text="no such block")
    before = peer.disk.block(number - 1)
    first = before.head.size if before else 0
    end = min(block.head.size, first + MOST_LEAVES)
    found = [_leaf_words(first + at, data) for at, data in enumerate(peer.disk.leaves(first, end))]
    return _json(_words(block) | {"first": first, "leaves": found}, final=_is_final(peer, block.head.size))


async def _batch(request: web.Request) -> web.Response:
    found = request.app[PEER].disk.batch(request.match_info["org"], int(request.match_info["number"]))
    if found is None:
        raise web.HTTPNotFound(text="not in the log")
    return _json(asdict(found), final=_is_final(request.app[PEER], found.first + found.count))


async def _leaf(request: web.Request) -> web.Response:
    peer, index = request.app[PEER], int(request.match_info["index"])
    return web.Response(
        body=_one_leaf(peer, index), content_type=BYTES, headers=_cache(final=_is_final(peer, index + 1))
    )


async def _entry(request: web.Request) -> web.Response:
    peer, index = request.app[PEER], int(request.match_info["index"])
    data, block, final = _one_leaf(peer, index), peer.disk.block_holding(index), peer.disk.first_final_over(index)
    words = _leaf_words(index, data) | {
        "block": block.number if block else None,
        "final": vars(final) if final else None,
    }
    return _json(words, final=final is not None)


async def _entries(request: web.Request) -> web.Response:
    """Answer leaves as C2SP bundles do: each after its length as uint16. Fewer may come than were asked for."""
    peer, start = request.app[PEER], int(request.match_info["start"])
    end = min(int(request.match_info["end"]), start + MOST_LEAVES)
    found = peer.disk.leaves(start, end)
    body = b"".join(len(data).to_bytes(2, "big") + data for data in found)
    return web.Response(body=body, content_type=BYTES, headers=_cache(final=_is_final(peer, end)))


async def _receipt(request: web.Request) -> web.Response:
    peer, index = request.app[PEER], int(request.match_info["index"])
    data = _one_leaf(peer, index)
    try:
        found = peer.published.receipt(index, data)
    except TlogError as error:
        raise web.HTTPNotFound(text=str(error)) from error
    return web.Response(body=found, headers=_cache() | {"Content-Type": TEXT})


# the log as files ------------------------------------------------------------------------------------------------------


async def _checkpoint(request: web.Request) -> web.StreamResponse:
    return _file(_folder(request) / CHECKPOINT_PATH, TEXT, _cache())


async def _tile(request: web.Request) -> web.StreamResponse:
    try:
        tile = parse_tile_path(request.match_info["path"])
    except TlogError as error:
        raise web.HTTPNotFound(text=str(error)) from error
    path = _folder(request) / tile.path
    if path.is_file():
        return _file(path, BYTES, _cache(final=True))
    data = request.app[PEER].published.tile(_tree(request), tile)
    if data is None:
        raise web.HTTPNotFound(text="not published")
    return web.Response(body=data, content_type=BYTES, headers=_cache(final=True))


def _file(path: Path, media_type: str, headers: dict[str, str]) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound(text="not published")
    return web.FileResponse(path, headers=headers | {"Content-Type": media_type})


async def _add_checkpoint(request: web.Request) -> web.Response:
    peer, body = request.app[PEER], await request.read()
    answer = add_checkpoint(request.app[WITNESSED], peer.disk, peer.seals, body, time_s=int(time.time()))
    return web.Response(status=answer.status, text=answer.text, content_type=answer.media_type, headers=_cache())


# small things ----------------------------------------------------------------------------------------------------------


def _words(block: Block) -> dict[str, Any]:
    return {
        "number": block.number,
        "epoch": block.epoch,
        "sequence": block.sequence,
        "charter": block.charter,
        **vars(block.head),
    }


def _leaf_words(index: int, data: bytes) -> dict[str, Any]:
    try:
        one = leaves.read(data)
    except Malformed:
        return {"index": index, "kind": "", "body": data.decode(errors="backslashreplace")}
    return {"index": index, "kind": one.kind, "body": one.body.decode(errors="backslashreplace")}


def _one_leaf(peer: Peer, index: int) -> bytes:
    found = peer.disk.leaves(index, index + 1)
    if not found:
        raise web.HTTPNotFound(text="no such leaf")
    return found[0]


def _tree(request: web.Request) -> str:
    return request.match_info.get("tree", HASHES[0].name)


def _folder(request: web.Request) -> Path:
    return request.app[PEER].published.folder / _tree(request)


def _last_final(peer: Peer) -> dict[str, Any] | None:
    last = peer.disk.last_final()
    return None if last is None else {"epoch": last[0], **vars(last[1])}


def _final_size(peer: Peer) -> int:
    last = peer.disk.last_final()
    return 0 if last is None else last[1].size


def _is_final(peer: Peer, size: int) -> bool:
    return size <= _final_size(peer)


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise web.HTTPBadRequest(text=f"{name} is a number")
    return int(text)


def _cache(*, final: bool = False) -> dict[str, str]:
    return {"Cache-Control": FOR_EVER if final else ASK_AGAIN, "X-Content-Type-Options": "nosniff"}


def _json(words: Any, *, final: bool = False) -> web.Response:
    return web.json_response(words, headers=_cache(final=final))
