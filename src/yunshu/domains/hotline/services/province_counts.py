"""The daily reconciliation with the province: what each side has of each ticket, counted both ways; what differs is shown and can be mended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import LetterState, Side, Way
from yunshu.domains.hotline.contracts import TICKET_MANAGE
from yunshu.domains.hotline.models import ProvinceLetter, ProvinceLine, ProvinceTicket
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel.errors import NotFound

MOST_SHOWN = 500


@transaction.atomic
def reconcile(said: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Compare what the province says it has with what was sent and taken; keep and return what differs."""
    ended = ProvinceLetter.objects.filter(way=Way.UP, state__in=(LetterState.DONE, LetterState.REFUSED))
    ours = {
        row["stream"]: (row["last"], row["n"])
        for row in ended.order_by().values("stream").annotate(last=Max("version"), n=Count("pk"))
    }
    theirs = {str(row["stream"]): int(row["version"]) for row in said.get("taken", [])}
    found: list[dict[str, Any]] = [
        {"way": Way.UP, "stream": stream, "ours": ours.get(stream, (0, 0))[0], "theirs": theirs.get(stream, 0)}
        for stream in sorted({*ours, *theirs})
        if ours.get(stream, (0, 0))[0] != theirs.get(stream, 0)
    ]
    line = ProvinceLine.objects.select_for_update(no_key=True).get(code=rules.PROVINCE)
    given = int(said.get("given", 0))
    if given != line.taken:
        found.append({"way": Way.DOWN, "stream": "", "ours": line.taken, "theirs": given})
    found += _states(said)
    line.reconciled_at, line.differences = now, found[:MOST_SHOWN]
    line.counts = {"sent": sum(n for _last, n in ours.values()), "sent_there": sum(theirs.values())}
    line.counts |= {"taken": line.taken, "given_there": given, "differences": len(found)}
    line.save(update_fields=["reconciled_at", "differences", "counts"])
    return found


def _states(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tickets from the province whose state there is another than here, though everything was sent."""
    there = {str(row["code"]): str(row["digest"]) for row in said.get("entries", [])}
    busy = set(ProvinceLetter.objects.filter(way=Way.UP, state=LetterState.WAITING).values_list("stream", flat=True))
    told = ProvinceLetter.objects.filter(way=Way.UP, body__has_key="state")
    rows = told.order_by("stream", "-version").distinct("stream").values_list("stream", "body__state")
    return [
        {"way": "state", "stream": stream, "ours": state, "theirs": there[stream]}
        for stream, state in rows
        if stream in there and stream not in busy and there[stream] != state
    ]


@transaction.atomic
def mend(*, actor: Viewer, now: datetime) -> int:
    """Send again what the province lacks; return how many letters wait now because of it. Raises NotFound and NotPermitted."""
    actor.require(TICKET_MANAGE, desk_org().path)
    line = ProvinceLine.objects.select_for_update(no_key=True).filter(code=rules.PROVINCE).first()
    if line is None:
        raise NotFound("line_not_found", _("没有配置省平台。"))
    sent = 0
    for each in line.differences:
        if each["way"] == Way.UP:
            rows = ProvinceLetter.objects.filter(way=Way.UP, stream=each["stream"], version__gt=each["theirs"])
            again = rows.exclude(state=LetterState.WAITING)
            sent += again.update(state=LetterState.WAITING, tries=0, next_at=None, ended_at=None)
    return sent


def joined_count() -> dict[str, int]:
    """Return how many tickets are tied to the province, by who handed them over."""
    rows = ProvinceTicket.objects.order_by().values("side").annotate(n=Count("pk"))
    found = {row["side"]: row["n"] for row in rows}
    return {"down": found.get(Side.DOWN, 0), "up": found.get(Side.UP, 0)}
