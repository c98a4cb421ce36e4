"""What-if: the figures are those of a full scoring, small cases are exact, large ones no worse than one by one."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inspection.test_scoring import FAULTS, SCHEMES, many

from yunshu.domains.inspection.rules.fixing import Case, best_plan, value
from yunshu.domains.inspection.rules.formulas import Fault
from yunshu.domains.inspection.rules.scoring import Subject, score

pytestmark = pytest.mark.slow

PORTAL = Subject(number="S1", kind="portal")
FEW = st.lists(FAULTS, max_size=6, unique_by=lambda f: f.number)


def case(*faults: Fault) -> Case:
    return Case(indicators=SCHEMES["gov2019"], subject=PORTAL, faults=faults)


@given(faults=FEW, size=st.integers(0, 4))
def test_a_small_plan_is_the_best_there_is(faults, size):
    whole = case(*faults)
    plan = best_plan(whole, size)
    numbers = [f.number for f in faults]
    others = [whole.plan(c) for n in range(size + 1) for c in combinations(numbers, n)]
    assert len(plan.findings) <= size
    assert plan.gain == max(p.gain for p in others)


@given(faults=st.lists(FAULTS, min_size=20, max_size=40, unique_by=lambda f: f.number), size=st.integers(0, 12))
def test_a_plan_is_true(faults, size):
    plan = best_plan(case(*faults), size)
    rest = [f for f in faults if f.number not in plan.findings]
    assert len(plan.findings) <= size
    assert plan.after == score(SCHEMES["gov2019"], PORTAL, rest)
    assert plan.gain >= 0


def test_the_dearest_findings_come_first():
    faults = [*many(40, "link_dead"), *many(2, "message_late"), *many(1, "footer_mark")]
    plan = best_plan(case(*faults), 3)
    assert (plan.gain, {n[:6] for n in plan.findings}) == (Decimal(5), {"messag", "footer"})


def test_what_lies_above_the_cap_is_fixed_as_a_bundle_or_not_at_all():
    links = [Fault(number=f"H{n:03}", kind="link_dead", detail={"page": "home"}) for n in range(65)]
    assert best_plan(case(*links), 5).findings == ()
    plan = best_plan(case(*links), 10)
    assert (len(plan.findings), plan.gain) == (10, Decimal("0.5"))


def test_lifting_a_veto_takes_as_many_as_stand_above_it():
    faults = many(30, "column_blank")
    assert best_plan(case(*faults), 25).gain == 0
    plan = best_plan(case(*faults), 26)
    assert (plan.lifts_veto, len(plan.findings)) == (True, 26)
    assert value(plan.after) == plan.gain


def test_a_site_with_thousands_of_findings_is_planned_in_a_moment():
    faults = [*many(2000, "link_dead"), *many(300, "spelling"), *many(3, "message_late")]
    plan = best_plan(case(*faults), 7)
    assert {n[:12] for n in plan.findings} == {"message_late"}
