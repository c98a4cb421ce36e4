"""What was released: ``deploy/releases.toml``, read."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from yunshu.config import env

Key = tuple[str, str]
FILE = env.ROOT / "deploy/releases.toml"


@dataclass(frozen=True)
class Release:
    """One release: its version, the commit it was made from, the last migration of each of our apps."""

    version: str
    commit: str
    leaves: frozenset[Key]


def read(path: Path = FILE) -> tuple[Release, ...]:
    """Return every release, the oldest first; none where there is no file (an installed package)."""
    if not path.exists():
        return ()
    entries = tomllib.loads(path.read_text())["release"]
    return tuple(Release(e["version"], e["commit"], frozenset(e["migrations"].items())) for e in entries)


def of_database(applied: Collection[Key], releases: tuple[Release, ...]) -> int:
    """Return the number (from 0) of the newest release all of whose migrations are applied; -1: older than the first."""
    return max((n for n, release in enumerate(releases) if release.leaves <= set(applied)), default=-1)


def number_of(version: str, releases: tuple[Release, ...]) -> int:
    """Return the number of ``version``; -1 where it was not released."""
    return next((n for n, release in enumerate(releases) if release.version == version), -1)
