"""What the notices hear: tasks that opened, deadlines that near or pass."""

from yunshu.domains.directory import api as directory
from yunshu.domains.notify import kinds, services
from yunshu.domains.notify.contracts import NoticeSpec
from yunshu.domains.workflow import api as workflow
from yunshu.events.workflow import DeadlineReminded, TaskOpened
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


def _concerned(task_id: int, permission: str, org_path: str) -> list[int]:
    holder = workflow.holder_of(task_id)
    if holder is not None:
        return [holder]
    return [card.id for card in directory.people_with(permission, org_path, clock.now())]
