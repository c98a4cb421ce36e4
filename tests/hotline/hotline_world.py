"""A city with a hotline desk, two departments, a township, and the people who work there."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.factories.directory import OrgFactory, staff
from tests.hotline import smart_world

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import Category, DutyRule, QualityCheck, SamplingPlan, Ticket
from yunshu.domains.hotline.rules.roster import monday_of
from yunshu.domains.hotline.services import answering, asking, checking, dispatching, registering, reports
from yunshu.domains.workflow.contracts import SUPERVISE, WORKLIST_VIEW
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE

AGENT = (contracts.TICKET_REGISTER, contracts.TICKET_CALL_BACK)
SORTER = (contracts.TICKET_REGISTER, contracts.TICKET_DISPATCH)
REVIEWER = (contracts.TICKET_REVIEW, contracts.TICKET_CALL_BACK)
MANAGER = (
    contracts.TICKET_MANAGE,
    contracts.TICKET_DISPATCH,
    contracts.IDENTITY_APPROVE,
    contracts.CONFIGURE,
    contracts.SMART_MANAGE,
    SUPERVISE,
    WORKLIST_VIEW,
)
HANDLER = (contracts.TICKET_HANDLE, contracts.TICKET_VIEW)
MONDAY = datetime(2026, 6, 1, 9, tzinfo=CITY_ZONE)
CONTENT = registering.TicketSpec(
    kind="help", title="路灯不亮", content="榕华大道路灯三天不亮，请维修。", name="陈某", phone="13812345678"
)
SOLVED = answering.CallSpec(reached="yes", solved=True, result_score=5, process_score=4)
UNSOLVED = answering.CallSpec(reached="yes", solved=False, result_score=1, process_score=2, words="还是不亮")


@dataclass
class Hotline:
    """The people and what they do; ``now`` is moved by ``later``."""

    city: Org = field(default_factory=lambda: OrgFactory(name="本市", kind=Org.Kind.CITY))
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        hours = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
        for starts, ends in () if WorkSegment.objects.exists() else hours:
            WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at=starts, ends_at=ends)
        self.bureau = OrgFactory(name="市数据局", parent=self.city, kind=Org.Kind.BUREAU)
        self.urban = OrgFactory(name="市城管局", parent=self.city, kind=Org.Kind.DEPARTMENT)
        self.power = OrgFactory(name="市供电局", parent=self.city, kind=Org.Kind.DEPARTMENT)
        self.district = OrgFactory(name="榕城区", parent=self.city, kind=Org.Kind.DISTRICT)
        self.town = OrgFactory(name="榕华街道", parent=self.district, kind=Org.Kind.TOWNSHIP)
        self.agent, self.sorter = staff(AGENT, org=self.bureau), staff(SORTER, org=self.bureau)
        self.reviewer, self.manager = staff(REVIEWER, org=self.bureau), staff(MANAGER, org=self.city)
        self.handler, self.other = staff(HANDLER, org=self.urban), staff(HANDLER, org=self.power)
        self.townsman = staff(HANDLER, org=self.town)
        words = {"name": "路灯", "path": "城乡建设/市政/路灯"}
        self.lamps, _is_new = Category.objects.get_or_create(code="0301", defaults=words)

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def registered(self, actor: Staff | None = None, **more: Any) -> Ticket:
        """A ticket that an agent took down and accepted."""
        words = {name: getattr(CONTENT, name) for name in CONTENT.__dataclass_fields__} | more
        spec = registering.TicketSpec(**words)
        made = registering.register(actor=actor or self.agent, spec=spec, now=self.now, desk_code=self.bureau.code)
        return made.ticket

    def duty(self, **more: Any) -> DutyRule:
        """A line of the directory: lamps are the urban department's, and nobody else's."""
        words = {
            "code": "lamps",
            "matter": "路灯维修",
            "category": self.lamps,
            "words": ["路灯"],
            "org": self.urban,
            "department_only": True,
            "basis": "城市照明管理规定第四条",
            "edition": "2026-1",
            "valid_from": date(2026, 1, 1),
        } | more
        return DutyRule.objects.create(**words)

    def dispatch(self, row: Ticket, unit: Org | None = None, actor: Staff | None = None, **more: Any) -> Ticket:
        """Send to a unit."""
        spec = dispatching.DispatchSpec(unit=(unit or self.urban).code, **more)
        return dispatching.dispatch(actor=actor or self.sorter, number=row.number, spec=spec, now=self.now)

    def move(self, row: Ticket, verb: str, actor: Staff | None = None, reason: str = "情况属实。") -> Ticket:
        """Take a plain step."""
        return asking.move_ticket(
            actor=actor or self.handler, number=row.number, verb=verb, reason=reason, now=self.now
        )

    def handled(self, actor: Staff | None = None, unit: Org | None = None, **more: Any) -> Ticket:
        """A ticket that a unit has signed."""
        row = self.dispatch(self.registered(**more), unit)
        return self.move(row, "sign", actor)

    def reply(self, row: Ticket, actor: Staff | None = None, words: str = "已更换灯具，6月3日恢复照明。") -> Ticket:
        """Hand in an answer."""
        return answering.reply(
            actor=actor or self.handler, number=row.number, words=words, measures="现场更换。", now=self.now
        )

    def review(self, row: Ticket, *, passes: bool = True, actor: Staff | None = None) -> Ticket:
        """Review the answer."""
        return answering.review(
            actor=actor or self.reviewer, number=row.number, passes=passes, words="请写明完成时间。", now=self.now
        )

    def call(self, row: Ticket, spec: answering.CallSpec = SOLVED, actor: Staff | None = None) -> Any:
        """Call the citizen back."""
        return answering.call_back(actor=actor or self.agent, number=row.number, spec=spec, now=self.now)

    def close(self, row: Ticket) -> Ticket:
        """Close after the call-back."""
        return answering.close(actor=self.agent, number=row.number, words="", now=self.now)

    def closed(self, **more: Any) -> Ticket:
        """A ticket that went the whole way."""
        row = self.handled(**more)
        self.reply(row)
        self.review(row)
        self.call(row)
        return self.close(row)


def drawn(hotline: Hotline) -> QualityCheck:
    """A check of what was taken down a week ago."""
    hotline.now -= timedelta(days=7)
    hotline.registered()
    plan = SamplingPlan.objects.create(
        code="week", name="抽检", desk=hotline.bureau, form_code="ticket", pick="random", each=1
    )
    head = staff((contracts.QUALITY_MANAGE,), org=hotline.bureau)
    monday = monday_of(clock.city_date(hotline.now))
    hotline.now += timedelta(days=7)
    made = checking.draw(actor=head, plan_code=plan.code, monday=monday, seed="7", now=hotline.now)
    return made.checks.get()


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address of the hotline's pages, for whoever walks them."""
    hotline = Hotline(city=org, now=clock.now())
    words = {"title": "Lamp is out", "content": "No light", "name": "A", "phone": "1"}
    row = hotline.registered(hotline.sorter, **words)
    spot, model = smart_world.hotspot(hotline), smart_world.model(hotline.now)
    checked = drawn(hotline)
    spec = reports.ReportSpec(org=org.code, kind="special", starts_on=date(2026, 1, 1), title="Figures")
    report = reports.make(number=reports.ask(actor=reports.CLERK, spec=spec, now=hotline.now).number, now=hotline.now)
    return {
        **{f"hotline:{name}": (row.number,) for name in TICKET_PAGES},
        **{f"hotline:{name}": (spot.number,) for name in ("hotspot", "merge_hotspot", "dismiss_hotspot")},
        **{f"hotline:{name}": (model.version,) for name in ("model", "turn_model")},
        "hotline:ticket_form": (row.number, "note"),
        "hotline:answer_reveal": (1,),
        "hotline:answer_roster": ("leave", 1),
        "hotline:letter": (1,),
        "hotline:answer_judgement": (1,),
        "hotline:counted": ("due",),
        "hotline:draw": (checked.draw_id,),
        "hotline:score_form": (checked.form_id,),
        **{f"hotline:{name}": (checked.number,) for name in ("check", "appeal_check", "decide_appeal")},
        "hotline:report": (report.number,),
        "hotline:report_paper": (report.number, "xlsx"),
    }


TICKET_PAGES = (
    "ticket",
    "act_ticket",
    "adopt",
    "close_ticket",
    "dispatch",
    "print_ticket",
    "ask_reveal",
    "reveal",
    "share_contact",
    "contact",
)
