"""What the workflow tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from yunshu.lib.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TaskOpened(Event):
    """A task waits for whoever holds ``permission`` at ``org_path``. Heard by notify."""

    subject: ClassVar[str] = "workflow.task.opened.v1"

    task_id: int
    title: str
    case_title: str
    url: str
    permission: str
    org_path: str
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaskClosed(Event):
    """A task was done. Heard by whoever counts."""

    subject: ClassVar[str] = "workflow.task.closed.v1"

    task_id: int
    done_at: datetime
    on_time: bool


@dataclass(frozen=True, kw_only=True)
class DeadlineReminded(Event):
    """A reminder or an escalation fell due. Heard by notify; ``whom`` is holder or manager."""

    subject: ClassVar[str] = "workflow.deadline.reminded.v1"

    task_id: int
    title: str
    case_title: str
    url: str
    words: str
    whom: str
    permission: str
    org_path: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    """A case took a step. Heard by the domain it belongs to."""

    subject: ClassVar[str] = "workflow.case.moved.v1"

    flow: str
    number: str
    verb: str
    source: str
    target: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SupervisionOpened(Event):
    """A supervision letter (督办) was sent. Heard by notify: whoever holds ``permission`` at ``org_path`` must answer."""

    subject: ClassVar[str] = "workflow.supervision.opened.v1"

    number: str
    case_title: str
    requirement: str
    org_path: str
    permission: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class SupervisionAnswered(Event):
    """A supervision was answered. Heard by notify: whoever may supervise there."""

    subject: ClassVar[str] = "workflow.supervision.answered.v1"

    number: str
    case_title: str
    feedback: str
    org_path: str
    permission: str
    on_time: bool
