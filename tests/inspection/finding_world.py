"""A bureau that checks, units with sites that mend, and what a machine finds on them; neutral words only."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff, System
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.inspection import contracts
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.domains.inspection.models import Account, Finding, Notice, Site
from yunshu.domains.inspection.services import appeals, findings, notices, rectifying, reports, reviewing
from yunshu.lib.kernel import clock

REVIEWER = (contracts.VIEW, contracts.REVIEW, contracts.REPORT_EDIT)
SUPERVISOR = (contracts.VIEW, contracts.REVIEW, contracts.SUPERVISE)
UNIT = (contracts.RECTIFY,)
MACHINE = System(name="检查")


@dataclass
class Desk:
    """The people and the sites; ``now`` is the moment of the test, moved by ``later``."""

    city: Org = field(default_factory=lambda: OrgFactory(name="本市", kind=Org.Kind.CITY))
    now: datetime = field(default_factory=clock.now)

    def __post_init__(self) -> None:
        hours = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
        for starts, ends in () if WorkSegment.objects.exists() else hours:
            WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at=starts, ends_at=ends)
        self.unit = OrgFactory(name="市民政局", parent=self.city, kind=Org.Kind.DEPARTMENT)
        self.other = OrgFactory(name="市水利局", parent=self.city, kind=Org.Kind.DEPARTMENT)
        self.reviewer = staff(REVIEWER, org=self.city)
        self.second = staff(REVIEWER, org=self.city)
        self.supervisor = staff(SUPERVISOR, org=self.city)
        self.clerk = staff(UNIT, org=self.unit)
        self.stranger = staff(UNIT, org=self.other)
        self.site = self.make_site("4452000001", self.unit)
        self.site_of_other = self.make_site("4452000002", self.other)
        self.account = Account.objects.create(
            number=f"ZH-{self.unit.pk}",
            org=self.unit,
            platform="wechat",
            handle=f"unit-{self.unit.pk}",
            name="民政发布",
            created_by="测试",
            created_at=self.now,
        )

    def make_site(self, code: str, org: Org) -> Site:
        """A department's site."""
        return Site.objects.create(
            number=f"WZ-{code}",
            id_code=code,
            name=f"{org.name}网站",
            org=org,
            kind="department",
            host=f"s{code}.example.gov.cn",
            home_url=f"http://s{code}.example.gov.cn/",
            created_by="测试",
            created_at=self.now,
        )

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def fault(self, key: str = "1", **more: Any) -> Found:
        """A dead link on the unit's site."""
        words = {
            "kind": "link_dead",
            "severity": "general",
            "words": f"链接 {key} 打不开",
            "site": "" if more.get("account") else self.site.id_code,
            "url": f"{self.site.home_url}{key}.html",
            "excerpt": "请点击此处下载附件。",
            "span": ((3, 5),),
        } | more
        return Found(key=key, **words)

    def shown(self, name: str = "page") -> Proof:
        """A proof of its own digest."""
        return Proof(kind="text", sha256=sha256(name.encode()).hexdigest(), taken_at=self.now, words=name)

    def keep(self, *found: Found, **more: Any) -> findings.Kept:
        """A run that finds these now."""
        return findings.keep(found, by=MACHINE, now=self.now, **more)

    def finding(self, key: str = "1", **more: Any) -> Finding:
        """One new finding."""
        (number,) = self.keep(self.fault(key, **more)).numbers.values()
        return Finding.objects.get(number=number)

    def accept(self, row: Finding, who: Staff | None = None) -> Finding:
        """Confirm it."""
        return reviewing.accept(actor=who or self.reviewer, number=row.number, now=self.now)

    def confirmed(self, key: str = "1", **more: Any) -> Finding:
        """One confirmed finding; a veto by two people."""
        row = self.accept(self.finding(key, **more))
        return self.accept(row, self.second) if row.severity == "veto" else row

    def notify(self, *rows: Finding) -> list[Notice]:
        """Put findings to their units."""
        numbers = [row.number for row in rows]
        return notices.issue(actor=self.supervisor, numbers=numbers, words="请按期整改。", now=self.now)

    def notified(self, key: str = "1", **more: Any) -> Finding:
        """One finding that the unit has to mend."""
        row = self.confirmed(key, **more)
        self.notify(row)
        row.refresh_from_db()
        return row

    def submit(self, row: Finding, **more: Any) -> Any:
        """The unit says that it is mended; return the retest that is asked for."""
        rectifying.submit(actor=self.clerk, number=row.number, words="已更换链接。", now=self.now, **more)
        row.refresh_from_db()
        return row.retests.get(done_at__isnull=True)


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address of the pages of findings, for whoever walks them."""
    desk = Desk(city=org)
    Org.objects.filter(pk__in=(desk.unit.pk, desk.other.pk)).update(
        name="bureau"
    )  # the walk in English looks for Chinese
    Site.objects.filter(pk=desk.site.pk).update(name="site")
    said: dict[str, Any] = {"words": "dead", "excerpt": "click here", "proofs": (desk.shown(),)}
    desk.finding("queued", **said)
    row = desk.notified("mending", **said)
    until = (row.due_at or desk.now) + timedelta(days=9)
    more = rectifying.ask_extension(actor=desk.clerk, number=row.number, until=until, reason="more", now=desk.now)
    asked = appeals.appeal(actor=desk.clerk, number=row.number, reason="wrong", now=desk.now)
    spec = reports.ReportSpec(url=desk.site.home_url, kind="link", words="dead link")
    report = reports.receive(by=MACHINE, spec=spec, now=desk.now)
    about = ("finding", "decide_finding", "submit_finding", "extend_finding", "appeal_finding", "review_finding")
    shown = row.evidence.values_list("pk", flat=True).get()
    notice = row.notice_items.values_list("notice__number", flat=True).get()
    return {
        **{f"inspection:{name}": (row.number,) for name in about},
        **{f"inspection:{name}": (row.number, shown) for name in ("proof", "picture")},
        **{f"inspection:{name}": (notice,) for name in ("notice", "notice_paper")},
        "inspection:decide_extension": (more.number,),
        "inspection:appeal": (asked.number,),
        "inspection:withdraw_appeal": (asked.number,),
        **{f"inspection:{name}": (report.number,) for name in ("report", "take_up_report", "erase_report")},
    }
