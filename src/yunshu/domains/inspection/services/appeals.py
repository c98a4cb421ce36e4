"""Appeals: a unit says that a finding is wrong; somebody who did not confirm it decides."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.inspection.choices_findings import AppealState
from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE, Proven
from yunshu.domains.inspection.models import Appeal
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.rectification import ANSWER_FILES
from yunshu.domains.inspection.services import notices, proof, telling
from yunshu.domains.inspection.services.steps import demand, locked, take, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

APPEALABLE = (life.NOTIFIED, life.SUBMITTED)


@transaction.atomic
def appeal(*, actor: Viewer, number: str, reason: str, now: datetime, uploads: Sequence[files.Upload] = ()) -> Appeal:
    """Appeal against a finding that a notice put to the unit; until it is decided nobody is chased for it.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``, ``waits_already``) and Refused (``reason_missing``).
    """
    row = locked(actor, number)
    actor.require(RECTIFY, row.org.path)
    if row.state not in APPEALABLE:
        raise Conflict("verb_not_possible", _("只有整改中的问题可以申诉。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明申诉理由。"), where="reason")
    if row.appeals.filter(state=AppealState.OPEN).exists():
        raise Conflict("waits_already", _("已有申诉等待审定。"))
    made = Appeal.objects.create(
        number=public_number("SS", clock.city_date(now)),
        finding=row,
        org=row.org,
        reason=reason.strip(),
        asked_by=actor.name,
        asked_at=now,
    )
    for upload in uploads:
        files.attach(actor=actor, owner_kind=ANSWER_FILES, owner_id=made.number, upload=upload, now=now)
    write(row, actor, "appeal", row.state, reason, now)
    proof.of(Proven.APPEAL, row.number, {"appeal": made.number, "reason": made.reason}, actor, now)
    telling.of_finding(row, SUPERVISE, _("单位对问题提出申诉，请审定"), made.number, now)
    return made


@transaction.atomic
def withdraw(*, actor: Viewer, number: str, now: datetime) -> Appeal:
    """Take an appeal back before anybody decided on it; the unit goes on mending, by the limit that stands.

    Raises NotFound (``appeal_not_found``), NotPermitted and Conflict (``decided_already``).
    """
    seen = Appeal.objects.filter(number=number).values_list("finding__number", flat=True).first()
    if seen is None:
        raise NotFound("appeal_not_found")
    row = locked(actor, seen)
    actor.require(RECTIFY, row.org.path)
    asked = Appeal.objects.select_for_update().get(number=number)
    if asked.state != AppealState.OPEN:
        raise Conflict("decided_already", _("该申诉已经审定或撤回。"))
    asked.state = AppealState.WITHDRAWN
    asked.save(update_fields=["state"])
    write(row, actor, "withdraw", row.state, asked.reason, now)
    proof.of(Proven.APPEAL, row.number, {"appeal": number, "withdrawn": True}, actor, now)
    telling.of_finding(row, SUPERVISE, _("单位撤回了申诉"), f"{number}-withdrawn", now)
    return asked


@transaction.atomic
def decide(*, actor: Viewer, number: str, is_upheld: bool, decision: str, now: datetime) -> Appeal:
    """Decide an appeal: upheld, the finding counts as a false alarm; rejected, it stands.

    Raises NotFound, NotPermitted, Conflict (``decided_already``) and Refused (``reason_missing``, ``another_person``).
    """
    seen = Appeal.objects.filter(number=number).values_list("finding__number", flat=True).first()
    if seen is None:
        raise NotFound("appeal_not_found")
    row = locked(actor, seen)
    actor.require(SUPERVISE, row.org.path)
    asked = Appeal.objects.select_for_update().get(number=number)
    if asked.state != AppealState.OPEN:
        raise Conflict("decided_already", _("该申诉已经审定。"))
    if not decision.strip():
        raise Refused("reason_missing", _("请写明审定意见。"), where="decision")
    person = getattr(actor, "person_id", None)
    if person is not None and person in (row.reviewer_id, row.second_id):
        raise Refused("another_person", _("您确认过这个问题，申诉须由他人审定。"))
    asked.state = AppealState.UPHELD if is_upheld else AppealState.REJECTED
    asked.decision, asked.decided_by, asked.decider_id, asked.decided_at = decision.strip(), actor.name, person, now
    asked.save(update_fields=["state", "decision", "decided_by", "decider", "decided_at"])
    if is_upheld and row.state in APPEALABLE:
        take(row, actor, demand(actor, row, "uphold", decision), decision, now)
        notices.follow([row.pk], now)
    else:
        write(row, actor, "rejected", row.state, decision, now)
    said = {"appeal": number, "upheld": is_upheld, "decision": asked.decision}
    proof.of(Proven.APPEAL, row.number, said, actor, now)
    title = _("申诉成立，问题已撤销") if is_upheld else _("申诉不成立，请继续整改")
    telling.of_finding(row, RECTIFY, title, f"{number}-decided", now)
    return asked
