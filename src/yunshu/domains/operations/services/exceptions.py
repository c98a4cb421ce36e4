"""What stands against a campaign's end: exceptions asked for, decided by somebody else, closed; the unit's list of what works."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, TERMINAL_SIGN, Proven
from yunshu.domains.operations.models import CampaignUnit, Claim, Compatibility, ReplacementException
from yunshu.domains.operations.rules import campaign_flows as flows
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """Something a unit works with, and whether it works on the new machines."""

    kind: str
    name: str
    version: str = ""
    result: str = Compatibility.Result.UNKNOWN.value
    note: str = ""


@transaction.atomic
def request_exception(
    *, actor: Viewer, unit: str, terminal: str = "", reason: str, expires_on: date, now: datetime
) -> ReplacementException:
    """Ask that a terminal (blank: the whole unit) keeps its old machine until a day; it is open from now on.

    Raises NotFound, NotPermitted, Conflict (``already_claimed``) and Refused (``reason_missing``, ``date_wrong``).
    """
    row = selectors.get_unit(actor, unit)
    demand_part(actor, row)
    if Claim.objects.filter(campaign=row.campaign).exists():
        raise Conflict("already_claimed", _("该任务已经认定完成。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明例外的理由。"), where="reason")
    if expires_on <= clock.city_date(now):
        raise Refused("date_wrong", _("到期日期应晚于今天。"), where="expires_on")
    which = row.terminals.filter(number=terminal, until__isnull=True).first() if terminal else None
    if terminal and which is None:
        raise NotFound("terminal_not_found")
    made = ReplacementException.objects.create(
        number=public_number("LW", clock.city_date(now)),
        unit=row,
        terminal=which,
        reason=reason.strip()[:500],
        expires_on=expires_on,
        requested_by=actor.name[:80],
        requester_id=getattr(actor, "person_id", None),
        requested_at=now,
    )
    subject = workflow.Subject(
        number=made.number,
        title=_("%(org)s申请替代例外") % {"org": row.org.name},
        url=f"/console/operations/exceptions/{made.number}/",
        parties={flows.BUREAU: row.campaign.org_id},
    )
    workflow.start(actor=actor, flow=flows.EXCEPTION, subject=subject, now=now)
    _prove(made, "request", made.reason, actor, now)
    return made


@transaction.atomic
def move_exception(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> ReplacementException:
    """Approve, refuse (never one's own request) or close an exception, each with words.

    Raises NotFound (``exception_not_found``), NotPermitted, Conflict (``verb_not_possible``) and Refused (``own_proposal``,
    ``reason_missing``).
    """
    row = selectors.visible_exceptions(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("exception_not_found")
    me = getattr(actor, "person_id", None)
    if verb != "close" and row.requester_id is not None and row.requester_id == me:
        raise Refused("own_proposal", _("不能审批自己提出的例外。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    workflow.act(actor=actor, flow=flows.EXCEPTION, number=number, verb=verb, reason=reason, now=now)
    if verb == "close":
        row.closed_by, row.closed_at, row.closing = actor.name[:80], now, reason.strip()[:500]
    else:
        decisions = ReplacementException.Decision
        row.decision = decisions.APPROVED if verb == "approve" else decisions.REFUSED
        row.decided_by, row.decider_id, row.decided_at = actor.name[:80], me, now
    row.save()
    _prove(row, verb, reason.strip(), actor, now)
    return row


@transaction.atomic
def note_compatibility(*, actor: Viewer, unit: str, spec: CheckSpec, now: datetime) -> Compatibility:
    """Write down whether something works on the new machines; the same thing again replaces what was noted.

    Raises NotFound, NotPermitted and Refused (``kind_unknown``, ``name_missing``).
    """
    row = selectors.get_unit(actor, unit)
    demand_part(actor, row)
    if spec.kind not in Compatibility.Kind.values or spec.result not in Compatibility.Result.values:
        raise Refused("kind_unknown", _("请选择类别和结果。"), where="kind")
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写名称。"), where="name")
    is_checked = spec.result != Compatibility.Result.UNKNOWN
    words = {
        "result": spec.result,
        "note": spec.note.strip()[:300],
        "checked_by": actor.name[:80] if is_checked else "",
        "checked_at": now if is_checked else None,
    }
    named: dict[str, Any] = {
        "unit": row,
        "kind": spec.kind,
        "name": spec.name.strip()[:80],
        "version": spec.version.strip()[:40],
    }
    made, _new = Compatibility.objects.update_or_create(**named, defaults=words)
    return made


def demand_part(actor: Viewer, row: CampaignUnit) -> None:
    """Raise NotPermitted unless ``actor`` leads the campaign or signs for the unit."""
    if not (actor.may(CAMPAIGN_EDIT, row.campaign.org.path) or actor.may(TERMINAL_SIGN, row.org.path)):
        raise NotPermitted("not_permitted", _("由牵头单位或本单位签收人办理。"))


def _prove(row: ReplacementException, verb: str, reason: str, actor: Viewer, now: datetime) -> None:
    words = {"verb": verb, "unit": row.unit.org.code, "terminal": row.terminal.number if row.terminal else ""}
    words |= {"reason": reason, "expires_on": row.expires_on.isoformat(), "decision": row.decision}
    proof.of(Proven.EXCEPTION, row.number, words, actor, now)
