"""Who is told before money falls due and before a guarantee runs out; each thing once."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.directory.contracts import System
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.domains.projects.contracts import CONTRACT_EDIT, PAYMENT_EDIT
from yunshu.domains.projects.models import Contract
from yunshu.domains.projects.selectors import contracts, limits
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import Permission

DUE = NoticeKind(
    code="projects.due", name=_l("付款与担保到期"), help=_l("合同分期临近或已过应付日期，合同担保临近失效。")
)
REMINDER = System(name="到期提醒")
LATE = 365


def remind(*, now: datetime) -> int:
    """Tell of instalments that fall due within ``reminder_days`` or are overdue, and of guarantees that run out.

    Returns how many things were told of. Safe to run twice: a notice is the same one per thing and due day.
    """
    today = clock.city_date(now)
    ahead = today + timedelta(days=int(limits.value("reminder_days")))
    parts = [
        part
        for part in contracts.due_parts(REMINDER, today - timedelta(days=LATE), ahead)
        if part.row.contract.state in ("filed", "settled")
    ]
    for part in parts:
        _tell_of_part(part, today, now)
    expiring = list(contracts.expiring_guarantees(today, ahead))
    for guarantee in expiring:
        words = {"kind": guarantee.get_kind_display(), "day": guarantee.expires_on}
        title = _("%(kind)s将于 %(day)s 失效") % words
        _tell(guarantee.contract, CONTRACT_EDIT, title, f"guarantee-{guarantee.number}-{guarantee.expires_on}", now)
    return len(parts) + len(expiring)


def _tell_of_part(part: contracts.Part, today: date, now: datetime) -> None:
    row = part.row
    words = {"n": row.ordinal, "day": row.due_on, "sum": f"{part.open_yuan:,.2f}"}
    late = row.due_on is not None and row.due_on < today
    title = (
        _("第 %(n)s 期已过应付日期 %(day)s，未付 %(sum)s 元")
        if late
        else _("第 %(n)s 期应于 %(day)s 前付款，未付 %(sum)s 元")
    ) % words
    once = f"instalment-{row.pk}-{row.due_on}-{'late' if late else 'soon'}"
    _tell(row.contract, PAYMENT_EDIT, title, once, now)


def _tell(contract: Contract, right: Permission, title: str, once: str, now: datetime) -> None:
    spec = NoticeSpec(
        kind=DUE.code,
        title=title,
        body=f"{contract.project.name} · {contract.name}",
        url=f"/console/projects/contracts/{contract.number}/",
        once=once,
    )
    people = {card.id for card in people_with(right.code, contract.project.org.path, now)}
    send(people=people, spec=spec, now=now)
