"""The schemes that ship: whole, marked, and every indicator with passing and failing examples; vetoes by hand."""

from decimal import Decimal

import pytest

from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.rules import schemes as rules
from yunshu.domains.inspection.rules.examples import Example, examples
from yunshu.domains.inspection.rules.formulas import Fault
from yunshu.domains.inspection.rules.scoring import BONUS, DEDUCTION, VETO, Indicator, Line, Subject, line_of, score
from yunshu.domains.inspection.selectors.schemes import CHECK_NAMES
from yunshu.domains.inspection.services import shipped

ROWS = {code: shipped.written(code) for code in shipped.SHIPPED}
EVERY = [(code, rules.indicator_of(row)) for code, rows in ROWS.items() for row in rows]
IDS = [f"{code}-{indicator.code}" for code, indicator in EVERY]
NATION = {row.code: rules.indicator_of(row) for row in ROWS["gov2019"]}


def is_passed(indicator: Indicator, line: Line) -> bool:
    bad = {VETO: line.is_vetoed, DEDUCTION: bool(line.deducted or line.findings), BONUS: not line.gained}
    return not bad[indicator.part]


@pytest.mark.parametrize(("scheme", "indicator"), EVERY, ids=IDS)
def test_every_indicator_has_three_passing_and_three_failing_examples(scheme, indicator):
    found: list[Example] = examples(indicator)
    verdicts = [e.passes for e in found]
    assert verdicts.count(True) >= 3
    assert verdicts.count(False) >= 3
    for each in found:
        line = line_of(indicator, each.faults, each.grant)
        assert is_passed(indicator, line) is each.passes, (each.words, line)


def some(count: int, kind: str, severity: str = "general", **detail: object) -> list[Fault]:
    return [Fault(number=f"{kind}-{n}-{detail}", kind=kind, severity=severity, detail=detail) for n in range(count)]


NEWS, NOTICES = {"column_kind": "工作动态"}, {"column_kind": "通知公告"}
BY_HAND = {
    "W1": (
        [some(9, "wording_serious", "serious"), some(3, "dark_link"), some(1, "unreachable", "veto", ratio="0.01")],
        [some(1, "wording_serious", "veto"), some(1, "secret_mark", "veto"), some(1, "date_forged", "veto"), some(1, "other", "veto")],
    ),
    "W2": (
        [some(1, "unreachable", ratio="0.0499"), some(4, "unreachable"), some(1, "unreachable", "hint", ratio="0.9")],
        [some(1, "unreachable", ratio="0.05"), some(1, "unreachable", ratio="0.31"), some(1, "unreachable", "veto")],
    ),
    "W3": (
        [some(1, "home_stale", days=13), some(1, "column_stale", days=90), some(1, "home_stale", days="unknown")],
        [some(1, "home_stale", days=14), some(1, "home_stale", days=400), some(1, "home_stale", "veto")],
    ),
    "W4": (
        [
            some(4, "column_stale", **NEWS),
            [*some(4, "column_blank"), *some(4, "column_stale", **NEWS), *some(5, "column_stale", column_kind="其他")],
            some(9, "column_stale", column_kind="其他"),
        ],
        [
            [*some(3, "column_stale", **NEWS), *some(2, "column_stale", **NOTICES)],
            some(10, "column_stale", column_kind="其他"),
            some(5, "column_blank"),
        ],
    ),
    "W5": (
        [some(3, "message_unanswered", days=89), some(9, "message_late", days=200), some(1, "message_unanswered", reason="slow")],
        [some(1, "message_unanswered", days=90), some(1, "message_unanswered", reason="no_channel"), some(1, "message_unanswered", "veto")],
    ),
    "W6": (
        [
            some(4, "guide_incomplete", missing=5),
            some(9, "guide_incomplete", missing=3),
            some(2, "guide_incomplete", missing=4, items=3),
        ],
        [
            some(5, "guide_incomplete", missing=4),
            some(3, "guide_incomplete", missing=4, items=3),
            some(1, "guide_incomplete", reason="no_service"),
        ],
    ),
    "N1": (
        [some(3, "wording_serious"), some(1, "privacy_leak", "serious"), some(1, "account_stale", "veto")],
        [some(1, "wording_serious", "veto"), some(1, "privacy_leak", "veto"), some(1, "impersonation", "veto")],
    ),
    "N2": (
        [some(1, "account_stale", days=13), some(1, "account_stale"), some(1, "account_mute", days=99)],
        [some(1, "account_stale", days=14), some(1, "account_zombie", days=91), some(1, "account_stale", reason="app_unusable")],
    ),
    "N3": (
        [some(1, "account_uncertified"), some(1, "account_mute", "hint"), some(1, "message_late")],
        [some(1, "account_mute"), some(2, "account_mute", "serious"), some(1, "account_mute", "veto")],
    ),
}  # fmt: skip
CASES = [
    (code, number, fails, faults)
    for code, sides in BY_HAND.items()
    for fails, side in enumerate(sides)
    for number, faults in enumerate(side)
]


@pytest.mark.parametrize(("code", "number", "fails", "faults"), CASES, ids=[f"{c}-{f}-{n}" for c, n, f, _ in CASES])
def test_each_veto_says_what_a_person_expects(code, number, fails, faults):
    assert line_of(NATION[code], faults).is_vetoed is bool(fails)


def test_the_cases_by_hand_cover_every_veto_with_three_on_each_side():
    assert set(BY_HAND) == {i.code for _, i in EVERY if i.part == VETO}
    assert all(len(side) >= 3 for sides in BY_HAND.values() for side in sides)


@pytest.mark.parametrize("code", shipped.SHIPPED)
def test_a_shipped_scheme_is_whole_and_says_every_formula_in_words(code):
    assert rules.troubles(ROWS[code], Check.values) == []
    assert all(rules.in_words(rules.indicator_of(row).formula, CHECK_NAMES) for row in ROWS[code])


def test_six_vetoes_for_sites_and_three_for_accounts_with_their_marks():
    vetoes = [row for row in ROWS["gov2019"] if row.part == VETO]
    assert sum("account" in row.applies_to for row in vetoes) == 3
    assert sum("portal" in row.applies_to for row in vetoes) == 6
    marks = {row.code: row.certainty for row in ROWS["gov2019"]}
    assert (marks["W4"], marks["W6"], marks["D06"], marks["D15"]) == ("verified", "recalled", "inferred", "recalled")


def test_no_points_are_marked_as_read_in_an_official_text():
    scored = [row for rows in ROWS.values() for row in rows if row.points]
    assert [row.code for row in scored if row.certainty == "verified"] == []


def test_the_province_has_vetoes_and_lists_reposts_without_deducting():
    indicators = [rules.indicator_of(row) for row in ROWS["guangdong"]]
    result = score(indicators, Subject(number="S", kind="portal"), some(3, "repost"))
    listed = next(line for line in result.lines if line.code == "G1")
    assert (result.grade, result.final, listed.deducted, len(listed.findings)) == ("pass", None, 0, 3)


def test_the_city_copies_the_nation_and_scores_departments_too():
    changed = rules.diff(ROWS["gov2019"], ROWS["jieyang"], CHECK_NAMES)
    assert {c.kind for c in changed} == {"changed"}
    assert {f.name for c in changed for f in c.fields} <= {"适用对象", "核实情况"}
    department = Subject(number="S", kind="department", has_service_duty=False)
    indicators = [rules.indicator_of(row) for row in ROWS["jieyang"]]
    assert score(indicators, department, []).final == 100
    assert score(indicators, department, some(20, "link_dead")).final == Decimal("98.67")
    nation = score(list(NATION.values()), department, some(20, "link_dead"))
    assert (nation.final, nation.grade) == (None, "pass")
