"""Projects over HTTP: contracts with what may be paid, and paying. The same services as the pages, the same refusals."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.projects import services
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.domains.projects.selectors import blanks, contracts, money
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.paging import Slices

router = Router(tags=["项目管理"])
Fen = Field(max_digits=18, decimal_places=2)


class ContractOut(Schema):
    """A contract."""

    number: str
    name: str
    project: str = Field(alias="project.number")
    supplier: str = Field(description="空表示待补")
    worth_yuan: Decimal = Field(description="合同金额与已批准的变更，元")
    paid_yuan: Decimal
    state: str = Field(description="draft 未备案、filed 已备案、settled 已结算、ended 已终止")
    blanks: list[str] = Field(description="待补事项")

    @staticmethod
    def resolve_blanks(row: Any) -> list[str]:
        """Return what is still open, as the page says it."""
        return blanks.of_contract(row)


class PartOut(Schema):
    """An instalment with its sums."""

    ordinal: int
    milestone: str
    kind: str
    due_on: date | None
    amount_yuan: Decimal
    confirmed_yuan: Decimal
    deducted_yuan: Decimal
    paid_yuan: Decimal
    payable_yuan: Decimal = Field(description="现在可付，元")


class PaymentIn(Schema):
    """A payment to be entered."""

    on: date
    amount_yuan: Decimal = Fen
    voucher: str = Field(min_length=1, max_length=60)
    invoice: str = Field("", max_length=60)
    statement: str = Field("", max_length=200)
    fund: str = Field("", description="该年度有多个资金来源时写明", max_length=60)


class PaymentOut(Schema):
    """A payment that was entered."""

    number: str
    project: str = Field(alias="project.number")
    contract: str | None = Field(None, alias="contract.number")
    ordinal: int | None = Field(None, alias="instalment.ordinal")
    year: int = Field(alias="line.year")
    on: date
    amount_yuan: Decimal
    voucher: str
    statement: str


@router.get("/contracts", response=list[ContractOut], summary="项目合同")
@paginate(Slices)
def list_contracts(request: HttpRequest) -> Any:
    """Return the contracts in reach."""
    viewer = viewer_of(request)
    viewer.require(PROJECT_VIEW)
    return contracts.visible_contracts(viewer).prefetch_related("instalments").order_by("number")


@router.get("/contracts/{number}/instalments", response=list[PartOut], summary="付款分期")
def list_parts(request: HttpRequest, number: str) -> list[PartOut]:
    """Return a contract's instalments: confirmed, deducted, paid, payable."""
    row = contracts.get_contract(viewer_of(request), number)
    return [
        PartOut(
            ordinal=part.row.ordinal,
            milestone=part.row.milestone,
            kind=part.row.kind,
            due_on=part.row.due_on,
            amount_yuan=part.row.amount_yuan,
            confirmed_yuan=part.confirmed_yuan,
            deducted_yuan=part.deducted_yuan,
            paid_yuan=part.paid_yuan,
            payable_yuan=part.payable_yuan,
        )
        for part in contracts.parts(row.instalments.all())
    ]


@router.post("/contracts/{number}/instalments/{ordinal}/payments", response=PaymentOut, summary="登记付款")
def pay(request: HttpRequest, number: str, ordinal: int, body: PaymentIn) -> Any:
    """Enter a payment of an instalment; never more than was accepted, approved and budgeted."""
    spec = services.PaymentSpec(**body.dict())
    return services.pay_instalment(
        actor=viewer_of(request), contract=number, ordinal=ordinal, spec=spec, now=clock.now()
    )


@router.get("/payments", response=list[PaymentOut], summary="项目付款")
@paginate(Slices)
def list_payments(request: HttpRequest) -> Any:
    """Return the payments in reach, the latest first."""
    viewer = viewer_of(request)
    viewer.require(PROJECT_VIEW)
    return money.visible_payments(viewer).order_by("-on", "-pk")
