"""A node's keys, in a folder that only its user may enter (0700), each file sealed under one passphrase.

    signing.pem    Ed25519: signs reports, receipts, openings
    sm2.pem        SM2, where the node has it: signs beside Ed25519
    exchange.pem   X25519: content keys are wrapped to it
    bus.pem        Ed25519: the NATS user (an nkey), for nothing else
    card.json      the public halves, signed by themselves

The private keys never leave the machine; the hub knows the card only.
"""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from yunshu.lib.crypto import keyfiles, keys, pkcs8
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PrivateKey
from yunshu.lib.nodes import cards
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.names import token

CARD = "card.json"


@dataclass(frozen=True)
class NodeKeys:
    """The keys of one node, opened."""

    card: NodeCard
    signers: tuple[PrivateKey, ...]
    exchange: X25519PrivateKey
    bus: Ed25519PrivateKey

    @property
    def bus_seed(self) -> str:
        """The seed of the NATS user, as nats-py takes it."""
        return seed_of(self.bus)

    @property
    def signed_card(self) -> bytes:
        """The card as a letter signed by its own keys."""
        return cards.signed(self.card, *self.signers)

    def vouch(self, successor: NodeCard) -> bytes:
        """Return the successor's card signed by these keys (see ``CardBook.renew``)."""
        return cards.signed(successor, *self.signers)


def generate(org: str, node: str, *, now: datetime, version: int = 1, with_sm2: bool = False) -> NodeKeys:
    """Return new keys, kept nowhere; raise CryptoError (``algorithm_unavailable``) for SM2 without OpenSSL."""
    algorithms = (Algorithm.ED25519, *([Algorithm.SM2] if with_sm2 else []))
    signers = tuple(keys.generate(algorithm) for algorithm in algorithms)
    exchange, bus = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    card = NodeCard(
        org=token(org),
        node=token(node),
        version=version,
        signing=signers[0].public.raw.hex(),
        exchange=exchange.public_key().public_bytes_raw().hex(),
        bus=user_of(bus),
        sm2=signers[1].public.raw.hex() if with_sm2 else "",
        made_at=now.isoformat(),
    )
    return NodeKeys(card, signers, exchange, bus)


def create(folder: Path, passphrase: bytes, made: NodeKeys) -> None:
    """Write the keys to a new folder; raise CryptoError (``key_exists``, ``wrong_passphrase``)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if (folder / CARD).exists():
        raise CryptoError("key_exists", f"{folder} holds keys: they are never overwritten")
    for name, signer in zip(("signing.pem", "sm2.pem"), made.signers, strict=False):
        keyfiles.write_key(folder / name, signer, passphrase)
    _write(folder / "exchange.pem", base64.encodebytes(pkcs8.seal(made.exchange, passphrase)))
    _write(folder / "bus.pem", base64.encodebytes(pkcs8.seal(made.bus, passphrase)))
    _write(folder / CARD, made.signed_card)


def load(folder: Path, passphrase: bytes) -> NodeKeys:
    """Open the keys of a folder.

    Raises CryptoError (``key_missing``, ``exposed_key``, ``wrong_passphrase``, ``malformed_key``) and Refused for a
    card that does not fit.
    """
    if not (folder / CARD).exists():
        raise CryptoError("key_missing", f"there are no node keys in {folder}")
    if folder.stat().st_mode & 0o077:
        raise CryptoError("exposed_key", f"{folder} may be entered by others: chmod 700 it")
    card = cards.read((folder / CARD).read_bytes())
    names = ("signing.pem", *(["sm2.pem"] if card.sm2 else []))
    signers = tuple(keyfiles.read_key(folder / name).open(passphrase) for name in names)
    exchange = _open(folder / "exchange.pem", passphrase)
    bus = _open(folder / "bus.pem", passphrase)
    if not isinstance(exchange, X25519PrivateKey) or not isinstance(bus, Ed25519PrivateKey):
        raise CryptoError("malformed_key", f"a key in {folder} is of another kind than its name says")
    found = NodeKeys(card, signers, exchange, bus)
    shown = [signer.public.raw.hex() for signer in signers] + [exchange.public_key().public_bytes_raw().hex()]
    if shown != [card.signing, *([card.sm2] if card.sm2 else []), card.exchange] or user_of(bus) != card.bus:
        raise CryptoError("malformed_key", f"the card in {folder} is of other keys")
    return found


def seed_of(key: Ed25519PrivateKey) -> str:
    """Return the nkey seed of a NATS user."""
    return str(nkeys.encode_seed(key.private_bytes_raw(), nkeys.PREFIX_BYTE_USER).decode())


def user_of(key: Ed25519PrivateKey) -> str:
    """Return the public nkey of a NATS user (U…)."""
    return str(nkeys.from_seed(seed_of(key).encode()).public_key.decode())


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _open(path: Path, passphrase: bytes) -> object:
    try:
        sealed = base64.decodebytes(path.read_bytes())
    except FileNotFoundError:
        raise CryptoError("key_missing", f"there is no key file {path}") from None
    except ValueError as error:
        raise CryptoError("malformed_key", f"{path} is not a key file") from error
    return pkcs8.open_sealed(sealed, passphrase)
