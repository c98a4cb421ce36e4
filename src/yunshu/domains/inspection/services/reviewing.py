"""Review: what a machine suspects becomes a fault, a false alarm or a waiver, by people; a veto by two."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.contracts import REVIEW, Proven
from yunshu.domains.inspection.models import AcceptedTerm, Finding
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.services import learning, notices, proof
from yunshu.domains.inspection.services.steps import demand, locked, take, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused, YunshuError


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a bulk action did: how many, and the sentence for each that was refused."""

    done: int
    refused: tuple[str, ...]


@transaction.atomic
def accept(*, actor: Viewer, number: str, now: datetime, words: str = "") -> Finding:
    """Confirm that a finding is a fault; a veto waits after the first for a second, different person.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``another_person``, ``person_needed``).
    """
    row = locked(actor, number)
    verb = life.confirming(row.state, row.severity)
    step = demand(actor, row, verb)
    person = getattr(actor, "person_id", None)
    if row.severity == life.VETO and person is None:
        raise Refused("person_needed", _("单项否决问题须由两名工作人员确认。"))
    if verb == "second":
        if row.reviewer_id == person:
            raise Refused("another_person", _("单项否决问题须由另一人二次确认，您已作过初次确认。"))
        row.second_id = person
    else:
        row.reviewer_id = person
    if step.target == life.CONFIRMED:
        row.confirmed_at = now
    take(row, actor, step, words, now, ("reviewer", "second", "confirmed_at"))
    _prove(row, actor, verb, words, now)
    return row


@transaction.atomic
def false_alarm(*, actor: Viewer, number: str, reason: str, now: datetime, teach: str = "") -> Finding:
    """Say that a finding is no fault; ``teach`` (``city`` or ``site``) has its term accepted from now on, and whatever else waits
    with that term and scope is no fault either (``learning.spread``).

    Raises NotFound, NotPermitted, Conflict and Refused (``reason_missing``, ``no_term``).
    """
    row = locked(actor, number)
    step = demand(actor, row, "false", reason)
    row.reviewer_id = row.reviewer_id or getattr(actor, "person_id", None)
    also = learning.teach(row, actor, reason, teach, now) if teach else []
    take(row, actor, step, reason, now, ("reviewer",))
    _prove(row, actor, "false", reason, now, also)
    return row


@transaction.atomic
def waive(*, actor: Viewer, number: str, until: date | None, reason: str, now: datetime) -> Finding:
    """Let a fault be until a day; found again after it, it is reviewed anew.

    Raises NotFound, NotPermitted, Conflict and Refused (``reason_missing``, ``until_missing``, ``until_past``).
    """
    row = locked(actor, number)
    step = demand(actor, row, "waive", reason)
    if until is None:
        raise Refused("until_missing", _("请填写豁免期限。"), where="until")
    if until <= clock.city_date(now):
        raise Refused("until_past", _("豁免期限须晚于今天。"), where="until")
    row.waived_until = until
    take(row, actor, step, reason, now, ("waived_until",))
    _prove(row, actor, "waive", reason, now)
    notices.follow([row.pk], now)
    return row


@transaction.atomic
def undo(*, actor: Viewer, number: str, now: datetime) -> Finding:
    """Take back one's own last step of review; what it taught is forgotten, what that decided with it waits again.

    Raises NotFound, NotPermitted and Conflict (``nothing_to_undo``: not one's own, not the last, or past review).
    """
    row = locked(actor, number)
    last = row.steps.order_by("-pk").first()
    step = life.OF_VERB.get(last.verb) if last else None
    person = getattr(actor, "person_id", None)
    if last is None or step is None or not step.undoable or last.target != row.state or last.source == life.NOTIFIED:
        raise Conflict("nothing_to_undo", _("没有可以撤销的复核操作。"))
    if person is None or last.person_id != person:
        raise Conflict("nothing_to_undo", _("上一步不是您的操作，只有本人可以撤销。"))
    if step.permission is not None:
        actor.require(step.permission, row.org.path)
    source, row.state = row.state, last.source
    if row.state == life.NEW:
        row.reviewer = row.confirmed_at = None
    if row.state in life.QUEUED:
        row.second = row.confirmed_at = None
    row.waived_until = None
    row.save(update_fields=["state", "reviewer", "second", "confirmed_at", "waived_until"])
    row.taught.filter(is_active=True, made_at=last.at).update(is_active=False)
    also = learning.unspread(row, actor, last.at, now)
    write(row, actor, "undo", source, "", now)
    _prove(row, actor, "undo", "", now, also)
    return row


def together(numbers: Iterable[str], act: Callable[[str], object]) -> Done:
    """Do the same to several findings, each in a transaction of its own; what one is refused does not stop the others."""
    refused, done = [], 0
    for number in numbers:
        try:
            act(number)
        except YunshuError as error:
            refused.append(f"{number}：{error.message}")
        else:
            done += 1
    return Done(done=done, refused=tuple(refused))


def _prove(row: Finding, actor: Viewer, verb: str, words: str, now: datetime, also: Sequence[str] = ()) -> None:
    said: dict[str, object] = {"verb": verb, "state": row.state, "words": words.strip(), "fingerprint": row.fingerprint}
    if also:
        said["also"] = list(also)
    proof.of(Proven.REVIEW, row.number, said, actor, now)


@transaction.atomic
def forget_term(*, actor: Viewer, term_id: int, now: datetime) -> AcceptedTerm:
    """Accept a term no longer: from now on it is found again.

    A site's term needs the right to review there, the city's over some unit. Raises NotFound and NotPermitted.
    """
    row = AcceptedTerm.objects.select_for_update(of=("self",)).select_related("site__org").filter(pk=term_id).first()
    if row is None:
        raise NotFound("term_not_found")
    actor.require(REVIEW, row.site.org.path if row.site else None)
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        subject = row.taught_by.number if row.taught_by else f"term-{row.pk}"
        proof.of(Proven.REVIEW, subject, {"verb": "forget", "term": row.term, "kind": row.kind}, actor, now)
    return row
