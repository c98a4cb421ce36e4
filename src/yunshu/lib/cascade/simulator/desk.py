"""What the simulator does with a message, and what whoever plays the province can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from yunshu.lib.cascade import message
from yunshu.lib.cascade.contract import Contract
from yunshu.lib.cascade.message import Ack, Message
from yunshu.lib.cascade.simulator import book
from yunshu.lib.cascade.simulator.book import Book
from yunshu.lib.cascade.simulator.faults import Faults
from yunshu.lib.kernel.errors import Refused

FORGOTTEN = 3


@dataclass(frozen=True)
class Desk:
    """The province's clerk: takes, answers, gives."""

    book: Book
    contract: Contract
    faults: Faults
    answers: "Mapping[str, Answer] | None" = None
    """What is done with a kind, instead of ``ANSWERS``."""

    def take(self, given: Message) -> Ack:
        """Take a message once and in order; the same again gets the same words."""
        if self.faults.strikes("amnesia"):
            self._forget(book.line_of(given))
        with self.book.act() as act:
            known = book.ack_of(act, given)
            if known is not None:
                return known
            expected = book.last_taken(act, book.line_of(given)) + 1
            if given.number != expected:
                return Ack(id=given.id, number=expected, verdict=message.EXPECTED)
            ack = self._answered(act, given)
            book.take(act, given, ack)
            return ack

    def _answered(self, act: Connection, given: Message) -> Ack:
        if self.faults.strikes("refuse"):
            text = "模拟器按要求拒收。"
            return Ack(id=given.id, number=given.number, verdict=message.REFUSED, code="told_to", text=text)
        try:
            kind = self.contract.named(given.kind)
            words = kind.inward(given.body)
            answers = ANSWERS if self.answers is None else self.answers
            answers.get(kind.name, noted)(self, act, given.sender, words)
        except Refused as error:
            return Ack(id=given.id, number=given.number, verdict=message.REFUSED, code=error.code, text=error.message)
        return Ack(id=given.id, number=given.number, verdict=message.TAKEN)

    def give(self, receiver: str, kind: str, words: Mapping[str, Any]) -> int:
        """Send something down; return its number. Raises Refused for a kind the contract does not know."""
        with self.book.act() as act:
            return self.down(act, receiver, kind, words)

    def down(self, act: Connection, receiver: str, kind: str, words: Mapping[str, Any]) -> int:
        """Put a message down in our names; it goes in the other side's."""
        found = self.contract.kind(kind)
        return book.give(act, receiver, found.code, found.outward(words))

    def _forget(self, line: str) -> None:
        with self.book.act() as act:
            last = book.last_taken(act, line)
            act.execute("DELETE FROM taken WHERE sender = ? AND number > ?", (line, last - FORGOTTEN))


Answer = Callable[[Desk, Connection, str, Mapping[str, Any]], None]


def _entry(desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    code = str(words["code"])
    known = act.execute("SELECT upper FROM entry WHERE sender = ? AND code = ?", (sender, code)).fetchone()
    count = act.execute("SELECT count(*) FROM entry").fetchone()[0]
    upper = known[0] if known else f"MNQ{count + 1:06d}"
    row = (sender, code, upper, words["version"], words["digest"], words["name"])
    act.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)", row)
    said = {"number": words["number"], "version": words["version"], "verdict": "accepted", "upper_number": upper}
    desk.down(act, sender, "entry.answer", said | {"reason": ""})


def _retired(_desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    act.execute("DELETE FROM entry WHERE sender = ? AND code = ?", (sender, str(words["code"])))


def _debt(desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    desk.down(
        act, sender, "debt.answer", {"number": words["number"], "verdict": "received", "reason": "", "receipt": {}}
    )


def _case(desk: Desk, act: Connection, sender: str, words: Mapping[str, Any]) -> None:
    desk.down(act, sender, "case.answer", {"number": words["number"], "verdict": "received", "answer": ""})


def noted(_desk: Desk, _act: Connection, _sender: str, _words: Mapping[str, Any]) -> None:
    """What only has to be kept: whoever plays the province answers it by hand."""


ANSWERS = {"entry.report": _entry, "entry.retire": _retired, "debt.ask": _debt, "case.send": _case}
