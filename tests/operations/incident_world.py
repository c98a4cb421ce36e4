"""A city with a room, systems in it, people who report, mend and approve; and the news that probes bring."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.operations import contracts
from yunshu.domains.operations.models import Incident, Need, Target
from yunshu.domains.operations.services import incidents
from yunshu.events.operations import TargetStateChanged
from yunshu.lib.kernel import clock

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
        for starts, ends in hours:
            WorkSegment.objects.get_or_create(valid_from=date(2020, 1, 1), starts_at=starts, ends_at=ends)
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
