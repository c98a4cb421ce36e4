"""The embedded hub of the data exchange: a NATS server of its own for the nodes, beside the one for facts, and its process.

Nodes of other organisations dial it, so it shares nothing with the server that carries facts. In production
``YUNSHU_HUB_URL`` names a server elsewhere, and nothing is embedded but the process where ``YUNSHU_HUB_FOLDER`` is given.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from yunshu.config import env
from yunshu.config.bootstrap import machine, nats_server
from yunshu.config.supervisor.parts import YUNSHU
from yunshu.lib.nodes import accounts
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.switchboard import configuration, place_of

FIRST_PORT = 43220
NAMED = ("PLATFORM", "hub")


@dataclass(frozen=True)
class Embedding:
    """What the supervisor runs for the exchange, and what everyone else must know of it."""

    commands: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def embedding(data: Path, now: datetime) -> Embedding:
    """Set up what is missing under ``data``; only the process where the environment names the server."""
    process = {"hub": [*YUNSHU, "exchange", "hub"]}
    if env.text("YUNSHU_HUB_URL") and env.text("YUNSHU_HUB_FOLDER"):
        return Embedding(process)
    if env.text("YUNSHU_HUB_URL"):
        return Embedding()
    folder = data / "hub"
    passphrase = machine.Secrets(data).get("hub")
    keys = kept_keys(folder / "keys", NAMED, passphrase, now)
    url = f"nats://127.0.0.1:{machine.free_port(FIRST_PORT)}"
    place = place_of(url, folder, keys.card.bus)
    if place.config.exists():  # the nodes stay; the port may be another one
        known = json.loads(place.config.read_text())
        accounts.write(place.config, known | {"port": place.server.port, "host": place.server.host})
    else:
        accounts.write(place.config, configuration(place, []))
    server = [nats_server(), "-c", str(place.config)]
    values = {"YUNSHU_HUB_URL": url, "YUNSHU_HUB_FOLDER": str(folder), "YUNSHU_HUB_PASSPHRASE": passphrase}
    return Embedding({"hub-bus": server} | process, values)


def kept_keys(folder: Path, named: tuple[str, str], passphrase: str, now: datetime) -> node_keys.NodeKeys:
    """Return the keys in ``folder``, made at the first start for an organisation and a node's name."""
    if not (folder / node_keys.CARD).exists():
        node_keys.create(folder, passphrase.encode(), node_keys.generate(*named, now=now))
    return node_keys.load(folder, passphrase.encode())
