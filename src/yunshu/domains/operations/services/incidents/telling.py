"""Who is told of an incident: those on duty, the users' unit, and those above when a clock nears or passes its end."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.models import Org
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.domains.operations.contracts import INCIDENT_APPROVE, INCIDENT_CONFIRM, INCIDENT_REPORT
from yunshu.domains.operations.incident_choices import Tier
from yunshu.domains.operations.models import Incident, IncidentCall
from yunshu.domains.operations.rules.incidents import INCIDENT_LIFE
from yunshu.domains.operations.selectors.duty import on_duty
from yunshu.domains.operations.selectors.incidents import reporting_paths

KIND = NoticeKind(code="operations.incident", name=_l("故障进展"), help=_l("您单位报告或受影响的故障有了进展。"))
CALL = NoticeKind(
    code="operations.call",
    name=_l("故障升级"),
    help=_l("故障的响应或恢复临近期限、超过期限，按规则通知值班人员和主管。"),
    mandatory=True,
)
BURN = NoticeKind(
    code="operations.burn",
    name=_l("可用率承诺告急"),
    help=_l("中断太多，照这样下去守不住承诺的可用率，通知值班人员和主管。"),
)
STAGE_NAMES = {state.code: state.name for state in INCIDENT_LIFE.states}


def address(row: Incident) -> str:
    """Return the incident's page."""
    return f"/console/operations/incidents/{row.number}/"


def of_step(row: Incident, now: datetime, seq: int) -> None:
    """Tell the users' unit, and every other that reported it, how an incident stands."""
    spec = NoticeSpec(
        kind=KIND.code,
        title=_("故障%(stage)s：%(title)s") % {"stage": _(STAGE_NAMES[row.stage]), "title": row.title},
        body=f"{row.number} · {row.priority}",
        url=address(row),
        once=f"incident-{row.number}-{seq}",
    )
    people = {
        card.id
        for permission in (INCIDENT_CONFIRM, INCIDENT_REPORT)
        for path in reporting_paths(row)
        for card in people_with(permission.code, path, now)
    }
    send(people=people, spec=spec, now=now)


def of_call(row: Incident, rule: IncidentCall, due_at: datetime, now: datetime) -> list[str]:
    """Call a tier of the people on duty; where nobody is, whoever approves there. Return their names."""
    spec = NoticeSpec(
        kind=CALL.code,
        title=_("%(clock)s用去 %(n)s%%：%(title)s")
        % {"clock": rule.get_clock_display(), "n": rule.percent, "title": row.title},
        body=_("%(number)s · %(priority)s · 期限 %(due)s")
        % {"number": row.number, "priority": row.priority, "due": f"{due_at:%Y-%m-%d %H:%M}"},
        url=address(row),
        once=f"call-{row.number}-{rule.code}-{due_at:%Y%m%d%H%M}"[:120],
    )
    people = in_charge(row.org, now, Tier(rule.tier))
    send(people=[pk for pk, _name in people], spec=spec, now=now)
    return [name for _pk, name in people]


def in_charge(org: Org, now: datetime, tier: Tier = Tier.FIRST) -> list[tuple[int, str]]:
    """Return (id, name) of who is on duty for an organisation's systems; where nobody is, of whoever approves there."""
    duty = on_duty(org, tier, now)
    if duty is not None:
        return [(duty.pk, duty.name)]
    return [(card.id, card.name) for card in people_with(INCIDENT_APPROVE.code, org.path, now)]
