"""JetStream streams in and out of a repository, by the server's own snapshot (consistent, checked by the server on the way back).

nats-py has no call for it: ``$JS.API.STREAM.SNAPSHOT`` and ``RESTORE`` are requests in JSON, the content comes and goes in
chunks that are acknowledged one by one (the server's ``jetstream_api``). Creation time and sequences survive, so whoever
follows a stream by them goes on.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

from nats.aio.client import Client

from yunshu.lib.backup.gathering import store
from yunshu.lib.backup.manifest import Entry
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel.errors import Refused

ANSWER_SECONDS = 60.0
CHUNK_BYTES = 128 * 1024


async def names(client: Client) -> list[str]:
    """Return the names of all streams."""
    return [each.config.name or "" for each in await client.jetstream().streams_info()]


async def take(client: Client, stream: str, to: Repository) -> tuple[Entry, dict[str, Any]]:
    """Keep a stream as it is now; return its entry and what ``give`` needs. Raises Refused (``stream_not_taken``)."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, pending_bytes_limit=512 << 20)
    wish = {"deliver_subject": inbox, "no_consumers": False, "chunk_size": CHUNK_BYTES, "jsck": True}
    words = await _ask(client, f"$JS.API.STREAM.SNAPSHOT.{stream}", wish, "stream_not_taken", stream)
    held = io.BytesIO()
    while True:
        message = await subscription.next_msg(ANSWER_SECONDS)
        if not message.data:
            break
        held.write(message.data)
        if message.reply:
            await client.publish(message.reply, b"")
    await subscription.unsubscribe()
    held.seek(0)
    entry = store(f"streams/{stream}", 0o600, held, to)
    return entry, {"config": words["config"], "state": words["state"]}


async def give(client: Client, entry: Entry, words: dict[str, Any], source: Repository) -> None:
    """Make a stream anew from its entry. Raises Refused (``stream_not_given``), also when the server finds it unsound."""
    stream = entry.path.removeprefix("streams/")
    wish = {"config": words["config"], "state": words["state"]}
    answer = await _ask(client, f"$JS.API.STREAM.RESTORE.{stream}", wish, "stream_not_given", stream)
    for chunk in _chunks(entry, source):
        await client.request(answer["deliver_subject"], chunk, timeout=ANSWER_SECONDS)
    done = await client.request(answer["deliver_subject"], b"", timeout=ANSWER_SECONDS)
    _checked(json.loads(done.data), "stream_not_given", stream)


def _chunks(entry: Entry, source: Repository) -> Iterator[bytes]:
    for name in entry.pieces:
        piece = source.get(name)
        yield from (piece[at : at + CHUNK_BYTES] for at in range(0, len(piece), CHUNK_BYTES))


async def _ask(client: Client, subject: str, wish: dict[str, Any], code: str, stream: str) -> dict[str, Any]:
    answer = await client.request(subject, json.dumps(wish).encode(), timeout=ANSWER_SECONDS)
    return _checked(json.loads(answer.data), code, stream)


def _checked(words: dict[str, Any], code: str, stream: str) -> dict[str, Any]:
    if error := words.get("error"):
        raise Refused(code, f"消息服务拒绝了消息流 {stream} 的快照：{error.get('description')}")
    return words
