"""Payments: recorded one by one or as a file, reversed by an opposite row. The database decides what may be paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PAYMENT_EDIT, Proven
from yunshu.domains.projects.models import BudgetLine, Contract, Instalment, Payment, Project
from yunshu.domains.projects.selectors import blanks
from yunshu.domains.projects.selectors import contracts as of_contracts
from yunshu.domains.projects.selectors import money as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.projects import locked_project
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused, YunshuError
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan


@dataclass(frozen=True, kw_only=True)
class PaymentSpec:
    """Money that left: when, how much in yuan, by which voucher, from which fund of its year."""

    on: date
    amount_yuan: Decimal
    voucher: str
    invoice: str = ""
    statement: str = ""
    fund: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentRow:
    """One line of an import: of which contract and instalment, or (``contract`` empty) of which project without one."""

    spec: PaymentSpec
    contract: str = ""
    ordinal: int = 0
    project: str = ""


@transaction.atomic
def pay_instalment(*, actor: Viewer, contract: str, ordinal: int, spec: PaymentSpec, now: datetime) -> Payment:
    """Enter a payment of an instalment.

    Raises NotFound (``contract_not_found``, ``instalment_not_found``, ``line_not_found``), NotPermitted, Refused
    (``voucher_missing``, ``date_ahead``, ``project_incomplete``; ``beyond_acceptance``, ``beyond_budget`` and the rest of ``rules.refusals``).
    """
    rows = of_contracts.visible_contracts(actor).select_for_update(of=("self",), no_key=True)
    row = rows.filter(number=contract).first()
    if row is None:
        raise NotFound("contract_not_found")
    part = row.instalments.filter(ordinal=ordinal).first()
    if part is None:
        raise NotFound("instalment_not_found")
    actor.require(PAYMENT_EDIT, row.project.org.path)
    if lacking := blanks.shortfall(row):
        raise Refused("project_incomplete", _("付款前请补齐：%(what)s。") % {"what": lacking})
    return _pay(actor, row.project, (row, part), spec, now)


@transaction.atomic
def pay_directly(*, actor: Viewer, project: str, spec: PaymentSpec, now: datetime) -> Payment:
    """Enter a payment of a project that has no contract. Raises as ``pay_instalment``, Refused (``contract_needed``)."""
    return _pay(actor, locked_project(actor, project), None, spec, now)


@transaction.atomic
def import_payments(*, actor: Viewer, rows: Sequence[PaymentRow], now: datetime) -> int:
    """Enter all payments of a file, or none; return how many.

    Raises Refused (``rows_bad``) with the first row that could not be entered and why.
    """
    for number, row in enumerate(rows, 2):
        try:
            if row.contract:
                pay_instalment(actor=actor, contract=row.contract, ordinal=row.ordinal, spec=row.spec, now=now)
            else:
                pay_directly(actor=actor, project=row.project, spec=row.spec, now=now)
        except (NotFound, Refused, Conflict) as error:
            raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": number, "why": _sentence(error)}) from error
    return len(rows)


@transaction.atomic
def reverse_payment(*, actor: Viewer, number: str, reason: str, now: datetime) -> Payment:
    """Reverse a payment by a row of the opposite amount.

    Raises NotFound (``payment_not_found``), NotPermitted, Conflict (``already_reversed``) and Refused (``reason_missing``).
    """
    old = selectors.visible_payments(actor).filter(number=number).first()
    if old is None:
        raise NotFound("payment_not_found")
    actor.require(PAYMENT_EDIT, old.project.org.path)
    if old.contract_id:
        Contract.objects.select_for_update(no_key=True).get(pk=old.contract_id)
    if not reason.strip():
        raise Refused("reason_missing", _("请填写冲销原因。"), where="reason")
    if old.reverses_id or Payment.objects.filter(reverses=old).exists():
        raise Conflict("already_reversed", _("该笔付款已冲销。"))
    with held():
        row = Payment.objects.create(
            number=public_number("FK", clock.city_date(now)),
            project=old.project,
            contract=old.contract,
            instalment=old.instalment,
            line=old.line,
            on=max(min(clock.city_date(now), date(old.line.year, 12, 31)), old.on),
            amount_yuan=-old.amount_yuan,
            voucher=old.voucher,
            statement=reason.strip(),
            reverses=old,
            made_by=actor.name,
            made_at=now,
        )
    _prove(row, actor, now)
    return row


def _pay(
    actor: Viewer, project: Project, part: tuple[Contract, Instalment] | None, spec: PaymentSpec, now: datetime
) -> Payment:
    actor.require(PAYMENT_EDIT, project.org.path)
    if not spec.voucher.strip():
        raise Refused("voucher_missing", _("请填写凭证号。"), where="voucher")
    if spec.on > clock.city_date(now):
        raise Refused("date_ahead", _("日期不能晚于今天。"), where="on")
    contract, instalment = part or (None, None)
    with held(spent_yuan=yuan(spec.amount_yuan)):
        row = Payment.objects.create(
            number=public_number("FK", clock.city_date(now)),
            project=project,
            contract=contract,
            instalment=instalment,
            line=_line(project, spec),
            on=spec.on,
            amount_yuan=yuan(spec.amount_yuan),
            voucher=spec.voucher.strip(),
            invoice=spec.invoice.strip(),
            statement=spec.statement.strip(),
            made_by=actor.name,
            made_at=now,
        )
    _prove(row, actor, now)
    return row


def _line(project: Project, spec: PaymentSpec) -> BudgetLine:
    rows = project.lines.filter(year=spec.on.year)
    found = list(rows.filter(fund=spec.fund) if spec.fund else rows)
    if not found:
        raise NotFound("line_not_found", _("该项目没有 %(year)s 年的预算额度。") % {"year": spec.on.year})
    if len(found) > 1:
        raise Refused("fund_ambiguous", _("该年度有多个资金来源，请写明由哪一个支付。"), where="fund")
    return found[0]


def _sentence(error: YunshuError) -> str:
    missing = {
        "contract_not_found": _("合同不存在"),
        "project_not_found": _("项目不存在"),
        "instalment_not_found": _("分期不存在"),
    }
    return error.message or str(missing.get(error.code, error.code))


def _prove(row: Payment, actor: Viewer, now: datetime) -> None:
    words = {"project": row.project.number, "contract": row.contract.number if row.contract else "", "on": row.on}
    words |= {"instalment": row.instalment.ordinal if row.instalment else None, "amount_yuan": row.amount_yuan}
    words |= {"year": row.line.year, "voucher": row.voucher, "reverses": row.reverses.number if row.reverses else ""}
    proof.of(Proven.PAYMENT, row.number, words, actor, now)
