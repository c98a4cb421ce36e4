"""Who is told: other domains by events, people by notices."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.hotline.contracts import IDENTITY_APPROVE
from yunshu.domains.hotline.models import Reveal, Ticket
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.events.hotline import (
    TicketAccepted,
    TicketClosed,
    TicketDispatched,
    TicketReplied,
    TicketReworked,
    TicketUpgraded,
)
from yunshu.lib.outbox import publish

KIND = NoticeKind(
    code="hotline.reveal", name=_l("身份查看审批"), help=_l("有人申请查看密封的诉求人身份，或您的申请有了结果。")
)
HOTSPOT = NoticeKind(code="hotline.hotspot", name=_l("热点预警"), help=_l("多件工单像是反映同一件事，请派单员查看。"))


def address(row: Ticket) -> str:
    """Return the ticket's page."""
    return f"/console/hotline/tickets/{row.number}/"


def publish_event(row: Ticket, event: str, now: datetime) -> None:
    """Publish what a step's ``event`` says."""
    unit = row.unit.code if row.unit else ""
    on_time = row.due_at is None or (row.replied_at or now) <= row.due_at
    if event == "accepted":
        publish(
            TicketAccepted(
                number=row.number,
                kind=row.kind,
                channel=row.channel,
                division=row.division,
                at=now,
                due_at=row.due_at,
            )
        )
    elif event == "dispatched":
        publish(TicketDispatched(number=row.number, org_code=unit, at=now, due_at=row.due_at))
    elif event == "replied":
        publish(TicketReplied(number=row.number, org_code=unit, at=now, on_time=on_time))
    elif event == "reworked":
        publish(TicketReworked(number=row.number, org_code=unit, at=now, reworks=row.reworks))
    elif event == "upgraded":
        publish(TicketUpgraded(number=row.number, at=now))
    else:
        publish(
            TicketClosed(
                number=row.number,
                state=row.state,
                kind=row.kind,
                channel=row.channel,
                source_number=row.source_number,
                org_code=unit,
                closed_at=now,
                on_time=on_time,
            )
        )


def of_reveal(reveal: Reveal, now: datetime) -> None:
    """Tell who may approve that somebody asks; tell who asked what was answered."""
    if reveal.answered_at is None:
        found = people_with(IDENTITY_APPROVE.code, reveal.ticket.desk.path, now)
        people, title = {card.id for card in found} - {reveal.asker_id}, _("申请查看密封身份：%(n)s")
    else:
        people, title = {reveal.asker_id}, _("密封身份查看申请已答复：%(n)s")
    spec = NoticeSpec(
        kind=KIND.code,
        title=title % {"n": reveal.ticket.number},
        body=reveal.get_state_display(),
        url=address(reveal.ticket),
        once=f"reveal-{reveal.pk}-{reveal.state}",
    )
    send(people=people, spec=spec, now=now)
