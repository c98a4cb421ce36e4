"""Execution and forecast of a year: never beyond the budget, nothing expected of a year that is over."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.projects.rules.execution import added, calendar, execution, free_on

YUAN = st.decimals(0, 10**9, places=2)


@given(granted=YUAN, paid=YUAN, due=YUAN)
def test_the_forecast_lies_between_what_is_paid_and_the_budget(granted: Decimal, paid: Decimal, due: Decimal) -> None:
    paid = min(paid, granted)
    found = execution(granted, paid, due)
    assert paid <= found.forecast_yuan <= granted
    assert found.forecast_yuan == min(paid + due, granted)
    assert execution(granted, paid, due, is_over=True).forecast_yuan == paid


def test_one_projects_surplus_pays_no_others_debt() -> None:
    rich, poor = execution(Decimal(100), Decimal(0), Decimal(0)), execution(Decimal(100), Decimal(90), Decimal(50))
    both = added([rich, poor])
    assert (both.forecast_yuan, both.forecast_rate, both.rate) == (100, Decimal("0.5000"), Decimal("0.4500"))


def test_without_a_budget_there_is_no_rate() -> None:
    assert execution(Decimal(0), Decimal(0), Decimal(5)).rate is None


def test_a_year_has_twelve_months_with_what_is_due_and_paid() -> None:
    months = calendar(
        [(date(2022, 2, 28), Decimal(5)), (date(2022, 2, 1), Decimal(1))], [(date(2022, 12, 31), Decimal(4))]
    )
    assert [m.month for m in months] == list(range(1, 13))
    assert (months[1].due_yuan, months[11].paid_yuan) == (6, 4)


def test_what_is_free_on_a_day_is_the_least_left_on_it_or_later() -> None:
    granted, paid = (date(2022, 2, 1), Decimal(100)), (date(2022, 6, 1), Decimal(-70))
    late = (date(2022, 9, 1), Decimal(50))
    days = [date(2022, 1, 31), date(2022, 2, 1), date(2022, 6, 1), date(2022, 9, 1)]
    assert [free_on([paid, late, granted], day) for day in days] == [0, 30, 30, 80]
    assert free_on([], date(2022, 1, 1)) == 0


@given(amounts=st.lists(st.tuples(st.dates(date(2022, 1, 1), date(2022, 12, 31)), YUAN), max_size=6))
def test_what_is_only_granted_grows_with_the_days(amounts: list[tuple[date, Decimal]]) -> None:
    assert free_on(amounts, date(2022, 12, 31)) == sum(amount for _day, amount in amounts)
    assert free_on(amounts, date(2022, 3, 1)) <= free_on(amounts, date(2022, 7, 1))
