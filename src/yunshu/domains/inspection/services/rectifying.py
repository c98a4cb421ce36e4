"""What a unit does about its findings, and what the supervisor decides on it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.inspection.choices_findings import ExtensionState
from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE, Proven
from yunshu.domains.inspection.models import Extension, Finding, Reply
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.rectification import ANSWER_FILES
from yunshu.domains.inspection.services import notices, proof, retests, telling
from yunshu.domains.inspection.services.steps import demand, locked, take, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@transaction.atomic
def submit(*, actor: Viewer, number: str, words: str, now: datetime, uploads: Sequence[files.Upload] = ()) -> Reply:
    """Say that a finding is mended (已整改), with files; a retest is asked for at once.

    Raises NotFound, NotPermitted, Conflict, Refused (``reason_missing``) and what ``files.attach`` raises.
    """
    row = locked(actor, number)
    step = demand(actor, row, "submit", words)
    reply = Reply.objects.create(
        number=public_number("DF", clock.city_date(now)),
        finding=row,
        words=words.strip(),
        by=actor.name,
        person_id=getattr(actor, "person_id", None),
        at=now,
    )
    for upload in uploads:
        files.attach(actor=actor, owner_kind=ANSWER_FILES, owner_id=reply.number, upload=upload, now=now)
    take(row, actor, step, words, now)
    retests.ask(row, actor, now)
    notices.follow([row.pk], now)
    return reply


@transaction.atomic
def decide(*, actor: Viewer, number: str, verb: str, words: str, now: datetime) -> Finding:
    """Close (``close``) a finding, verify it by hand (``verify``) or send it back (``refuse``).

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``).
    """
    if verb not in ("close", "verify", "refuse"):
        raise Conflict("verb_not_possible", _("没有这个操作。"))
    row = locked(actor, number)
    step = demand(actor, row, verb, words)
    if verb == "verify":
        row.gone_at = now
    take(row, actor, step, words, now, ("gone_at",))
    proof.of(Proven.REVIEW, row.number, {"verb": verb, "state": row.state, "words": words.strip()}, actor, now)
    notices.follow([row.pk], now)
    if verb == "refuse":
        telling.of_finding(row, RECTIFY, _("整改被退回，请继续整改"), f"refuse-{now.isoformat()}", now)
    return row


@transaction.atomic
def ask_extension(*, actor: Viewer, number: str, until: datetime, reason: str, now: datetime) -> Extension:
    """Ask for more time; the clock runs on until it is granted.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``, ``waits_already``), Refused (``reason_missing``,
    ``until_too_early``).
    """
    row = locked(actor, number)
    actor.require(RECTIFY, row.org.path)
    if row.state != life.NOTIFIED:
        raise Conflict("verb_not_possible", _("只有整改中的问题可以申请延期。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明延期理由。"), where="reason")
    if until <= max(now, row.due_at or now):
        raise Refused("until_too_early", _("延期须晚于现在的整改期限。"), where="until")
    if row.asked_extensions.filter(state=ExtensionState.OPEN).exists():
        raise Conflict("waits_already", _("已有延期申请等待审批。"))
    made = Extension.objects.create(
        number=public_number("YQ", clock.city_date(now)),
        finding=row,
        until=until,
        reason=reason.strip(),
        asked_by=actor.name,
        asked_at=now,
    )
    telling.of_finding(row, SUPERVISE, _("单位申请整改延期，请审批"), made.number, now)
    return made


@transaction.atomic
def decide_extension(*, actor: Viewer, number: str, is_granted: bool, words: str, now: datetime) -> Extension:
    """Grant or refuse more time; a refusal says why.

    Raises NotFound, NotPermitted, Conflict (``decided_already``) and Refused (``reason_missing``).
    """
    seen = Extension.objects.filter(number=number).values_list("finding__number", flat=True).first()
    if seen is None:
        raise NotFound("extension_not_found")
    row = locked(actor, seen)
    actor.require(SUPERVISE, row.org.path)
    asked = Extension.objects.select_for_update().get(number=number)
    if asked.state != ExtensionState.OPEN:
        raise Conflict("decided_already", _("该申请已经审批。"))
    if not is_granted and not words.strip():
        raise Refused("reason_missing", _("不同意延期须说明理由。"), where="words")
    asked.state = ExtensionState.GRANTED if is_granted else ExtensionState.REFUSED
    asked.words, asked.decided_by, asked.decided_at = words.strip()[:500], actor.name, now
    asked.save(update_fields=["state", "words", "decided_by", "decided_at"])
    if is_granted:
        row.due_at = asked.until
        row.save(update_fields=["due_at"])
        write(row, actor, "extend", row.state, asked.words, now)
        notices.follow([row.pk], now)
    said = {"extension": number, "granted": is_granted, "until": asked.until, "words": asked.words}
    proof.of(Proven.NOTICE, row.number, said, actor, now)
    title = _("延期申请已同意") if is_granted else _("延期申请未获同意")
    telling.of_finding(row, RECTIFY, title, f"{number}-decided", now)
    return asked
