"""Corrections: reported, verified by the source, delivered to every copy, ended when the last one has its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import corrections, selectors
from yunshu.domains.exchange.contracts import REQUEST_EDIT, Proven
from yunshu.domains.exchange.models import Correction, CorrectionCopy, Delivery
from yunshu.domains.exchange.rules import corrections as rules
from yunshu.domains.exchange.rules import deliveries as delivering
from yunshu.domains.exchange.services import deliveries, proof, telling
from yunshu.domains.exchange.services.asking import subject_of
from yunshu.domains.exchange.services.catalogue import bureau_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

SPREADER = System(name="更正送达")


@dataclass(frozen=True, kw_only=True)
class CorrectionSpec:
    """What is said to be wrong: a record by its key, its items, what they say and should say, and how one knows."""

    items: Sequence[str]
    record_key: str
    said: str
    proposed: str
    grounds: str
    origin: str = ""


@transaction.atomic
def report_correction(
    *, actor: Viewer, resource: str, org_code: str, spec: CorrectionSpec, now: datetime
) -> Correction:
    """Report a wrong record. Raises NotFound, NotPermitted and Refused (``items_unknown``, ``correction_incomplete``)."""
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(REQUEST_EDIT, org.path)
    wanted = selectors.published().filter(number=resource).first()
    if wanted is None:
        raise NotFound("resource_not_found")
    items = list(dict.fromkeys(spec.items))
    if not items or set(items) - set(wanted.items.values_list("name", flat=True)):
        raise Refused("items_unknown", _("请选择有误的信息项。"), where="items")
    for name in ("record_key", "proposed", "grounds"):
        if not getattr(spec, name).strip():
            raise Refused("correction_incomplete", _("请写明是哪条记录、应当是什么、依据是什么。"), where=name)
    row = Correction.objects.create(
        number=public_number("SY", clock.city_date(now)),
        resource=wanted,
        items=items,
        record_key=spec.record_key.strip()[:200],
        said=spec.said.strip()[:500],
        proposed=spec.proposed.strip()[:500],
        grounds=spec.grounds.strip(),
        origin=spec.origin.strip()[:120],
        subject=subject_of(spec.record_key),
        reporter=org,
        source=corrections.source_of(wanted, items),
        stage=rules.VERIFYING,
        reported_by=actor.name,
        reported_at=now,
    )
    subject = workflow.Subject(
        number=row.number,
        title=_("数据异议：%(name)s") % {"name": wanted.name},
        url=f"/console/exchange/corrections/{row.number}/",
        parties={rules.REPORTER: org.pk, rules.SOURCE: row.source_id, rules.BUREAU: bureau_of(org).pk},
    )
    workflow.start(actor=actor, flow=rules.CODE, subject=subject, now=now)
    _prove(row, "report", "", actor, now)
    return row


@transaction.atomic
def move_correction(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Correction:
    """Take a step; ``correct`` orders a whole delivery for every copy at once.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``).
    """
    row = corrections.visible_corrections(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("correction_not_found")
    _move(row, actor, verb, reason, now)
    if verb == "correct":
        for agreement in corrections.agreements_with(row):
            CorrectionCopy.objects.get_or_create(correction=row, agreement=agreement)
            telling.of_copy(row, agreement, now)
        _spread(row, now)
    return row


@transaction.atomic
def spread_corrections(*, now: datetime) -> int:
    """Order what has not reached its copy yet, end what has reached every one; return how many ended. Safe to run twice."""
    rows = Correction.objects.select_for_update(of=("self",), skip_locked=True).filter(stage=rules.SPREADING)
    return sum(_spread(row, now) for row in rows.select_related("resource", "reporter", "source").order_by("pk"))


def _spread(row: Correction, now: datetime) -> bool:
    """Order the deliveries that are missing; end the correction if none is. Return whether it ended."""
    states = corrections.copies_of(row)
    for each in states:
        if each.state == "waiting" and _is_due(each.delivery, now):
            _order(row, each, now)
    if all(each.state in ("reached", "ended") for each in states):
        _move(row, SPREADER, "settle", _("每份副本都已收到更正。"), now)
        return True
    return False


def _is_due(last: Delivery | None, now: datetime) -> bool:
    """Say whether a delivery is to be ordered: none since the correction, or the last one failed some while ago."""
    return last is None or last.ended_at is None or delivering.again_at(1, last.ended_at) <= now


def _order(row: Correction, copy: corrections.CopyState, now: datetime) -> None:
    trouble = ""
    try:
        with transaction.atomic():
            deliveries.begin(deliveries.route_of(copy.agreement, now, lock=True), SPREADER, now, whole=True)
    except (Refused, Conflict) as error:
        trouble = error.message
    CorrectionCopy.objects.filter(correction=row, agreement=copy.agreement).update(trouble=trouble[:200])


def _move(row: Correction, actor: Viewer, verb: str, reason: str, now: datetime) -> None:
    before = row.stage
    case = workflow.act(actor=actor, flow=rules.CODE, number=row.number, verb=verb, reason=reason, now=now)
    row.stage = case.state
    if verb in ("correct", "uphold"):
        row.answer = reason.strip()
    if verb == "correct":
        row.corrected_at = now
    if row.stage in rules.FINAL:
        row.ended_at = now
        row.record_key = row.said = row.proposed = ""
    row.save()
    _prove(row, verb, before, actor, now)
    telling.of_correction(row, now)


def _prove(row: Correction, verb: str, before: str, actor: Viewer, now: datetime) -> None:
    words = {"verb": verb, "from": before, "to": row.stage, "resource": row.resource.number, "items": row.items}
    proof.of(Proven.CORRECTION, row.number, words | {"subject": row.subject, "source": row.source.code}, actor, now)
