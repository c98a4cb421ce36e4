"""What the simulator of the province's hotline does with a ticket's letters; never a real province (``lib.cascade.simulator``)."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from yunshu.lib.cascade.simulator.desk import Answer, Desk


def _upgraded(desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    """Take a city's ticket under a number of one's own, and say so."""
    count = act.execute("SELECT count(*) FROM given").fetchone()[0]
    upper = f"MNS{count + 1:08d}"
    desk.down(act, sender, "ticket.accepted", {"number": words["number"], "upper_number": upper, "version": 1})


def _known(_desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    """Note how far a ticket is; the newest word holds."""
    row = (sender, str(words["number"]), str(words["upper_number"]), 0, str(words["state"]), str(words["unit"]))
    act.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)", row)


ANSWERS: Mapping[str, Answer] = {
    "ticket.upgrade": _upgraded,
    "ticket.progress": _known,
    "ticket.objection": _known,
    "ticket.extension": _known,
    "ticket.reply": _known,
    "ticket.closed": _known,
}
