"""Agreements: signed by a grant, suspended, resumed, revoked, expired. Revoking stops every delivery at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import AgreementState
from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_DECIDE, REQUEST_EDIT, Proven
from yunshu.domains.exchange.models import Agreement, Request
from yunshu.domains.exchange.rules import forms
from yunshu.domains.exchange.services import deliveries, proof, telling
from yunshu.domains.workflow.contracts import DeadlineSpec
from yunshu.domains.workflow.contracts import Unit as UnitOfTime
from yunshu.events.exchange import AgreementChanged
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.outbox import publish

DELIVERY_STEP = "exchange.delivery"
DEFAULT_DELIVERY = DeadlineSpec(amount=20, unit=UnitOfTime.WORKING_DAYS)
EXPIRER = System(name="到期处理")
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "suspend": (frozenset({"active"}), "suspended"),
    "resume": (frozenset({"suspended"}), "active"),
    "revoke": (frozenset({"active", "suspended"}), "revoked"),
}


def sign(row: Request, masks: Mapping[str, Mapping[str, Any]], actor: Viewer, now: datetime) -> Agreement:
    """Make the agreement of a granted request, in the caller's transaction."""
    entry = selectors.form_of(row.resource)
    by_name = {item.name: item for item in entry.items}
    terms = {
        "resource": row.resource.number,
        "code": row.resource.code,
        "version": row.resource.version,
        "table": entry.table,
        "fields": [
            {
                "name": name,
                "title": by_name[name].title,
                "type": by_name[name].data_type.value,
                "grade": by_name[name].grade.value,
                "is_key": by_name[name].is_key,
                "is_required": by_name[name].is_required,
                "length": by_name[name].length,
                "mask": dict(mask),
            }
            for name, mask in masks.items()
            if mask.get("kind") != "drop"
        ],
        "rows": row.rows,
        "delivery": row.delivery,
        "cycle": row.cycle,
        "purpose": row.purpose,
        "basis": row.basis,
        "condition": entry.sharing_condition,
        "scope": entry.sharing_scope,
    }
    limit = selectors.clock_of(DELIVERY_STEP) or DEFAULT_DELIVERY
    made = Agreement.objects.create(
        number=public_number("XY", clock.city_date(now)),
        request=row,
        resource=row.resource,
        provider=row.resource.org,
        consumer=row.applicant,
        terms=terms,
        digest=forms.digest(terms),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        deliver_by=working_calendar().add_working_days(now, limit.amount),
        granted_by=actor.name,
        granted_at=now,
    )
    words = {"digest": made.digest, "request": row.number, "resource": row.resource.number, "ends_on": made.ends_on}
    words |= {"provider": made.provider.code, "consumer": made.consumer.code, "state": made.state}
    proof.of(Proven.AGREEMENT, made.number, words, actor, now)
    if made.terms["delivery"] != "query":
        deliveries.set_out(made, now)
    return made


@transaction.atomic
def move_agreement(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Agreement:
    """Suspend, resume or revoke: the provider and the bureau may do all three, the consumer may revoke.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``).
    """
    row = selectors.visible_agreements(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None or verb not in MOVES:
        raise NotFound("agreement_not_found")
    ends_own = verb == "revoke" and actor.may(REQUEST_EDIT, row.consumer.path)
    if not ends_own and not actor.may(REQUEST_DECIDE, row.provider.path):
        actor.require(REQUEST_ANSWER, row.provider.path)
    sources, target = MOVES[verb]
    if row.state not in sources:
        raise Conflict("verb_not_possible", _("协议当前状态不能执行该操作，请刷新页面。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明原因。"), where="reason")
    _set_state(row, target, reason.strip(), actor, now)
    return row


@transaction.atomic
def render_expired(*, now: datetime) -> int:
    """Mark agreements whose last day has passed; return how many. Safe to run twice."""
    today = clock.city_date(now)
    rows = Agreement.objects.select_for_update().filter(state__in=("active", "suspended"), ends_on__lt=today)
    due = list(rows)
    for row in due:
        _set_state(row, AgreementState.EXPIRED, _("使用期已满"), EXPIRER, now)
    return len(due)


def deliver_begun(agreement: Agreement, now: datetime) -> None:
    """Note that data arrived under an agreement."""
    agreement.last_delivered_at = now
    agreement.first_delivered_at = agreement.first_delivered_at or now
    agreement.save(update_fields=["last_delivered_at", "first_delivered_at"])


def ends_soon(agreement: Agreement, now: datetime) -> bool:
    """Say whether an agreement in force ends within thirty days."""
    return agreement.state == AgreementState.ACTIVE and agreement.ends_on <= clock.city_date(now + timedelta(days=30))


def _set_state(row: Agreement, state: str, reason: str, actor: Viewer, now: datetime) -> None:
    before = row.state
    row.state, row.state_reason = state, reason[:500]
    row.save(update_fields=["state", "state_reason"])
    proof.of(Proven.AGREEMENT, row.number, {"from": before, "state": state, "reason": reason}, actor, now)
    if state != AgreementState.ACTIVE:
        deliveries.stop_all(row, now)
    telling.of_agreement(row, now)
    publish(AgreementChanged(number=row.number, state=state, at=now))
