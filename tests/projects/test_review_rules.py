"""The review's arithmetic: a draw that repeats, conflicts, outliers that five can have, a veto that no score outweighs."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.projects.rules import review
from yunshu.domains.projects.rules.review import Criterion, Mark, Verdict

CODES = st.lists(st.text("ABCDEFG0123456789", min_size=1, max_size=6), min_size=1, max_size=30, unique=True)
DAY = date(2026, 3, 1)


@given(seed=st.binary(min_size=32, max_size=32), word=st.text(max_size=10), codes=CODES)
def test_a_draw_is_an_order_of_the_candidates_that_anyone_repeats(seed: bytes, word: str, codes: list[str]) -> None:
    order = review.drawn_order(seed, word, codes)
    assert sorted(order) == sorted(codes)
    assert review.drawn_order(seed, word, list(reversed(codes))) == order
    assert review.commitment(seed, codes) == review.commitment(seed, sorted(codes))


def test_neither_word_alone_decides_the_draw() -> None:
    codes = [f"E{n:02}" for n in range(20)]
    orders = {tuple(review.drawn_order(bytes([s]) * 32, w, codes)) for s in range(5) for w in "abcde"}
    assert len(orders) == 25


def test_every_candidate_has_the_same_chance() -> None:
    codes = [f"E{n}" for n in range(10)]
    first = [review.drawn_order(n.to_bytes(32, "big"), "w", codes)[0] for n in range(5000)]
    counts = [first.count(code) for code in codes]
    assert min(counts) > 400
    assert max(counts) < 600


def test_the_commitment_changes_with_seed_and_candidates() -> None:
    seed = bytes(32)
    assert review.commitment(seed, ["A"]) != review.commitment(seed, ["A", "B"])
    assert review.commitment(seed, ["A"]) != review.commitment(bytes([1]) * 32, ["A"])


@pytest.mark.parametrize(
    ("unit", "ties", "found"),
    [
        ("市数据局", "", "市数据局"),
        ("高校", "甲公司 2023-03-01", "甲公司"),
        ("高校", "甲公司 2023-02-28", ""),
        ("高校", "甲公司", "甲公司"),
        ("高校", "乙公司 2026-01-01\n", ""),
        ("", "", ""),
    ],
)
def test_a_conflict_is_the_own_unit_or_a_tie_of_three_years(unit: str, ties: str, found: str) -> None:
    parties = ["市数据局", "甲公司", ""]
    assert review.conflict(unit, review.ties_of(ties), parties, DAY, 3) == found


@pytest.mark.parametrize(("count", "fault"), [(3, "few"), (4, "few"), (5, ""), (6, "even"), (7, "")])
def test_a_quorum_is_odd_and_large_enough(count: int, fault: str) -> None:
    assert review.quorum_fault(count, 5) == fault


def totals(*values: int) -> dict[str, Decimal]:
    return {f"E{n}": Decimal(value) for n, value in enumerate(values)}


def test_one_of_five_far_from_the_others_is_found() -> None:
    assert review.outliers(totals(80, 82, 81, 79, 30), Decimal(2), Decimal(5)) == ["E4"]


def test_small_differences_among_the_agreed_are_no_outliers() -> None:
    assert review.outliers(totals(80, 80, 80, 80, 89), Decimal(2), Decimal(5)) == []
    assert review.outliers(totals(80, 80, 80, 80, 91), Decimal(2), Decimal(5)) == ["E4"]


@given(st.lists(st.integers(0, 100), min_size=5, max_size=9))
def test_measured_with_himself_inside_nobody_of_five_could_be_found(values: list[int]) -> None:
    mean = sum(values) / len(values)
    deviation = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
    largest = max(abs(v - mean) for v in values)
    assert largest <= deviation * (len(values) - 1) / len(values) ** 0.5 + 1e-9


def marks(**special: tuple[int, str]) -> list[Mark]:
    found = []
    for expert in range(5):
        for criterion in Criterion:
            score, verdict = special.get(criterion.value, (90, "pass"))
            found.append(Mark(expert=f"E{expert}", criterion=criterion, score=Decimal(score), verdict=Verdict(verdict)))
    return found


def test_security_that_fails_fails_all_whatever_the_scores() -> None:
    found = review.summary(marks(security=(100, "fail")), Decimal(60), open_findings=0)
    assert found.score > 90
    assert found.verdict is Verdict.FAIL


def test_open_findings_and_conditions_make_it_conditional() -> None:
    assert review.summary(marks(), Decimal(60), open_findings=0).verdict is Verdict.PASS
    assert review.summary(marks(), Decimal(60), open_findings=1).verdict is Verdict.CONDITIONAL
    assert review.summary(marks(cost=(70, "conditional")), Decimal(60), open_findings=0).verdict is Verdict.CONDITIONAL
    assert review.summary(marks(cost=(59, "pass")), Decimal(60), open_findings=0).verdict is Verdict.FAIL


def test_two_of_five_who_fail_are_no_majority_three_are() -> None:
    assert review.majority([Verdict.FAIL] * 2 + [Verdict.PASS] * 3) is Verdict.PASS
    assert review.majority([Verdict.FAIL] * 3 + [Verdict.PASS] * 2) is Verdict.FAIL


def test_likeness_is_one_for_the_same_and_none_for_strangers() -> None:
    assert review.likeness("政务数据共享平台", "政务数据共享平台（二期）") > Decimal("0.6")
    assert review.likeness("政务数据共享平台", "机房空调维护") == 0
    assert review.likeness("", "") == 0
