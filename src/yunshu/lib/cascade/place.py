"""What a process that speaks with a level above stands on: a folder and an address."""

from dataclasses import dataclass
from pathlib import Path

from yunshu.lib.cascade import contract as contracts
from yunshu.lib.cascade.contract import Contract
from yunshu.lib.nodes import cards
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.cards import NodeCard
from yunshu.lib.nodes.keys import NodeKeys

UPPER_CARD, CONTRACT, NAME = "upper.json", "contract.toml", "name.txt"
SIMULATOR = "simulator"
"""The node name on a simulator's card: how this platform knows that it does not speak with a real province."""


@dataclass(frozen=True)
class Place:
    """Where the level above is, what was agreed, both sides' keys."""

    address: str
    contract: Contract
    keys: NodeKeys
    upper: NodeCard
    name: str

    @property
    def sender(self) -> str:
        """Who we are to the level above."""
        return self.keys.card.org


def place_of(address: str, folder: Path, passphrase: bytes, shipped: Path) -> Place:
    """Return the place of a folder: ``keys/``, ``upper.json`` (their card), and if they are there ``contract.toml``, ``name.txt``.

    Without a contract of its own the ``shipped`` one holds. Raises CryptoError, Refused and FileNotFoundError for what cannot be used.
    """
    own = folder / CONTRACT
    named = folder / NAME
    return Place(
        address=address,
        contract=contracts.read((own if own.exists() else shipped).read_text()),
        keys=node_keys.load(folder / "keys", passphrase),
        upper=cards.read((folder / UPPER_CARD).read_bytes()),
        name=named.read_text().strip() if named.exists() else "省级平台",
    )
