"""The hub server's configuration: one account for each organisation, one for the platform, nothing shared but what is said.

JetStream lives in the account ``PLATFORM``. A node's organisation has no stream of its own; it reaches the platform by
service imports only, and a node's user may

| publish | for |
|---|---|
| ``nodes.reports.<org>.<node>`` | its reports, acknowledged by the stream |
| ``nodes.chunks.<org>.<node>.>`` | chunks of transfers that the hub made a stream for; other subjects have no listener |
| ``$JS.API.CONSUMER.MSG.NEXT.*.<org>_<node>``, ``…RESET…``, ``$JS.ACK…`` | reading where the hub made it a consumer |

and hear ``_INBOX.<org>.<node>.>``. Two fences: the account (exports are private to it) and the user's permissions (two
nodes of one organisation). A user that is gone from the file is disconnected when the server reads it again (SIGHUP).
"""

import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yunshu.lib.nodes import names
from yunshu.lib.nodes.cards import NodeCard

MAX_PAYLOAD = 8 * 1024 * 1024
SETTLE_S = 0.5
Config = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The server's certificate and key. Nodes prove themselves by nkey, the server by its certificate."""

    cert_file: str
    key_file: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where one NATS server listens and keeps its streams. ``domain`` is its JetStream domain."""

    name: str
    port: int
    store: Path
    hub_user: str
    host: str = "127.0.0.1"
    domain: str = ""
    leaf_port: int = 0
    max_store_bytes: int = 0
    tls: Tls | None = None


def hub_config(server: Server, cards: Iterable[NodeCard]) -> Config:
    """Return the configuration of a hub with the nodes of ``cards``."""
    platform: Config = {"jetstream": "enabled", "users": [{"nkey": server.hub_user}], "exports": []}
    accounts: Config = {names.PLATFORM: platform}
    for card in sorted(cards, key=lambda each: (each.org, each.node)):
        account = accounts.setdefault(names.account(card.org), {"users": [], "imports": []})
        doors = _doors(card)
        account["users"].append({"nkey": card.bus, "permissions": _permissions(card, doors)})
        for subject, answers in doors.items():
            offer(accounts, names.account(card.org), subject, answers=answers)
        _hear(accounts, names.account(card.org), names.questions(card.org, card.node))
    return _base(server) | {"accounts": accounts}


def offer(accounts: Config, account: str, subject: str, *, answers: str = "", to: str = "") -> None:
    """Let ``account`` ask ``subject`` of the platform, under the name ``to`` if given; nobody else may.

    ``answers`` is ``stream`` where one question has many answers.
    """
    export: Config = {"service": subject, "accounts": [account]}
    if answers:
        export["response_type"] = answers
    taken: Config = {"service": {"account": names.PLATFORM, "subject": subject}}
    if to:
        taken["to"] = to
    accounts[names.PLATFORM]["exports"].append(export)
    accounts[account]["imports"].append(taken)


def _hear(accounts: Config, account: str, subject: str) -> None:
    """Let the platform, and nobody else, ask ``subject`` of ``account``."""
    accounts[account].setdefault("exports", []).append({"service": subject, "accounts": [names.PLATFORM]})
    asked: Config = {"service": {"account": account, "subject": subject}}
    accounts[names.PLATFORM].setdefault("imports", []).append(asked)


def write(path: Path, config: Config) -> None:
    """Write the configuration whole or not at all, for the server's user only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(config, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def reload(pid: int) -> None:
    """Let the server read its configuration again; users that are gone from it are disconnected. Takes a moment.

    Twice: after one reading by nats-server 2.15.1 an account that is new in the file cannot reach the platform's streams
    (its imports point at the platform's account of the file, not the one at work); the second reading mends it.
    """
    os.kill(pid, signal.SIGHUP)
    time.sleep(SETTLE_S)
    os.kill(pid, signal.SIGHUP)


def _base(server: Server) -> Config:
    """Return what every server has. An acknowledged message is on disk (``sync_interval``)."""
    jetstream: Config = {"store_dir": str(server.store), "sync_interval": "always"}
    if server.domain:
        jetstream["domain"] = server.domain
    if server.max_store_bytes:
        jetstream["max_file_store"] = server.max_store_bytes
    config: Config = {
        "server_name": server.name,
        "host": server.host,
        "port": server.port,
        "max_payload": MAX_PAYLOAD,
        "write_deadline": "30s",
        "jetstream": jetstream,
    }
    if server.tls:
        config["tls"] = {"cert_file": server.tls.cert_file, "key_file": server.tls.key_file}
    return config


def _doors(card: NodeCard) -> dict[str, str]:
    """Return what a node may ask the platform, and of which kind the answers are."""
    consumer = names.reader(card.org, card.node)
    return {
        names.reports(card.org, card.node): "",
        names.chunks(card.org, card.node, "x").removesuffix("x") + "*": "",
        names.next_message(consumer): "stream",
        names.reset(consumer): "",
        f"$JS.ACK.*.{consumer}.>": "",
    }


def _permissions(card: NodeCard, doors: Iterable[str]) -> Config:
    """Return what a node may say and hear; it may answer a question once, while the question is valid."""
    heard = [f"{names.inbox(card.org, card.node)}.>", names.questions(card.org, card.node)]
    return {"publish": list(doors), "subscribe": heard, "allow_responses": {"max": 1, "expires": "30s"}}
