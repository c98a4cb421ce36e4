"""Links, payment facts and the plan they propose."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.evaluation.contracts import Task, TaskKind
from yunshu.domains.evaluation.rules.facts import FactKind, due_in_year, facts, listed, wrong_subtotals
from yunshu.domains.evaluation.rules.fill_in import rule_set
from yunshu.domains.evaluation.rules.links import suggested_links
from yunshu.domains.evaluation.rules.plan import proposed_plan
from yunshu.domains.evaluation.rules.text import likeness, pairs, shared_words
from yunshu.domains.evaluation.sheets import read_any


def task(content: str) -> Task:
    return Task(kind=TaskKind.OTHER, ordinal=1, name="某项目", content=content, amount_yuan=Decimal("1.00"))


@pytest.mark.parametrize(
    ("content", "kind", "yuan"),
    [
        ("2022年11月30日前支付总金额的30%（3600万元）", FactKind.DATED, "36000000.00"),
        ("每年4月份和10月份支付当期费用581760元", FactKind.MONTHS, "581760.00"),
        ("即2022年共需支付1163520元", FactKind.YEAR, "1163520.00"),
        ("每12个月支付一次，每期95.424万元", FactKind.EACH, "954240.00"),
        ("最多不超过100万元", FactKind.CAP, "1000000.00"),
        ("（合计：44.2万元/年）", FactKind.SUBTOTAL, "442000.00"),
        ("合同金额548.90万元", FactKind.TOTAL, "5489000.00"),
        ("运维54万元", FactKind.PLAIN, "540000.00"),
        ("投资1.2亿元", FactKind.PLAIN, "120000000.00"),
        ("费用3,490,560元", FactKind.PLAIN, "3490560.00"),
    ],
)
def test_an_amount_is_read_with_what_the_words_before_it_say(content: str, kind: FactKind, yuan: str) -> None:
    (fact,) = facts(content, 2022)
    assert (fact.kind, fact.amount_yuan) == (kind, Decimal(yuan))


@pytest.mark.parametrize(
    ("content", "due"),
    [
        ("2021年11月30日前支付40%（4800万元），2022年11月30日前支付30%（3600万元）", "36000000"),
        ("每年4月份和10月份支付当期费用581760元", "1163520"),
        ("每年4月份和10月份支付当期费用10元，即2022年共需支付25元", "25"),
        ("1、甲25.2万元/年；2、乙7万元；3、丙8万元。（合计：40.2万元）；4、丁2万元", "422000"),
        ("分五期，每期95.424万元", "954240"),
        ("申请100万元，预留2万元监理，共需102万元。", "1020000"),
    ],
)
def test_what_is_due_in_the_year_is_taken_from_the_words(content: str, due: str) -> None:
    stated = due_in_year(task(content), 2022)
    assert stated is not None
    assert stated[0] == Decimal(due)


def test_nothing_is_due_where_the_words_say_nothing() -> None:
    assert due_in_year(task("开展揭阳节点建设"), 2022) is None
    assert proposed_plan(task("开展揭阳节点建设"), 2022) == ()


def test_a_sub_total_is_held_against_the_items_before_it() -> None:
    assert wrong_subtotals("1、甲2万元；2、乙3万元（合计：5万元）；3、丙1万元", 2022) == ()
    ((fact, total),) = wrong_subtotals("1、甲2万元；2、乙3万元（合计：6万元）", 2022)
    assert (fact.amount_yuan, total) == (Decimal(60000), Decimal(50000))


def test_a_sentence_with_amounts_is_not_a_list() -> None:
    assert listed("甲2万元，乙3万元", 2022) == ()


def test_dated_instalments_become_a_plan_with_days() -> None:
    plan = proposed_plan(task("2021年11月30日前支付4800万元，2022年11月30日前支付3600万元"), 2022)
    assert [(i.due_on, i.amount_yuan) for i in plan] == [
        (date(2021, 11, 30), Decimal(48_000_000)),
        (date(2022, 11, 30), Decimal(36_000_000)),
    ]


def test_monthly_instalments_are_due_on_the_months_last_day() -> None:
    plan = proposed_plan(task("每年4月份和10月份支付当期费用581760元"), 2022)
    assert [i.due_on for i in plan] == [date(2022, 4, 30), date(2022, 10, 31)]


def test_one_amount_for_the_year_has_no_invented_day() -> None:
    (only,) = proposed_plan(task("分五期，每期95.424万元"), 2022)
    assert (only.due_on, only.amount_yuan) == (None, Decimal(954240))


CHINESE = st.text("政务服务数据热线监测评估系统运维AB12，。", max_size=30)


@given(left=CHINESE, right=CHINESE)
def test_likeness_is_symmetric_within_one_and_full_for_equals(left: str, right: str) -> None:
    assert likeness(left, right) == likeness(right, left)
    assert 0 <= likeness(left, right) <= 1
    assert likeness(left, left) == 1


@given(left=CHINESE, right=CHINESE)
def test_a_shared_word_stands_in_both_texts(left: str, right: str) -> None:
    words = shared_words(left, right, pairs(left) & pairs(right))
    assert all(w in left and w in right and len(w) > 1 for w in words)
    assert bool(words) == bool(pairs(left) & pairs(right))


@given(content=st.text("0123456789.,万元亿年月日支付每期合计（）；、", max_size=60))
def test_no_text_breaks_the_reading_of_facts(content: str) -> None:
    assert all(f.amount_yuan >= 0 and content[f.at :].startswith(f.text) for f in facts(content, 2022))


@pytest.mark.shared
def test_the_words_link_each_published_goal_to_its_own_task(shared: Path) -> None:
    form = read_any((shared / "input/performance-table-2022.txt").read_bytes(), "2022").form
    assert form is not None
    links = suggested_links(form, rule_set().links)
    best = {x.left: max((y for y in links if y.left == x.left), key=lambda y: y.score).right for x in links}
    told = {f"goal:{n}": "task:key:1" if n == 1 else f"task:other:{n - 1}" for n in range(1, 15)}
    right = [goal for goal, to in told.items() if best.get(goal) == to]
    assert len(right) >= 12
    assert all(link.words for link in links)
