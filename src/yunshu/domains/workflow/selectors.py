"""Reading the workflow: the worklist of a viewer, a case's history, whether its chain is whole."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.workflow import registry, rules
from yunshu.domains.workflow.contracts import (
    SUPERVISE,
    WORKLIST_VIEW,
    CaseCard,
    Flow,
    HistoryEntry,
    Light,
    TaskCard,
    Transition,
)
from yunshu.domains.workflow.models import Case, FlowEvent, Party, Supervision, Task
from yunshu.lib.kernel.errors import NotFound


def open_tasks() -> QuerySet[Task]:
    """Return every open task with what a list shows, the most urgent first; tasks without a deadline come last."""
    return (
        Task.objects.filter(done_at__isnull=True)
        .select_related("case", "org", "holder")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )


def my_tasks(viewer: Viewer) -> QuerySet[Task]:
    """Return the open tasks ``viewer`` may do: held by them, or by nobody and within their permissions' reach."""
    mine = Q(holder_id=getattr(viewer, "person_id", 0))
    free = Q(pk__in=())
    for grant in {(g.permission, g.org_path, g.subtree) for g in viewer.grants}:
        permission, path, subtree = grant
        where = Q(org_path__startswith=path) if subtree else Q(org_path=path)
        free |= Q(permission=permission) & where
    return open_tasks().filter(mine | (Q(holder__isnull=True) & free))


def org_tasks(viewer: Viewer) -> QuerySet[Task]:
    """Return the open tasks of the organisations whose worklist ``viewer`` may see."""
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(WORKLIST_VIEW):
        reach |= Q(org_path__startswith=path) if subtree else Q(org_path=path)
    return open_tasks().filter(reach)


def get_task(viewer: Viewer, task_id: int) -> Task:
    """Return an open task the viewer may do or oversee; raise NotFound (``task_not_found``)."""
    task = my_tasks(viewer).filter(pk=task_id).first() or org_tasks(viewer).filter(pk=task_id).first()
    if task is None:
        raise NotFound("task_not_found")
    return task


def holder_of(task_id: int) -> int | None:
    """Return the id of the person who holds a task, None if nobody does (or there is no such task)."""
    return Task.objects.filter(pk=task_id).values_list("holder_id", flat=True).first()


def task_light(task: Task, now: datetime) -> Light:
    """Return the task's traffic light."""
    return rules.light(now, task.opened_at, task.due_at, task.amber_at, paused=task.paused_at is not None)


def task_card(task: Task, now: datetime) -> TaskCard:
    """Return the task as pages show it."""
    return TaskCard(
        id=task.pk,
        title=task.title,
        subject=task.case.number,
        subject_title=task.case.title,
        url=task.case.url,
        flow_name=registry.flow(task.case.flow).name,
        org_name=task.org.name,
        holder=task.holder.name if task.holder else "",
        opened_at=task.opened_at,
        due_at=task.due_at,
        light=task_light(task, now),
        provisional=task.provisional,
    )


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many tasks show which light."""

    red: int
    amber: int
    green: int
    grey: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.red + self.amber + self.green + self.grey


def counts_by_light(tasks: QuerySet[Task], now: datetime) -> Counts:
    """Count tasks by light."""
    lights = [
        rules.light(now, opened, due, share, paused=paused is not None)
        for opened, due, share, paused in tasks.values_list("opened_at", "due_at", "amber_at", "paused_at")
    ]
    return Counts(**{light.value: lights.count(light) for light in Light})


def get_case(flow: str, number: str) -> Case:
    """Return a case by its subject's number; raise NotFound (``case_not_found``)."""
    case = Case.objects.filter(flow=flow, number=number).first()
    if case is None:
        raise NotFound("case_not_found")
    return case


def case_card(case: Case) -> CaseCard:
    """Return where a case stands."""
    return CaseCard(
        number=case.number,
        flow_code=case.flow,
        state=case.state,
        state_name=registry.flow(case.flow).state(case.state).name,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
    )


def party_paths(case: Case) -> dict[str, str]:
    """Return the path of the organisation behind each role."""
    return dict(Party.objects.filter(case=case).values_list("role", "org__path"))


def open_task_of(case: Case) -> Task | None:
    """Return what the case waits for, None at its end."""
    return case.tasks.filter(done_at__isnull=True).select_related("org", "holder", "case").first()


def may_take(viewer: Viewer, transition: Transition, paths: dict[str, str]) -> bool:
    """Say whether the viewer may take a transition of a case with these parties."""
    path = paths.get(transition.org_role)
    if path is None:
        return False
    return (
        any(
            g.permission == transition.permission
            and (g.org_path == path or (g.subtree and path.startswith(g.org_path)))
            for g in viewer.grants
        )
        or type(viewer).__name__ == "System"
    )


def verbs_for(viewer: Viewer, case: Case) -> tuple[Transition, ...]:
    """Return the transitions the viewer may take now."""
    paths = party_paths(case)
    return tuple(t for t in registry.flow(case.flow).ways_out(case.state) if may_take(viewer, t, paths))


def history(case: Case) -> tuple[HistoryEntry, ...]:
    """Return a case's steps, oldest first."""
    flow = registry.flow(case.flow)
    return tuple(_entry(flow, event) for event in case.steps.order_by("seq"))


def _entry(flow: Flow, event: FlowEvent) -> HistoryEntry:
    names = {s.code: s.name for s in flow.states}
    verbs = {t.verb: t.name for t in flow.transitions}
    return HistoryEntry(
        seq=event.seq,
        verb=event.verb,
        verb_name=verbs.get(event.verb, event.verb),
        source_name=names.get(event.source, ""),
        target_name=names.get(event.target, event.target),
        actor=event.actor,
        reason=event.reason,
        at=event.at,
        digest=event.digest,
    )


def event_body(event: FlowEvent) -> dict[str, object]:
    """Return what an event's digest covers."""
    return {
        "case": event.case_id,
        "seq": event.seq,
        "verb": event.verb,
        "source": event.source,
        "target": event.target,
        "actor": event.actor,
        "reason": event.reason,
        "data": event.data,
        "at": event.at.isoformat(),
    }


def chain_breaks_at(case: Case) -> int | None:
    """Return the number of the first event whose digest does not follow from those before it, None if all do."""
    previous = rules.START
    for place, event in enumerate(case.steps.order_by("seq"), start=1):
        if event.seq != place or event.digest != rules.event_digest(previous, event_body(event)):
            return event.seq
        previous = event.digest
    return None


def visible_supervisions(viewer: Viewer) -> QuerySet[Supervision]:
    """Return the supervisions the viewer sent or must answer."""
    reach = Q(pk__in=())
    for permission in (SUPERVISE, WORKLIST_VIEW):
        for path, subtree in viewer.reach(permission):
            reach |= Q(org__path__startswith=path) if subtree else Q(org__path=path)
    return Supervision.objects.filter(reach).select_related("case", "org").order_by("-opened_at", "-pk")
