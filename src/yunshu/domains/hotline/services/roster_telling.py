"""Who is told of the roster: whoever sits in it, whoever is asked to swap, whoever grants leave."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.hotline.choices_roster import DutyState
from yunshu.domains.hotline.contracts import ROSTER_MANAGE
from yunshu.domains.hotline.models import Leave, RosterDuty, RosterWeek, Swap
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send

KIND = NoticeKind(
    code="hotline.roster", name=_l("热线排班"), help=_l("排班已发布或有变动，有人找您换班，请假有了结果。")
)
MINE = "/console/hotline/roster/mine/"
WEEK = "/console/hotline/roster/"


def words_of(duty: RosterDuty) -> str:
    """Return a duty in words."""
    return f"{duty.on:%Y-%m-%d} {duty.shift}"


def _send(people: set[int], title: str, body: str, url: str, once: str, now: datetime) -> None:
    spec = NoticeSpec(kind=KIND.code, title=title, body=body, url=url, once=once)
    send(people=people, spec=spec, now=now)


def of_duty(duty: RosterDuty, title: str, now: datetime) -> None:
    """Tell somebody that one of their turns has come or gone."""
    said = title % {"duty": words_of(duty)}
    _send({duty.person_id}, said, "", MINE, f"duty-{duty.pk}-{duty.state}-{duty.person_id}", now)


def of_week(week: RosterWeek, now: datetime) -> None:
    """Tell everybody on a week that it is published."""
    people = set(week.duties.filter(state=DutyState.ON).values_list("person_id", flat=True))
    title = _("排班已发布：%(monday)s 这一周") % {"monday": f"{week.monday:%Y-%m-%d}"}
    _send(people, title, _("请查看您的班次；有困难的，请尽早申请换班或请假。"), MINE, f"week-{week.pk}", now)


def of_swap(row: Swap, now: datetime) -> None:
    """Tell who is asked; tell who asked what was answered."""
    asked = row.answered_at is None
    title = _("%(name)s 想和您换班：%(duty)s") if asked else _("换班申请已答复：%(duty)s")
    said = title % {"name": row.asker.name, "duty": words_of(row.mine)}
    body = row.words if asked else row.get_state_display()
    _send({row.other_id if asked else row.asker_id}, said, body, MINE, f"swap-{row.pk}-{row.state}", now)


def of_leave(row: Leave, now: datetime) -> None:
    """Tell who may grant that somebody asks; tell who asked what was answered."""
    asked = row.answered_at is None
    managers = {card.id for card in people_with(ROSTER_MANAGE.code, row.desk.path, now)} - {row.person_id}
    title = _("请假待批：%(name)s") if asked else _("请假申请已答复：%(name)s")
    span = f"{row.starts_on:%Y-%m-%d} – {row.ends_on:%Y-%m-%d}"
    people, url = (managers, WEEK) if asked else ({row.person_id}, MINE)
    _send(
        people,
        title % {"name": row.person.name},
        f"{span} {row.get_state_display()}",
        url,
        f"leave-{row.pk}-{row.state}",
        now,
    )
