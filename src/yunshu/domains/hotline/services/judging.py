"""A caller's "no" that shall not count: asked for with a ground and a reason, decided by a second person, proven, on the timeline.

粤办函〔2021〕216号: matters of law enforcement and mediation are not judged by satisfaction alone.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.hotline.choices import Adjudication, Answer, Reached
from yunshu.domains.hotline.contracts import JUDGE, PROOF_KIND, TICKET_CALL_BACK, Proven
from yunshu.domains.hotline.models import Judgement
from yunshu.domains.hotline.selectors.judging import visible_judgements
from yunshu.domains.hotline.services import steps
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused


@transaction.atomic
def ask(*, actor: Viewer, number: str, ground: str, reason: str, now: datetime) -> Judgement:
    """Ask that a caller's "no" be set aside.

    Raises NotFound, NotPermitted, Conflict (``not_spoken``, ``judged_already``) and Refused (``ground_missing``, ``reason_missing``).
    """
    row = steps.locked(actor, number)
    actor.require(TICKET_CALL_BACK, row.desk.path)
    if not isinstance(actor, Staff):
        raise Refused("staff_only", _("须由工作人员提出。"))
    if ground not in Adjudication.values or not ground:
        raise Refused("ground_missing", _("请选择认定情形。"), where="ground")
    if not reason.strip():
        raise Refused("reason_missing", _("请写明理由和依据。"), where="reason")
    if not row.callbacks.filter(reached=Reached.YES).exists():
        raise Conflict("not_spoken", _("还没有接通的回访，没有评价可以认定。"))
    try:
        with transaction.atomic():
            made = Judgement.objects.create(
                ticket=row,
                ground=ground,
                reason=reason.strip(),
                asker_id=actor.person_id,
                asked_at=now,
            )
    except IntegrityError as error:
        raise Conflict("judged_already", _("这个工单已有待批或已同意的认定。")) from error
    steps.append(row, "ask_judgement", actor, now, reason, {"ground": ground})
    return made


@transaction.atomic
def answer(*, actor: Viewer, judgement_id: int, grants: bool, words: str, now: datetime) -> Judgement:
    """Set a caller's "no" aside, or not; never one's own request.

    Raises NotFound (``judgement_not_found``), NotPermitted, Conflict (``answered_already``), Refused (``own_request``, ``words_missing``).
    """
    seen = visible_judgements(actor).filter(pk=judgement_id).first()
    if seen is None:
        raise NotFound("judgement_not_found", _("没有这个认定申请。"))
    ticket = steps.locked(actor, seen.ticket.number)
    made = Judgement.objects.select_for_update().get(pk=seen.pk)
    actor.require(JUDGE, ticket.desk.path)
    if made.state != Answer.OPEN:
        raise Conflict("answered_already", _("该申请已经答复。"))
    if made.asker_id == getattr(actor, "person_id", None):
        raise Refused("own_request", _("不能审批自己提出的认定。"))
    if not grants and not words.strip():
        raise Refused("words_missing", _("不同意须写明理由。"), where="words")
    made.state = Answer.GRANTED if grants else Answer.DENIED
    made.approver_id, made.answered_at, made.words = getattr(actor, "person_id", None), now, words.strip()[:300]
    made.save(update_fields=["state", "approver", "answered_at", "words"])
    proven = {"ground": made.ground, "state": made.state, "asked": made.pk}
    ledger.record(
        kind=f"{PROOF_KIND}{Proven.JUDGEMENT.value}", subject=ticket.number, payload=proven, by=actor, now=now
    )
    steps.append(ticket, "judge", actor, now, words, proven)
    return made
