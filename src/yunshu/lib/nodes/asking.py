"""Questions that want an answer now: the hub asks one node, signed; the node answers, signed, in one message each.

A question is an order (``orders.Order``, verb ``ask``) that is valid for half a minute; it changes nothing, so a repeated
one is not refused. Only the hub may publish where a node hears questions, and the answer goes back to the hub alone.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import NoRespondersError

from yunshu.lib.kernel.errors import Refused, Unavailable
from yunshu.lib.nodes import connecting, letters, names
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.orders import Order

log = structlog.get_logger()
ANSWER = "answer"
VALID = timedelta(seconds=30)
WAIT_S = 10.0
WAITS = (0.3, 0.7)
"""How the waiting is shared between asking and asking once more; a node answers within five seconds or says that it cannot."""
MOST_ROWS_BYTES = 512 << 10
"""How long an answer's rows may be, as JSON text: an answer is one letter."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a question found. ``rows`` is a JSON list of objects; ``more`` says that there were more than asked for; ``next``
    is where a view's next page begins, in words that only the node can read."""

    rows: str
    count: int
    more: bool
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A node's answer. ``code`` and ``message`` are empty unless it refused or failed; ``digest`` is SHA-256 of ``rows``."""

    question: str
    org: str
    node: str
    agreement: str
    rows: str
    count: int
    more: bool
    digest: str
    code: str
    message: str
    said_at: str
    took_ms: int
    next: str = ""


def found(order: Order, own: NodeCard, result: Found, *, said_at: str, took_ms: int) -> Answer:
    """Return the answer that holds what was found."""
    digest = sha256(result.rows.encode()).hexdigest()
    return Answer(**asdict(result), digest=digest, code="", message="", **_about(order, own, said_at, took_ms))


def refused(order: Order, own: NodeCard, refusal: tuple[str, str], *, said_at: str, took_ms: int) -> Answer:
    """Return the answer that says why there is none: a code and a sentence."""
    code, message = refusal
    about = _about(order, own, said_at, took_ms)
    return Answer(rows="[]", count=0, more=False, digest="", code=code, message=message, **about)


def _about(order: Order, own: NodeCard, said_at: str, took_ms: int) -> dict[str, Any]:
    return {
        "question": order.id,
        "org": own.org,
        "node": own.node,
        "agreement": order.agreement,
        "said_at": said_at,
        "took_ms": took_ms,
    }


async def ask(client: Client, question: bytes, org: str, node: str, *, wait_s: float = WAIT_S) -> bytes:
    """Return the node's answer as it came. Raises Unavailable (``node_away``, ``node_silent``).

    A question that is not answered is asked once more: one that was under way while the server read its configuration
    anew is lost, and asking changes nothing.
    """
    for share in WAITS:
        try:
            return (await client.request(names.questions(org, node), question, timeout=wait_s * share)).data
        except NoRespondersError as error:
            raise Unavailable("node_away", "数据提供方的前置节点不在线，请稍后再试。") from error
        except connecting.BROKEN as error:
            log.info("nodes.question_unanswered", org=org, node=node, error=type(error).__name__)
    raise Unavailable("node_silent", "数据提供方的前置节点没有按时答复，请稍后再试。")


def read_answer(data: bytes, card: NodeCard, order: Order) -> Answer:
    """Return the answer that the node of ``card`` signed to ``order``.

    Raises Refused: ``letter_malformed``, ``signature_wrong``, ``answer_malformed``, ``answer_foreign``.
    """
    words = letters.read(ANSWER, data, card.public_keys)
    try:
        answer = Answer(**words)
    except TypeError as error:
        raise Refused("answer_malformed", "节点的答复格式不符。") from error
    said = (answer.question, answer.org, answer.node, answer.agreement)
    if said != (order.id, card.org, card.node, order.agreement):
        raise Refused("answer_foreign", "节点的答复不是对这次查询的。")
    if not answer.code and sha256(answer.rows.encode()).hexdigest() != answer.digest:
        raise Refused("answer_malformed", "节点的答复与其摘要不符。")
    return answer
