"""Rule sets as data: TOML files under ``evaluation/data`` with the document each rule comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

OWN = "本平台"
_FOLDER = files("yunshu.domains.evaluation").joinpath("data")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a rule comes from. ``verified`` is True only if its text or a form printed by it was read."""

    document: str
    verified: bool
    note: str = ""

    @property
    def text(self) -> str:
        """How the source is printed beside a result."""
        return self.document if self.verified or self.document.startswith(OWN) else f"{self.document}（来源未核）"


def source_of(table: dict[str, Any]) -> Source:
    """Return the source that a TOML table names; KeyError if it names none."""
    return Source(document=table["source"], verified=table["verified"], note=table.get("note", ""))


@cache
def document(kind: str, code: str) -> dict[str, Any]:
    """Return the parsed file ``<kind>-<code>.toml``; LookupError if there is none."""
    path = _FOLDER.joinpath(f"{kind}-{code}.toml")
    if not path.is_file():
        raise LookupError(f"no rule set {kind}-{code}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def codes(kind: str) -> tuple[str, ...]:
    """Return the codes of all rule sets of ``kind``, sorted."""
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(n[len(kind) + 1 : -5] for n in names if n.startswith(f"{kind}-") and n.endswith(".toml")))
