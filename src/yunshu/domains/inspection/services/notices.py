"""Rectification notices: issued per unit, followed as their findings move, chased when they are late."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import working_calendar
from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import RECTIFY, Proven
from yunshu.domains.inspection.models import DueRule, Finding, Notice, NoticeItem
from yunshu.domains.inspection.rules import life, notice_life
from yunshu.domains.inspection.selectors.findings import by_limit, due_at, dues
from yunshu.domains.inspection.services import proof, telling
from yunshu.domains.inspection.services.steps import demand, locked, take
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.ids import public_number

ENGINE = System(name="整改流程")


@transaction.atomic
def issue(*, actor: Viewer, numbers: Iterable[str], words: str, now: datetime) -> list[Notice]:
    """Put confirmed findings to their units, one notice a unit, each finding with the limit of its severity.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``: one of them is not confirmed), Refused (``nothing_chosen``).
    """
    rows = [locked(actor, number) for number in sorted(set(numbers))]
    if not rows:
        raise Refused("nothing_chosen", _("请选择已确认的问题。"))
    steps = [(row, demand(actor, row, "notify")) for row in rows]
    limits, calendar = dues(), working_calendar()
    for row, step in steps:
        row.due_at = by_limit(limits[row.severity], now, calendar)
        take(row, actor, step, words, now, ("due_at",))
    rows.sort(key=lambda row: (row.org_id, row.severity != life.VETO, row.pk))
    by_unit = [list(group) for _org, group in groupby(rows, lambda row: row.org_id)]
    return [_one(actor, each[0].org, each, words, now) for each in by_unit]


def _one(actor: Viewer, org: Org, rows: list[Finding], words: str, now: datetime) -> Notice:
    dates = {row.pk: row.due_at or now for row in rows}
    notice = Notice.objects.create(
        number=public_number("ZG", clock.city_date(now)),
        org=org,
        words=words.strip(),
        issued_by=actor.name,
        issuer_id=getattr(actor, "org_id", None),
        issued_at=now,
        due_at=max(dates.values()),
    )
    NoticeItem.objects.bulk_create(
        NoticeItem(notice=notice, finding=row, ordinal=n, due_at=dates[row.pk]) for n, row in enumerate(rows, 1)
    )
    listed = {"org": org.code, "findings": [row.number for row in rows], "due_at": notice.due_at, "words": notice.words}
    proof.of(Proven.NOTICE, notice.number, listed, actor, now)
    title = _("网站与新媒体整改：%(org)s（%(n)s 项）") % {"org": org.name, "n": len(rows)}
    url = f"{telling.PLACE}/notices/{notice.number}/"
    subject = workflow.Subject(number=notice.number, title=title, url=url, parties={notice_life.UNIT: org.pk})
    workflow.start(actor=actor, flow=notice_life.CODE, subject=subject, now=now)
    workflow.own_deadline(flow=notice_life.CODE, number=notice.number, due_at=min(dates.values()))
    told = _("收到整改通知 %(number)s，共 %(n)s 项") % {"number": notice.number, "n": len(rows)}
    telling.people(org, RECTIFY, told, notice.words, url, f"notice-{notice.number}", now)
    return notice


def current(notice: Notice) -> QuerySet[Finding]:
    """Return the findings for which a notice is the latest: one put to the unit anew belongs to the later notice."""
    listed = Finding.objects.filter(pk__in=notice.items.values("finding"))
    return listed.annotate(last=Max("notice_items__notice_id")).filter(last=notice.pk)


def follow(findings: Collection[int], now: datetime) -> None:
    """Let the open notices of some findings (their ids) take the step that the findings' states demand."""
    if not findings:
        return
    ids = NoticeItem.objects.filter(finding_id__in=findings).values("notice_id")
    rows = Notice.objects.select_for_update().filter(pk__in=ids).exclude(stage=notice_life.DONE).order_by("pk")
    for notice in rows:
        _follow(notice, now)


def _follow(notice: Notice, now: datetime) -> None:
    states = list(current(notice).values_list("state", "due_at"))
    verb = notice_life.verb_for(notice.stage, [state for state, _due in states])
    if verb:
        case = workflow.act(actor=ENGINE, flow=notice_life.CODE, number=notice.number, verb=verb, reason="", now=now)
        notice.stage = case.state
        notice.closed_at = now if notice.stage == notice_life.DONE else None
        notice.save(update_fields=["stage", "closed_at"])
    open_dues = [due for state, due in states if state == life.NOTIFIED and due is not None]
    if notice.stage != notice_life.DONE:
        workflow.own_deadline(flow=notice_life.CODE, number=notice.number, due_at=min(open_dues, default=None))


@transaction.atomic
def chase(*, now: datetime) -> int:
    """Send a supervision letter (督办) for every notice of which something is late and unappealed, once a notice; return how many.

    Safe to run twice.
    """
    late = Finding.objects.filter(state=life.NOTIFIED, due_at__lt=now).exclude(appeals__state="open")
    ids = NoticeItem.objects.filter(finding__in=late).values("notice_id")
    rows = Notice.objects.select_for_update().filter(pk__in=ids, stage=notice_life.MENDING, supervision="")
    chased = 0
    for notice in rows.order_by("pk"):
        overdue = current(notice).filter(state=life.NOTIFIED, due_at__lt=now).exclude(appeals__state="open").count()
        task = workflow.open_task_of(workflow.get_case(notice_life.CODE, notice.number))
        if not overdue or task is None:
            continue
        words = _("整改通知 %(number)s 有 %(n)s 项超期未整改，请立即整改并反馈。")
        letter = workflow.supervise(
            actor=ENGINE,
            task_id=task.pk,
            requirement=words % {"number": notice.number, "n": overdue},
            due_at=due_at("supervision", now),
            now=now,
        )
        notice.supervision = letter.number
        notice.save(update_fields=["supervision"])
        chased += 1
    return chased


@transaction.atomic
def add_due_rules() -> list[bool]:
    """Write a row for each time limit that has none, so that the city can settle its own; say of each whether it is new."""
    return [
        DueRule.objects.get_or_create(
            code=due.code,
            defaults={"name": due.name, "amount": due.amount, "unit": due.unit, "source": due.source},
        )[1]
        for due in life.DUES
    ]
