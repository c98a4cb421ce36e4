"""What people make of suggestions: taken over with one click, or settled against what they decided; replies examined."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import Urgency
from yunshu.domains.hotline.choices_smart import Outcome, Suggested
from yunshu.domains.hotline.contracts import TICKET_DISPATCH, TICKET_REGISTER
from yunshu.domains.hotline.models import Category, Prediction, PredictionUse, Reply, Ticket
from yunshu.domains.hotline.rules import life, suggesting
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.services import asking, smart_suggest, steps
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.triage import Examination
from yunshu.lib.triage import examine as examine_words
from yunshu.lib.triage.replies import Earlier

SWEEP, MOST_EARLIER = 500, 50
SETTLED = Q(uses__outcome__in=selectors.SETTLED)
FIELDS = ("division", "street", "address")


@transaction.atomic
def adopt(*, actor: Viewer, number: str, prediction_id: int, value: str, now: datetime) -> Ticket:
    """Take a suggestion over: the class, the urgency, or the place of a ticket.

    Raises NotFound, NotPermitted, Conflict (``ticket_over``) and Refused (``suggestion_unfit``, and as ``regrade``).
    """
    row = steps.locked(actor, number)
    made = row.predictions.filter(pk=prediction_id).first()
    if made is None:
        raise NotFound("suggestion_not_found", _("没有这条建议。"))
    if row.state in life.OVER:
        raise Conflict("ticket_over", _("工单已办结。"))
    if made.kind == Suggested.URGENCY:
        row = asking.regrade(actor=actor, number=number, urgency=made.first, reason=_red_flags(made), now=now)
        value = made.first
    else:
        if not any(actor.may(right, row.desk.path) for right in (TICKET_REGISTER, TICKET_DISPATCH)):
            actor.require(TICKET_REGISTER, row.desk.path)
        _change(row, made, value, actor, now)
    as_said = made.kind == Suggested.FIELDS or value == made.first
    _settle(made, value, actor.name, getattr(actor, "person_id", None), now, is_accepted=as_said)
    return row


def _red_flags(made: Prediction) -> str:
    said = "、".join(flag["text"] for flag in made.output.get("flags", []))
    return _("诉求中有：%(words)s") % {"words": said}


def _change(row: Ticket, made: Prediction, value: str, actor: Viewer, now: datetime) -> None:
    if made.kind in (Suggested.CATEGORY, Suggested.BRANCH):
        found = Category.objects.filter(path=value, is_active=True).first()
        if found is None or value not in labels_of(made):
            raise Refused("suggestion_unfit", _("诉求分类名录中没有这一项，请先在名录中增加。"))
        row.category = found
        changed = {"category": found.code}
    elif made.kind == Suggested.FIELDS:
        changed = {name: made.output["fill"][name] for name in FIELDS if name in made.output.get("fill", {})}
        for name, words in changed.items():
            setattr(row, name, words)
    else:
        raise Refused("suggestion_unfit", _("这类建议不能直接采用。"))
    row.save(update_fields=list(changed))
    steps.append(row, "adopt", actor, now, data={"prediction": made.pk, "version": made.version, **changed})
    steps.index(row)


def labels_of(made: Prediction) -> list[str]:
    """Return what a suggestion listed."""
    return [item["label"] for item in made.output.get("items", [])]


def _settle(made: Prediction, value: str, by: str, person: int | None, now: datetime, *, is_accepted: bool) -> bool:
    _row, is_new = PredictionUse.objects.exclude(outcome=Outcome.SHOWN).get_or_create(
        prediction=made,
        defaults={
            "outcome": Outcome.ACCEPTED if is_accepted else Outcome.CORRECTED,
            "value": value[:300],
            "rank": suggesting.rank_of(labels_of(made) or [made.first], value),
            "person_id": person,
            "by": by,
            "at": now,
        },
    )
    return is_new


def settle(*, now: datetime) -> int:
    """Compare open suggestions with what people decided; return how many were settled. Safe to run twice."""
    open_ones = (
        Prediction.objects.filter(ticket__isnull=False)
        .exclude(pk__in=PredictionUse.objects.exclude(outcome=Outcome.SHOWN).values("prediction"))
        .filter(
            Q(kind=Suggested.DEPARTMENT, ticket__signed_at__isnull=False, ticket__unit__isnull=False)
            | Q(kind__in=(Suggested.CATEGORY, Suggested.BRANCH), ticket__dispatched_at__isnull=False)
            & Q(ticket__category__isnull=False)
            | Q(kind=Suggested.URGENCY, ticket__dispatched_at__isnull=False)
            | Q(kind=Suggested.DUPLICATE, ticket__relation="merged")
        )
        .select_related("ticket__unit", "ticket__category", "ticket__parent")
    )
    done = 0
    for made in open_ones.order_by("pk")[:SWEEP]:
        truth = _truth(made)
        with transaction.atomic():
            done += _settle(made, truth, steps.WATCHER.name, None, now, is_accepted=truth == made.first)
    return done


def _truth(made: Prediction) -> str:
    row = made.ticket
    if row is None:
        return ""
    path = row.category.path if row.category else ""
    return {
        Suggested.DEPARTMENT: row.unit.name if row.unit else "",
        Suggested.CATEGORY: selectors.first_level(path),
        Suggested.BRANCH: path,
        Suggested.URGENCY: row.urgency or Urgency.NORMAL.value,
        Suggested.DUPLICATE: row.parent.number if row.parent else "",
    }[Suggested(made.kind)]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What the checks of a reply found, and the suggestion under which it is kept (none for a confidential report)."""

    examination: Examination
    prediction_id: int | None


def examine(*, by: Viewer, row: Ticket, reply: str, now: datetime) -> Gate:
    """Look at a reply before it is handed in or reviewed; it advises, and what it said is kept with who saw it."""
    recent = Reply.objects.filter(unit=row.unit, ticket__is_confidential=False).exclude(ticket=row)
    earlier = [
        Earlier(number=number, reply=text)
        for number, text in recent.order_by("-written_at").values_list("ticket__number", "words")[:MOST_EARLIER]
    ]
    found = examine_words(f"{row.title}。{row.content}", reply, earlier=earlier)
    if row.is_confidential:
        return Gate(examination=found, prediction_id=None)
    output = {
        "score": found.score,
        "ready": found.ready,
        "findings": [_finding(finding) for finding in found.findings],
    }
    key = {"kind": Suggested.REPLY, "version": "replies-1", "digest": sm3(reply.encode()).hex()}
    rest = {"output": output, "first": "ready" if found.ready else "unready", "is_sure": found.ready, "made_at": now}
    with transaction.atomic():
        made, _is_new = Prediction.objects.get_or_create(ticket=row, **key, defaults=rest)
        smart_suggest.show_all([made], by, now)
    return Gate(examination=found, prediction_id=made.pk)


def _finding(finding: Any) -> dict[str, Any]:
    return {
        "check": finding.check.value,
        "passed": finding.passed,
        "spans": [[span.start, span.end] for span in finding.spans],
        "missing": list(finding.missing),
        "ref": finding.ref,
    }


def settle_reply(*, by: Viewer, row: Ticket, passes: bool, now: datetime) -> None:
    """Keep what the reviewer decided of the last reply beside what was advised."""
    last = row.replies.last()
    digest = sm3(last.words.encode()).hex() if last else ""
    made = row.predictions.filter(kind=Suggested.REPLY, digest=digest).first()
    if made is not None:
        value = "ready" if passes else "unready"
        person = getattr(by, "person_id", None)
        _settle(made, value, by.name, person, now, is_accepted=value == made.first)
