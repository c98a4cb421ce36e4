"""Who keeps the log: ``[ledger]`` of city.toml. The supervisor reads it before there is a Django."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field

from yunshu.config.city.facts import Facts, Text


class LedgerMember(Facts):
    """One organisation that keeps the log."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    title: Text


class LedgerFacts(Facts):
    """The consortium that keeps the log: the first member is the bureau's own. Four members bear one that fails."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    slug: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    members: Annotated[tuple[LedgerMember, ...], Field(min_length=4)]
    witnesses: tuple[LedgerMember, ...] = ()
    source: Text
    verified: bool


def read(path: Path) -> LedgerFacts | None:
    """Return the section of a city.toml; None where there is no such file or section. Raises pydantic's error."""
    words = tomllib.loads(path.read_text()).get("ledger") if path.is_file() else None
    return LedgerFacts.model_validate(words) if words else None
