"""Deductions: computed from a month's incidents by a contract's clause, confirmed or waived by a person."""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import CONFIGURE, PROOF_KIND, Proven
from yunshu.domains.operations.incident_choices import PenaltyState
from yunshu.domains.operations.models import Penalty, ServiceClause
from yunshu.domains.operations.rules import penalties as rules
from yunshu.domains.operations.selectors import service_months as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, Refused
from yunshu.lib.kernel.ids import public_number


@transaction.atomic
def propose_penalties(*, actor: Viewer, month: date, now: datetime) -> list[Penalty]:
    """Compute what every clause in force costs for a month that is over; return what is proposed.

    Proposals that wait are computed anew, decided ones stay. Raises NotPermitted and Refused (``month_not_over``).
    """
    first = month.replace(day=1)
    actor.require(CONFIGURE)
    start, end = selectors.bounds(first)
    if now < end:
        raise Refused("month_not_over", _("当月尚未结束。"), where="month")
    rows = selectors.visible_clauses(actor).filter(is_active=True, valid_from__lt=end.date())
    proposed = []
    for clause in rows.order_by("pk"):
        if actor.may(CONFIGURE, clause.org.path) and (clause.valid_to is None or clause.valid_to >= start.date()):
            row = _propose(clause, first, now)
            proposed += [row] if row else []
    return proposed


def _propose(clause: ServiceClause, month: date, now: datetime) -> Penalty | None:
    known = Penalty.objects.select_for_update().filter(clause=clause, month=month).first()
    if known is not None and known.decided_at is not None:
        return None
    quantity, basis = selectors.quantity(clause, month, now)
    amount = rules.deduction(terms_of(clause), quantity)
    if known is None and not amount:
        return None
    row = known or Penalty(number=public_number("KK", clock.city_date(now)), clause=clause, month=month)
    row.quantity, row.amount_yuan, row.proposed_at = quantity, amount, now
    row.terms = {
        "contract": clause.contract,
        "vendor": clause.vendor,
        "clause": clause.clause,
        "words": clause.words,
        "metric": clause.metric,
        **asdict(terms_of(clause)),
    }
    row.basis = [asdict(each) for each in basis]
    row.save()
    return row


def terms_of(clause: ServiceClause) -> rules.Clause:
    """Return a clause as the arithmetic wants it."""
    return rules.Clause(
        base=clause.base,
        rate=clause.rate,
        allowance=clause.allowance,
        monthly_fee_yuan=clause.monthly_fee_yuan,
        cap_yuan=clause.cap_yuan,
        whole_units=clause.whole_units,
    )


@transaction.atomic
def decide_penalty(*, actor: Viewer, number: str, confirms: bool, reason: str, now: datetime) -> Penalty:
    """Confirm a deduction, or waive it with a reason; then it stands for good.

    Raises NotFound, NotPermitted, Conflict (``penalty_decided``) and Refused (``reason_missing``).
    """
    seen = selectors.get_penalty(actor, number)
    actor.require(CONFIGURE, seen.clause.org.path)
    row = Penalty.objects.select_for_update().select_related("clause").get(pk=seen.pk)
    if row.decided_at is not None:
        raise Conflict("penalty_decided", _("该扣款已经处理。"))
    if not confirms and not reason.strip():
        raise Refused("reason_missing", _("不予扣款须说明理由。"), where="reason")
    row.state = PenaltyState.CONFIRMED if confirms else PenaltyState.WAIVED
    row.decided_by, row.decided_at, row.reason = actor.name, now, reason.strip()
    row.save()
    payload = {
        "state": row.state,
        "month": f"{row.month:%Y-%m}",
        "quantity": row.quantity,
        "amount_yuan": row.amount_yuan,
        "terms": row.terms,
        "basis": row.basis,
        "reason": row.reason,
    }
    ledger.record(kind=f"{PROOF_KIND}{Proven.PENALTY.value}", subject=row.number, payload=payload, by=actor, now=now)
    return row
