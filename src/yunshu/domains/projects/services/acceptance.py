"""Acceptance and what it lets be paid: recorded, corrected, confirmed, taken back. Nothing is overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import ConfirmationKind
from yunshu.domains.projects.contracts import ACCEPTANCE_EDIT, Proven
from yunshu.domains.projects.models import Acceptance, Confirmation, Contract, Instalment
from yunshu.domains.projects.selectors import contracts as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.guards import held
from yunshu.domains.projects.services.projects import locked_project
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan


@dataclass(frozen=True, kw_only=True)
class AcceptanceSpec:
    """What was looked at, when, with which result; ``contract`` empty: of the project as a whole."""

    kind: str
    item: str
    on: date
    passed: bool
    statement: str
    contract: str = ""
    corrects: str = ""


@dataclass(frozen=True, kw_only=True)
class ConfirmationSpec:
    """So much of an instalment may be paid: by which kind of reason, with which of the demanded evidence."""

    kind: str
    amount_yuan: Decimal
    on: date
    statement: str
    acceptance: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def record_acceptance(*, actor: Viewer, project: str, spec: AcceptanceSpec, now: datetime) -> Acceptance:
    """Record what an acceptance found; with ``corrects`` it takes the place of a record that was wrong.

    Raises NotFound (``project_not_found``, ``contract_not_found``, ``acceptance_not_found``), NotPermitted, Conflict
    (``acceptance_corrected``) and Refused (``statement_missing``, ``date_ahead``, codes of ``rules.refusals``).
    """
    owner = locked_project(actor, project)
    actor.require(ACCEPTANCE_EDIT, owner.org.path)
    if not spec.item.strip() or not spec.statement.strip():
        raise Refused("statement_missing", _("请填写验收事项和结论依据。"), where="statement")
    _demand_not_ahead(spec.on, now)
    contract = selectors.get_contract(actor, spec.contract) if spec.contract else None
    corrected = owner.acceptances.filter(number=spec.corrects).first() if spec.corrects else None
    if spec.corrects and corrected is None:
        raise NotFound("acceptance_not_found")
    if corrected and Acceptance.objects.filter(corrects=corrected).exists():
        raise Conflict("acceptance_corrected", _("该记录已被更正，请刷新后再操作。"))
    with held():
        row = Acceptance.objects.create(
            number=public_number("YS", clock.city_date(now)),
            project=owner,
            contract=contract,
            kind=spec.kind,
            item=spec.item.strip(),
            on=spec.on,
            passed=spec.passed,
            statement=spec.statement.strip(),
            corrects=corrected,
            made_by=actor.name,
            made_at=now,
        )
    words = {"project": owner.number, "kind": row.kind, "item": row.item, "on": row.on, "passed": row.passed}
    proof.of(Proven.CONFIRMATION, row.number, words | {"corrects": spec.corrects}, actor, now)
    return row


@transaction.atomic
def confirm_payable(
    *, actor: Viewer, contract: str, ordinal: int, spec: ConfirmationSpec, now: datetime
) -> Confirmation:
    """Confirm that so much of an instalment may be paid.

    Raises NotFound (``contract_not_found``, ``instalment_not_found``, ``acceptance_not_found``), NotPermitted and
    Refused (``statement_missing``, ``date_ahead``, codes of ``rules.refusals``: the database decides).
    """
    held_contract, part = _locked_part(actor, contract, ordinal)
    if not spec.statement.strip():
        raise Refused("statement_missing", _("请填写确认意见。"), where="statement")
    _demand_not_ahead(spec.on, now)
    seen = _acceptance(held_contract, spec)
    with held():
        row = Confirmation.objects.create(
            number=public_number("QR", clock.city_date(now)),
            instalment=part,
            kind=spec.kind,
            acceptance=seen,
            amount_yuan=yuan(spec.amount_yuan),
            on=spec.on,
            evidence={name: text.strip() for name, text in spec.evidence.items() if text.strip()},
            statement=spec.statement.strip(),
            made_by=actor.name,
            made_at=now,
        )
    _prove(row, held_contract, actor, now)
    return row


@transaction.atomic
def take_back_confirmation(*, actor: Viewer, number: str, reason: str, now: datetime) -> Confirmation:
    """Take a confirmation back, as long as nothing was paid on it.

    Raises NotFound (``confirmation_not_found``), NotPermitted, Conflict (``already_reversed``) and Refused
    (``reason_missing``, ``beyond_acceptance``).
    """
    old = Confirmation.objects.filter(number=number).select_related("instalment__contract").first()
    if old is None:
        raise NotFound("confirmation_not_found")
    contract, part = _locked_part(actor, old.instalment.contract.number, old.instalment.ordinal)
    if not reason.strip():
        raise Refused("reason_missing", _("请填写撤回原因。"), where="reason")
    if old.reverses_id or Confirmation.objects.filter(reverses=old).exists():
        raise Conflict("already_reversed", _("该确认已经撤回。"))
    with held():
        row = Confirmation.objects.create(
            number=public_number("QR", clock.city_date(now)),
            instalment=part,
            kind=old.kind,
            acceptance=old.acceptance,
            amount_yuan=-old.amount_yuan,
            on=max(clock.city_date(now), old.on),
            statement=reason.strip(),
            reverses=old,
            made_by=actor.name,
            made_at=now,
        )
    _prove(row, contract, actor, now)
    return row


def _locked_part(actor: Viewer, number: str, ordinal: int) -> tuple[Contract, Instalment]:
    rows = selectors.visible_contracts(actor).select_for_update(of=("self",), no_key=True)
    contract = rows.filter(number=number).first()
    if contract is None:
        raise NotFound("contract_not_found")
    actor.require(ACCEPTANCE_EDIT, contract.project.org.path)
    part = contract.instalments.filter(ordinal=ordinal).first()
    if part is None:
        raise NotFound("instalment_not_found")
    return contract, part


def _acceptance(contract: Contract, spec: ConfirmationSpec) -> Acceptance | None:
    if spec.kind != ConfirmationKind.ACCEPTANCE or not spec.acceptance:
        return None
    found = Acceptance.objects.filter(project=contract.project, number=spec.acceptance).first()
    if found is None:
        raise NotFound("acceptance_not_found")
    return found


def _demand_not_ahead(on: date, now: datetime) -> None:
    if on > clock.city_date(now):
        raise Refused("date_ahead", _("日期不能晚于今天。"), where="on")


def _prove(row: Confirmation, contract: Contract, actor: Viewer, now: datetime) -> None:
    words = {"contract": contract.number, "instalment": row.instalment.ordinal, "kind": row.kind, "on": row.on}
    words |= {"amount_yuan": row.amount_yuan, "acceptance": row.acceptance.number if row.acceptance else ""}
    proof.of(Proven.CONFIRMATION, row.number, words | {"evidence": row.evidence}, actor, now)
