"""Fill-in rules: every rule of the data finds its fault, and a sound form is let through."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation.table_forms import forms, small_form

from yunshu.domains.evaluation.contracts import Comparator, Finding, Severity, TableForm
from yunshu.domains.evaluation.rules import fill_in
from yunshu.domains.evaluation.rules.links import Link
from yunshu.domains.evaluation.sheets import read_any


def found(form: TableForm, **more: object) -> dict[str, list[Finding]]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in fill_in.check(form, **more):
        by_rule.setdefault(finding.rule, []).append(finding)
    return by_rule


def with_funds(**amounts: str) -> TableForm:
    form = small_form()
    lines = (replace(f, amount_yuan=Decimal(amounts[f.category])) if f.category in amounts else f for f in form.funds)
    return replace(form, funds=tuple(lines))


def with_task(**change: object) -> TableForm:
    form = small_form()
    return replace(form, tasks=(*form.tasks[:-1], replace(form.tasks[-1], **change)))


def with_indicator(**change: object) -> TableForm:
    form = small_form()
    return replace(form, indicators=(replace(form.indicators[0], **change), *form.indicators[1:]))


def test_a_sound_form_has_no_error() -> None:
    assert not fill_in.blocks(fill_in.check(small_form()))


FAULTY = {
    "staff_count_missing": lambda f: replace(f, staff_count=None),
    "subunit_count_missing": lambda f: replace(f, subunit_count=None),
    "staff_count_scope": lambda f: replace(f, staff_count=3, subunit_count=3),
    "subunits_in_own_level": lambda f: replace(f, subunit_count=1),
    "goal_length": lambda f: replace(f, goals=(replace(f.goals[0], text="做好工作。"),)),
    "goal_without_task": lambda f: replace(f, goals=(*f.goals, replace(f.goals[0], ordinal=3, text="种植树木花草"))),
    "task_without_goal": lambda f: with_task(name="绿化", content="种植树木花草"),
    "other_task_without_indicator": lambda f: with_task(name="绿化", content="种植树木花草"),
    "key_task_without_indicator": lambda f: replace(
        f, tasks=(replace(f.tasks[0], name="绿化", content="种树"), *f.tasks[1:])
    ),
    "indicator_without_task": lambda f: with_indicator(name="苗木成活", explanation="种植树木"),
    "project_expenditure_missing": lambda f: replace(f, funds=f.funds[:1]),
    "project_expenditure_sum": lambda f: with_funds(项目支出="40002500.01"),
    "fund_line_blank": lambda f: f,
    "fund_line_negative": lambda f: with_funds(其他资金="-1"),
    "funds_balance": lambda f: with_funds(基本支出="100", 财政拨款="100", 其他资金="0"),
    "project_over_revenue": lambda f: with_funds(财政拨款="100", 其他资金="0"),
    "amount_not_positive": lambda f: with_task(amount_yuan=Decimal("0.00")),
    "task_dominates": lambda f: f,
    "content_amount_rounding": lambda f: with_task(
        content="分五期，每期266.864万元", amount_yuan=Decimal("2668700.00")
    ),
    "content_amount_differs": lambda f: with_task(
        content="即2024年共需支付2668000元", amount_yuan=Decimal("2668700.00")
    ),
    "content_subtotal_wrong": lambda f: with_task(content="1、甲2万元；2、乙3万元。（合计：6万元）"),
    "content_over_cap": lambda f: with_task(content="按实结算，最多不超过100万元"),
    "numbering_gap": lambda f: with_task(ordinal=9),
    "duplicate_goal": lambda f: replace(f, goals=(*f.goals, replace(f.goals[0], ordinal=3))),
    "duplicate_task": lambda f: with_task(name=f.tasks[1].name),
    "duplicate_indicator": lambda f: replace(f, indicators=(*f.indicators, replace(f.indicators[0], ordinal=5))),
    "no_indicator": lambda f: replace(f, indicators=()),
    "no_output_indicator": lambda f: replace(f, indicators=f.indicators[3:]),
    "no_benefit_indicator": lambda f: replace(f, indicators=f.indicators[:3]),
    "no_satisfaction_indicator": lambda f: f,
    "no_cost_indicator": lambda f: f,
    "unit_missing": lambda f: with_indicator(unit=" "),
    "explanation_missing": lambda f: with_indicator(explanation=""),
    "percent_range": lambda f: with_indicator(unit="%", target=Decimal("100.5")),
    "percent_beyond_full": lambda f: with_indicator(unit="%", target=Decimal(100), comparator=Comparator.GT),
    "percent_at_least_full": lambda f: with_indicator(unit="%", target=Decimal(100), comparator=Comparator.GE),
    "count_not_whole": lambda f: with_indicator(target=Decimal("84.5")),
    "target_negative": lambda f: with_indicator(target=Decimal(-1)),
    "response_time_at_least": lambda f: with_indicator(name="故障响应时间", unit="小时", comparator=Comparator.GE),
    "rate_at_most": lambda f: with_indicator(name="满意度", unit="%", comparator=Comparator.LE),
}


def test_every_rule_of_the_data_has_a_faulty_form_here() -> None:
    assert {r.id for r in fill_in.rule_set().rules} == FAULTY.keys()


@pytest.mark.parametrize("rule", FAULTY)
def test_a_rule_finds_its_fault_and_says_what_to_change(rule: str) -> None:
    findings = found(FAULTY[rule](small_form()))[rule]
    assert all(f.advice and f.source and f.where and "%(" not in f.message + f.advice for f in findings)


QUIET = {"fund_line_blank", "task_dominates", "no_satisfaction_indicator", "no_cost_indicator"}


def test_a_rule_is_silent_about_the_sound_form() -> None:
    assert found(small_form()).keys() == QUIET


def test_the_sum_is_checked_to_the_fen() -> None:
    (finding,) = found(with_funds(项目支出="40002500.01"))["project_expenditure_sum"]
    assert finding.severity is Severity.ERROR
    assert finding.difference == Decimal("0.01")
    assert "4,000.250001万元" in finding.message


@pytest.mark.parametrize(("year", "asked"), [(2021, False), (2022, True)])
def test_cost_indicators_are_asked_for_since_2022(year: int, asked: bool) -> None:
    assert ("no_cost_indicator" in found(replace(small_form(), year=year))) is asked


@pytest.mark.parametrize(("length", "short"), [(49, True), (50, False)])
def test_fifty_characters_are_enough_for_the_goal(length: int, short: bool) -> None:
    form = replace(small_form(), goals=(replace(small_form().goals[0], text="系" * length),))
    assert ("goal_length" in found(form)) is short


def test_links_set_by_hand_replace_those_the_words_suggest() -> None:
    form = small_form()
    by_hand = [Link(left="goal:1", right="task:key:1", by_hand=True)]
    findings = found(form, links=by_hand)
    assert [f.where for f in findings["goal_without_task"]] == ["goal:2"]
    assert [f.where for f in findings["task_without_goal"]] == ["task:other:1", "task:other:2", "task:other:3"]


@settings(max_examples=60, deadline=None)
@given(form=forms(), extra=st.integers(1, 10**9))
def test_any_difference_between_sum_and_project_expenditure_is_an_error(form: TableForm, extra: int) -> None:
    fen = Decimal(extra) / 100
    lines = (replace(f, amount_yuan=f.amount_yuan + fen) if f.amount_yuan is not None else f for f in form.funds)
    (finding,) = found(replace(form, funds=tuple(lines)))["project_expenditure_sum"]
    assert finding.difference == fen
    assert "project_expenditure_sum" not in found(form)


@settings(max_examples=40, deadline=None)
@given(form=forms())
def test_checking_twice_says_the_same_errors_first(form: TableForm) -> None:
    findings = fill_in.check(form)
    assert findings == fill_in.check(form)
    weights = [["error", "warning", "hint"].index(f.severity) for f in findings]
    assert weights == sorted(weights)


@pytest.mark.shared
def test_the_published_table_may_be_submitted_and_its_two_odd_amounts_are_named(shared: Path) -> None:
    form = read_any((shared / "input/performance-table-2022.txt").read_bytes(), "2022").form
    assert form is not None
    findings = found(form)
    assert not fill_in.blocks(fill_in.check(form))
    assert [(f.where, f.difference) for f in findings["content_amount_differs"]] == [("task:other:5", Decimal(480))]
    assert [(f.where, f.difference) for f in findings["content_amount_rounding"]] == [("task:other:6", Decimal(60))]
    assert "goal_without_task" not in findings
