"""Operations over HTTP: what is watched and how it is, availability with its bounds, incidents with their clocks; reporting a fault.

The same services and the same reach as the pages.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.operations.contracts import TARGET_VIEW
from yunshu.domains.operations.incident_choices import Priority
from yunshu.domains.operations.selectors import figures, targets
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services import incidents
from yunshu.lib.availability import percent
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.inputs import Instant
from yunshu.lib.ui.paging import Slices

router = Router(tags=["运行保障"])
LONGEST = timedelta(days=400)


class TargetOut(Schema):
    """What is watched, and how it is now."""

    number: str
    code: str
    name: str
    kind: str
    org: str = Field(alias="org.code")
    state: str = Field(description="planned 待补、active 在用、retired 已停用")
    condition: str = Field(
        "", description="up、degraded、down、unknown、maint；空表示尚无判定", alias="status.condition"
    )
    since: datetime | None = Field(None, alias="status.since")
    cause: str | None = Field(None, description="中断的根源对象", alias="status.cause.number")
    promise: Decimal | None = Field(None, description="承诺可用率，%")
    scopes: list[str]


class AvailabilityOut(Schema):
    """How available a target was: seconds in each state, and the two bounds between which the truth lies."""

    number: str
    starts_at: datetime
    ends_at: datetime
    due_s: int = Field(description="应运行秒数：不含维护和未投用")
    up_s: int
    degraded_s: int
    down_s: int
    unknown_s: int
    maint_s: int
    not_in_service_s: int
    low: str | None = Field(description="下界，%：未知按中断计")
    high: str | None = Field(description="上界，%：未知按正常计")
    verdict: str = Field(
        description="kept 守住、broken 未守住、unproven 不能证明、nothing_due 无应运行时间；空表示没有承诺"
    )


class ClockOut(Schema):
    """One promised clock of an incident."""

    clock: str = Field(description="respond 响应、restore 恢复、close 关闭")
    is_working: bool = Field(description="真：下列秒数只计工作时间；假：全天候计时")
    promised_s: float
    spent_s: float
    due_at: datetime | None
    ended_at: datetime | None
    light: str


class IncidentOut(Schema):
    """An incident."""

    number: str
    title: str
    priority: str
    stage: str
    origin: str
    org: str = Field(alias="org.code")
    reporter: str = Field(alias="reporter.code")
    target: str | None = Field(None, alias="target.number")
    opened_at: datetime
    responded_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None


class IncidentStepOut(Schema):
    """One step of an incident, and the number of its record on the ledger."""

    seq: int
    verb: str
    at: datetime
    actor: str
    words: str
    record: str


class WholeIncidentOut(IncidentOut):
    """An incident with its clocks and its course."""

    clocks: list[ClockOut]
    steps: list[IncidentStepOut]

    @staticmethod
    def resolve_clocks(row: Any) -> Any:
        """Return how each promised clock stands now."""
        return selectors.readings(row, clock.now())

    @staticmethod
    def resolve_steps(row: Any) -> Any:
        """Return the course so far."""
        return row.steps.order_by("seq")


class ReportIn(Schema):
    """A fault to be reported."""

    org: str = Field(description="报告单位的机构编码", max_length=32)
    title: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=4000)
    contact: str = Field("", max_length=40)
    target: str = Field("", description="监测对象编号", max_length=24)
    priority: Priority = Priority.P3
    happened_at: Instant | None = None


@router.get("/targets", response=list[TargetOut], summary="监测对象")
@paginate(Slices)
def list_targets(request: HttpRequest, condition: str = "", kind: str = "") -> Any:
    """Return the targets in reach, of a condition or a kind."""
    viewer = viewer_of(request)
    viewer.require(TARGET_VIEW)
    rows = targets.visible_targets(viewer).order_by("number")
    rows = rows.filter(status__condition=condition) if condition else rows
    return rows.filter(kind=kind) if kind else rows


@router.get("/targets/{number}/availability", response=AvailabilityOut, summary="可用率")
def availability(request: HttpRequest, number: str, starts_on: date, ends_on: date) -> AvailabilityOut:
    """Return the availability over whole city days (both included), no further than now; at most 400 days."""
    if ends_on < starts_on or ends_on - starts_on > LONGEST:
        raise Refused("period_wrong", _("止日不得早于起日，最长 400 天。"), where="ends_on")
    row = targets.get_target(viewer_of(request), number)
    found = figures.figure(row, figures.days(starts_on, ends_on, clock.now()))
    seen = found.seen
    return AvailabilityOut(
        number=row.number,
        starts_at=datetime.fromtimestamp(found.period.start, clock.CITY_ZONE),
        ends_at=datetime.fromtimestamp(found.period.end, clock.CITY_ZONE),
        low=None if seen.low is None else percent(seen.low),
        high=None if seen.high is None else percent(seen.high),
        verdict=found.verdict,
        **{name: getattr(seen, name) for name in AvailabilityOut.model_fields if name.endswith("_s")},
    )


@router.get("/incidents", response=list[IncidentOut], summary="故障单")
@paginate(Slices)
def list_incidents(request: HttpRequest, is_open: bool = False) -> Any:  # noqa: FBT001, FBT002 - a query parameter
    """Return the incidents in sight, the latest first; ``is_open``: those that wait for somebody, the gravest first."""
    viewer = viewer_of(request)
    return selectors.open_incidents(viewer) if is_open else selectors.visible_incidents(viewer).order_by("-pk")


@router.get("/incidents/{number}", response=WholeIncidentOut, summary="故障单详情")
def get_incident(request: HttpRequest, number: str) -> Any:
    """Return one incident with its clocks and its steps."""
    return selectors.get_incident(viewer_of(request), number)


@router.post("/incidents", response=IncidentOut, summary="报告故障")
def report(request: HttpRequest, body: ReportIn) -> Any:
    """Report a fault: it joins what is open for the target, or opens an incident."""
    words = body.dict(exclude={"org"})
    return incidents.report_incident(
        actor=viewer_of(request), org_code=body.org, spec=incidents.ReportSpec(**words), now=clock.now()
    )
