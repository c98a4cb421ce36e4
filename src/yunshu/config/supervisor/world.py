"""The sample world beside the embedded database: made at the first start, its nodes run in one process."""

import json
from pathlib import Path

from yunshu.config.bootstrap import machine
from yunshu.config.supervisor.hub import Embedding
from yunshu.config.supervisor.parts import YUNSHU
from yunshu.config.world.folders import write_settings
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.outpost.__main__ import ASKED_FROM

FOLDER, MADE = "world", "world.json"


def folder_of(data: Path) -> Path:
    """Return where the sample nodes live."""
    return data / FOLDER


def is_made(data: Path) -> bool:
    """Say whether the world was made to its end."""
    return (folder_of(data) / MADE).exists()


def embedding(data: Path, superuser_url: str, exchange: Embedding) -> Embedding:
    """Return the sample nodes' process, their settings written for the addresses of this start."""
    folder, secrets = folder_of(data), machine.Secrets(data)
    known = json.loads((folder / MADE).read_text())
    hub_card = (Path(exchange.values["YUNSHU_HUB_FOLDER"]) / "keys" / node_keys.CARD).read_bytes()
    for code, part in known.items():
        write_settings(
            folder / code,
            hub_url=exchange.values["YUNSHU_HUB_URL"],
            hub_card=hub_card,
            url=machine.database_url(superuser_url, part["database"], secrets.get(f"dept {code}")),
            send=part["send"],
            receive=part["receive"],
        )
    command = [*YUNSHU, "node", "run", *(str(folder / code) for code in known)]
    return Embedding({"nodes": command} if known else {}, {ASKED_FROM: secrets.get("nodes")})
