"""What the performance table reads of projects: figures with their records, None where there is nothing."""

from datetime import date
from decimal import Decimal

import pytest
from tests.projects.world import World

from yunshu.domains.projects import metrics
from yunshu.lib.kernel.measure import Scope
from yunshu.lib.kernel.measure import metrics as offered

pytestmark = pytest.mark.django_db


def scope(world: World, ends: date = date(2022, 12, 31)) -> Scope:
    return Scope(org_code=world.org.code, starts_on=date(2022, 1, 1), ends_on=ends)


def test_the_budget_executed_is_what_was_paid_of_what_was_granted_by_that_day() -> None:
    world = World(granted=900_000)
    world.confirmed()
    payment = world.paid(2, 300_000, on=date(2022, 6, 10))
    found = metrics.budget_executed(scope(world))
    assert (found.value, found.numerator, found.denominator) == (Decimal("33.33"), 300_000, 900_000)
    assert [record.number for record in found.records] == [payment.number]
    assert metrics.budget_executed(scope(world, date(2022, 6, 9))).value == 0


def test_all_but_a_fen_is_not_the_whole() -> None:
    world = World(granted=550_000)
    world.confirmed()
    world.paid(2, "549999.99")
    assert metrics.budget_executed(scope(world)).value == Decimal("99.99")


def test_a_budget_of_which_no_payment_is_entered_is_no_zero() -> None:
    found = metrics.budget_executed(scope(World(granted=900_000)))
    assert (found.value, found.denominator, found.note) == (None, 900_000, "这一年还没有登记项目付款。")


def test_without_a_budget_there_is_no_rate() -> None:
    assert metrics.budget_executed(scope(World(granted=0))).value is None


def test_acceptances_that_passed_count_and_corrected_ones_do_not() -> None:
    world = World()
    wrong = world.accepted(kind="function_test")
    world.accepted(kind="function_test", passed=False, corrects=wrong.number)
    world.accepted(kind="function_test")
    world.accepted()
    assert metrics.function_tests_passed(scope(world)).value == 50
    found = metrics.acceptance_passed(scope(world))
    assert (found.value, found.numerator, found.denominator) == (Decimal("66.66"), 2, 3)
    assert metrics.acceptance_passed(scope(world, date(2022, 5, 31))).value is None


def test_the_table_can_choose_them() -> None:
    assert {m.code for m in metrics.METRICS} <= set(offered())
