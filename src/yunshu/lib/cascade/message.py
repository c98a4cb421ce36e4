"""A message, its acknowledgement and other signed words between two levels; each is a letter (``lib.nodes.letters``).

A sender numbers its messages 1, 2, 3 … for each receiver; a receiver takes them in this order. What it has taken it
acknowledges again with the same words; a gap it answers with the number it expects. Messages about things that have nothing
to do with one another may each have a ``stream``: numbers then count within it, and what waits in one holds up no other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from yunshu.lib.crypto.signing import PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters

MESSAGE, ACK, QUESTION, ANSWER = "cascade.message", "cascade.ack", "cascade.question", "cascade.answer"
TAKEN, REFUSED, EXPECTED = "taken", "refused", "expected"
VERDICTS = frozenset({TAKEN, REFUSED, EXPECTED})
T = TypeVar("T", "Message", "Ack")


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. ``id`` is its name for good, ``number`` its place among what ``sender`` sends to ``receiver``."""

    id: str
    sender: str
    receiver: str
    number: int
    kind: str
    made_at: str
    body: Mapping[str, Any]
    stream: str = ""


@dataclass(frozen=True, kw_only=True)
class Ack:
    """What became of a message: ``taken``, ``refused`` (with why), or ``expected``: ``number`` must come first."""

    id: str
    number: int
    verdict: str
    code: str = ""
    text: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


def write(words: Message | Ack, signers: Iterable[PrivateKey]) -> bytes:
    """Return the letter."""
    return letters.write(MESSAGE if isinstance(words, Message) else ACK, asdict(words), signers)


def read_message(data: bytes, keys: Iterable[PublicKey]) -> Message:
    """Return a message that all of ``keys`` signed; raise Refused (``letter_malformed``, ``signature_wrong``)."""
    found = _of(Message, letters.read(MESSAGE, data, keys))
    if found.number < 1 or not found.id:
        raise Refused("letter_malformed", "报文序号或编号不对。")
    return found


def sift(
    given: Iterable[bytes], keys: Collection[PublicKey], *, sender: str, receiver: str
) -> tuple[list[tuple[Message, bytes]], int]:
    """Return the messages from ``sender`` to ``receiver`` with their letters, and how many letters were not signed by ``keys``."""
    read, wrong = [], 0
    for letter in given:
        try:
            message = read_message(letter, keys)
        except Refused:
            wrong += 1
            continue
        if (message.sender, message.receiver) == (sender, receiver):
            read.append((message, letter))
    return read, wrong


def read_ack(data: bytes, keys: Iterable[PublicKey]) -> Ack:
    """Return an acknowledgement that all of ``keys`` signed; raise Refused (``letter_malformed``, ``signature_wrong``)."""
    found = _of(Ack, letters.read(ACK, data, keys))
    if found.verdict not in VERDICTS:
        raise Refused("letter_malformed", "回执的结论不对。")
    return found


def _of(kind: type[T], words: Mapping[str, Any]) -> T:
    try:
        found = kind(**words)
    except TypeError as error:
        raise Refused("letter_malformed", "报文的内容不全。") from error
    for each in fields(kind):
        wanted = int if each.name == "number" else dict if each.name == "body" else str
        if type(getattr(found, each.name)) is not wanted:
            raise Refused("letter_malformed", f"报文的 {each.name} 类型不对。")
    return found
