"""Cards: what a node shows of itself, and the book of the cards that somebody trusts.

A person compares the fingerprint at enrolment, over another way than this network. Afterwards a new card of the same
node must be signed by its former key as well, or be compared again: so the hub's operator cannot put a card of his own
between two nodes. Revoking is taking a card out of the book, and its user out of the server's configuration.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.digests import sha256
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PrivateKey, PublicKey
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.nodes import letters
from yunshu.lib.nodes.names import token

KIND = "card"
_GROUPS, _GROUP = 10, 4


@dataclass(frozen=True, kw_only=True)
class NodeCard:
    """The public half of a node's keys. ``bus`` is its NATS user (U…), the other keys are raw bytes in hex."""

    org: str
    node: str
    version: int
    signing: str
    exchange: str
    bus: str
    sm2: str = ""
    made_at: str

    def __str__(self) -> str:
        return f"{self.org}/{self.node} v{self.version}"

    @property
    def words(self) -> dict[str, Any]:
        """The card as JSON has it."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """Ten groups of four: 160 bits of SHA-256 over the canonical JSON, for a person to compare."""
        digest = sha256(canonical(self.words)).hex()
        return " ".join(digest[at : at + _GROUP] for at in range(0, _GROUPS * _GROUP, _GROUP))

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys with which everything of this node is signed: Ed25519, and SM2 if it has one."""
        found = [keys.public_key(Algorithm.ED25519, bytes.fromhex(self.signing))]
        if self.sm2:
            found.append(keys.public_key(Algorithm.SM2, bytes.fromhex(self.sm2)))
        return tuple(found)

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "NodeCard":
        """Return the card of its JSON; raise Refused (``card_malformed``)."""
        try:
            card = cls(**words)
            if any(not isinstance(getattr(card, f.name), int if f.name == "version" else str) for f in fields(cls)):
                raise TypeError("a field of another type")
            token(card.org), token(card.node)
            if len(card.public_keys) < 1 or len(bytes.fromhex(card.exchange)) != 32 or not _is_user(card.bus):
                raise ValueError("a key of another form")
        except (TypeError, ValueError, CryptoError) as error:
            raise Refused("card_malformed", "节点证件格式不符。") from error
        return card


def signed(card: NodeCard, *signers: PrivateKey) -> bytes:
    """Return the card as a letter signed by its own keys."""
    return letters.write(KIND, card.words, signers)


def read(data: bytes) -> NodeCard:
    """Return a card that its own keys signed; raise Refused (``card_malformed``, ``signature_wrong``)."""
    words, _unchecked = letters.unread(KIND, data)
    card = NodeCard.of(words)
    letters.read(KIND, data, card.public_keys)
    return card


class CardBook:
    """The cards somebody trusts, as files ``<folder>/<org>_<node>.json``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def cards(self) -> list[NodeCard]:
        """Return every card, sorted by organisation and node."""
        return [read(path.read_bytes()) for path in sorted(self._folder.glob("*.json"))]

    def get(self, org: str, node: str) -> NodeCard:
        """Return the trusted card of a node; raise NotFound (``card_unknown``)."""
        path = self._path(org, node)
        if not path.exists():
            raise NotFound("card_unknown", f"未登记节点 {org}/{node}。")
        return read(path.read_bytes())

    def pin(self, data: bytes, fingerprint: str) -> NodeCard:
        """Trust the card whose fingerprint a person compared.

        Raises Refused: ``fingerprint_differs``, or what ``read`` raises.
        """
        card = read(data)
        if fingerprint.split() != card.fingerprint.split():
            raise Refused("fingerprint_differs", "指纹不一致，请与对方当面或电话核对后重新录入。")
        self._keep(card, data)
        return card

    def renew(self, data: bytes, by_former: bytes) -> NodeCard:
        """Trust a node's next card, which its former keys signed too (``by_former``: the same card, their letter).

        Raises NotFound (``card_unknown``), Refused (``card_stale``, ``signature_wrong`` or what ``read`` raises).
        """
        card = read(data)
        former = self.get(card.org, card.node)
        if letters.read(KIND, by_former, former.public_keys) != card.words:
            raise Refused("signature_wrong", "旧密钥签署的不是这张节点证件。")
        if card.version <= former.version:
            raise Refused("card_stale", f"证件版本 {card.version} 不高于现有版本 {former.version}。")
        self._keep(card, data)
        return card

    def revoke(self, org: str, node: str) -> None:
        """Trust this node no longer; raise NotFound (``card_unknown``)."""
        self.get(org, node)
        self._path(org, node).unlink()

    def _keep(self, card: NodeCard, data: bytes) -> None:
        path = self._path(card.org, card.node)
        draft = path.with_name(f".{path.name}")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _path(self, org: str, node: str) -> Path:
        return self._folder / f"{token(org)}_{token(node)}.json"


def _is_user(text: str) -> bool:
    return len(text) == 56 and text.startswith("U") and text.isalnum() and text.isupper()
