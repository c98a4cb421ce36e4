"""What the notices hear: tasks that opened, deadlines that near or pass."""

from django.utils.translation import gettext as _

from yunshu.domains.directory import api as directory
from yunshu.domains.ledger import contracts as ledger
from yunshu.domains.notify import kinds, services
from yunshu.domains.notify.contracts import NoticeSpec
from yunshu.domains.workflow import api as workflow
from yunshu.events.ledger import LedgerAlarmRaised
from yunshu.events.workflow import DeadlineReminded, SupervisionAnswered, SupervisionOpened, TaskOpened
from yunshu.lib.kernel import clock
from yunshu.lib.outbox import handles

HOLDER = "holder"
"""``DeadlineReminded.whom``: the person whose turn it is; anything else means those above."""


@handles(TaskOpened, name="notify.on_task_opened")
def on_task_opened(event: TaskOpened) -> None:
    """Tell everyone who may do the task; a held task concerns its holder only."""
    now = clock.now()
    spec = NoticeSpec(
        kind=kinds.TASK, title=event.title, body=event.case_title, url=event.url, once=f"task-{event.task_id}"
    )
    services.send(people=_concerned(event.task_id, event.permission, event.org_path), spec=spec, now=now)


@handles(DeadlineReminded, name="notify.on_deadline_reminded")
def on_deadline_reminded(event: DeadlineReminded) -> None:
    """Tell the holder, or on escalation the people who oversee the organisation's worklist."""
    now = clock.now()
    escalated = event.whom != HOLDER
    people = (
        [card.id for card in directory.people_with(event.permission, event.org_path, now)]
        if escalated
        else _concerned(event.task_id, event.permission, event.org_path)
    )
    spec = NoticeSpec(
        kind=kinds.ESCALATION if escalated else kinds.REMINDER,
        title=event.words,
        body=f"{event.title} · {event.case_title}",
        url=event.url,
        once=f"{event.whom}-{event.task_id}-{event.due_at:%Y%m%d%H%M}-{event.words}"[:120],
    )
    services.send(people=people, spec=spec, now=now)


@handles(SupervisionOpened, name="notify.on_supervision_opened")
def on_supervision_opened(event: SupervisionOpened) -> None:
    """Tell those who oversee the organisation that must answer."""
    now = clock.now()
    spec = NoticeSpec(
        kind=kinds.SUPERVISION,
        title=_("收到督办：%(case)s") % {"case": event.case_title},
        body=event.requirement,
        url=f"/console/supervisions/{event.number}/",
        once=f"supervision-{event.number}",
    )
    services.send(people=_holders(event.permission, event.org_path), spec=spec, now=now)


@handles(SupervisionAnswered, name="notify.on_supervision_answered")
def on_supervision_answered(event: SupervisionAnswered) -> None:
    """Tell those who may supervise there that it was answered."""
    now = clock.now()
    spec = NoticeSpec(
        kind=kinds.SUPERVISION,
        title=_("督办已反馈：%(case)s") % {"case": event.case_title},
        body=event.feedback,
        url=f"/console/supervisions/{event.number}/",
        once=f"supervision-answer-{event.number}",
    )
    services.send(people=_holders(event.permission, event.org_path), spec=spec, now=now)


@handles(LedgerAlarmRaised, name="notify.on_ledger_alarm")
def on_ledger_alarm(event: LedgerAlarmRaised) -> None:
    """Tell everybody who operates the ledger, wherever they sit."""
    now = clock.now()
    spec = NoticeSpec(
        kind=kinds.LEDGER,
        title=_("账本告警：%(about)s") % {"about": event.about},
        url="/console/ledger/alarms/",
        once=f"ledger-{event.about}"[:120],
    )
    people = directory.people_holding(ledger.LEDGER_OPERATE.code, now)
    services.send(people=[card.id for card in people], spec=spec, now=now)


def _holders(permission: str, org_path: str) -> list[int]:
    return [card.id for card in directory.people_with(permission, org_path, clock.now())]


def _concerned(task_id: int, permission: str, org_path: str) -> list[int]:
    holder = workflow.holder_of(task_id)
    if holder is not None:
        return [holder]
    return [card.id for card in directory.people_with(permission, org_path, clock.now())]
