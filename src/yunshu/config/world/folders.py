"""A node's settings on this machine, written anew at each start, for ports may have changed. Needs no Django."""

import json
from collections.abc import Sequence
from pathlib import Path

from yunshu.lib.outpost import settings as node_settings
from yunshu.lib.outpost.__main__ import HUB_CARD


def write_settings(
    folder: Path, *, hub_url: str, hub_card: bytes, url: str, send: Sequence[str] = (), receive: str = ""
) -> None:
    """Write the settings of a node with one database, called ``main``, and let it trust the hub."""
    lines = [f"hub = [{json.dumps(hub_url)}]", 'version = "示例"', "", "[databases.main]", f"url = {json.dumps(url)}"]
    lines += [f"send = {json.dumps(list(send))}"] if send else []
    lines += [f"receive = {json.dumps(receive)}"] if receive else []
    file = folder / node_settings.FILE
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")
    (folder / HUB_CARD).write_bytes(hub_card)
