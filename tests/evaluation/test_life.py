"""A table's life: made, submitted, approved, proven, paid; and everything that is refused on the way."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.evaluation import lives
from tests.evaluation.table_forms import small_form
from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.evaluation import scored, selectors, services
from yunshu.domains.evaluation.contracts import (
    BUDGET_EDIT,
    EVIDENCE_EDIT,
    SCORE_EDIT,
    TABLE_APPROVE,
    TABLE_COMMENT,
    TABLE_EDIT,
    TABLE_REVIEW,
    TABLE_VIEW,
    form_digest,
)
from yunshu.domains.evaluation.models import Evidence, PerformanceTable, Version
from yunshu.domains.evaluation.paid import paid_by_task, paid_lines
from yunshu.domains.evaluation.rules.life import CODE
from yunshu.domains.evaluation.sheets import read_any, write_xlsx
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = lives.NOW
FORM = small_form()
ALL = [TABLE_VIEW, TABLE_EDIT, TABLE_REVIEW, TABLE_APPROVE, TABLE_COMMENT, EVIDENCE_EDIT, BUDGET_EDIT, SCORE_EDIT]
MACHINE = lives.MACHINE


@pytest.fixture(autouse=True)
def hours() -> None:
    lives.hours()


@pytest.fixture
def clerk() -> Staff:
    return staff(ALL)


@pytest.fixture
def table(clerk: Staff) -> PerformanceTable:
    made = services.create_table(actor=clerk, org_code=clerk.org_code, form=FORM, source="test", now=NOW)
    lives.explain_all(made.number)
    return made


@pytest.fixture
def running(table: PerformanceTable) -> PerformanceTable:
    for verb in lives.TO_MONITORING:
        services.move_table(actor=MACHINE, number=table.number, verb=verb, reason="", now=NOW)
    return table


def prove(actor: Staff, table: PerformanceTable, indicator: int, value: str, on: date = date(2024, 5, 1)) -> Evidence:
    spec = services.EvidenceSpec(on=on, value=Decimal(value), statement="验收单第1号")
    return services.record_evidence(actor=actor, number=table.number, indicator=indicator, spec=spec, now=NOW)


def light(table: PerformanceTable, indicator: int) -> str:
    lines = {line.indicator.ordinal: line for line in selectors.scoreboard(table, date(2024, 6, 3))}
    return lines[indicator].verdict.light.value


def pay(actor: Staff, table: PerformanceTable, yuan: str, voucher: str = "P-1") -> object:
    spec = services.PaymentSpec(
        task_kind="other", task_ordinal=1, on=date(2024, 5, 6), amount_yuan=Decimal(yuan), voucher=voucher
    )
    return services.record_payment(actor=actor, number=table.number, spec=spec, now=NOW)


def test_a_table_walks_from_draft_to_archive_and_its_chain_is_whole(running: PerformanceTable) -> None:
    lives.complete(running)
    for verb in ("evaluate", "submit_score", "archive"):
        services.move_table(actor=MACHINE, number=running.number, verb=verb, reason="", now=NOW)
    case = workflow.get_case(CODE, running.number)
    assert case.state == "archived"
    assert len(workflow.history(case)) == 9
    assert workflow.chain_breaks_at(case) is None


def test_one_department_has_one_table_a_year(clerk: Staff, table: PerformanceTable) -> None:
    with pytest.raises(Conflict):
        services.create_table(actor=clerk, org_code=clerk.org_code, form=FORM, source="again", now=NOW)


def test_a_stranger_gets_the_answer_of_an_absent_table(table: PerformanceTable) -> None:
    with pytest.raises(NotFound):
        selectors.get_table(staff(ALL, org=OrgFactory()), table.number)


def test_a_step_needs_its_permission_and_a_return_needs_a_reason(clerk: Staff, table: PerformanceTable) -> None:
    reader = replace(clerk, grants=tuple(g for g in clerk.grants if g.permission == TABLE_VIEW.code))
    with pytest.raises(NotPermitted):
        services.move_table(actor=reader, number=table.number, verb="submit", reason="", now=NOW)
    services.move_table(actor=clerk, number=table.number, verb="submit", reason="", now=NOW)
    with pytest.raises(Refused, match="意见"):
        services.move_table(actor=clerk, number=table.number, verb="return_department", reason=" ", now=NOW)


def test_a_table_whose_sum_is_wrong_is_not_submitted(clerk: Staff, table: PerformanceTable) -> None:
    tasks = (replace(FORM.tasks[0], amount_yuan=Decimal("1.00")), *FORM.tasks[1:])
    services.save_version(
        actor=clerk, number=table.number, form=replace(FORM, tasks=tasks), reason="改", expected=1, source="x", now=NOW
    )
    with pytest.raises(Refused) as refusal:
        services.move_table(actor=clerk, number=table.number, verb="submit", reason="", now=NOW)
    assert refusal.value.code == "rules_broken"


def test_the_second_of_two_editors_is_told(clerk: Staff, table: PerformanceTable) -> None:
    mine = replace(FORM, requirements="甲")
    services.save_version(actor=clerk, number=table.number, form=mine, reason="甲", expected=1, source="", now=NOW)
    with pytest.raises(Conflict):
        services.save_version(
            actor=clerk,
            number=table.number,
            form=replace(FORM, requirements="乙"),
            reason="乙",
            expected=1,
            source="",
            now=NOW,
        )


def test_an_approved_table_is_changed_only_by_adjustment(clerk: Staff, running: PerformanceTable) -> None:
    with pytest.raises(Refused, match="年中调整"):
        services.save_version(
            actor=clerk,
            number=running.number,
            form=replace(FORM, requirements="甲"),
            reason="甲",
            expected=1,
            source="",
            now=NOW,
        )


def test_an_export_imported_again_is_the_same_table(table: PerformanceTable) -> None:
    version = selectors.newest_version(table)
    reading = read_any(write_xlsx(selectors.form_of(version)), "export.xlsx")
    assert reading.form is not None
    assert form_digest(reading.form) == version.digest


def test_nothing_measured_is_grey_and_evidence_turns_the_light(clerk: Staff, running: PerformanceTable) -> None:
    assert light(running, 2) == "grey"
    prove(clerk, running, 2, "97")
    assert light(running, 2) == "amber"
    prove(clerk, running, 2, "99.5", on=date(2024, 5, 2))
    assert light(running, 2) == "green"
    assert selectors.measurement_history(running, 2).count() == 2


def test_counted_evidence_adds_up_and_a_correction_keeps_the_old_row(clerk: Staff, running: PerformanceTable) -> None:
    prove(clerk, running, 1, "80")
    wrong = prove(clerk, running, 1, "6")
    spec = services.EvidenceSpec(on=date(2024, 5, 1), value=Decimal(5), statement="重新清点")
    services.correct_evidence(actor=clerk, number=running.number, evidence=wrong.number, spec=spec, now=NOW)
    assert light(running, 1) == "green"
    assert selectors.evidence_history(running, 1).count() == 3
    with pytest.raises(Conflict):
        services.withdraw_evidence(actor=clerk, number=running.number, evidence=wrong.number, reason="晚了", now=NOW)


@pytest.mark.parametrize(
    ("on", "value", "statement", "code"),
    [
        (date(2023, 12, 31), "1", "证", "date_outside_year"),
        (date(2024, 6, 4), "1", "证", "date_outside_year"),
        (date(2024, 5, 1), "-1", "证", "value_negative"),
        (date(2024, 5, 1), "1", "  ", "statement_missing"),
    ],
)
def test_evidence_that_cannot_be_is_refused(
    clerk: Staff, running: PerformanceTable, on: date, value: str, statement: str, code: str
) -> None:
    spec = services.EvidenceSpec(on=on, value=Decimal(value), statement=statement)
    with pytest.raises(Refused) as refusal:
        services.record_evidence(actor=clerk, number=running.number, indicator=1, spec=spec, now=NOW)
    assert refusal.value.code == code


def test_evidence_waits_for_approval(clerk: Staff, table: PerformanceTable) -> None:
    with pytest.raises(Refused, match="批复"):
        prove(clerk, table, 1, "1")


def test_payments_never_exceed_the_budget_and_a_reversal_frees_it(clerk: Staff, running: PerformanceTable) -> None:
    paid = pay(clerk, running, "169800.00")
    with pytest.raises(Refused, match="超出"):
        pay(clerk, running, "0.01", "P-2")
    services.reverse_payment(actor=clerk, number=running.number, payment=paid.number, reason="退回", now=NOW)  # type: ignore[attr-defined]
    assert paid_by_task(paid_lines(running)) == {("other", 1): Decimal("0.00")}
    with pytest.raises(Conflict):
        services.reverse_payment(actor=clerk, number=running.number, payment=paid.number, reason="再退", now=NOW)  # type: ignore[attr-defined]


def test_a_voucher_is_paid_once(clerk: Staff, running: PerformanceTable) -> None:
    pay(clerk, running, "1.00")
    with pytest.raises(Conflict):
        pay(clerk, running, "1.00")


def test_the_budget_metric_measures_what_was_paid(clerk: Staff, running: PerformanceTable) -> None:
    lives.rebind(running, 4, "evaluation.budget_execution")
    pay(clerk, running, "169800.00")
    line = {x.indicator.ordinal: x for x in selectors.scoreboard(running, date(2024, 6, 3))}[4]
    assert line.verdict.value == Decimal("0.42")
    assert [r.value for r in line.measurement.records] == ["169,800.00"]  # type: ignore[union-attr]
    with pytest.raises(Refused, match="自动测量"):
        prove(clerk, running, 4, "100")


@pytest.mark.parametrize("model", [Version, Evidence])
def test_what_was_written_cannot_be_rewritten_by_the_application(
    clerk: Staff, running: PerformanceTable, model: type[Version] | type[Evidence]
) -> None:
    prove(clerk, running, 1, "80")
    for rewrite in (lambda: model.objects.update(made_by="别人"), lambda: model.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rewrite()


def test_a_score_explains_what_was_lost(clerk: Staff, running: PerformanceTable) -> None:
    card = scored.scorecards(running, date(2024, 6, 3)).cards[0]
    assert card.total < 100
    assert all(line.sentence for line in card.lines if line.lost)


def test_import_keeps_the_file_and_saves_only_what_reads(clerk: Staff) -> None:
    kept = services.keep_import(actor=clerk, org_code=clerk.org_code, source="a.txt", content=b"x", now=NOW)
    with pytest.raises(Refused, match="无法读取"):
        services.finish_import(actor=clerk, number=kept.number, reason="", now=NOW)
    assert not PerformanceTable.objects.exists()
    kept = services.keep_import(
        actor=clerk, org_code=clerk.org_code, source="a.xlsx", content=write_xlsx(FORM), now=NOW
    )
    made = services.finish_import(actor=clerk, number=kept.number, reason="", now=NOW)
    assert form_digest(selectors.form_of(selectors.newest_version(made))) == form_digest(FORM)
    with pytest.raises(NotFound):
        services.correct_import(actor=staff(ALL, org=OrgFactory()), number=kept.number, corrections={})


def test_the_trend_says_where_a_measurement_went_since_the_one_before() -> None:
    table = lives.running(OrgFactory())

    def trend() -> str:
        return selectors.scoreboard(table, lives.NOW.date())[0].trend

    seen = [trend()]
    for day, value in ((1, "10"), (2, "30"), (3, "20")):
        spec = services.EvidenceSpec(on=date(2024, 5, day), value=Decimal(value), statement="签收单")
        row = services.record_evidence(actor=MACHINE, number=table.number, indicator=1, spec=spec, now=lives.NOW)
        seen.append(trend())
    services.withdraw_evidence(actor=MACHINE, number=table.number, evidence=row.number, reason="重复", now=lives.NOW)
    assert [*seen, trend()] == ["", "", "up", "up", "down"]  # pieces add up; a withdrawn one is taken off
