"""Contracts: written, planned, filed, changed, settled; deductions and guarantees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import ContractState, InstalmentKind
from yunshu.domains.projects.contracts import CONTRACT_EDIT, Proven
from yunshu.domains.projects.models import Approval, Contract, ContractChange, Instalment
from yunshu.domains.projects.selectors import blanks, limits
from yunshu.domains.projects.selectors import contracts as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.projects import locked_project
from yunshu.lib.identifiers import uscc
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan

PERCENT = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class ContractSpec:
    """What a contract says; ``approval`` is the number of an approved item, ``blanks`` what the source leaves open."""

    name: str
    amount_yuan: Decimal
    approval: str = ""
    supplier: str = ""
    supplier_uscc: str = ""
    is_small_supplier: bool | None = None
    advance_limit_yuan: Decimal = Decimal(0)
    advance_basis: str = ""
    signed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    deliver_by: date | None = None
    warranty_until: date | None = None
    penalty_daily_percent: Decimal | None = None
    penalty_cap_percent: Decimal | None = None
    blanks: Sequence[str] = ()
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PartSpec:
    """One instalment: by amount, or (``amount_yuan`` None) by its share of the contract in percent."""

    milestone: str
    amount_yuan: Decimal | None = None
    percent: Decimal | None = None
    kind: str = InstalmentKind.PROGRESS.value
    year: int | None = None
    due_on: date | None = None
    required_evidence: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeSpec:
    """An approved change: how much more or less, and the instalments as they stand with it; ``approval``: a new approved item."""

    amount_yuan: Decimal
    on: date
    document: str
    reason: str
    parts: Sequence[PartSpec]
    approval: str = ""


@transaction.atomic
def create_contract(*, actor: Viewer, project: str, spec: ContractSpec, now: datetime) -> Contract:
    """Write down a contract of a project, not filed yet.

    Raises NotFound, NotPermitted and Refused (``name_missing``, ``uscc_invalid``, codes of ``rules.refusals``).
    """
    owner = locked_project(actor, project)
    actor.require(CONTRACT_EDIT, owner.org.path)
    row = Contract(number=public_number("HT", clock.city_date(now)), project=owner, created_by=actor.name)
    row.created_at = now
    _write(row, spec)
    with held():
        row.save(force_insert=True)
    return row


@transaction.atomic
def save_contract(*, actor: Viewer, number: str, spec: ContractSpec) -> Contract:
    """Change a contract; once filed only what the database lets change. Raises as ``create_contract``."""
    row = locked_contract(actor, number)
    _write(row, spec)
    with held():
        row.save()
    return row


@transaction.atomic
def replace_plan(*, actor: Viewer, number: str, parts: Sequence[PartSpec]) -> int:
    """Write the instalments of a contract that is not filed; return how many.

    Shares in percent are rounded to the fen; the last of the parts given by share takes the rest, if all shares
    and amounts together make the whole. Raises NotFound, NotPermitted and Refused (``contract_filed``, ``part_faulty``).
    """
    row = locked_contract(actor, number)
    if row.state != ContractState.DRAFT:
        raise Refused("contract_filed", _("合同备案后，金额、预付上限和付款条件只能按批准的变更调整。"))
    with held():
        row.instalments.all().delete()
        _write_parts(row, parts, row.amount_yuan)
    return len(parts)


@transaction.atomic
def file_contract(*, actor: Viewer, number: str, now: datetime) -> Contract:
    """File a contract: complete, its project too, within its approval, its instalments making the whole.

    Raises NotFound, NotPermitted and Refused (``project_incomplete``, ``contract_sum_differs``, ``beyond_approval``,
    ``warranty_missing``).
    """
    row = locked_contract(actor, number)
    if row.warranty_until is None and row.instalments.filter(kind=InstalmentKind.RETENTION).exists():
        raise Refused(
            "warranty_missing",
            _("有质保金的合同，备案前请填写质保期止；质保金在质保期满后支付。"),
            where="warranty_until",
        )
    if lacking := blanks.shortfall(row):
        raise Refused("project_incomplete", _("备案前请补齐：%(what)s。") % {"what": lacking})
    with held():
        row.state = ContractState.FILED
        row.save(update_fields=["state"])
    words = {"project": row.project.number, "amount_yuan": row.amount_yuan, "approval": _number(row.approval)}
    words |= {"supplier": row.supplier, "signed_on": row.signed_on, "parts": row.instalments.count()}
    proof.of(Proven.CONTRACT, row.number, words, actor, now)
    return row


@transaction.atomic
def change_contract(*, actor: Viewer, number: str, spec: ChangeSpec, now: datetime) -> ContractChange:
    """Change the sum of a filed contract, and its instalments with it, in one step.

    Instalments keep their place; those that a confirmation stands on keep at least what is confirmed. Beyond the
    limit ``change_reapproval_percent`` a new approval has to be named, which the contract then stands on.
    Raises NotFound, NotPermitted and Refused (codes of ``rules.refusals``, ``reapproval_needed``).
    """
    row = locked_contract(actor, number)
    _demand_approved(row, spec)
    with held():
        if spec.approval:
            row.approval = approval_of(row, spec.approval)
            row.save(update_fields=["approval"])
        made = ContractChange.objects.create(
            number=public_number("BG", clock.city_date(now)),
            contract=row,
            amount_yuan=yuan(spec.amount_yuan),
            on=spec.on,
            document=spec.document.strip(),
            reason=spec.reason.strip(),
            made_by=actor.name,
            made_at=now,
        )
        _rewrite_parts(row, spec.parts)
    words = {"contract": row.number, "amount_yuan": made.amount_yuan, "document": made.document}
    proof.of(Proven.CHANGE, made.number, words | {"worth_yuan": selectors.worth(row)}, actor, now)
    return made


@transaction.atomic
def end_contract(*, actor: Viewer, number: str, state: str, now: datetime) -> Contract:
    """Settle a filed contract (its rest may still be paid) or end it (nothing may).

    Raises NotFound, NotPermitted and Refused (``contract_not_in_force``, ``state_unfit``).
    """
    if state not in (ContractState.SETTLED, ContractState.ENDED):
        raise Refused("state_unfit", _("只能结算或终止合同。"), where="state")
    row = locked_contract(actor, number)
    with held():
        row.state = state
        row.save(update_fields=["state"])
    proof.of(Proven.CONTRACT, row.number, {"state": state, "worth_yuan": selectors.worth(row)}, actor, now)
    return row


def locked_contract(actor: Viewer, number: str) -> Contract:
    """Return a contract the viewer may write, locked. Raises NotFound (``contract_not_found``) and NotPermitted."""
    row = selectors.visible_contracts(actor).select_for_update(of=("self",), no_key=True).filter(number=number).first()
    if row is None:
        raise NotFound("contract_not_found")
    actor.require(CONTRACT_EDIT, row.project.org.path)
    return row


def _number(row: Approval | None) -> str:
    return row.number if row else ""


def _write(row: Contract, spec: ContractSpec) -> None:
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写合同名称。"), where="name")
    row.approval = approval_of(row, spec.approval) if spec.approval else None
    row.name, row.supplier = spec.name.strip(), spec.supplier.strip()
    row.supplier_uscc, row.is_small_supplier = _uscc(row, spec.supplier_uscc.strip()), spec.is_small_supplier
    row.amount_yuan, row.advance_limit_yuan = yuan(spec.amount_yuan), yuan(spec.advance_limit_yuan)
    row.advance_basis, row.source = spec.advance_basis.strip(), spec.source or row.source
    for name in ("signed_on", "starts_on", "ends_on", "deliver_by", "warranty_until"):
        setattr(row, name, getattr(spec, name))
    row.penalty_daily_percent, row.penalty_cap_percent = spec.penalty_daily_percent, spec.penalty_cap_percent
    row.blanks = list(spec.blanks)


def _uscc(row: Contract, typed: str) -> str:
    """Return a supplier's code in capitals; raise Refused (``uscc_invalid``) if it can be nobody's.

    One that stands is left: a filed contract with a faulty code could else not be changed at all.
    """
    if typed == row.supplier_uscc:
        return typed
    code = typed.upper()
    sentences = {
        uscc.Fault.LENGTH: _("统一社会信用代码应为 18 位。"),
        uscc.Fault.CHARACTERS: _("统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字。"),
        uscc.Fault.CHECK_CHARACTER: _("统一社会信用代码校验不通过，请核对第 18 位校验码。"),
    }
    for fault in uscc.check(code).faults if code else ():
        raise Refused("uscc_invalid", sentences[fault], where="supplier_uscc")
    return code


def _write_parts(row: Contract, parts: Sequence[PartSpec], whole: Decimal) -> None:
    for ordinal, (spec, amount) in enumerate(zip(parts, amounts_of(parts, whole), strict=True), 1):
        Instalment.objects.create(contract=row, ordinal=ordinal, **_part(spec, amount))


def _rewrite_parts(row: Contract, parts: Sequence[PartSpec]) -> None:
    """Bring the instalments to ``parts`` place by place; one with facts on it cannot go (the foreign keys hold it)."""
    amounts = amounts_of(parts, selectors.worth(row))
    standing = {part.ordinal: part for part in row.instalments.select_for_update(no_key=True)}
    for ordinal, (spec, amount) in enumerate(zip(parts, amounts, strict=True), 1):
        Instalment.objects.update_or_create(contract=row, ordinal=ordinal, defaults=_part(spec, amount))
    for ordinal, part in standing.items():
        if ordinal > len(parts):
            if part.confirmations.exists() or part.payments.exists() or part.penalties.exists():
                raise Refused("part_in_use", _("第 %(n)s 期已有确认、扣款或付款，不能取消。") % {"n": ordinal})
            part.delete()


def amounts_of(parts: Sequence[PartSpec], whole: Decimal) -> list[Decimal]:
    """Return the amount of each part in yuan; the last share takes what rounding left, if together they make the whole.

    Raises Refused (``part_faulty``) for a part with neither amount nor share.
    """
    found: list[Decimal] = []
    exact = Decimal(0)
    for ordinal, spec in enumerate(parts, 1):
        if not spec.milestone.strip() or (spec.amount_yuan is None and spec.percent is None):
            raise Refused("part_faulty", _("第 %(n)s 期：请填写付款节点，以及金额或比例。") % {"n": ordinal})
        share = whole * (spec.percent or 0) / PERCENT
        exact += spec.amount_yuan if spec.amount_yuan is not None else share
        found.append(yuan(spec.amount_yuan if spec.amount_yuan is not None else share))
    by_share = [i for i, spec in enumerate(parts) if spec.amount_yuan is None]
    if by_share and yuan(exact) == whole:
        found[by_share[-1]] += whole - sum(found)
    return found


def _part(spec: PartSpec, amount: Decimal) -> dict[str, object]:
    names = ("kind", "percent", "year", "due_on", "note")
    plain = {name: getattr(spec, name) for name in names} | {"amount_yuan": amount, "milestone": spec.milestone.strip()}
    return plain | {"required_evidence": [word.strip() for word in spec.required_evidence if word.strip()]}


def approval_of(row: Contract, number: str) -> Approval:
    """Return an approved item of the contract's project. Raises NotFound (``approval_not_found``)."""
    found = Approval.objects.filter(project=row.project, number=number).first()
    if found is None:
        raise NotFound("approval_not_found")
    return found


def _demand_approved(row: Contract, spec: ChangeSpec) -> None:
    if not spec.document.strip() or not spec.reason.strip():
        raise Refused("document_missing", _("请填写批准文件和变更原因。"), where="document")
    share = limits.value("change_reapproval_percent")
    grown = selectors.worth(row) - row.amount_yuan + spec.amount_yuan
    is_new = spec.approval and spec.approval != _number(row.approval)
    if grown > row.amount_yuan * share / PERCENT and not is_new:
        raise Refused(
            "reapproval_needed",
            _("累计增加超过合同金额的 %(share)s%%，须先重新报批，并在此选择新的批复。")
            % {"share": f"{share.normalize():f}"},
            where="approval",
        )
