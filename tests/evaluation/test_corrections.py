"""What people set over the rules: links confirmed, rules changed; and years, monitoring nodes and their reports."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.evaluation import lives
from tests.evaluation.table_forms import small_form
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import services, standing
from yunshu.domains.evaluation.contracts import RULES_EDIT, SCORE_EDIT, TABLE_EDIT, TABLE_VIEW, Comparator
from yunshu.domains.evaluation.models import LinkSet, MonitoringStatement, PerformanceTable, RuleChange
from yunshu.domains.evaluation.rules.years import Direction, compared, direction
from yunshu.lib.kernel.errors import Conflict, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = lives.NOW
FORM = small_form()


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


def confirm(number: str, *chosen: tuple[str, str], expected: int = 1, reason: str = "核对") -> LinkSet:
    return services.confirm_links(
        actor=lives.MACHINE, number=number, chosen=chosen, expected=expected, reason=reason, now=NOW
    )


def change(**given: object) -> RuleChange:
    said: dict[str, object] = {
        "is_on": True,
        "severity": "warning",
        "parameters": {"least": "9999"},
        "reason": "本市要求",
        "expected": 0,
    }
    spec = services.RuleSpec(**{**said, **given})  # type: ignore[arg-type]
    return services.change_rule(actor=lives.MACHINE, rule="goal_length", spec=spec, now=NOW)


def test_confirmed_links_replace_the_suggested_ones_and_the_findings_follow(org: Org) -> None:
    table = lives.drafted(org)
    everything = [(f"goal:{g.ordinal}", f"task:{t.kind.value}:{t.ordinal}") for g in FORM.goals for t in FORM.tasks]
    confirm(table.number, *everything)
    assert {(x.left, x.right) for x in standing.links_of(table, FORM)} == set(everything)
    confirm(table.number)
    assert standing.links_of(table, FORM) == ()
    assert "goal_without_task" in {f.rule for f in standing.findings_of(FORM, table)}
    confirm(table.number, *everything)
    assert "goal_without_task" not in {f.rule for f in standing.findings_of(FORM, table)}


def test_a_confirmed_link_survives_renumbering_and_dies_with_a_new_name(org: Org) -> None:
    table = lives.drafted(org)
    confirm(table.number, ("goal:1", "task:other:1"))
    moved = replace(FORM, tasks=tuple(replace(t, ordinal=t.ordinal + 5) for t in FORM.tasks))
    assert {(x.left, x.right) for x in standing.links_of(table, moved)} == {("goal:1", "task:other:6")}
    renamed = replace(FORM, tasks=tuple(replace(t, name="甲") for t in FORM.tasks))
    assert not [x for x in standing.links_of(table, renamed) if x.by_hand]


def test_links_on_a_stale_version_without_reason_or_to_nothing_are_refused(org: Org) -> None:
    table = lives.drafted(org)
    with pytest.raises(Conflict):
        confirm(table.number, expected=2)
    with pytest.raises(Refused, match="依据"):
        confirm(table.number, reason=" ")
    with pytest.raises(Refused, match="没有所选"):
        confirm(table.number, ("goal:99", "task:other:1"))


def test_a_changed_threshold_changes_the_findings_and_its_source(org: Org) -> None:
    assert "goal_length" not in {f.rule for f in standing.findings_of(FORM)}
    change(document="揭财绩〔2024〕1号第3条")
    (found,) = [f for f in standing.findings_of(FORM) if f.rule == "goal_length"]
    assert (found.severity.value, found.source) == ("warning", "揭财绩〔2024〕1号第3条")
    change(is_on=False, expected=1)
    assert "goal_length" not in {f.rule for f in standing.findings_of(FORM)}
    assert [row.version for row in standing.rule_history("goal_length")] == [2, 1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": ""}, "reason_missing"),
        ({"severity": "fatal"}, "severity_unknown"),
        ({"parameters": {"least": "五十"}}, "parameter_invalid"),
        ({"parameters": {"least": "-1"}}, "parameter_invalid"),
        ({"parameters": {"least": "50.5"}}, "parameter_invalid"),
        ({"parameters": {"most": "1"}}, "parameter_unknown"),
    ],
)
def test_a_rule_is_not_changed_into_nonsense(given: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        change(**given)
    assert refusal.value.code == code


def test_the_second_of_two_officials_is_told_and_staff_without_the_right_are_refused() -> None:
    change()
    with pytest.raises(Conflict):
        change()
    spec = services.RuleSpec(is_on=True, severity="hint", parameters={}, reason="x", expected=1)
    with pytest.raises(NotPermitted):
        services.change_rule(actor=staff([TABLE_VIEW]), rule="goal_length", spec=spec, now=NOW)


def test_a_node_is_reported_once_it_is_over_and_a_warning_needs_a_choice(org: Org) -> None:
    table = lives.running(org)

    def report(month: int, choice: str, statement: str = "采购延后") -> MonitoringStatement:
        spec = services.StatementSpec(through_month=month, choice=choice, statement=statement)
        return services.report_monitoring(actor=lives.MACHINE, number=table.number, spec=spec, now=NOW)

    for month, choice, words, code in (
        (6, "调整", "采购延后", "node_not_over"),
        (5, "调整", "采购延后", "node_unknown"),
        (4, "", "采购延后", "choice_missing"),
        (4, "观望", "采购延后", "choice_missing"),
        (4, "调整", " ", "statement_missing"),
    ):
        with pytest.raises(Refused) as refusal:
            report(month, choice, words)
        assert refusal.value.code == code
    row = report(4, "调整")
    assert (row.rate, row.light) == (Decimal(0), "red")
    assert any("25.00%" in words for words in row.deviations)


def test_what_was_confirmed_changed_or_reported_cannot_be_rewritten(org: Org) -> None:
    table = lives.drafted(org)
    confirm(table.number)
    change()
    for model in (LinkSet, RuleChange):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(reason="x")
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()


def test_a_target_is_tighter_when_it_asks_for_more() -> None:
    least = replace(FORM.indicators[0], comparator=Comparator.GE, target=Decimal(85))
    most = replace(least, comparator=Comparator.LE)
    assert direction(least, replace(least, target=Decimal(90))) is Direction.TIGHTER
    assert direction(least, replace(least, target=Decimal(80))) is Direction.LOOSER
    assert direction(most, replace(most, target=Decimal(80))) is Direction.TIGHTER
    assert direction(least, replace(least, comparator=Comparator.GT)) is Direction.TIGHTER
    assert direction(least, replace(least, unit="项")) is Direction.OTHER
    assert direction(least, most) is Direction.OTHER


def second_year() -> object:
    least = (Comparator.GE, Comparator.GT)
    risen = next(i for i in FORM.indicators if i.comparator in least)
    return replace(
        FORM,
        year=2025,
        title="某市2025年市直部门整体预算绩效目标表",
        tasks=(replace(FORM.tasks[0], amount_yuan=FORM.tasks[0].amount_yuan + 10_000), *FORM.tasks[2:]),
        indicators=tuple(replace(i, target=i.target + 5) if i is risen else i for i in FORM.indicators),
    )


def test_two_years_are_told_apart_in_sentences() -> None:
    step = compared(FORM, second_year())  # type: ignore[arg-type]
    said = "\n".join(c.sentence for c in step.changes)
    assert f"删去任务“{FORM.tasks[1].name}”" in said
    assert "增加1.00万元" in said
    assert [c.direction for c in step.changes if c.direction] == [Direction.TIGHTER]
    assert compared(FORM, FORM).changes == ()


def test_the_pages_open_for_a_reader_and_say_what_they_show(org: Org) -> None:
    table = lives.running(org)
    services.create_table(actor=lives.MACHINE, org_code=org.code, form=second_year(), source="t", now=NOW)  # type: ignore[arg-type]
    client = signed_in_client(staff_person([TABLE_VIEW], org=org))

    def body(name: str) -> str:
        answer = client.get(reverse(f"evaluation:{name}", args=[table.number]))
        assert answer.status_code == 200
        return answer.content.decode()

    assert "以下为系统建议" in body("links")
    assert "待报告" in body("monitoring")
    assert "2024 年到 2025 年" in body("years")
    listed = client.get(reverse("evaluation:rules")).content.decode()
    assert "来源未核" in listed
    assert client.get(reverse("evaluation:rule", args=["goal_length"])).status_code == 403
    assert client.post(reverse("evaluation:links", args=[table.number]), {"expected": "1"}).status_code == 403
    assert not LinkSet.objects.exists()


def test_links_and_a_rule_are_changed_on_their_pages(org: Org) -> None:
    table = lives.drafted(org)
    client = signed_in_client(staff_person([TABLE_VIEW, TABLE_EDIT, RULES_EDIT], org=org))
    address = reverse("evaluation:links", args=[table.number])
    assert client.post(address, {"expected": "1", "link": "goal:1|task:other:1", "reason": ""}).status_code == 422
    answer = client.post(address, {"expected": "1", "link": "goal:1|task:other:1", "reason": "已核"}, follow=True)
    assert "已由人确认" in answer.content.decode()
    address = reverse("evaluation:rule", args=["goal_length"])
    typed = {"is_on": "yes", "severity": "hint", "parameter:least": "一", "reason": "依据", "expected": "0"}
    assert client.post(address, typed).status_code == 422
    answer = client.post(address, typed | {"parameter:least": "80"}, follow=True)
    assert "第 1 版" in answer.content.decode()


def test_a_report_made_on_the_page_stands_in_the_list(org: Org) -> None:
    table = lives.running(org)
    client = signed_in_client(staff_person([TABLE_VIEW, SCORE_EDIT], org=org))
    address = reverse("evaluation:monitoring", args=[table.number])
    answer = client.post(address, {"through_month": "4", "choice": "", "statement": "说明"})
    assert answer.status_code == 422
    assert "请选择处置方式" in answer.content.decode()
    answer = client.post(address, {"through_month": "4", "choice": "继续执行", "statement": "下半年付款"}, follow=True)
    assert "下半年付款" in answer.content.decode()
    assert PerformanceTable.objects.get(pk=table.pk).statements.count() == 1
