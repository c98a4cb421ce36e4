"""Deductions from instalments and guarantees behind contracts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import GuaranteeKind
from yunshu.domains.projects.contracts import Proven
from yunshu.domains.projects.models import Guarantee, Penalty
from yunshu.domains.projects.selectors import contracts as selectors
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.contracts import PERCENT, locked_contract
from yunshu.domains.projects.services.guards import held
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.money import yuan


@dataclass(frozen=True, kw_only=True)
class PenaltySpec:
    """What is deducted: how much in yuan, by which clause, why."""

    amount_yuan: Decimal
    on: date
    clause: str
    reason: str
    days_late: int | None = None


@dataclass(frozen=True, kw_only=True)
class GuaranteeSpec:
    """What stands behind a contract, until when."""

    kind: str
    form: str
    amount_yuan: Decimal
    document: str
    received_on: date
    expires_on: date | None = None


@transaction.atomic
def deduct(*, actor: Viewer, contract: str, ordinal: int, spec: PenaltySpec, now: datetime) -> Penalty:
    """Deduct from an instalment that is not paid yet.

    Raises NotFound, NotPermitted and Refused (``clause_missing``, ``beyond_acceptance``, ``deduction_beyond_instalment``).
    """
    row = locked_contract(actor, contract)
    part = row.instalments.filter(ordinal=ordinal).first()
    if part is None:
        raise NotFound("instalment_not_found")
    if not spec.clause.strip() or not spec.reason.strip():
        raise Refused("clause_missing", _("请填写合同条款和扣款事由。"), where="clause")
    with held():
        made = Penalty.objects.create(
            number=public_number("KK", clock.city_date(now)),
            instalment=part,
            amount_yuan=yuan(spec.amount_yuan),
            on=spec.on,
            clause=spec.clause.strip(),
            reason=spec.reason.strip(),
            days_late=spec.days_late,
            made_by=actor.name,
            made_at=now,
        )
    _prove(made, row.number, actor, now)
    return made


@transaction.atomic
def waive(*, actor: Viewer, number: str, reason: str, now: datetime) -> Penalty:
    """Waive a deduction by a row of the opposite sum.

    Raises NotFound (``penalty_not_found``), NotPermitted, Conflict (``already_reversed``) and Refused (``reason_missing``).
    """
    old = Penalty.objects.filter(number=number).select_related("instalment__contract").first()
    if old is None:
        raise NotFound("penalty_not_found")
    row = locked_contract(actor, old.instalment.contract.number)
    if not reason.strip():
        raise Refused("reason_missing", _("请填写免除原因。"), where="reason")
    if old.reverses_id or Penalty.objects.filter(reverses=old).exists():
        raise Conflict("already_reversed", _("该扣款已经免除。"))
    with held():
        made = Penalty.objects.create(
            number=public_number("KK", clock.city_date(now)),
            instalment=old.instalment,
            amount_yuan=-old.amount_yuan,
            on=clock.city_date(now),
            clause=old.clause,
            reason=reason.strip(),
            reverses=old,
            made_by=actor.name,
            made_at=now,
        )
    _prove(made, row.number, actor, now)
    return made


@transaction.atomic
def receive_guarantee(*, actor: Viewer, contract: str, spec: GuaranteeSpec, now: datetime) -> Guarantee:
    """Enter a guarantee; a performance bond within the share of the limit ``performance_bond_percent``.

    Raises NotFound, NotPermitted and Refused (``document_missing``, ``beyond_bond``, ``amount_invalid``).
    """
    row = locked_contract(actor, contract)
    if not spec.document.strip():
        raise Refused("document_missing", _("请填写凭据。"), where="document")
    most = yuan(selectors.worth(row) * limits.value("performance_bond_percent") / PERCENT)
    standing = sum(
        (g.amount_yuan for g in row.guarantees.filter(kind=GuaranteeKind.PERFORMANCE, returned_on=None)), Decimal(0)
    )
    if spec.kind == GuaranteeKind.PERFORMANCE and standing + spec.amount_yuan > most:
        raise Refused(
            "beyond_bond", _("履约保证金合计不得超过 %(most)s 元。") % {"most": f"{most:,.2f}"}, where="amount_yuan"
        )
    with held():
        return Guarantee.objects.create(
            number=public_number("DB", clock.city_date(now)),
            contract=row,
            kind=spec.kind,
            form=spec.form,
            amount_yuan=yuan(spec.amount_yuan),
            document=spec.document.strip(),
            received_on=spec.received_on,
            expires_on=spec.expires_on,
            made_by=actor.name,
            made_at=now,
        )


@transaction.atomic
def return_guarantee(*, actor: Viewer, number: str, on: date) -> Guarantee:
    """Give a guarantee back. Raises NotFound (``guarantee_not_found``), NotPermitted, Conflict (``already_returned``)."""
    found = Guarantee.objects.filter(number=number).select_related("contract").first()
    if found is None:
        raise NotFound("guarantee_not_found")
    locked_contract(actor, found.contract.number)
    found.refresh_from_db()
    if found.returned_on:
        raise Conflict("already_returned", _("该担保已经退还。"))
    with held():
        found.returned_on = on
        found.save(update_fields=["returned_on"])
    return found


def _prove(row: Penalty, contract: str, actor: Viewer, now: datetime) -> None:
    words = {"contract": contract, "instalment": row.instalment.ordinal, "amount_yuan": row.amount_yuan}
    proof.of(Proven.PENALTY, row.number, words | {"clause": row.clause, "reason": row.reason}, actor, now)
