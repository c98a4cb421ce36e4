"""Scoring: caps, thresholds, service duty, and what must hold of every scheme and every set of findings."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.rules.formulas import Fault, FormulaError, as_data, formula_of, keys_of
from yunshu.domains.inspection.rules.schemes import indicator_of
from yunshu.domains.inspection.rules.scoring import (
    BONUS,
    DEDUCTION,
    VETO,
    Grant,
    Indicator,
    Score,
    Subject,
    line_of,
    score,
)
from yunshu.domains.inspection.services import shipped

KINDS = (
    "wording_serious", "unreachable", "home_stale", "column_stale", "column_blank", "message_unanswered", "message_late",
    "guide_incomplete", "link_dead", "spelling", "footer_mark", "label_missing", "accessibility", "account_stale", "other",
)  # fmt: skip
PORTAL, ACCOUNT = Subject(number="S1", kind="portal"), Subject(number="A1", kind="account")
SCHEMES = {code: [indicator_of(row) for row in shipped.written(code)] for code in shipped.SHIPPED}
DETAILS = st.fixed_dictionaries(
    {},
    optional={
        "days": st.integers(0, 200),
        "ratio": st.decimals(0, 1, places=3),
        "missing": st.integers(0, 9),
        "items": st.integers(0, 9),
        "column_kind": st.sampled_from(["工作动态", "政策文件", "通知公告", "咨询投诉", "其他"]),
        "page": st.sampled_from(["home", "other"]),
        "reason": st.sampled_from(["no_channel", "no_service", "blank"]),
        "indicator": st.sampled_from(["D01", "D07", "D09", "D99"]),
        "points": st.sampled_from(["0.5", "2", "-1", "much"]),
    },
)
FAULTS = st.builds(
    Fault,
    number=st.integers(1, 10_000).map(lambda n: f"W{n:05}"),
    kind=st.sampled_from(KINDS),
    severity=st.sampled_from(["veto", "serious", "general", "general", "hint"]),
    detail=DETAILS,
)
SOME = st.lists(FAULTS, max_size=40, unique_by=lambda f: f.number)
SUBJECTS = st.builds(
    Subject,
    number=st.just("S1"),
    kind=st.sampled_from(["portal", "department", "special", "account"]),
    has_service_duty=st.booleans(),
)
GRANTS = st.dictionaries(
    st.sampled_from(["B01", "B02", "B03", "B04", "B05"]),
    st.builds(Grant, points=st.decimals(0, 9, places=1), words=st.just("认定")),
)
INDICATORS = st.sampled_from(sorted(SCHEMES)).map(SCHEMES.__getitem__)


def many(count: int, kind: str, **words: object) -> list[Fault]:
    return [Fault(number=f"{kind}{n:04}", kind=kind, **words) for n in range(count)]


def value(result: Score) -> Decimal:
    return Decimal(-1) if result.vetoes else result.final or Decimal(0)


def deduction(code: str, points: str, formula: dict[str, object], **words: object) -> Indicator:
    return Indicator(
        code=code,
        part=DEDUCTION,
        group="组",
        name=code,
        points=Decimal(points),
        applies_to=("portal", "department"),
        formula=formula_of(formula),
        checks=("link_dead",),
        **words,
    )


@given(indicators=INDICATORS, subject=SUBJECTS, faults=SOME, one=FAULTS, grants=GRANTS)
def test_one_more_finding_never_raises_a_score(indicators, subject, faults, one, grants):
    rest = [f for f in faults if f.number != one.number]
    less, more = score(indicators, subject, rest, grants), score(indicators, subject, [*rest, one], grants)
    assert value(more) <= value(less)
    assert set(less.vetoes) <= set(more.vetoes)
    assert not (less.grade == "fail" and more.grade == "pass")


@given(indicators=INDICATORS, subject=SUBJECTS, faults=SOME, grants=GRANTS)
def test_a_score_is_bounded_and_each_line_by_its_points(indicators, subject, faults, grants):
    result = score(indicators, subject, faults, grants)
    assert all(0 <= line.deducted <= line.points and 0 <= line.gained <= line.points for line in result.lines)
    assert result.deduction is None or 0 <= result.deduction <= 100
    assert result.final is None or 0 <= result.final <= 130
    assert result.bonus is None or (result.deduction > 80 and result.bonus <= 30)


@given(indicators=INDICATORS, subject=SUBJECTS, faults=SOME, grants=GRANTS, seed=st.randoms())
def test_the_same_findings_in_any_order_give_the_same_lines(indicators, subject, faults, grants, seed):
    shuffled = list(faults)
    seed.shuffle(shuffled)
    assert score(indicators, subject, shuffled, grants) == score(indicators, subject, faults, grants)


@given(indicators=INDICATORS, subject=SUBJECTS, faults=SOME)
def test_every_point_taken_names_its_findings(indicators, subject, faults):
    known = {f.number for f in faults}
    lines = score(indicators, subject, faults).lines
    assert all(set(line.findings) <= known for line in lines)
    assert all(line.findings for line in lines if line.deducted or line.is_vetoed)


def test_a_portal_without_findings_has_a_hundred_points_and_its_bonus():
    grants = {"B01": Grant(points=Decimal(4), words="及时"), "B05": Grant(points=Decimal(9), words="创新")}
    result = score(SCHEMES["gov2019"], PORTAL, [], grants)
    assert (result.deduction, result.bonus, result.final, result.grade) == (100, 9, 109, "pass")


@pytest.mark.parametrize(("lost", "bonus"), [("19.99", Decimal(3)), ("20", None)])
def test_the_bonus_counts_only_above_eighty(lost, bonus):
    formula = {"kind": "flat", "points": lost}
    award = replace(deduction("B", "30", formula), part=BONUS, formula=formula_of({"kind": "award"}), checks=())
    indicators = [deduction("A", "20", formula), deduction("C", "80", formula, needs_duty=False), award]
    indicators[1] = replace(indicators[1], checks=("spelling",))
    result = score(indicators, PORTAL, many(1, "link_dead"), {"B": Grant(points=Decimal(3), words="好")})
    assert (result.deduction, result.bonus) == (100 - Decimal(lost), bonus)


@pytest.mark.parametrize(("lost", "grade"), [("40", "pass"), ("40.01", "fail")])
def test_under_sixty_is_not_passed(lost, grade):
    indicators = [deduction("A", "100", {"kind": "flat", "points": lost})]
    assert score(indicators, PORTAL, many(1, "link_dead")).grade == grade


def test_without_service_duty_the_rest_is_scaled_by_four_thirds():
    indicators = [
        deduction("A", "75", {"kind": "per_finding", "points": "1"}),
        deduction("S", "25", {"kind": "flat", "points": "25"}, needs_duty=True),
    ]
    with_duty, without = PORTAL, replace(PORTAL, has_service_duty=False)
    faults = many(3, "link_dead")
    assert score(indicators, with_duty, faults).final == 72
    found = score(indicators, without, faults)
    assert (found.final, "75" in found.words) == (96, True)
    assert score(indicators, without, many(1, "link_dead")).final == Decimal("98.67")


def test_a_veto_ends_scoring():
    result = score(SCHEMES["gov2019"], PORTAL, [*many(5, "column_blank"), *many(9, "link_dead")])
    assert (result.vetoes, result.final, result.grade) == (("W4",), None, "fail")
    assert {line.part for line in result.lines} == {VETO}


def test_a_thousand_dead_links_cost_no_more_than_the_indicator():
    result = score(SCHEMES["gov2019"], PORTAL, many(1000, "link_dead"))
    (line,) = [line for line in result.lines if line.code == "D15"]
    assert (line.deducted, len(line.findings), "为限" in line.words) == (6, 1000, True)


def test_links_of_the_home_page_cost_twice():
    faults = [*many(3, "link_dead"), Fault(number="H", kind="link_dead", detail={"page": "home"})]
    (line,) = [line for line in score(SCHEMES["gov2019"], PORTAL, faults).lines if line.code == "D15"]
    assert line.deducted == Decimal("0.25")


def test_steps_climb_with_the_number():
    steps = {"kind": "steps", "steps": [{"at_least": 1, "points": 1}, {"at_least": 5, "points": 2}]}
    indicator = deduction("D", "3", steps)
    assert [line_of(indicator, many(n, "link_dead")).deducted for n in (0, 1, 4, 5, 50)] == [0, 1, 1, 2, 2]


def test_an_account_is_judged_by_its_vetoes_alone():
    assert score(SCHEMES["gov2019"], ACCOUNT, []).grade == "pass"
    late = Fault(number="N", kind="account_stale", detail={"days": 15})
    assert score(SCHEMES["gov2019"], ACCOUNT, [late]).vetoes == ("N2",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "guess"}, "公式类型只能是"),
        ({}, "缺少公式类型"),
        ({"kind": "flat", "points": "0"}, "points：应大于 0"),
        ({"kind": "flat"}, "points：缺少"),
        ({"kind": "per_finding", "points": "x"}, "points：应为数字"),
        ({"kind": "per_finding", "points": 1, "colour": 1}, "colour：没有这个参数"),
        ({"kind": "veto", "any_of": []}, "any_of：不能为空"),
        ({"kind": "veto", "any_of": [{"at_least": 0}]}, "any_of.0.at_least：太小"),
        ({"kind": "steps", "steps": [{"at_least": 2, "points": 2}, {"at_least": 1, "points": 3}]}, "逐档增加"),
    ],
)
def test_what_is_no_formula_is_said_in_words_with_its_place(data, words):
    with pytest.raises(FormulaError) as error:
        formula_of(data)
    assert words in str(error.value)


@given(st.sampled_from([row.formula for rows in SCHEMES.values() for row in rows]))
def test_a_formula_survives_being_kept_as_data(formula):
    assert formula_of(as_data(formula)) == formula
    assert "" not in keys_of(formula)
