"""Error budgets that are spent too fast: whoever is on duty is told before the promise is lost."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.notify.api import NoticeSpec, send
from yunshu.domains.operations.choices import Condition, TargetState
from yunshu.domains.operations.models import StatusChange, Target
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.services.incidents.telling import BURN, in_charge
from yunshu.lib.availability import BURN_ALERTS, BurnAlert, Span
from yunshu.lib.kernel import clock

LOOK_BACK = timedelta(seconds=max(alarm.long_s for alarm in BURN_ALERTS))
HOUR_S = 3600


def warn_burning(*, now: datetime) -> int:
    """Tell who is in charge of the promises whose budget burns too fast; return how many alarms fire. Once a day for each.

    Only what was down within the longest window can burn, so only that is looked at.
    """
    was_down = Q(condition=Condition.DOWN) | Q(was=Condition.DOWN)
    lately = StatusChange.objects.filter(was_down, at__gte=now - LOOK_BACK).values("target_id")
    rows = Target.objects.filter(Q(pk__in=lately) | Q(status__condition=Condition.DOWN))
    rows = rows.filter(state=TargetState.ACTIVE, promise__isnull=False).select_related("org").order_by("pk")
    targets, end = list(rows), int(now.timestamp())
    fired = 0
    for found in figures.Lines(Span(end - int(LOOK_BACK.total_seconds()), end)).figures(targets):
        for alarm in figures.alarms(found):
            _tell(found.target, alarm, now)
            fired += 1
    return fired


def _tell(target: Target, alarm: BurnAlert, now: datetime) -> None:
    words = {"name": target.name, "hours": alarm.long_s // HOUR_S, "factor": f"{float(alarm.factor):g}"}
    spec = NoticeSpec(
        kind=BURN.code,
        title=_("可用率承诺告急：%(name)s") % words,
        body=_("最近 %(hours)s 小时的中断快于承诺允许的 %(factor)s 倍。") % words,
        url=f"/console/operations/targets/{target.number}/",
        once=f"burn-{target.number}-{alarm.long_s}-{clock.city_date(now)}",
    )
    send(people=[pk for pk, _name in in_charge(target.org, now)], spec=spec, now=now)
