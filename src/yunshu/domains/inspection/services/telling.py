"""Who is told of what: units of notices and decisions, supervisors of answers, appeals and failed retests."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.models import Finding
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.lib.kernel.permissions import Permission

RECTIFICATION = NoticeKind(
    code="inspection.rectification",
    name=_l("网站与新媒体整改"),
    help=_l("您单位收到整改通知，或整改、延期、申诉、复测有了结果。"),
    mandatory=True,
)
REPORTS = NoticeKind(
    code="inspection.report", name=_l("网民找错"), help=_l("有新的网民找错等待受理，或临近、超过办理时限。")
)
PLACE = "/console/inspection"


def people(org: Org, permission: Permission, title: str, body: str, url: str, once: str, now: datetime) -> int:
    """Tell whoever holds ``permission`` over a unit; return how many."""
    spec = NoticeSpec(kind=RECTIFICATION.code, title=title, body=body, url=url, once=once)
    return send(people={card.id for card in people_with(permission.code, org.path, now)}, spec=spec, now=now)


def of_finding(row: Finding, permission: Permission, title: str, once: str, now: datetime) -> int:
    """Tell whoever holds ``permission`` over the unit of a finding."""
    return people(row.org, permission, title, row.words, f"{PLACE}/findings/{row.number}/", f"{row.number}-{once}", now)
