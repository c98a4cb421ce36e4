"""Reconciliation receipts (对账回执): what left the source and what stands at the target, signed by both nodes.

    {"receipt": {…}, "source": {"ed25519": "…"}, "target": {"ed25519": "…"}}

Each node signs the same canonical JSON, which holds both sides' words: neither can say later that it counted otherwise.
A node signs what it says itself and what the other said; signing is no agreement that the two are equal. ``check`` says
whether they are: a transfer is a success only if it returns nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.crypto.signing import PrivateKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters
from yunshu.lib.nodes.cards import NodeCard

KIND = "receipt"
SOURCE, TARGET = "source", "target"
_SIDES = {SOURCE: "来源方", TARGET: "目标方"}
_COMPARED = {"rows": "行数", "size_bytes": "字节数", "chunks": "数据块数", "root": "数据摘要"}


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side counted. ``root`` is the Merkle root of its chunk digests, in hex."""

    node: str
    rows: int
    size_bytes: int
    chunks: int
    root: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What both nodes sign. ``verified_by`` says how the target was read back; times are ISO 8601 with offset."""

    transfer: str
    agreement: str
    resource: str
    source: Side
    target: Side
    quarantined_rows: int
    verified_by: str
    started_at: str
    ended_at: str
    digest: str = "sha256"

    @property
    def words(self) -> dict[str, Any]:
        """The receipt as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Signed:
    """A receipt with the signatures that it has so far: by side, then by algorithm."""

    receipt: Receipt
    by: Mapping[str, Mapping[str, str]]

    def format(self) -> bytes:
        """Return it as canonical JSON, as the ledger keeps it."""
        return canonical({"receipt": self.receipt.words} | {side: dict(given) for side, given in self.by.items()})


@dataclass(frozen=True)
class Fault:
    """Why a receipt proves no success: a stable code, and which side says what."""

    code: str
    message: str


def sign(receipt: Receipt, side: str, signers: Iterable[PrivateKey], others: Signed | None = None) -> Signed:
    """Return the receipt signed by one side (``source`` or ``target``), with what the other signed before.

    Raises Refused (``receipt_differs``) if the other signed another receipt.
    """
    if others is not None and others.receipt != receipt:
        raise Refused("receipt_differs", "对方签署的回执内容不同，不能在同一份回执上签署。")
    before = others.by if others is not None else {}
    return Signed(receipt, {**before, side: letters.signatures(KIND, receipt.words, signers)})


def read(data: bytes) -> Signed:
    """Return a receipt that nobody has checked; raise Refused (``receipt_malformed``)."""
    try:
        words = parse(data)
        found = words.pop("receipt")
        sides = {side: Side(**found.pop(side)) for side in (SOURCE, TARGET)}
        receipt = Receipt(**found, source=sides[SOURCE], target=sides[TARGET])
        if set(words) - set(_SIDES) or not _typed(receipt):
            raise ValueError("a field too many, or of another type")
        return Signed(receipt, words)
    except (Malformed, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("receipt_malformed", "对账回执格式不符。") from error


def check(signed: Signed, cards: Mapping[str, NodeCard]) -> list[Fault]:
    """Return what is wrong with a receipt, nothing if it proves the transfer.

    ``cards`` are the trusted cards by side. A quarantined row counts as accounted for: source = target + quarantined.
    """
    receipt = signed.receipt
    faults = [fault for side in _SIDES for fault in _signature_faults(signed, side, cards.get(side))]
    if receipt.quarantined_rows < 0:
        faults.append(Fault("quarantine_negative", "隔离行数不能为负。"))
    accounted = replace(receipt.target, rows=receipt.target.rows + receipt.quarantined_rows)
    for field, name in _COMPARED.items():
        sent, came = getattr(receipt.source, field), getattr(accounted, field)
        if sent != came:
            aside = f"（含隔离 {receipt.quarantined_rows} 行）" if field == "rows" else ""
            message = (
                f"{name}不一致：来源方 {receipt.source.node} 为 {sent}，目标方 {receipt.target.node} 为 {came}{aside}。"
            )
            faults.append(Fault(f"{field}_differ", message))
    if not receipt.verified_by:
        faults.append(Fault("target_unverified", "目标方没有说明如何核对落库数据。"))
    return faults


def _signature_faults(signed: Signed, side: str, card: NodeCard | None) -> list[Fault]:
    said = signed.receipt.source if side == SOURCE else signed.receipt.target
    if card is None or str(card) != said.node:
        return [Fault("card_unknown", f"{_SIDES[side]} {said.node} 没有可信的节点证件。")]
    if side not in signed.by:
        return [Fault("unsigned", f"{_SIDES[side]} {said.node} 尚未签署。")]
    if not letters.all_signed(KIND, signed.receipt.words, signed.by[side], card.public_keys):
        return [Fault("signature_wrong", f"{_SIDES[side]} {said.node} 的签名不符。")]
    return []


def _typed(receipt: Receipt) -> bool:
    texts = [receipt.transfer, receipt.agreement, receipt.resource, receipt.verified_by, receipt.digest]
    texts += [receipt.started_at, receipt.ended_at]
    numbers: list[object] = [receipt.quarantined_rows]
    for side in (receipt.source, receipt.target):
        texts += [side.node, side.root]
        numbers += [side.rows, side.size_bytes, side.chunks]
    return all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)
