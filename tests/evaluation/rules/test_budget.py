"""Planned against due, execution and its reachable maximum, instalments, the cash calendar, monitoring nodes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.evaluation.rules.budget import (
    Difference,
    Instalment,
    Share,
    cash_calendar,
    compared,
    due_in,
    execution,
    expected_at_year_end,
    percent,
    plan_check,
    resolved,
    total_execution,
)
from yunshu.domains.evaluation.rules.measuring import Light
from yunshu.domains.evaluation.rules.monitoring import monitored, monitoring_codes, monitoring_rules
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.money import from_wan, yuan

MONEY = st.decimals("0.01", "99999999.99", places=2)


@pytest.mark.parametrize(
    ("planned", "due", "kind", "reason"),
    [
        (from_wan("116.40"), yuan("1163520"), Difference.SAVING, True),
        (from_wan("95.43"), yuan("954240"), Difference.ROUNDING, False),
        (from_wan("102"), yuan("1020000"), Difference.NONE, False),
        (from_wan("102"), yuan("1020099.99"), Difference.ROUNDING, False),
        (from_wan("102"), yuan("1020100"), Difference.SHORTFALL, True),
    ],
)
def test_plan_and_contract_differ_by_rounding_saving_or_shortfall(planned, due, kind, reason) -> None:
    result = compared(planned, due)
    assert (result.kind, result.reason_required, result.amount_yuan) == (kind, reason, planned - due)


def test_execution_is_computed_on_the_plan_and_says_what_it_can_reach() -> None:
    result = execution(from_wan("116.40"), yuan("581760"), yuan("1163520"))
    assert (result.rate, result.reachable) == (Decimal("0.4997"), Decimal("0.9995"))
    assert result.sentence.endswith("执行率49.97%；按应付金额最高可达99.95%。")


def test_without_a_plan_there_is_no_rate() -> None:
    result = execution(yuan(0), yuan(0))
    assert (result.rate, result.reachable, percent(result.rate)) == (None, None, "—")


def test_one_fen_short_is_not_a_hundred_per_cent() -> None:
    assert percent(execution(yuan("10000000"), yuan("9999999.99")).rate) == "99.99%"


@given(rows=st.lists(st.tuples(MONEY, st.decimals(0, 1, places=4), st.none() | MONEY), min_size=1, max_size=8))
def test_the_total_rate_lies_between_the_tasks_and_below_what_is_reachable(rows) -> None:
    tasks = [execution(planned, yuan(planned * share), due) for planned, share, due in rows]
    total = total_execution(tasks)
    assert min(t.rate for t in tasks) <= total.rate <= max(t.rate for t in tasks) + Decimal("0.0001")
    assert total.rate <= total.reachable <= 1
    assert total.left_yuan == sum(t.left_yuan for t in tasks)


def test_the_published_instalments_add_up_to_their_contracts() -> None:
    thirds = [Share(period=p, ratio=Decimal(r)) for p, r in (("一", "0.4"), ("二", "0.3"), ("三", "0.3"))]
    assert [i.amount_yuan for i in resolved(from_wan(12000), thirds)] == [from_wan(n) for n in (4800, 3600, 3600)]
    halves = resolved(yuan(3490560), [Share(period=str(n), amount_yuan=yuan(581760)) for n in range(6)])
    assert plan_check(yuan(3490560), halves).difference_yuan == 0


def test_a_plan_that_misses_the_contract_says_by_how_much() -> None:
    plan = resolved(yuan(100), [Share(period="一", amount_yuan=yuan("99.99"))])
    assert plan_check(yuan(100), plan).sentence == "各期合计99.99元，比合同金额少0.01元。"


@given(contract=MONEY, parts=st.lists(st.integers(1, 99), min_size=1, max_size=9))
def test_ratios_that_make_a_whole_make_the_contract_to_the_fen(contract, parts) -> None:
    ratios = [Decimal(p) / 1000 for p in parts]
    shares = [Share(period="期", ratio=r) for r in (*ratios, 1 - sum(ratios))]
    assert plan_check(contract, resolved(contract, shares)).difference_yuan == 0


@pytest.mark.parametrize(
    "share",
    [
        Share(period="一"),
        Share(period="一", ratio=Decimal("0.5"), amount_yuan=Decimal(1)),
        Share(period="一", ratio=Decimal(0)),
    ],
)
def test_an_instalment_needs_a_ratio_or_an_amount(share: Share) -> None:
    with pytest.raises(Refused, match="比例或金额") as refusal:
        resolved(Decimal(100), [share])
    assert refusal.value.code == "share_unclear"


PLANS = st.lists(
    st.builds(
        Instalment,
        ordinal=st.just(1),
        period=st.just(""),
        amount_yuan=MONEY,
        due_on=st.none() | st.dates(date(2021, 1, 1), date(2023, 12, 31)),
    ),
    max_size=12,
)


@given(plan=PLANS, payments=st.lists(st.tuples(st.dates(date(2021, 1, 1), date(2023, 12, 31)), MONEY), max_size=8))
def test_the_cash_calendar_loses_no_fen(plan, payments) -> None:
    calendar = cash_calendar(plan, payments, 2022)
    assert calendar.months[-1].due_so_far_yuan == due_in(plan, 2022) == sum(m.due_yuan for m in calendar.months)
    assert calendar.months[-1].paid_so_far_yuan == sum(a for on, a in payments if on.year == 2022)
    assert calendar.undated_yuan == sum(i.amount_yuan for i in plan if i.due_on is None)


def test_what_will_be_paid_by_the_years_end_follows_the_plan() -> None:
    dates = (date(2022, 4, 30), date(2022, 10, 31), date(2023, 4, 30))
    plan = [Instalment(ordinal=n, period="", amount_yuan=yuan(581760), due_on=d) for n, d in enumerate(dates, start=1)]
    key = ("other", 5)
    assert expected_at_year_end({key: yuan(581760)}, {key: plan}, date(2022, 5, 1)) == yuan(1163520)


@pytest.mark.parametrize(
    ("on", "rate", "light"),
    [
        (date(2022, 4, 29), "0.00", Light.GREY),
        (date(2022, 4, 30), "0.2499", Light.RED),
        (date(2022, 4, 30), "0.25", Light.GREEN),
        (date(2022, 6, 30), "0.3999", Light.RED),
        (date(2022, 8, 31), "0.60", Light.GREEN),
        (date(2022, 12, 1), "0.7999", Light.RED),
    ],
)
def test_a_node_warns_below_its_threshold_once_its_month_is_over(on: date, rate: str, light: Light) -> None:
    assert monitored(Decimal(rate), None, 2022, on).light is light


@pytest.mark.parametrize(("progress", "light"), [("0.60", Light.GREEN), ("0.61", Light.AMBER)])
def test_money_and_goals_may_part_by_ten_points(progress: str, light: Light) -> None:
    result = monitored(Decimal("0.50"), Decimal(progress), 2022, date(2022, 7, 1))
    assert result.light is light
    assert result.decision_needed is (light is Light.AMBER)


def test_a_warning_names_the_ten_working_days_and_the_source() -> None:
    result = monitored(Decimal(0), None, 2022, date(2022, 5, 1))
    assert "10个工作日" in result.reasons[-1]
    assert monitoring_rules().source.text == "川财绩〔2025〕10号"
    assert "sichuan-2025" in monitoring_codes()


def test_without_a_budget_nothing_is_monitored() -> None:
    assert monitored(None, Decimal("0.5"), 2022, date(2022, 12, 1)).light is Light.GREY


@given(
    low=st.decimals(0, 1, places=4),
    more=st.decimals(0, 1, places=4),
    on=st.dates(date(2022, 1, 1), date(2022, 12, 31)),
)
def test_more_execution_never_darkens_the_light(low, more, on) -> None:
    rank = [Light.GREY, Light.GREEN, Light.AMBER, Light.RED]
    before, after = monitored(low, None, 2022, on), monitored(low + more, None, 2022, on)
    assert rank.index(after.light) <= rank.index(before.light)
