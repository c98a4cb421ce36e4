"""What the operator's page and the metrics read: the last backups in plain words, in ``backup.json`` of the data folder."""

import json
from pathlib import Path
from typing import Any

from yunshu.config.backup import places
from yunshu.config.bootstrap import machine
from yunshu.lib.backup.manifest import BASE, POINT, Head
from yunshu.lib.backup.repository import Repository


def read(data: Path) -> dict[str, Any]:
    """Return what was noted last; empty if nothing was."""
    try:
        words: dict[str, Any] = json.loads((data / places.STATUS).read_text())
    except (OSError, ValueError):
        return {}
    return words


def note(data: Path, repository: Repository, *, failure: str = "", at: str = "", measure: bool = False) -> None:
    """Write down how the repository stands; ``failure`` is what went wrong just now, ``measure`` weighs its files anew."""
    before = read(data)
    bases = repository.heads(BASE)
    words = {
        "folder": str(repository.folder),
        "bases": [_base(head) for head in bases[::-1]],
        "last_point": _base(points[-1]) if (points := repository.heads(POINT)) else None,
        "size_bytes": repository.size_bytes() if measure else before.get("size_bytes", 0),
        "trial": repository.last_trial(),
        "failure": {"at": at, "message": failure} if failure else None,
    }
    machine.write_private(data / places.STATUS, json.dumps(words, ensure_ascii=False, indent=1))


def note_failure(data: Path, message: str, at: str) -> None:
    """Write down that there could be no backup at all."""
    words = read(data) | {"failure": {"at": at, "message": message}}
    machine.write_private(data / places.STATUS, json.dumps(words, ensure_ascii=False, indent=1))


def _base(head: Head) -> dict[str, Any]:
    return {
        "name": head.name,
        "at": head.at,
        "size_bytes": head.size_bytes,
        "added_bytes": head.added_bytes,
        "took_s": head.took_s,
    }
