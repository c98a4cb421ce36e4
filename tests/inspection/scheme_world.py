"""A small city under inspection: the shipped schemes, sites, accounts, confirmed findings."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories.directory import OrgFactory, PersonFactory, staff

from yunshu.domains.directory.contracts import Staff, System
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import ASSESS, RULE_EDIT, VIEW
from yunshu.domains.inspection.models import Account, Assessment, Finding, SchemeVersion, Site
from yunshu.domains.inspection.services import assessments
from yunshu.domains.inspection.services.shipped import load_schemes
from yunshu.lib.kernel import clock

LOADER = System(name="test load")


class City:
    """A bureau that inspects, a unit below it, and what is found there."""

    def __init__(self, now: datetime | None = None, bureau: Org | None = None) -> None:
        self.now = now or clock.now()
        self.bureau: Org = bureau or OrgFactory()
        self.unit: Org = OrgFactory(parent=self.bureau)
        load_schemes(actor=LOADER, now=self.now)
        self.boss: Staff = staff((VIEW, ASSESS, RULE_EDIT), org=self.bureau)
        self.clerk: Staff = staff((VIEW,), org=self.unit)
        self.count = 0

    def version(self, code: str = "gov2019") -> SchemeVersion:
        return SchemeVersion.objects.get(scheme__code=code, state="in_force")

    def site(self, org: Org | None = None, **words: Any) -> Site:
        self.count += 1
        facts = {
            "number": f"WZ{self.count:04}",
            "id_code": f"44520000{self.count:02}",
            "name": f"测试网站{self.count}",
            "org": org or self.unit,
            "kind": "portal",
            "host": f"s{self.count}.example.gov.cn",
            "home_url": f"https://s{self.count}.example.gov.cn/",
            "created_by": "测试",
            "created_at": self.now,
        }
        return Site.objects.create(**facts | words)

    def account(self, org: Org | None = None, **words: Any) -> Account:
        self.count += 1
        facts = {
            "number": f"ZH{self.count:04}",
            "org": org or self.unit,
            "platform": "wechat",
            "handle": f"handle{self.count}",
            "name": f"测试账号{self.count}",
            "created_by": "测试",
            "created_at": self.now,
        }
        return Account.objects.create(**facts | words)

    def finding(self, target: Site | Account, kind: str, **words: Any) -> Finding:
        self.count += 1
        people = {"reviewer": PersonFactory(), "second": PersonFactory()} if words.get("severity") == "veto" else {}
        facts = {
            "number": f"WT{self.count:05}",
            "fingerprint": f"{self.count:064}",
            "kind": kind,
            "severity": "general",
            "site": target if isinstance(target, Site) else None,
            "account": target if isinstance(target, Account) else None,
            "org": target.org,
            "words": f"测试问题{self.count}",
            "url": "https://example.gov.cn/a.html",
            "first_seen": self.now - timedelta(days=3),
            "last_seen": self.now - timedelta(days=1),
            "state": "confirmed",
            "confirmed_at": self.now - timedelta(days=1),
        }
        return Finding.objects.create(**facts | people | words)

    def spec(self, **words: Any) -> assessments.AssessmentSpec:
        today = clock.city_date(self.now)
        facts = {
            "name": "测试季度检查",
            "kind": "quarter",
            "scope": "all",
            "starts_on": today - timedelta(days=30),
            "ends_on": today,
            "versions": tuple(self.version(code).number for code in ("gov2019", "guangdong", "jieyang")),
        }
        return assessments.AssessmentSpec(**facts | words)

    def assessment(self, **words: Any) -> Assessment:
        return assessments.create_assessment(
            actor=self.boss, org=self.bureau.code, spec=self.spec(**words), now=self.now
        )

    def frozen(self, **words: Any) -> Assessment:
        row = self.assessment(**words)
        return assessments.freeze_assessment(actor=self.boss, number=row.number, now=self.now)
