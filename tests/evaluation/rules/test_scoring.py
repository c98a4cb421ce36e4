"""Self-evaluation: weights, partial credit, over-achievement, judgement, grades, replay."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation.table_forms import forms, small_form

from yunshu.domains.evaluation.contracts import Comparator, TableForm
from yunshu.domains.evaluation.rules.measuring import Promise, Sample, keeps
from yunshu.domains.evaluation.rules.scoring import Actual, Inputs, Judgement, Line, credit, points, replay, score
from yunshu.domains.evaluation.rules.scoring_sets import Missing, scoring_codes, scoring_set
from yunshu.domains.evaluation.rules.weights import default_weights, distributed
from yunshu.lib.kernel.errors import Refused

SETS = st.sampled_from(scoring_codes()).map(scoring_set)
MOF = scoring_set("mof-2020")
VALUES = st.decimals(-500, 2000, places=2)


def actual(value: Decimal | str, **more: object) -> Actual:
    return Actual(sample=Sample(on=date(2024, 12, 31), value=Decimal(value)), **more)


def inputs(form: TableForm | None = None, *, paid: Decimal | None = None, **actuals: Actual) -> Inputs:
    total = (form or small_form()).task_total
    keyed = {key.replace("_", ":"): value for key, value in actuals.items()}
    return Inputs(budget_yuan=total, paid_yuan=total if paid is None else paid, actuals=keyed)


def line(key: str, given_inputs: Inputs, form: TableForm | None = None) -> Line:
    return next(x for x in score(form or small_form(), MOF, given_inputs).lines if x.key == key)


def test_all_promises_kept_is_a_hundred_and_excellent() -> None:
    kept = {"indicator_1": "85", "indicator_2": "99", "indicator_3": "2", "indicator_4": "100"}
    card = score(small_form(), MOF, inputs(**{k: actual(v) for k, v in kept.items()}))
    assert (card.total, card.grade, card.needs) == (Decimal("100.00"), "优", ())


def test_the_ministrys_frame_is_ten_fifty_thirty_ten() -> None:
    assert {v.name: int(v.weight) for v in MOF.levels} == {
        "预算执行率": 10,
        "产出指标": 50,
        "效益指标": 30,
        "满意度指标": 10,
    }


def test_an_unset_level_gives_its_points_to_the_others_but_execution() -> None:
    weights = default_weights(small_form(), MOF)
    assert weights["execution"] == 10
    assert weights["indicator:4"] == Decimal("33.75")
    assert sum(weights.values()) == 100


def test_an_unset_level_is_lost_where_the_rules_say_so() -> None:
    card = score(small_form(), replace(MOF, missing=Missing.LOST), inputs())
    missing = next(x for x in card.lines if x.key == "missing:satisfaction")
    assert (missing.weight, missing.score) == (Decimal("10.00"), Decimal("0.00"))
    assert "表中没有满意度指标" in missing.sentence


@pytest.mark.parametrize(
    ("sign", "target", "value", "ratio"),
    [
        ("≥", "2", "1", "0.5"),
        ("≥", "2", "-1", "0"),
        ("≥", "0", "-1", "0"),
        (">", "2", "2", "0.99"),
        ("≤", "2", "4", "0.5"),
        ("≤", "2", "0", "1"),
        ("≤", "0", "0", "1"),
        ("≤", "0", "1", "0"),
        ("<", "2", "2", "0.99"),
        ("=", "100", "95", "0.95"),
        ("=", "80", "100", "0.8"),
        ("=", "5", "-5", "0"),
        ("=", "0", "1", "0"),
    ],
)
def test_a_missed_promise_earns_its_share(sign: str, target: str, value: str, ratio: str) -> None:
    asked = Promise(comparator=Comparator(sign), target=Decimal(target))
    assert credit(asked, Decimal(value), MOF.partial) == Decimal(ratio)


def test_rules_as_data_change_the_share() -> None:
    local = scoring_set("guangdong-department").partial
    assert credit(Promise(comparator=Comparator.EQ, target=Decimal(100)), Decimal(95), local) == 0
    assert credit(Promise(comparator=Comparator.LE, target=Decimal(2)), Decimal(3), local) == Decimal("0.5")
    assert credit(Promise(comparator=Comparator.LE, target=Decimal(2)), Decimal(9), local) == 0


def test_each_lost_point_is_explained_with_numbers() -> None:
    got = line("indicator:2", inputs(indicator_2=actual("49.5")))
    assert (got.weight, got.score, got.lost) == (Decimal("18.75"), Decimal("9.38"), Decimal("9.37"))
    assert got.sentence == "失9.37分：目标≥99%，完成49.5%，按比例得50.00%。"
    assert "请说明偏差原因" in got.needs


def test_what_nobody_measured_earns_nothing_and_says_so() -> None:
    got = line("indicator:1", inputs())
    assert (got.score, got.actual) == (Decimal("0.00"), "尚无测量")
    assert got.sentence == f"失{got.weight}分：尚无数据测量，不得分。"


def test_gaps_in_the_evidence_count_against_the_promise() -> None:
    sample = Sample(on=date(2024, 12, 31), value=Decimal(99), low=Decimal("49.5"), high=Decimal(100))
    assert line("indicator:2", inputs(indicator_2=Actual(sample=sample))).score == Decimal("9.38")


@pytest.mark.parametrize(
    ("value", "reason", "too_low", "share"),
    [
        ("128", "", None, "1"),  # 29.3 % above
        ("130", "", None, "0.9"),
        ("150", "", None, "0.8"),
        ("150", "新增两区", True, "0.8"),
        ("150", "新增两区", False, "1"),
        ("150", "", False, "0.8"),
    ],
)
def test_over_achievement_is_capped_unless_a_reason_clears_it(value, reason, too_low, share) -> None:
    got = line("indicator:2", inputs(indicator_2=actual(value, reason=reason, target_too_low=too_low)))
    assert got.score == points(got.weight, Decimal(share))
    assert got.plain_score == got.weight
    assert bool(got.needs) is (value != "128" and not reason)


def test_the_card_shows_the_total_with_and_without_the_over_achievement_rule() -> None:
    card = score(small_form(), MOF, inputs(indicator_2=actual("150")))
    assert card.plain_total - card.total == Decimal("3.75")


def judged(band: str, ratio: str, evidence: str = "调查表", chosen_by: str = "办公室") -> Actual:
    return Actual(judgement=Judgement(band=band, ratio=Decimal(ratio), evidence=evidence, chosen_by=chosen_by))


@pytest.mark.parametrize(
    ("band", "ratio", "code"),
    [
        ("reached", "0.79", "band_ratio_outside"),
        ("partly", "0.80", "band_ratio_outside"),
        ("missed", "0.60", "band_ratio_outside"),
        ("splendid", "1", "band_unknown"),
    ],
)
def test_a_judgement_stays_within_its_band(band: str, ratio: str, code: str) -> None:
    with pytest.raises(Refused, match=r"档次|比例") as refusal:
        score(small_form(), MOF, inputs(indicator_1=judged(band, ratio)))
    assert refusal.value.code == code


def test_a_judgement_earns_its_point_of_the_band_and_names_who_chose() -> None:
    got = line("indicator:1", inputs(indicator_1=judged("reached", "0.80")))
    assert got.score == Decimal("15.00")
    assert "办公室评为“达成年度指标”" in got.sentence


@pytest.mark.parametrize(("evidence", "chosen_by"), [("", "办公室"), ("调查表", " ")])
def test_a_judgement_without_proof_or_author_earns_nothing(evidence: str, chosen_by: str) -> None:
    got = line("indicator:1", inputs(indicator_1=judged("reached", "1", evidence, chosen_by)))
    assert (got.score, bool(got.needs)) == (Decimal("0.00"), True)


def test_an_inapplicable_indicator_leaves_its_points_to_the_others() -> None:
    card = score(small_form(), MOF, inputs(indicator_1=Actual(inapplicable=True, reason="省里统建")))
    assert "indicator:1" not in {x.key for x in card.lines}
    assert sum(x.weight for x in card.lines) == 100


def test_an_indicator_is_not_called_inapplicable_without_a_reason() -> None:
    with pytest.raises(Refused, match="说明原因"):
        score(small_form(), MOF, inputs(indicator_1=Actual(inapplicable=True)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"execution": Decimal("10.01")}, "weights_not_100"),
        ({"execution": Decimal("-1")}, "weights_invalid"),
        ({"execution": Decimal("10.001")}, "weights_invalid"),
        ({"indicator:9": Decimal(0)}, "weights_incomplete"),
    ],
)
def test_weights_by_hand_must_be_complete_and_exactly_a_hundred(change, code: str) -> None:
    by_hand = default_weights(small_form(), MOF) | change
    with pytest.raises(Refused, match="分值") as refusal:
        score(small_form(), MOF, replace(inputs(), weights=by_hand))
    assert refusal.value.code == code


def test_an_indicator_that_no_level_claims_is_shown_with_no_points() -> None:
    form = small_form()
    odd = replace(form, indicators=(replace(form.indicators[0], level1="其他", level2="其他"), *form.indicators[1:]))
    assert default_weights(odd, MOF)["indicator:1"] == 0


@pytest.mark.parametrize(
    ("total", "grade"),
    [("100", "优"), ("90", "优"), ("89.99", "良"), ("80", "良"), ("79.99", "中"), ("60", "中"), ("59.99", "差")],
)
def test_a_grade_begins_at_its_edge(total: str, grade: str) -> None:
    assert MOF.grade(Decimal(total)) == grade


def test_a_replay_shows_each_line_under_each_rule_set() -> None:
    sets = [scoring_set(c) for c in ("mof-2020", "mof-2021", "guangdong-department")]
    result = replay(small_form(), sets, inputs(indicator_1=actual("85")))
    row = next(r for r in result.rows if r.key == "indicator:1")
    assert row.points["mof-2020"] == (Decimal("18.75"), Decimal("18.75"))
    assert set(row.points) == {s.code for s in sets}
    assert next(r for r in result.rows if r.key == "judged:预算编制").points.keys() == {"guangdong-department"}
    assert [sum(r.points[c.ruleset][0] for r in result.rows if c.ruleset in r.points) for c in result.cards] == [
        c.total for c in result.cards
    ]


@pytest.mark.parametrize("code", scoring_codes())
def test_a_rule_set_names_its_source_and_says_if_it_is_unverified(code: str) -> None:
    source = scoring_set(code).source
    assert source.document
    assert source.verified or source.text.endswith("（来源未核）")


@given(total=st.integers(1, 10000), shares=st.lists(st.integers(0, 100), min_size=1, max_size=30).filter(any))
def test_distributed_points_add_up_and_miss_their_share_by_less_than_a_hundredth(total: int, shares: list[int]) -> None:
    whole = Decimal(total) / 100
    parts = distributed(whole, [Decimal(s) for s in shares])
    assert sum(parts) == whole
    assert all(abs(p - whole * s / sum(shares)) < Decimal("0.01") for p, s in zip(parts, shares, strict=True))


@settings(max_examples=50, deadline=None)
@given(form=forms(), ruleset=SETS, missing=st.sampled_from(Missing))
def test_the_weights_of_any_form_under_any_rules_are_exactly_a_hundred(form, ruleset, missing) -> None:
    weights = default_weights(form, replace(ruleset, missing=missing))
    assert sum(weights.values()) == 100
    assert all(w >= 0 and w == w.quantize(Decimal("0.01")) for w in weights.values())


@given(
    sign=st.sampled_from(list(Comparator)),
    target=st.decimals(-100, 500, places=2),
    one=VALUES,
    other=VALUES,
    rules=SETS,
)
def test_a_better_value_never_earns_less_before_the_over_achievement_rule(sign, target, one, other, rules) -> None:
    asked = Promise(comparator=sign, target=target)
    low, high = sorted((one, other))
    rising, falling = credit(asked, low, rules.partial), credit(asked, high, rules.partial)
    up = sign in (Comparator.GE, Comparator.GT) or (sign is Comparator.EQ and high <= target)
    down = sign in (Comparator.LE, Comparator.LT) or (sign is Comparator.EQ and low >= target)
    assert not up or rising <= falling
    assert not down or rising >= falling
    assert 0 <= rising <= 1
    assert (rising == 1) == keeps(asked, low)


@given(weight=st.integers(0, 5000), ratio=st.decimals(0, 1, places=6))
def test_only_a_kept_promise_earns_all_points(weight: int, ratio: Decimal) -> None:
    whole = Decimal(weight) / 100
    earned = points(whole, ratio)
    assert 0 <= earned <= whole
    assert weight == 0 or (earned == whole) == (ratio == 1)


@settings(max_examples=50, deadline=None)
@given(form=forms(), ruleset=SETS, paid=st.decimals("-1000", "200000000", places=2), value=VALUES)
def test_no_score_leaves_nought_to_a_hundred_and_execution_is_capped(form, ruleset, paid, value) -> None:
    actuals = {f"indicator_{i.ordinal}": actual(value) for i in form.indicators}
    card = score(form, ruleset, inputs(form, paid=paid, **actuals))
    assert 0 <= card.total <= card.plain_total <= 100
    assert all(0 <= x.score <= x.plain_score <= x.weight for x in card.lines)
    assert all(x.sentence.startswith("失") == bool(x.lost) for x in card.lines)
