"""The replacement campaign: a terminal's way, who counts as replaced, the rate at a date. Pure.

The table of 2022 promises 85 *units* and a rate of 100 %. A unit counts when every terminal of its base is signed for by a
person of the unit, none is under an open exception, and no announced terminal is still unlisted. The base is frozen at the
plan date; later changes stand in a log and count from their day on, so that the rate at a past day is the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from yunshu.domains.operations.rules.steps import StateTable, Step
from yunshu.lib.kernel.labels import label

PLANNED, ARRIVED, PREPARED, DELIVERED, SIGNED = "planned", "arrived", "prepared", "delivered", "signed"
RECOVERED, ERASED, DISPOSED = "recovered", "erased", "disposed"
STATES = {
    PLANNED: label("计划"),
    ARRIVED: label("已到货"),
    PREPARED: label("已装机"),
    DELIVERED: label("待签收"),
    SIGNED: label("已签收"),
    RECOVERED: label("旧机已回收"),
    ERASED: label("旧机已清除数据"),
    DISPOSED: label("旧机已处置"),
}
REPLACED = (SIGNED, RECOVERED, ERASED, DISPOSED)
"""States of a terminal that the unit has signed for."""

WAY = StateTable(
    (
        Step("arrive", label("到货"), (PLANNED,), ARRIVED),
        Step("send_back", label("退回供应商"), (ARRIVED, PREPARED), PLANNED, needs_reason=True),
        Step("prepare", label("装机完成"), (ARRIVED,), PREPARED),
        Step("deliver", label("送达单位"), (PREPARED,), DELIVERED),
        Step("refuse", label("单位退回"), (DELIVERED,), PREPARED, needs_reason=True),
        Step("sign", label("签收"), (DELIVERED,), SIGNED),
        Step("recover", label("回收旧机"), (SIGNED,), RECOVERED),
        Step("no_old", label("没有旧机"), (SIGNED,), DISPOSED, needs_reason=True),
        Step("erase", label("清除旧机数据"), (RECOVERED,), ERASED, needs_reason=True),
        Step("dispose", label("处置旧机"), (ERASED,), DISPOSED, needs_reason=True),
    )
)
UNIT_VERBS = frozenset({"sign", "refuse"})
"""Verbs that only the unit takes."""

ADD, REMOVE = "add", "remove"
HUNDRED = Decimal(100)
TO_BE_FILLED = label("待补")
RATE_STEP = Decimal("0.01")


@dataclass(frozen=True)
class UnitFacts:
    """A unit on a day: terminals announced (None: nobody said), in its base, signed for and not excepted; open exceptions."""

    code: str
    name: str
    announced: int | None
    terminals: int
    replaced: int
    exceptions: int

    @property
    def is_known(self) -> bool:
        """Its terminals are listed, as many as were announced."""
        return self.terminals > 0 and (self.announced is None or self.terminals >= self.announced)

    @property
    def is_complete(self) -> bool:
        """Every terminal is signed for, none is excepted, none is unlisted."""
        return self.is_known and self.replaced == self.terminals and not self.exceptions


@dataclass(frozen=True)
class Standing:
    """A campaign on a day."""

    units: Sequence[UnitFacts]

    @property
    def complete(self) -> int:
        """How many units count as replaced."""
        return sum(u.is_complete for u in self.units)

    @property
    def unknown(self) -> int:
        """Of how many units the terminals are not listed (in full)."""
        return sum(not u.is_known for u in self.units)

    @property
    def terminals(self) -> int:
        """How many terminals are in the base."""
        return sum(u.terminals for u in self.units)

    @property
    def replaced(self) -> int:
        """How many of them are signed for and not excepted."""
        return sum(u.replaced for u in self.units)

    @property
    def exceptions(self) -> int:
        """How many exceptions are open."""
        return sum(u.exceptions for u in self.units)

    @property
    def unit_rate(self) -> Decimal | None:
        """Percent of the units that count, rounded down: 99.99 never reads as 100. None without units."""
        return rate(self.complete, len(self.units))

    @property
    def terminal_rate(self) -> Decimal | None:
        """Percent of the listed terminals that are replaced, rounded down. None where none is listed."""
        return rate(self.replaced, self.terminals)

    @property
    def is_all(self) -> bool:
        """Whether 100 % may be claimed: there are units and each of them counts."""
        return bool(self.units) and self.complete == len(self.units)

    def objections(self) -> list[str]:
        """Return the codes of what stands against claiming 100 %."""
        found = [] if self.units else ["no_units"]
        if self.exceptions:
            found.append("exceptions_open")
        if self.unknown:
            found.append("terminals_unknown")
        if self.replaced < self.terminals:
            found.append("terminals_unsigned")
        return found


def rate(part: int, whole: int) -> Decimal | None:
    """Return part of whole in percent to 0.01, rounded down; None of nothing."""
    return (HUNDRED * part / whole).quantize(RATE_STEP, ROUND_DOWN) if whole else None


def in_base(day: date, *, since: date, until: date | None) -> bool:
    """Say whether what entered the base on ``since`` and left it on ``until`` was in it at the end of ``day``."""
    return since <= day and (until is None or until > day)


def bureau_steps(state: str, *, has_old: bool, is_dual: bool) -> list[str]:
    """Return the verbs that the bureau may take with a terminal by its state, its old machine and the time both stand side by side.

    ``arrive`` has a form of its own; ``recover`` needs an old machine and the end of the dual run, ``no_old`` that there is none.
    """
    barred = {"arrive", *UNIT_VERBS, "no_old" if has_old else "recover"} | ({"recover"} if is_dual else set())
    return [step.verb for step in WAY.ways_out(state) if step.verb not in barred]


def state_on(day: date, steps: Iterable[tuple[int, date, str]]) -> str:
    """Return the state at the end of ``day`` from (sequence, day of the fact, target): the last step by sequence until then."""
    reached = [(seq, target) for seq, on, target in steps if on <= day]
    return max(reached)[1] if reached else PLANNED


def dual_run_ends(signed_on: date, days: int) -> date:
    """Return the last day on which the old machine still stands beside the new one."""
    return signed_on + timedelta(days=days)


def is_open(day: date, *, since: date, until: date | None) -> bool:
    """Say whether an exception approved on ``since`` and closed on ``until`` was open at the end of ``day``.

    One past its term is still open: it is overdue, not settled.
    """
    return in_base(day, since=since, until=until)
