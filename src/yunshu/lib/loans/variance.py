"""A budget's variance in home currency: what the exchange rate did, and what the amount did."""

from dataclasses import dataclass

from yunshu.lib.loans.fx import Quote
from yunshu.lib.loans.money import Money


@dataclass(frozen=True, slots=True)
class Variance:
    """``budget + volume + rate = actual``, exactly."""

    budget: Money
    actual: Money
    volume: Money
    """More or less was paid in foreign currency, at the budget's rate."""
    rate: Money
    """What was paid cost more or less than at the budget's rate."""

    @property
    def whole(self) -> Money:
        """Return actual less budget."""
        return self.actual - self.budget

    def __add__(self, other: "Variance") -> "Variance":
        return Variance(
            self.budget + other.budget, self.actual + other.actual, self.volume + other.volume, self.rate + other.rate
        )


def variance(planned: Money, quote: Quote, paid: Money, cost: Money) -> Variance:
    """Split ``cost`` of ``paid`` against ``planned`` at ``quote``.

    volume = (paid - planned) x budget rate, rate = paid x (actual rate - budget rate); the common part goes to the rate.
    """
    budget = quote.value_of(planned, cost.currency)
    at_budget_rate = quote.value_of(paid, cost.currency)
    return Variance(budget, cost, at_budget_rate - budget, cost - at_budget_rate)
