"""Nodes on this machine: made, enrolled and trusting each other, as their operators do it by hand over the telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from yunshu.config.world.folders import write_settings
from yunshu.domains.directory.contracts import System
from yunshu.domains.exchange import services
from yunshu.lib.kernel import clock
from yunshu.lib.nodes import cards
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.outpost.work import secret_of


@dataclass(frozen=True)
class LocalNode:
    """A node in a folder of this machine."""

    folder: Path
    keys: NodeKeys

    def set_up(self, *, url: str, send: Sequence[str] = (), receive: str = "") -> None:
        """Write its settings: one database, called ``main``."""
        hub_card = (Path(settings.HUB_FOLDER) / "keys" / node_keys.CARD).read_bytes()
        write_settings(self.folder, hub_url=settings.HUB_URL, hub_card=hub_card, url=url, send=send, receive=receive)

    def trust(self, other: "LocalNode") -> None:
        """Trust another node's card; both are on this machine, so that nothing could be put between them."""
        card = other.keys.card
        cards.CardBook(self.folder / "cards").pin(other.keys.signed_card, card.fingerprint)


def local_node(folder: Path, org: str, name: str, passphrase: bytes, actor: System) -> LocalNode:
    """Return the node of a folder; made and enrolled if it is not there."""
    if not (folder / "keys" / node_keys.CARD).exists():
        keys = node_keys.generate(org, name, now=clock.now())
        node_keys.create(folder / "keys", passphrase, keys)
        secret_of(folder)
        fingerprint = keys.card.fingerprint
        services.enrol_node(actor=actor, card=keys.signed_card, fingerprint=fingerprint, now=clock.now())
    return LocalNode(folder, node_keys.load(folder / "keys", passphrase))
