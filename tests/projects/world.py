"""A small world of money: a bureau with a project, an approval, a budget, a filed contract of three instalments."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.factories.directory import OrgFactory

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.projects import services
from yunshu.domains.projects.models import Acceptance, Confirmation, Contract, Expert, Payment, Project

NOW = datetime(2022, 6, 15, 2, tzinfo=UTC)
ACTOR = System(name="test")
PARTS = (
    services.PartSpec(milestone="合同签订", percent=Decimal(40), kind="advance", due_on=date(2022, 3, 31)),
    services.PartSpec(
        milestone="竣工验收", percent=Decimal(55), due_on=date(2022, 9, 30), required_evidence=["验收报告"]
    ),
    services.PartSpec(milestone="质保期满", percent=Decimal(5), kind="retention", due_on=date(2023, 9, 30)),
)


def yuan(amount: int | str) -> Decimal:
    """An amount in yuan."""
    return Decimal(amount).quantize(Decimal("0.01"))


SPEC = services.ProjectSpec(name="热线升级", kind="build", deliver_by=date(2022, 9, 30), basis="揭府办〔2021〕9号")


class World:
    """Makes the project at once; ``contract`` is filed, of 1,000,000.00 yuan within an approval of 1,200,000.00."""

    def __init__(self, *, granted: int = 900_000, advance: int = 400_000, org: Org | None = None) -> None:
        self.org = org or OrgFactory()
        self.project = services.register_project(actor=ACTOR, org_code=self.org.code, spec=SPEC, now=NOW)
        self.stand("start")
        self.approval = services.approve_item(
            actor=ACTOR,
            number=self.project.number,
            spec=services.ApprovalSpec(item="热线升级", document="揭府函〔2022〕1号", amount_yuan=yuan(1_200_000)),
            now=NOW,
        )
        if granted:
            self.grant(granted)
        self.contract = self.filed(advance_limit_yuan=yuan(advance), advance_basis="合同第五条" if advance else "")

    def grant(self, amount: int, on: date = date(2022, 1, 1), kind: str = "granted") -> None:
        """Move the budget of a year."""
        spec = services.MoveSpec(kind=kind, amount_yuan=yuan(amount), on=on, document="预算批复")
        services.move_budget(actor=ACTOR, project=self.project.number, spec=spec, now=NOW)

    def stand(self, stage: str) -> None:
        """Put the project where it stands, as papers of before would say."""
        verb, reason = f"stand_{stage}", "合同已于2022年1月签订"
        self.project = services.move_project(actor=ACTOR, number=self.project.number, verb=verb, reason=reason, now=NOW)

    def drafted(self, parts: tuple[services.PartSpec, ...] = PARTS, **more: Any) -> Contract:
        """A contract that is not filed yet."""
        words: dict[str, Any] = {
            "name": "热线升级合同",
            "amount_yuan": yuan(1_000_000),
            "approval": self.approval.number,
            "supplier": "甲公司",
            "signed_on": date(2022, 1, 10),
            "warranty_until": date(2023, 9, 29),
        }
        spec = services.ContractSpec(**(words | more))
        row = services.create_contract(actor=ACTOR, project=self.project.number, spec=spec, now=NOW)
        services.replace_plan(actor=ACTOR, number=row.number, parts=parts)
        return row

    def filed(self, **more: Any) -> Contract:
        """A filed contract."""
        return services.file_contract(actor=ACTOR, number=self.drafted(**more).number, now=NOW)

    def accepted(self, *, on: date = date(2022, 6, 1), passed: bool = True, **more: Any) -> Acceptance:
        """A final acceptance."""
        words = {"kind": "final", "item": "竣工验收", "on": on, "passed": passed, "statement": "验收会议纪要"}
        spec = services.AcceptanceSpec(**(words | {"contract": self.contract.number} | more))
        return services.record_acceptance(actor=ACTOR, project=self.project.number, spec=spec, now=NOW)

    def advanced(self, amount: int = 400_000, on: date = date(2022, 2, 1)) -> Confirmation:
        """The advance confirmed."""
        spec = services.ConfirmationSpec(kind="advance", amount_yuan=yuan(amount), on=on, statement="按合同预付")
        return services.confirm_payable(actor=ACTOR, contract=self.contract.number, ordinal=1, spec=spec, now=NOW)

    def confirmed(self, amount: int = 550_000, on: date = date(2022, 6, 2), **more: Any) -> Confirmation:
        """The second instalment confirmed by an acceptance."""
        words = {"kind": "acceptance", "amount_yuan": yuan(amount), "on": on, "statement": "同意支付"}
        words |= {"acceptance": more.pop("acceptance", None) or self.accepted().number}
        words |= {"evidence": {"验收报告": "YS-1"}}
        spec = services.ConfirmationSpec(**(words | more))
        return services.confirm_payable(actor=ACTOR, contract=self.contract.number, ordinal=2, spec=spec, now=NOW)

    def paid(self, ordinal: int, amount: int | str, on: date = date(2022, 6, 10), voucher: str = "V1") -> Payment:
        """A payment."""
        spec = services.PaymentSpec(on=on, amount_yuan=yuan(amount), voucher=voucher)
        return services.pay_instalment(actor=ACTOR, contract=self.contract.number, ordinal=ordinal, spec=spec, now=NOW)


OF_PROJECT = (
    "act",
    "hand_in",
    "edit",
    "approve",
    "costs",
    "accept",
    "create_contract",
    "pay_directly",
    "budget",
    "carry",
    "organise",
    "cut",
    "duplicates",
)
"""Pages whose first argument is the project's number."""


def walked(world: World) -> tuple[str, str, str, str]:
    """Give a contract one of each: return the numbers of a confirmation, a deduction, a guarantee and a payment."""
    number = world.contract.number
    confirmation = world.confirmed()
    spec = services.PenaltySpec(amount_yuan=yuan(10), on=date(2022, 6, 5), clause="第九条", reason="逾期")
    penalty = services.deduct(actor=ACTOR, contract=number, ordinal=2, spec=spec, now=NOW)
    letter = services.GuaranteeSpec(
        kind="performance", form="letter", amount_yuan=yuan(10), document="保函", received_on=date(2022, 1, 11)
    )
    guarantee = services.receive_guarantee(actor=ACTOR, contract=number, spec=letter, now=NOW)
    return confirmation.number, penalty.number, guarantee.number, world.paid(2, 1).number


def at_review(world: World) -> str:
    """Return the number of another project of the same organisation that has reached its third-party review."""
    row = services.register_project(actor=ACTOR, org_code=world.org.code, spec=SPEC, now=NOW)
    Project.objects.filter(pk=row.pk).update(stage="review")
    return row.number


def reviewed(world: World) -> tuple[str, str]:
    """Give the project a review that is drawn: return its number and that of a finding."""
    for n in range(5):
        Expert.objects.create(code=f"W{n}", name=f"专家岗{n}（示例）", unit=f"示例高校{n}")
    Project.objects.filter(pk=world.project.pk).update(stage="review")
    spec = services.ReviewSpec(agency="评审机构", fee_yuan=yuan(1), size=5)
    row = services.open_review(actor=ACTOR, project=world.project.number, spec=spec, now=NOW)
    Project.objects.filter(pk=world.project.pk).update(stage="start")
    services.give_word(actor=ACTOR, number=row.number, word="7", now=NOW)
    services.reveal_draw(actor=ACTOR, number=row.number, now=NOW)
    finding = services.raise_finding(actor=ACTOR, number=row.number, criterion="cost", clause="1", text="问题", now=NOW)
    return row.number, finding.number
