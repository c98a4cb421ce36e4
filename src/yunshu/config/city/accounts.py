"""First passwords of the pack's accounts: made once, kept in one file that only the owner may read.

The file is written before the account is opened: a load that was cut off finds the same password again.
"""

import csv
import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("username", "password", "who", "roles")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One line of the file."""

    username: str
    password: str
    who: str
    roles: str


def read(file: Path) -> dict[str, Sheet]:
    """Return the lines of the file by username; none if there is no file."""
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["username"]: Sheet(**{c: row[c] for c in COLUMNS}) for row in csv.DictReader(lines)}


def prepare(file: Path, wanted: Iterable[tuple[str, str, str]], make: Callable[[], str]) -> dict[str, Sheet]:
    """Return a line for each ``(username, who, roles)``, with a new password where there was none, all on disk."""
    sheets = read(file)
    for username, who, roles in wanted:
        old = sheets.get(username)
        sheets[username] = Sheet(username=username, password=old.password if old else make(), who=who, roles=roles)
    _write(file, sheets)
    return sheets


def _write(file: Path, sheets: dict[str, Sheet]) -> None:
    """Replace the file as a whole, mode 0600 from its first byte."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows([getattr(sheet, c) for c in COLUMNS] for sheet in sheets.values())
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text.getvalue())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
