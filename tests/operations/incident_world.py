"""A city with a room, systems in it, people who report, mend and approve; and the news that probes bring."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, Person, WorkSegment
from yunshu.domains.operations import contracts
from yunshu.domains.operations.models import (
    Change,
    DutySwap,
    DutyTurn,
    Incident,
    Need,
    Penalty,
    ServiceClause,
    Target,
)
from yunshu.domains.operations.services import changes, incidents, problems
from yunshu.events.operations import TargetStateChanged
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number

ENGINEER = (
    contracts.TARGET_VIEW,
    contracts.INCIDENT_REPORT,
    contracts.INCIDENT_HANDLE,
    contracts.CHANGE_EDIT,
)
MANAGER = (
    contracts.TARGET_VIEW,
    contracts.INCIDENT_HANDLE,
    contracts.INCIDENT_APPROVE,
    contracts.CHANGE_APPROVE,
    contracts.CONFIGURE,
)
USER = (contracts.INCIDENT_REPORT, contracts.INCIDENT_CONFIRM)
MENDED = incidents.Mended(cause_kind="power", cause="市电中断，电池耗尽。", action="恢复供电，逐台启动。")


@dataclass
class Ops:
    """The people and what they watch; ``now`` is the moment of the test, moved by ``later``."""

    city: Org = field(default_factory=lambda: OrgFactory(name="本市", kind=Org.Kind.CITY))
    now: datetime = field(default_factory=clock.now)

    def __post_init__(self) -> None:
        hours = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
        for starts, ends in () if WorkSegment.objects.exists() else hours:
            WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at=starts, ends_at=ends)
        self.bureau = OrgFactory(name="市数据局", parent=self.city)
        self.unit = OrgFactory(name="市民政局", parent=self.city, kind=Org.Kind.DEPARTMENT)
        self.engineer = staff(ENGINEER, org=self.city)
        self.manager = staff(MANAGER, org=self.city)
        self.user = staff(USER, org=self.unit)
        self.room = self.target("room-1", "一号机房", kind="room")
        self.systems = [self.target(f"sys-{n}", f"系统{n}", needs=[self.room]) for n in range(1, 4)]

    def target(self, code: str, name: str, *, needs: Any = (), **more: Any) -> Target:
        """A target in use, of the bureau, used by the unit."""
        words = {"kind": "system", "org": self.bureau, "state": "active", "created_at": self.now} | more
        row = Target.objects.create(number=f"T-{code}", code=code, name=name, **words)
        row.users.add(self.unit)
        for upstream in needs:
            Need.objects.create(target=row, upstream=upstream)
        return row

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def tell(self, target: Target, state: str, **more: Any) -> None:
        """Let probes say something of a target."""
        facts = {"was": "", "since": self.now, "at": self.now} | more
        incidents.hear(TargetStateChanged(number=target.number, state=state, **facts))

    def form(self) -> int:
        """Let the job run after the news has settled."""
        return incidents.form_incidents(now=self.later(seconds=30))

    def report(self, actor: Staff | None = None, **more: Any) -> Incident:
        """A fault that the unit reports."""
        spec = incidents.ReportSpec(**({"title": "系统打不开"} | more))
        return incidents.report_incident(actor=actor or self.user, org_code=self.unit.code, spec=spec, now=self.now)

    def move(self, row: Incident, verb: str, actor: Staff | None = None, reason: str = "已派人到场检查。") -> Incident:
        """Take a step."""
        return incidents.move_incident(
            actor=actor or self.engineer, number=row.number, verb=verb, reason=reason, now=self.now
        )

    def restore(self, row: Incident, actor: Staff | None = None) -> Incident:
        """Report it mended."""
        return incidents.restore_incident(actor=actor or self.engineer, number=row.number, spec=MENDED, now=self.now)

    def change(self, actor: Staff | None = None, **more: Any) -> Change:
        """A window of two hours, an hour from now, for the room."""
        words = {
            "title": "更换电池",
            "reason": "电池到期",
            "steps": "逐组更换",
            "rollback": "装回旧电池",
            "starts_at": self.now + timedelta(hours=1),
            "ends_at": self.now + timedelta(hours=3),
            "targets": [self.room.number],
        } | more
        return changes.ask_change(
            actor=actor or self.engineer, org_code=self.bureau.code, spec=changes.ChangeSpec(**words), now=self.now
        )

    def turn(self, **more: Any) -> DutyTurn:
        """The engineer's turn, of a day from now on."""
        words: dict[str, Any] = {"tier": "first", "starts_at": self.now, "ends_at": self.now + timedelta(days=1)} | more
        return DutyTurn.objects.create(
            org=self.city,
            person=Person.objects.get(pk=self.engineer.person_id),
            planned_by=self.manager.name,
            planned_at=self.now,
            **words,
        )

    def clause(self, **more: Any) -> ServiceClause:
        """A clause of the bureau's contract HT-1: 500 yuan for each late answer."""
        words = {
            "code": "c1",
            "contract": "HT-1",
            "vendor": "某服务商",
            "org": self.bureau,
            "clause": "第八条",
            "words": "响应超过约定时间的，每次扣 500 元。",
            "metric": "late_response",
            "base": "yuan",
            "rate": Decimal(500),
            "valid_from": date(2020, 1, 1),
        } | more
        return ServiceClause.objects.create(**words)

    def penalty(self, **more: Any) -> Penalty:
        """A deduction proposed for the month before."""
        month = clock.city_date(self.now).replace(day=1) - timedelta(days=1)
        return Penalty.objects.create(
            number=public_number("KK", month),
            clause=self.clause(**more),
            month=month.replace(day=1),
            quantity=1,
            amount_yuan=500,
            proposed_at=self.now,
        )


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address of the pages of incidents, for whoever walks them."""
    ops = Ops(city=org)
    for target in Target.objects.filter(org=ops.bureau):  # the walk in English looks for Chinese left over
        Target.objects.filter(pk=target.pk).update(name=target.code)
    said = dict.fromkeys(("title", "reason", "steps", "rollback"), "batteries")
    row, change, turn = ops.report(title="No answer"), ops.change(**said), ops.turn()
    problem = problems.open_problem(
        actor=ops.engineer,
        org_code=org.code,
        spec=problems.ProblemSpec(title="Old batteries", description="Three cuts", incidents=[row.number]),
        now=ops.now,
    )
    swap = DutySwap.objects.create(
        turn=turn,
        person=Person.objects.get(pk=ops.manager.person_id),
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        reason="ill",
        asked_by=ops.engineer.name,
        asked_at=ops.now,
    )
    penalty = ops.penalty(vendor="Vendor", clause="8")
    return {
        **{f"operations:{name}": (row.number,) for name in ("incident", "act_incident")},
        "operations:incident_form": (row.number, "note"),
        **{f"operations:{name}": (change.number,) for name in ("change", "act_change")},
        "operations:problem": (problem.number,),
        **{f"operations:{name}": (turn.pk,) for name in ("turn", "drop_turn")},
        "operations:answer_swap": (swap.pk,),
        **{f"operations:{name}": (penalty.number,) for name in ("penalty", "decide_penalty")},
        "operations:month": (f"{penalty.month:%Y-%m}",),
    }
