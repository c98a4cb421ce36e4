"""A sealed identity is opened: asked for with a reason, approved by a second person, each look written down, on the ledger."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.hotline.choices import Answer
from yunshu.domains.hotline.contracts import IDENTITY_APPROVE, PROOF_KIND, Proven
from yunshu.domains.hotline.models import Contact, Reveal, RevealLook, SealedIdentity, Ticket
from yunshu.domains.hotline.selectors.tickets import get_ticket, is_of_desk
from yunshu.domains.hotline.services import steps, telling
from yunshu.domains.hotline.vault import vault
from yunshu.domains.ledger import api as ledger
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, Unavailable

OPEN_FOR = timedelta(hours=24)


def _prove(row: Ticket, verb: str, actor: Viewer, now: datetime, reason: str) -> str:
    payload = {"verb": verb, "actor": actor.name, "at": now, "reason": reason}
    kind = f"{PROOF_KIND}{Proven.REVEAL.value}"
    return ledger.record(kind=kind, subject=row.number, payload=payload, by=actor, now=now)


@transaction.atomic
def ask_reveal(*, actor: Viewer, number: str, reason: str, now: datetime) -> Reveal:
    """Ask to see who called. Raises NotFound, NotPermitted (``staff_only``), Conflict and Refused (``not_sealed``, ``reason_missing``)."""
    row = get_ticket(actor, number)
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以申请。"))
    if not SealedIdentity.objects.filter(ticket=row).exists():
        raise Refused("not_sealed", _("该工单没有密封的身份信息。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明查看身份的事由。"), where="reason")
    try:
        with transaction.atomic():
            made = Reveal.objects.create(
                ticket=row, reason=reason.strip()[:300], asker_id=actor.person_id, asked_at=now
            )
    except IntegrityError as error:
        raise Conflict("asked_already", _("您的申请正在审批。")) from error
    _prove(row, "ask", actor, now, made.reason)
    telling.of_reveal(made, now)
    return made


@transaction.atomic
def answer_reveal(*, actor: Viewer, reveal_id: int, grants: bool, words: str, now: datetime) -> Reveal:
    """Approve or deny; never one's own request. Raises NotFound, NotPermitted, Conflict and Refused (``own_request``)."""
    made = Reveal.objects.select_for_update(of=("self",)).select_related("ticket__desk").filter(pk=reveal_id).first()
    if made is None or not actor.may(IDENTITY_APPROVE, made.ticket.desk.path):
        raise NotFound("reveal_not_found")
    if not isinstance(actor, Staff) or made.asker_id == actor.person_id:
        raise Refused("own_request", _("不能审批自己的申请。"))
    if made.state != Answer.OPEN:
        raise Conflict("answered_already", _("该申请已经答复。"))
    if not grants and not words.strip():
        raise Refused("reason_missing", _("不同意须写明理由。"), where="words")
    made.state = Answer.GRANTED if grants else Answer.DENIED
    made.approver_id, made.answered_at, made.words = actor.person_id, now, words.strip()[:300]
    made.open_until = now + OPEN_FOR if grants else None
    made.save(update_fields=["state", "approver", "answered_at", "words", "open_until"])
    _prove(made.ticket, "grant" if grants else "deny", actor, now, made.words)
    telling.of_reveal(made, now)
    return made


@transaction.atomic
def reveal(*, actor: Viewer, number: str, now: datetime) -> dict[str, str]:
    """Return the sealed name and telephone to whom it was granted; every look is kept.

    Raises NotFound, NotPermitted (``not_granted``), Unavailable (``vault_closed``).
    """
    row = get_ticket(actor, number)
    granted = row.reveals.filter(
        asker_id=getattr(actor, "person_id", 0), state=Answer.GRANTED, open_until__gt=now
    ).first()
    sealed = SealedIdentity.objects.filter(ticket=row).first()
    if granted is None or sealed is None:
        raise NotPermitted("not_granted", _("没有有效的查看批准。"))
    try:
        words = vault().open(sealed.generation, bytes(sealed.sealed), row.number)
    except CryptoError as error:
        raise Unavailable("vault_closed", _("密钥不可用，请联系系统管理员。")) from error
    record = _prove(row, "look", actor, now, granted.reason)
    RevealLook.objects.create(reveal=granted, at=now, actor=actor.name, record=record)
    return words


@transaction.atomic
def share_contact(*, actor: Viewer, number: str, now: datetime) -> None:
    """Show an ordinary caller to the unit, at the caller's wish. Raises NotFound, NotPermitted, Refused (``confidential``)."""
    row = steps.locked(actor, number)
    if not is_of_desk(actor, row):
        raise NotPermitted("not_permitted", _("只有热线工作人员可以公开联系方式。"))
    if row.is_confidential:
        raise Refused("confidential", _("保密工单不能公开诉求人身份。"))
    Contact.objects.filter(ticket=row, shared_at__isnull=True).update(shared_at=now)
    steps.append(row, "supplement", actor, now, _("诉求人同意向承办单位公开联系方式。"))
