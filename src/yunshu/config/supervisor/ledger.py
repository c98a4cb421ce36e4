"""The embedded ledger: every member that the city pack names, on this machine, and the submitter beside them.

In production each member runs at its own organisation (docs/operate/ledger.md): ``YUNSHU_LEDGER_PEERS`` and
``YUNSHU_LEDGER_SUBMITTER`` say where, and nothing is embedded.
"""

import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from yunshu.config import env
from yunshu.config.bootstrap import machine
from yunshu.config.city.ledger import LedgerFacts, read
from yunshu.config.supervisor.parts import YUNSHU
from yunshu.lib.consortium import setup
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.kernel.errors import Refused

FIRST_PORT = 8301


@dataclass(frozen=True)
class Embedding:
    """What the supervisor runs for the ledger, and what everyone else must know of it."""

    commands: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def embedding(data: Path, nats_url: str, now: datetime) -> Embedding:
    """Set up what is missing under ``data``; the submitter alone where the environment names the members.

    Raises Refused (``ledger_facts``, ``ledger_folder``) where city.toml is no consortium, or another one than before.
    """
    submitter = {"ledger": [*YUNSHU, "ledger", "submit"]}
    if env.text("YUNSHU_LEDGER_PEERS"):
        return Embedding(submitter if env.text("YUNSHU_LEDGER_SUBMITTER") else {})
    facts = _facts(env.path("YUNSHU_CITY") / "city.toml")
    if facts is None:
        return Embedding()
    plan = _plan(facts, nats_url)
    folder = data / "ledger"
    try:
        setup.set_up(folder, plan, now=now)
    except Malformed as error:
        message = (
            f"账本目录 {folder} 与 city.toml 的 [ledger] 不一致：{error}。成员变更须经换届（docs/operate/ledger.md）。"
        )
        raise Refused("ledger_folder", message) from error
    members = {
        f"ledger-{name}": [sys.executable, "-m", "yunshu.lib.consortium", "peer", str(folder / name)]
        for name in plan.names()
    }
    values = {
        "YUNSHU_LEDGER_SUBMITTER": str(folder / setup.SUBMITTER / "submitter.toml"),
        "YUNSHU_LEDGER_PEERS": setup.peers_setting(plan, plan.org),
    }
    return Embedding(members | submitter, values)


def _facts(path: Path) -> LedgerFacts | None:
    try:
        return read(path)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Refused("ledger_facts", f"{path} 的 [ledger] 有误：{place}：{first['msg']}", where=place) from error


def _plan(facts: LedgerFacts, nats_url: str) -> setup.Plan:
    return setup.Plan(
        members=[(each.name, each.title) for each in facts.members],
        witnesses=[(each.name, each.title) for each in facts.witnesses],
        ledger=facts.name,
        slug=facts.slug,
        org=facts.members[0].name,
        nats_url=nats_url,
        base_port=_free_ports(len(facts.members) + len(facts.witnesses)),
    )


def _free_ports(count: int) -> int:
    """Return the first of ``count`` free ports in a row."""
    first = FIRST_PORT
    while any(machine.free_port(port) != port for port in range(first, first + count)):
        first += count
    return first
