"""A flow with everything in it, registered once for the tests, and people who may walk it."""

from datetime import UTC, date, datetime

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.workflow import api as workflow
from yunshu.domains.workflow.contracts import Clock, DeadlineSpec, Flow, State, TaskSpec, Transition, Unit
from yunshu.domains.workflow.models import Case, Task
from yunshu.lib.kernel.permissions import declare

DO = declare("test.flow.do", "办理测试事项")
CHECK = declare("test.flow.check", "审核测试事项")
MONDAY = datetime(2024, 6, 3, 2, tzinfo=UTC)  # 10:00 in the city


def step(verb: str, source: str, target: str, permission: object = DO, **more: object) -> Transition:
    return Transition(
        verb=verb, name=verb, sources=(source,), target=target, permission=str(permission), org_role="owner", **more
    )  # type: ignore[arg-type]


def waiting(title: str, permission: object, amount: int, unit: Unit = Unit.WORKING_DAYS) -> TaskSpec:
    deadline = DeadlineSpec(amount=amount, unit=unit)
    return TaskSpec(title=title, permission=str(permission), org_role="owner", deadline=deadline)


FLOW = Flow(
    code="test.flow",
    name="测试流程",
    subject="测试事项",
    initial="doing",
    states=(
        State(code="doing", name="办理中", task=waiting("办理", DO, 3)),
        State(code="waiting", name="等待补正"),
        State(code="checking", name="审核中", task=waiting("审核", CHECK, 8, Unit.WORKING_HOURS)),
        State(code="publishing", name="公示中", task=waiting("公示", DO, 7, Unit.NATURAL_DAYS)),
        State(code="done", name="办结", final=True),
    ),
    transitions=(
        step("pause", "doing", "waiting", clock=Clock.PAUSE, needs_reason=True),
        step("resume", "waiting", "doing", clock=Clock.RESUME),
        step("submit", "doing", "checking"),
        step("return", "checking", "doing", CHECK, needs_reason=True, is_return=True),
        step("pass", "checking", "publishing", CHECK),
        step("finish", "publishing", "done"),
    ),
)
workflow.register(FLOW)


def hours() -> None:
    """From half past eight to noon and from half past two to half past five, Monday to Friday."""
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="08:30", ends_at="12:00")
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="14:30", ends_at="17:30")


def org_with(*permissions: object) -> tuple[Org, Staff]:
    """Return an organisation and somebody there who holds ``permissions``."""
    org = OrgFactory()
    return org, staff([str(p) for p in permissions], org=org)


def started(actor: Staff, org: Org, number: str = "T-1") -> Case:
    subject = workflow.Subject(number=number, title="测试事项", url="/console/help/", parties={"owner": org.pk})
    return workflow.start(actor=actor, flow=FLOW.code, subject=subject, now=MONDAY)


def task_of(case: Case) -> Task:
    return Task.objects.get(case=case, done_at__isnull=True)
