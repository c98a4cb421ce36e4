"""The money of a contract: what the database lets through and what it refuses, by the services and by plain SQL."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from tests.projects.world import ACTOR, NOW, PARTS, World, yuan

from yunshu.domains.ledger.models import Record
from yunshu.domains.projects import services
from yunshu.domains.projects.models import Payment
from yunshu.domains.projects.selectors import contracts
from yunshu.lib.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def refusal(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def run(statement: str, *words: object) -> None:
    """Execute a statement and what it deferred."""
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def broken(statement: str, *words: object) -> str:
    """The constraint that a statement of the application's role breaks."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run(statement, *words)
    return str(caught.value.__cause__.diag.constraint_name)


def test_an_instalment_is_paid_up_to_what_was_accepted_and_not_a_fen_more() -> None:
    world = World(granted=2_000_000)
    world.confirmed(500_000)
    assert refusal(lambda: world.paid(2, "500000.01")) == "beyond_acceptance"
    world.paid(2, 300_000, voucher="V1")
    assert refusal(lambda: world.paid(2, "200000.01", voucher="V2")) == "beyond_acceptance"
    assert world.paid(2, 200_000, voucher="V2").amount_yuan == yuan(200_000)


def test_the_refusal_says_how_much_may_be_paid() -> None:
    world = World()
    world.confirmed(500_000)
    with pytest.raises(Refused, match=r"可付 500,000\.00 元.*超出 1\.00 元"):
        world.paid(2, 500_001)


def test_nothing_is_paid_before_the_day_of_its_confirmation() -> None:
    world = World()
    world.confirmed(on=date(2022, 6, 2))
    assert refusal(lambda: world.paid(2, 1, on=date(2022, 6, 1))) == "before_acceptance"
    assert world.paid(2, 1, on=date(2022, 6, 2))


def test_a_payment_finds_the_balance_of_its_day_whatever_comes_later() -> None:
    world = World(granted=0)
    world.grant(100_000, on=date(2022, 2, 1))
    world.grant(250_000, on=date(2022, 6, 1))
    world.advanced()
    assert refusal(lambda: world.paid(1, 100_001, on=date(2022, 5, 31))) == "beyond_budget"
    world.paid(1, 300_000, on=date(2022, 6, 1), voucher="V1")
    # 100,000 were there in March, but they were spent in June: a payment dated back would overdraw June
    assert refusal(lambda: world.paid(1, 50_001, on=date(2022, 3, 1), voucher="V2")) == "beyond_budget"
    assert refusal(lambda: world.grant(-50_001, on=date(2022, 3, 1), kind="recalled")) == "beyond_budget"
    assert world.paid(1, 50_000, on=date(2022, 3, 1), voucher="V2")


def test_the_refusal_says_the_balance_and_by_how_much_it_is_exceeded() -> None:
    world = World(granted=300_000)
    world.advanced()
    with pytest.raises(Refused, match=r"2022-06-10 的余额为 300,000\.00 元，超出 100,000\.00 元"):
        world.paid(1, 400_000)
    world.paid(1, 50_000)
    with pytest.raises(Refused, match=r"的余额为 250,000\.00 元，超出 0\.01 元"):
        world.grant(-250_000 - Decimal("0.01"), on=date(2022, 6, 12), kind="recalled")


def test_a_payment_lies_in_the_year_of_its_budget_line() -> None:
    world = World()
    world.advanced()
    line = world.project.lines.get()
    made = dict(project=world.project, contract=world.contract, instalment=world.contract.instalments.first())
    with pytest.raises(IntegrityError, match="not in the year"), transaction.atomic():
        Payment.objects.create(
            **made, line=line, number="X", on=date(2023, 1, 1), amount_yuan=1, voucher="V", made_by="", made_at=NOW
        )


def test_an_advance_is_paid_before_anything_was_accepted_within_its_limit() -> None:
    world = World(advance=300_000)
    assert refusal(lambda: world.advanced(300_001)) == "beyond_advance"
    world.advanced(300_000)
    assert world.paid(1, 300_000)
    assert refusal(lambda: world.paid(1, 1, voucher="V2")) == "beyond_acceptance"


def test_without_a_limit_there_is_no_advance() -> None:
    assert refusal(lambda: World(advance=0).advanced(1)) == "beyond_advance"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": "advance"}, "confirmation_unfit"),
        ({"kind": "warranty"}, "confirmation_unfit"),
        ({"evidence": {}}, "evidence_missing"),
        ({"evidence": {"验收报告": "  "}}, "evidence_missing"),
        ({"amount_yuan": yuan("550000.01")}, "beyond_instalment"),
        ({"on": date(2022, 5, 31)}, "not_accepted"),
        ({"on": date(2022, 6, 16)}, "date_ahead"),
        ({"statement": " "}, "statement_missing"),
    ],
)
def test_a_confirmation_that_does_not_fit_is_refused(more: dict[str, object], code: str) -> None:
    world = World()
    assert refusal(lambda: world.confirmed(**more)) == code


def test_a_failed_or_corrected_acceptance_confirms_nothing() -> None:
    world = World()
    failed = world.accepted(passed=False)
    assert refusal(lambda: world.confirmed(acceptance=failed.number)) == "not_accepted"
    passed = world.accepted()
    world.accepted(passed=False, corrects=passed.number)
    assert refusal(lambda: world.confirmed(acceptance=passed.number)) == "not_accepted"


def test_an_acceptance_that_money_stands_on_is_corrected_after_the_confirmation_is_taken_back() -> None:
    world = World()
    seen = world.accepted()
    confirmed = world.confirmed(acceptance=seen.number)
    assert refusal(lambda: world.accepted(passed=False, corrects=seen.number)) == "acceptance_used"
    services.take_back_confirmation(actor=ACTOR, number=confirmed.number, reason="重新测试", now=NOW)
    assert world.accepted(passed=False, corrects=seen.number)


def test_a_confirmation_that_was_paid_on_is_not_taken_back() -> None:
    world = World()
    row = world.confirmed()
    payment = world.paid(2, 1)
    take_back = lambda: services.take_back_confirmation(actor=ACTOR, number=row.number, reason="误", now=NOW)  # noqa: E731
    assert refusal(take_back) == "beyond_acceptance"
    services.reverse_payment(actor=ACTOR, number=payment.number, reason="重复", now=NOW)
    assert take_back().amount_yuan == -row.amount_yuan


def test_the_retention_waits_for_the_end_of_the_warranty() -> None:
    world = World()
    world.contract.warranty_until = date(2022, 6, 9)
    world.contract.save(update_fields=["warranty_until"])
    spec = services.ConfirmationSpec(
        kind="warranty", amount_yuan=yuan(50_000), on=date(2022, 6, 9), statement="无质量问题"
    )
    confirm = lambda on: services.confirm_payable(  # noqa: E731
        actor=ACTOR,
        contract=world.contract.number,
        ordinal=3,
        spec=services.ConfirmationSpec(**(spec.__dict__ | {"on": on})),
        now=NOW,
    )
    assert refusal(lambda: confirm(date(2022, 6, 9))) == "warranty_runs"
    assert confirm(date(2022, 6, 10))


def test_a_deduction_lowers_what_may_be_paid_and_cannot_follow_the_payment() -> None:
    world = World()
    world.confirmed()
    spec = services.PenaltySpec(amount_yuan=yuan(10_000), on=date(2022, 6, 5), clause="第九条", reason="逾期10日")
    deduct = lambda: services.deduct(actor=ACTOR, contract=world.contract.number, ordinal=2, spec=spec, now=NOW)  # noqa: E731
    row = deduct()
    assert refusal(lambda: world.paid(2, "540000.01")) == "beyond_acceptance"
    world.paid(2, 540_000)
    assert refusal(deduct) == "beyond_acceptance"
    services.waive(actor=ACTOR, number=row.number, reason="不可抗力", now=NOW)
    assert world.paid(2, 10_000, voucher="V2")


def test_a_contract_is_filed_when_its_instalments_make_the_whole() -> None:
    world = World()
    row = world.drafted(parts=PARTS[:2], amount_yuan=yuan(200_000))
    assert refusal(lambda: services.file_contract(actor=ACTOR, number=row.number, now=NOW)) == "contract_sum_differs"


@pytest.mark.parametrize("blank", [{"approval": ""}, {"supplier": ""}, {"signed_on": None}])
def test_an_incomplete_contract_is_not_filed(blank: dict[str, object]) -> None:
    row = World().drafted(**blank)
    assert refusal(lambda: services.file_contract(actor=ACTOR, number=row.number, now=NOW)) == "project_incomplete"


def test_a_contract_with_a_retention_is_filed_with_the_end_of_its_warranty() -> None:
    world = World(advance=0)
    row = world.drafted(warranty_until=None, amount_yuan=yuan(100_000))
    assert refusal(lambda: services.file_contract(actor=ACTOR, number=row.number, now=NOW)) == "warranty_missing"
    whole = (services.PartSpec(milestone="终验", percent=yuan(100)),)
    row = world.drafted(parts=whole, warranty_until=None, amount_yuan=yuan(100_000))
    assert services.file_contract(actor=ACTOR, number=row.number, now=NOW).state == "filed"


def test_contracts_of_an_approval_stay_within_it_together() -> None:
    world = World()
    row = world.drafted(amount_yuan=yuan("200000.01"))
    assert refusal(lambda: services.file_contract(actor=ACTOR, number=row.number, now=NOW)) == "beyond_approval"
    assert refusal(lambda: world.drafted(amount_yuan=yuan("1200000.01"))) == "beyond_approval"


def change(world: World, amount: int, last: int, approval: str = "") -> object:
    parts = (*PARTS[:2], services.PartSpec(milestone="质保期满", amount_yuan=yuan(last), kind="retention"))
    fixed = [
        services.PartSpec(**(p.__dict__ | {"amount_yuan": yuan(a)}))
        for p, a in zip(parts, (400_000, 550_000), strict=False)
    ]
    spec = services.ChangeSpec(
        amount_yuan=yuan(amount),
        on=date(2022, 6, 1),
        document="变更批复",
        reason="增加功能",
        parts=[*fixed, parts[2]],
        approval=approval,
    )
    return services.change_contract(actor=ACTOR, number=world.contract.number, spec=spec, now=NOW)


def test_a_change_moves_contract_and_instalments_together() -> None:
    world = World()
    assert refusal(lambda: change(world, 50_000, 50_000)) == "contract_sum_differs"
    change(world, 50_000, 100_000)
    assert contracts.worth(world.contract) == yuan(1_050_000)


def test_a_change_over_a_tenth_needs_a_new_approval_and_stays_within_it() -> None:
    world = World()
    assert refusal(lambda: change(world, 100_001, 150_001)) == "reapproval_needed"
    spec = services.ApprovalSpec(item="热线升级", document="揭府函〔2022〕9号", amount_yuan=yuan(1_100_001))
    again = services.approve_item(actor=ACTOR, number=world.project.number, spec=spec, now=NOW)
    assert refusal(lambda: change(world, 100_002, 150_002, again.number)) == "beyond_approval"
    assert change(world, 100_001, 150_001, again.number)


def test_plain_sql_of_the_applications_role_is_refused_the_same() -> None:
    world = World()
    world.confirmed()
    payment = world.paid(2, 550_000)
    columns = "number, project_id, contract_id, instalment_id, line_id, voucher, invoice, statement, made_by, made_at"
    insert = (
        f"INSERT INTO projects_payment ({columns}, \"on\", amount_yuan) SELECT 'FK-SQL', project_id, contract_id, "
        f"instalment_id, line_id, 'V-SQL', '', '', 'sql', now(), \"on\", 0.01 FROM projects_payment WHERE id = %s"
    )
    assert broken(insert, payment.pk) == "projects_beyond_acceptance"
    assert broken("UPDATE projects_contract SET amount_yuan = amount_yuan + 1 WHERE id = %s", world.contract.pk) == (
        "projects_contract_filed"
    )
    part = world.contract.instalments.get(ordinal=2)
    assert broken("UPDATE projects_instalment SET amount_yuan = 1 WHERE id = %s", part.pk) == "projects_confirmation"
    assert broken("UPDATE projects_instalment SET amount_yuan = amount_yuan + 1 WHERE id = %s", part.pk) == (
        "projects_contract_sum"
    )
    assert broken("DELETE FROM projects_instalment WHERE contract_id = %s AND ordinal = 3", world.contract.pk) == (
        "projects_contract_sum"
    )
    assert broken("UPDATE projects_project SET pays_directly = true WHERE id = %s", world.project.pk) == (
        "projects_pays_directly"
    )


def test_a_project_without_contract_pays_from_its_budget_only() -> None:
    world = World()
    direct = services.ProjectSpec(name="大厅运行", kind="expense", pays_directly=True)
    row = services.register_project(actor=ACTOR, org_code=world.org.code, spec=direct, now=NOW)
    move = services.MoveSpec(kind="granted", amount_yuan=yuan(240_000), on=date(2022, 1, 1), document="预算")
    services.move_budget(actor=ACTOR, project=row.number, spec=move, now=NOW)
    pay = lambda amount, number, voucher: services.pay_directly(  # noqa: E731
        actor=ACTOR,
        project=number,
        spec=services.PaymentSpec(on=date(2022, 6, 1), amount_yuan=yuan(amount), voucher=voucher),
        now=NOW,
    )
    assert pay(240_000, row.number, "V1")
    assert refusal(lambda: pay("0.01", row.number, "V2")) == "beyond_budget"
    assert refusal(lambda: pay("0.01", world.project.number, "V2")) == "contract_needed"


def test_what_is_carried_over_leaves_one_year_and_enters_the_next() -> None:
    world = World(granted=900_000)
    carry = lambda amount: services.carry_over(  # noqa: E731
        actor=ACTOR, project=world.project.number, year=2022, amount_yuan=yuan(amount), document="结转批复", now=NOW
    )
    assert refusal(lambda: carry("900000.01")) == "beyond_budget"
    carry(900_000)
    assert refusal(lambda: carry(1)) == "beyond_budget"
    world.advanced()
    assert refusal(lambda: world.paid(1, 1)) == "beyond_budget"
    sums = {line.year: sum(m.amount_yuan for m in line.moves.all()) for line in world.project.lines.all()}
    assert sums == {2022: Decimal(0), 2023: yuan(900_000)}


def test_an_import_enters_all_payments_or_none() -> None:
    world = World()
    world.confirmed()
    row = lambda amount, voucher: services.PaymentRow(  # noqa: E731
        contract=world.contract.number,
        ordinal=2,
        spec=services.PaymentSpec(on=date(2022, 6, 10), amount_yuan=yuan(amount), voucher=voucher),
    )
    rows = [row(500_000, "V1"), row("50000.01", "V2")]
    with pytest.raises(Refused, match="第 3 行"):
        services.import_payments(actor=ACTOR, rows=rows, now=NOW)
    assert not Payment.objects.exists()
    assert services.import_payments(actor=ACTOR, rows=[rows[0], row(50_000, "V2")], now=NOW) == 2


def test_a_reversal_gives_the_money_back_once() -> None:
    world = World()
    world.confirmed()
    payment = world.paid(2, 550_000)
    services.reverse_payment(actor=ACTOR, number=payment.number, reason="退回", now=NOW)
    assert refusal(lambda: world.paid(2, 550_000, voucher="V2")) == "before_acceptance"  # 10 June: not back yet
    assert world.paid(2, 550_000, on=date(2022, 6, 15), voucher="V2")


def test_each_payment_is_recorded_for_the_ledger() -> None:
    world = World()
    world.confirmed()
    payment = world.paid(2, 550_000)
    record = Record.objects.get(kind="projects.payment", subject=payment.number)
    assert record.payload["amount_yuan"] == "550000.00"
    assert record.payload["contract"] == world.contract.number


def test_payments_are_neither_changed_nor_deleted() -> None:
    world = World()
    world.confirmed()
    payment = world.paid(2, 1)
    for act in (lambda: Payment.objects.filter(pk=payment.pk).update(amount_yuan=0), payment.delete):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            act()
