"""The fourteen tasks of the real table as projects: facts of the form, and what it leaves open said to be so."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory
from tests.projects.world import ACTOR, NOW, yuan

from yunshu.config.city import load_projects
from yunshu.config.city.pack import Pack, read
from yunshu.domains.projects import services
from yunshu.domains.projects.models import BudgetMove, Contract, Project
from yunshu.domains.projects.selectors import contracts

pytestmark = pytest.mark.django_db
JIEYANG = Path(__file__).parents[2] / "cities/jieyang"
WAN = 10_000


@pytest.fixture
def pack() -> Pack:
    """The pack, loaded."""
    found, problems = read(JIEYANG)
    assert found is not None, problems
    OrgFactory(code="445200-001", name="揭阳市政务服务和数据管理局")
    list(load_projects.load_projects(found))
    return found


def contract(code: str, **more: object) -> Contract:
    return Contract.objects.get(project__code=code, **more)


def test_there_are_fourteen_and_their_budgets_of_2022_make_the_forms_sum(pack: Pack) -> None:
    assert Project.objects.count() == 14
    granted = BudgetMove.objects.filter(line__year=2022)
    assert sum(m.amount_yuan for m in granted) == Decimal("5195.75") * WAN


def test_a_second_load_changes_nothing(pack: Pack) -> None:
    tallies = {t.file: dict(t.counts) for t in load_projects.load_projects(pack)}
    assert tallies["projects.toml"] == {"same": 14}
    assert set(tallies["project limits"]) == {"same"}


def test_the_first_of_three_instalments_is_an_advance_within_its_limit(pack: Pack) -> None:
    row = contract("2022/key:1")
    parts = [(p.kind, p.percent, p.amount_yuan, p.due_on) for p in row.instalments.all()]
    assert parts == [
        ("advance", 40, yuan(4800 * WAN), date(2021, 11, 30)),
        ("progress", 30, yuan(3600 * WAN), date(2022, 11, 30)),
        ("progress", 30, yuan(3600 * WAN), date(2023, 11, 30)),
    ]
    assert (row.amount_yuan, row.advance_limit_yuan, row.deliver_by) == (
        yuan(12000 * WAN),
        yuan(4800 * WAN),
        date(2021, 12, 31),
    )


def test_it_is_paid_before_the_delivery_once_its_blanks_are_filled(pack: Pack) -> None:
    row = contract("2022/key:1")
    project = row.project.number
    approved = services.ApprovalSpec(item="AK", document="待补", amount_yuan=row.amount_yuan)
    approval = services.approve_item(actor=ACTOR, number=project, spec=approved, now=NOW)
    names = ("name", "amount_yuan", "advance_limit_yuan", "advance_basis", "deliver_by")
    spec = services.ContractSpec(
        **{n: getattr(row, n) for n in names}, approval=approval.number, supplier="甲公司", signed_on=date(2021, 6, 1)
    )
    services.save_contract(actor=ACTOR, number=row.number, spec=spec)
    told = services.ProjectSpec(name=row.project.name, kind=row.project.kind, basis="原表")
    services.save_project(actor=ACTOR, number=project, spec=told)
    services.move_project(actor=ACTOR, number=project, verb="stand_start", reason="合同已签", now=NOW)
    services.file_contract(actor=ACTOR, number=row.number, now=NOW)
    move = services.MoveSpec(kind="granted", amount_yuan=yuan(4800 * WAN), on=date(2021, 1, 1), document="预算")
    services.move_budget(actor=ACTOR, project=project, spec=move, now=NOW)
    ahead = services.ConfirmationSpec(
        kind="advance", amount_yuan=yuan(4800 * WAN), on=date(2021, 11, 20), statement="按合同预付"
    )
    services.confirm_payable(actor=ACTOR, contract=row.number, ordinal=1, spec=ahead, now=NOW)
    paid = services.PaymentSpec(on=date(2021, 11, 30), amount_yuan=yuan(4800 * WAN), voucher="V1")
    assert services.pay_instalment(actor=ACTOR, contract=row.number, ordinal=1, spec=paid, now=NOW)


def test_what_the_form_does_not_say_is_named_and_nothing_is_filed(pack: Pack) -> None:
    assert not Contract.objects.exclude(state="draft").exists()
    assert not Contract.objects.exclude(supplier="").exists()
    assert Project.objects.get(code="2022/other:1").blanks == ["立项批复", "合同"]
    assert "合同总额（由“40% = 4800万元”推出，原件待核）" in contract("2022/key:1").blanks


@pytest.mark.parametrize(
    ("code", "count", "amount"),
    [("2022/other:5", 6, "581760.00"), ("2022/other:6", 5, "954240.00")],
)
def test_equal_instalments_make_the_total(pack: Pack, code: str, count: int, amount: str) -> None:
    row = contract(code)
    assert [p.amount_yuan for p in row.instalments.all()] == [Decimal(amount)] * count
    assert sum(p.row.amount_yuan for p in contracts.parts(row.instalments.all())) == row.amount_yuan


def test_two_contracts_stand_on_the_document_that_the_form_names(pack: Pack) -> None:
    rows = Contract.objects.filter(project__code="2022/other:13").order_by("pk")
    assert [(r.amount_yuan, r.signed_on, r.approval.document) for r in rows] == [
        (yuan(5_489_000), date(2021, 7, 1), "综一〔2020〕272号"),
        (yuan(80_000), None, "综一〔2020〕272号"),
    ]
    lines = {line.year: sum(m.amount_yuan for m in line.moves.all()) for line in rows[0].project.lines.all()}
    assert lines == {2021: yuan(400 * WAN), 2022: yuan(1_569_000)}
