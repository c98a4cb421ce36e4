"""Random histories of money against a brute-force oracle: the database lets through exactly what the rules allow."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from tests.projects.world import ACTOR, NOW, World, yuan

from yunshu.domains.projects import services
from yunshu.domains.projects.models import Confirmation, Payment, Penalty
from yunshu.lib.kernel.errors import Conflict, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WHOLE, TODAY = 550_000, 15
Dated = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Books:
    """What was written so far about one instalment and one budget line: (day of June, amount)."""

    confirmed: Dated = ()
    paid: Dated = ()
    granted: Dated = ((1, 100_000),)
    deducted: tuple[int, ...] = field(default=())

    def hold(self) -> bool:
        """Say whether every rule holds on every day, by adding up anew."""
        confirmed, paid = sum(a for _, a in self.confirmed), sum(a for _, a in self.paid)
        return (
            0 <= confirmed <= WHOLE
            and 0 <= sum(self.deducted) <= WHOLE
            and paid <= max(confirmed - sum(self.deducted), 0)
            and _never_below_zero(self.confirmed, self.paid)
            and _never_below_zero(self.granted, self.paid)
        )


def _never_below_zero(comes: Iterable[tuple[int, int]], goes: Iterable[tuple[int, int]]) -> bool:
    comes, goes = list(comes), list(goes)
    return all(sum(a for on, a in comes if on <= day) >= sum(a for on, a in goes if on <= day) for day in range(1, 32))


class Clerk:
    """Writes by the services, and says what the books would be."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.world, self.books, self.count = chance, World(granted=100_000), Books(), 0
        self.acceptance = self.world.accepted(on=date(2022, 6, 1)).number

    def amount(self) -> int:
        return self.chance.choice([1, 50_000, 100_000, 200_000, 300_000])

    def confirm(self, day: int, amount: int) -> tuple[Books, Callable[[], object]]:
        act = lambda: self.world.confirmed(amount, date(2022, 6, day), acceptance=self.acceptance)  # noqa: E731
        return replace(self.books, confirmed=(*self.books.confirmed, (day, amount))), act

    def pay(self, day: int, amount: int) -> tuple[Books, Callable[[], object]]:
        self.count += 1
        act = lambda: self.world.paid(2, amount, on=date(2022, 6, day), voucher=f"V{self.count}")  # noqa: E731
        return replace(self.books, paid=(*self.books.paid, (day, amount))), act

    def deduct(self, day: int, amount: int) -> tuple[Books, Callable[[], object]]:
        spec = services.PenaltySpec(amount_yuan=yuan(amount), on=date(2022, 6, day), clause="九", reason="逾期")
        number = self.world.contract.number
        act = lambda: services.deduct(actor=ACTOR, contract=number, ordinal=2, spec=spec, now=NOW)  # noqa: E731
        return replace(self.books, deducted=(*self.books.deducted, amount)), act

    def grant(self, day: int, amount: int) -> tuple[Books, Callable[[], object]]:
        kind, signed = self.chance.choice([("granted", amount), ("recalled", -amount)])
        act = lambda: self.world.grant(signed, on=date(2022, 6, day), kind=kind)  # noqa: E731
        return replace(self.books, granted=(*self.books.granted, (day, signed))), act

    def undo(self, _day: int, _amount: int) -> tuple[Books, Callable[[], object]] | None:
        model, name, verb = self.chance.choice(
            [
                (Confirmation, "confirmed", services.take_back_confirmation),
                (Payment, "paid", services.reverse_payment),
                (Penalty, "deducted", services.waive),
            ]
        )
        rows = list(model.objects.filter(reverses=None, reversed_by=None).order_by("pk"))
        if not rows:
            return None
        row = self.chance.choice(rows)
        back = -int(row.amount_yuan)
        entry = back if name == "deducted" else (TODAY, back)
        act = lambda: verb(actor=ACTOR, number=row.number, reason="误", now=NOW)  # noqa: E731
        return replace(self.books, **{name: (*getattr(self.books, name), entry)}), act


@pytest.mark.parametrize("seed", range(6))
def test_the_database_lets_through_what_the_oracle_allows_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    clerk = Clerk(chance)
    outcomes = {True: 0, False: 0}
    for _ in range(60):
        deed = chance.choice([clerk.confirm, clerk.pay, clerk.pay, clerk.deduct, clerk.grant, clerk.undo])
        planned = deed(chance.randint(1, TODAY), clerk.amount())
        for after, act in [planned] if planned else []:
            try:
                act()
            except (Refused, Conflict):
                done = False
            else:
                done = True
            assert done is after.hold(), (clerk.books, after)
            outcomes[done] += 1
            clerk.books = after if done else clerk.books
    assert min(outcomes.values()) > 5
