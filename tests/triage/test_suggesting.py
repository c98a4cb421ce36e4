"""Departments by rule, by similar closed tickets and by words; branches of the tree by words only."""

import pytest
from tests.triage.made import duties, made_tickets

from yunshu.lib.triage import Branch, Closed, Departments, Duty, Ground, Report, Tree, Why, fit

pytestmark = pytest.mark.slow

LEARNED = made_tickets(500, 5)
CLOSED = [Closed(number=f"T{at}", title=r.title, body=r.body, department=d) for at, (r, d) in enumerate(LEARNED)]
WATER = Report(title="渔湖路停水三天", body="渔湖路12号全村停水三天，打开龙头没有一滴。")


@pytest.fixture(scope="module")
def suggest():
    model = fit([r for r, _ in LEARNED], [d for _, d in LEARNED], encoder=None, precision=0.98)
    return Departments(duties(), CLOSED, model)


def test_each_ground_is_named_with_where_it_stands(suggest):
    reasons = suggest.explain(WATER, "水务局")

    assert {reason.ground for reason in reasons} == {Ground.RULE, Ground.SIMILAR, Ground.WORDS}
    assert reasons[0].ref == "D10"
    assert "停水" in reasons[0].shown
    assert "三定规定" in reasons[0].shown


def test_the_department_is_among_the_first_three(suggest):
    asked = made_tickets(100, 6)
    hits = [department in [s.label for s in suggest.predict(report).suggestions] for report, department in asked]

    assert sum(hits) >= 95


def test_what_goes_out_by_itself_is_right(suggest):
    sent = [(suggest.predict(report).decided, department) for report, department in made_tickets(200, 7)]
    decided = [said == department for said, department in sent if said]

    assert len(decided) > 20
    assert sum(decided) / len(decided) >= 0.97


def test_a_directory_that_names_another_department_stops_the_machine(suggest):
    changed = [Duty(code="X", department="应急管理局", words=("停水",), basis="2026 年修订")]
    prediction = Departments(changed, (), suggest._learned).predict(WATER)

    assert prediction.abstained
    assert prediction.why in {Why.CONTRADICTION, Why.BELOW_MARGIN}
    assert "应急管理局" in [suggestion.label for suggestion in prediction.suggestions]


def test_without_a_model_the_directory_suggests_and_nothing_is_decided():
    prediction = Departments(duties()).predict(WATER)

    assert prediction.suggestions[0].label == "水务局"
    assert prediction.suggestions[0].confidence is None
    assert prediction.why is Why.UNTRAINED


def test_a_duty_needs_all_of_its_other_words():
    duty = Duty(code="1", department="教育局", words=("收费",), also=("幼儿园",))

    assert duty.found("幼儿园收费太高") == ("收费",)
    assert duty.found("停车收费太高") == ()


TREE = Tree(
    [
        Branch("城乡建设", "安全生产", "安全隐患"),
        Branch("城乡建设", "城市建设和市政管理", "园林绿化环卫"),
        Branch("劳动和社会保障", "劳动关系", "拖欠工资"),
        Branch("劳动和社会保障", "社会保险", "工伤保险"),
    ]
)


def test_a_branch_is_shown_because_of_its_words_and_never_decided():
    report = Report(title="工地存在安全隐患", body="围墙快要倒了。")
    prediction = TREE.predict(report)

    assert prediction.suggestions[0].label == "城乡建设/安全生产/安全隐患"
    assert prediction.suggestions[0].confidence is None
    assert prediction.why is Why.UNTRAINED
    assert "隐患" in {reason.shown for reason in TREE.explain(report, prediction.suggestions[0].label)}


def test_branches_can_be_looked_for_below_a_first_level():
    report = Report(title="工地老板拖欠工资，还有安全隐患")
    labels = [suggestion.label for suggestion in TREE.within(report, "劳动和社会保障").suggestions]

    assert labels[0] == "劳动和社会保障/劳动关系/拖欠工资"
    assert all(label.startswith("劳动和社会保障/") for label in labels)


def test_a_report_without_any_word_of_the_tree_gets_no_branch():
    assert TREE.predict(Report(title="你好")).suggestions == ()
