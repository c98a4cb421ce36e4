"""What people do with a hotspot: merge its tickets into one (each caller is still answered), or dismiss it with a reason that teaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices_smart import DismissReason, HotspotState
from yunshu.domains.hotline.contracts import TICKET_DISPATCH
from yunshu.domains.hotline.models import Hotspot, RadarThreshold
from yunshu.domains.hotline.rules import suggesting
from yunshu.domains.hotline.selectors import hotspots as selectors
from yunshu.domains.hotline.services import dispatching
from yunshu.domains.hotline.services.radar import threshold
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

TEACHES = {DismissReason.NOT_SAME, DismissReason.USUAL}


@dataclass(frozen=True, kw_only=True)
class Merged:
    """How many tickets were merged, and which could not be, with why."""

    count: int
    left: tuple[tuple[str, str], ...]


@transaction.atomic
def merge(*, actor: Viewer, number: str, main: str, tickets: Sequence[str], reason: str, now: datetime) -> Merged:
    """Merge ``tickets`` of a hotspot into ``main``; what cannot be merged is left and named.

    Raises NotFound, NotPermitted, Conflict (``hotspot_dismissed``), Refused (``reason_missing``, ``nothing_merged``).
    """
    spot = _locked(actor, number)
    if spot.state == HotspotState.DISMISSED:
        raise Conflict("hotspot_dismissed", _("这个热点已排除，不能并案。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    members = {row.ticket.number: row.ticket for row in selectors.members_of(actor, spot)}
    if main not in members:
        raise NotFound("ticket_not_found", _("请从热点的工单中选择主单。"), where="main")
    count, left = 0, []
    for each in tickets:
        if each == main or each not in members:
            continue
        try:
            with transaction.atomic():
                dispatching.merge(actor=actor, number=each, into=main, reason=reason, now=now)
            count += 1
        except NotPermitted:
            raise
        except (Refused, Conflict, NotFound) as refusal:
            left.append((each, refusal.message or refusal.code))
    if not count:
        raise Refused("nothing_merged", left[0][1] if left else _("请至少选择一张要并入的工单。"), where="tickets")
    first = spot.state == HotspotState.OPEN
    spot.main = members[main]
    _decide(spot, HotspotState.MERGED, actor, reason, now)
    if first:
        _teach(spot)
    return Merged(count=count, left=tuple(left))


@transaction.atomic
def dismiss(*, actor: Viewer, number: str, dismissal: str, words: str, now: datetime) -> Hotspot:
    """Say that a hotspot is none. Raises NotFound, NotPermitted, Conflict (``hotspot_decided``), Refused (``reason_missing``)."""
    spot = _locked(actor, number)
    if spot.state != HotspotState.OPEN:
        raise Conflict("hotspot_decided", _("这个热点已经处理。"))
    if dismissal not in DismissReason.values:
        raise Refused("reason_missing", _("请选择排除理由。"), where="dismissal")
    spot.dismissal = dismissal
    _decide(spot, HotspotState.DISMISSED, actor, words, now)
    if dismissal in TEACHES:
        _teach(spot)
    return spot


def _locked(actor: Viewer, number: str) -> Hotspot:
    seen = selectors.get_hotspot(actor, number)
    actor.require(TICKET_DISPATCH, seen.desk.path)
    return Hotspot.objects.select_for_update(of=("self",)).select_related("desk").get(pk=seen.pk)


def _decide(spot: Hotspot, state: HotspotState, actor: Viewer, words: str, now: datetime) -> None:
    spot.state, spot.words = state, words.strip()[:500]
    spot.decided_by, spot.decided_at = actor.name, now
    spot.save(update_fields=["state", "words", "decided_by", "decided_at", "dismissal", "main"])


def _teach(spot: Hotspot) -> None:
    """Move the topic's threshold by its newest verdicts."""
    decided = Hotspot.objects.filter(topic=spot.topic, desk=spot.desk, decided_at__isnull=False)
    told = decided.exclude(dismissal=DismissReason.KNOWN).order_by("-decided_at", "-pk")[: 4 * suggesting.LESSON]
    before = threshold(spot.topic)
    after = suggesting.learned(before, [row.state == HotspotState.MERGED for row in told])
    if after != before:
        source = _("由 %(n)s 的处理结果调整") % {"n": spot.number}
        RadarThreshold.objects.update_or_create(
            topic=spot.topic, defaults={"least": after, "source": source, "is_active": True}
        )
