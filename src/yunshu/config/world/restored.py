"""What a restored database is held against: the list of what was acknowledged, row by row, and the ledger beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from yunshu.config.world.doors import Note


@dataclass(frozen=True)
class Count:
    """What became of acknowledged demands: how many must be there, which are not, which are there twice, which differ."""

    wanted: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Return what is wrong, in words."""
        said = {"丢失": self.lost, "重复": self.doubled, "内容不同": self.changed}
        return [f"{name} {len(marks)} 件（{'、'.join(marks[:3])}）" for name, marks in said.items() if marks]


def tickets(connection: psycopg.Connection[Any], notes: Sequence[Note], until: datetime | None = None) -> Count:
    """Count the demands acknowledged before ``until`` (None: all) in a database, by their marks."""
    must = [note for note in notes if until is None or note.at < until]
    marks = [note.mark for note in notes]
    query = "SELECT source_number, number, title, content FROM hotline_ticket WHERE source_number = ANY(%s)"
    rows = connection.execute(query, [marks]).fetchall()
    there = Counter(str(row[0]) for row in rows)
    said = {str(row[0]): tuple(row[1:]) for row in rows}
    told = {note.mark: str(note.words.get("number", "")) for note in must}
    expected = {mark: (number, f"演练 {mark}", f"演练诉求，标记 {mark}。") for mark, number in told.items()}
    return Count(
        wanted=len(must),
        lost=tuple(mark for mark in told if mark not in there),
        doubled=tuple(mark for mark, times in there.items() if times > 1),
        changed=tuple(mark for mark, words in expected.items() if mark in said and said[mark] != words),
    )


def waiting(connection: psycopg.Connection[Any]) -> int:
    """Return how many records of the ledger are not final."""
    row = connection.execute("SELECT count(*) FROM ledger_record WHERE final_at IS NULL").fetchone()
    return int(row[0]) if row else 0
