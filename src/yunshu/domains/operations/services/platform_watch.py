"""Operators are told when a part of the platform is not as it should be: by the same rules as the page and Prometheus' alerts."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_holding
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.domains.operations import platform
from yunshu.domains.operations.contracts import PLATFORM_VIEW
from yunshu.lib.observe import figures, standing
from yunshu.lib.observe.standing import Found

PLATFORM = NoticeKind(
    code="operations.platform", name=_l("平台告警"), help=_l("平台自身的某个部分停止、迟缓或快要装满。")
)


def watch(*, now: datetime) -> list[str]:
    """Judge every part, remember since when each rule holds, tell of what is new; return the rules that were told of."""
    news = standing.remember(figures.read_all(now), now)
    if news:
        people = [card.id for card in people_holding(PLATFORM_VIEW.code, now)]
        for found in news:
            send(people=people, spec=_notice(found), now=now)
    return [found.rule.code for found in news]


def _notice(found: Found) -> NoticeSpec:
    name = next(_(part.name) for part, rule in figures.rules() if rule is found.rule)
    who = found.reading.named(found.rule.of)
    about = f"（{who}）" if who else ""
    return NoticeSpec(
        kind=PLATFORM.code,
        title=_("平台告警：%(part)s %(means)s") % {"part": name, "means": _(found.rule.means)},
        body=f"{platform.said(found.reading, found.value)}{about}　{_(found.rule.todo)}",
        url="/console/operations/overview/",
        once=f"platform-{found.rule.code}-{found.about}-{found.since:%Y%m%d%H%M}"[:120],
    )
