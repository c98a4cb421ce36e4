"""Reading the workflow: the worklist of a viewer, a case's history, whether its chain is whole."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with, working_calendar
from yunshu.domains.directory.contracts import PersonCard, Viewer
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
    Unit,
)
from yunshu.domains.workflow.models import Case, FlowEvent, Party, Supervision, Task
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission, permissions


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
    return _tasks_within(viewer, WORKLIST_VIEW)


def _tasks_within(viewer: Viewer, permission: Permission) -> QuerySet[Task]:
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(permission):
        reach |= Q(org_path__startswith=path) if subtree else Q(org_path=path)
    return open_tasks().filter(reach)


def get_task(viewer: Viewer, task_id: int) -> Task:
    """Return an open task the viewer may do or oversee; raise NotFound (``task_not_found``)."""
    task = my_tasks(viewer).filter(pk=task_id).first() or org_tasks(viewer).filter(pk=task_id).first()
    if task is None:
        raise NotFound("task_not_found")
    return task


def task_to_supervise(viewer: Viewer, task_id: int) -> Task:
    """Return an open task the viewer may do, oversee or send a letter on; raise NotFound (``task_not_found``)."""
    return _tasks_within(viewer, SUPERVISE).filter(pk=task_id).first() or get_task(viewer, task_id)


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
        title=_(task.title),
        subject=task.case.number,
        subject_title=task.case.title,
        url=task.case.url,
        flow_name=_(registry.flow(task.case.flow).name),
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
        state_name=_(registry.flow(case.flow).state(case.state).name),
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


def people_of(
    flow: str,
    verbs: Collection[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    numbers: Collection[str] = (),
) -> tuple[tuple[str, int], ...]:
    """Return (case's number, person's id) of every step of ``verbs`` that a person took: from ``since`` up to ``until``, or of ``numbers``."""
    events = FlowEvent.objects.filter(case__flow=flow, verb__in=verbs, person__isnull=False)
    events = events.filter(at__gte=since) if since else events
    events = events.filter(at__lt=until) if until else events
    events = events.filter(case__number__in=numbers) if numbers else events
    return tuple(events.order_by("case__number", "seq").values_list("case__number", "person_id"))


def _entry(flow: Flow, event: FlowEvent) -> HistoryEntry:
    names = {s.code: _(s.name) for s in flow.states}
    verbs = {t.verb: _(t.name) for t in flow.transitions}
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


def get_supervision(viewer: Viewer, number: str) -> Supervision:
    """Return one supervision; raise NotFound (``supervision_not_found``)."""
    row = visible_supervisions(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("supervision_not_found")
    return row


def of_light(value: str, now: datetime) -> Q:
    """Return the condition of the worklist's filter by light, as ``rules.light`` says."""
    grey = Q(due_at__isnull=True) | Q(paused_at__isnull=False)
    amber_from = ExpressionWrapper(
        F("opened_at") + (F("due_at") - F("opened_at")) * F("amber_at"), output_field=DateTimeField()
    )
    conditions = {
        Light.GREY: grey,
        Light.RED: ~grey & Q(due_at__lt=now),
        Light.AMBER: ~grey & Q(due_at__gte=now) & Q(LessThanOrEqual(amber_from, now)),
        Light.GREEN: ~grey & Q(due_at__gte=now) & ~Q(LessThanOrEqual(amber_from, now)),
    }
    return conditions[Light(value)]


def visible_case(viewer: Viewer, flow: str, number: str) -> Case:
    """Return a case the viewer has to do with: an open or closed task in reach, or its organisation's worklist.

    Raises NotFound (``case_not_found``).
    """
    case = get_case(flow, number)
    reach = {path for path, _subtree in viewer.reach(WORKLIST_VIEW)}
    paths = party_paths(case).values()
    overseen = any(path.startswith(each) for path in paths for each in reach)
    concerned = any(viewer.may(each, path) for path in paths for each in _permissions(flow))
    if not (overseen or concerned):
        raise NotFound("case_not_found")
    return case


def able_people(task: Task, now: datetime) -> tuple[PersonCard, ...]:
    """Return everybody who may do a task: those it can be handed to."""
    return people_with(task.permission, task.org_path, now)


def why_due(task: Task) -> tuple[rules.CountedDay, ...]:
    """Return the dates between receipt and deadline with what each counted for; empty without a deadline."""
    if task.due_at is None or not task.unit:
        return ()
    return rules.counted_days(task.opened_at, task.due_at, Unit(task.unit), working_calendar())


def _permissions(flow: str) -> list[Permission]:
    declared = permissions()
    return [declared[code] for code in {t.permission for t in registry.flow(flow).transitions} if code in declared]


def of_supervision_state(value: str) -> Q:
    """Return the condition of the supervisions' filter by state."""
    return Q(closed_at__isnull=value == "open")


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much one person has in hand; nobody's name is empty."""

    name: str
    open: int
    late: int


def load_by_person(viewer: Viewer, now: datetime) -> list[Load]:
    """Return how many tasks each person holds in the organisations the viewer oversees, the busiest first."""
    rows = (
        org_tasks(viewer)
        .order_by()
        .values("holder__name")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now, paused_at__isnull=True)))
        .order_by("-open", "holder__name")[:50]
    )
    return [Load(name=row["holder__name"] or "", open=row["open"], late=row["late"]) for row in rows]


def broken_chains() -> Iterator[tuple[Case, int | None]]:
    """Yield every case with the number of the first step whose digest does not follow, None where all do."""
    for case in Case.objects.order_by("pk").iterator():
        yield case, chain_breaks_at(case)
