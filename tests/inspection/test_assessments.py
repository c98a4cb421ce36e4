"""Assessing: what is frozen, what is scored from it, that it can be made again, who sees it."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from tests.factories.directory import OrgFactory, staff
from tests.inspection.scheme_world import City

from yunshu.domains.inspection.contracts import ASSESS, PROOF_KIND, VIEW
from yunshu.domains.inspection.models import AssessedObject, Assessment, Finding, ScoreLine
from yunshu.domains.inspection.selectors import assessments as selectors
from yunshu.domains.inspection.services import assessments as services
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return City()


def of(row: Assessment, number: str, code: str = "gov2019") -> AssessedObject:
    return AssessedObject.objects.get(assessment=row, number=number, version__scheme__code=code)


def test_one_snapshot_is_scored_by_three_schemes_side_by_side(city):
    portal, department = city.site(), city.site(kind="department")
    for target in (portal, department):
        for _ in range(4):
            city.finding(target, "message_late")
    row = city.frozen()
    finals = {(o.number, o.version.scheme.code): o.final for o in row.assessed.select_related("version__scheme")}
    assert finals == {
        (portal.number, "gov2019"): Decimal(94),
        (portal.number, "guangdong"): None,
        (portal.number, "jieyang"): Decimal(94),
        (department.number, "gov2019"): None,
        (department.number, "guangdong"): None,
        (department.number, "jieyang"): Decimal(94),
    }


def test_every_line_names_its_findings_and_can_be_made_again(city):
    site, account = city.site(), city.account()
    late = city.finding(account, "account_stale", detail={"days": 20, "secret": "not kept"})
    links = [city.finding(site, "link_dead", detail={"page": "home", "weight": 0.1}) for _ in range(3)]
    row = city.frozen()
    (line,) = ScoreLine.objects.filter(assessed=of(row, site.number), deducted__gt=0)
    assert (line.deducted, line.findings) == (Decimal("0.3"), [f.number for f in links])
    assert of(row, account.number).vetoes == ["N2"]
    row.refresh_from_db()
    assert services.recompute(row) == []
    kept = next(f for f in row.snapshot["findings"] if f["number"] == late.number)
    assert kept["detail"] == {"days": "20"}
    assert ledger.evidence_of(PROOF_KIND, row.number, city.now)
    out = StringIO()
    call_command("inspection_recompute", row.number, stdout=out)
    assert "相符：1 次考评" in out.getvalue()


def test_what_was_kept_wrongly_is_found(city):
    site = city.site()
    city.finding(site, "link_dead")
    row = city.frozen(versions=(city.version().number,))
    found = of(row, site.number)
    wrong = {"order": 99, "code": "D99", "part": "deduction", "group": "x", "name": "x", "points": 9, "deducted": 9}
    ScoreLine.objects.create(assessed=found, words="x", **wrong)
    assert services.recompute(row) == [f"{site.name} 指标 D99：原有，重算没有"]
    with pytest.raises(Refused, match="D99"):
        services.publish_assessment(actor=city.boss, number=row.number, now=city.now)
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("inspection_recompute", row.number, stdout=StringIO())


def test_what_happens_later_changes_no_frozen_score(city):
    site = city.site()
    finding = city.finding(site, "message_late")
    row = city.frozen()
    Finding.objects.filter(pk=finding.pk).update(state="false")
    site.name, site.has_service_duty = "改名", False
    site.save()
    row.refresh_from_db()
    assert services.recompute(row) == []
    assert of(row, site.number).final == 98
    for act in (
        lambda: Assessment.objects.filter(pk=row.pk).update(snapshot={}),
        lambda: Assessment.objects.filter(pk=row.pk).update(state="draft"),
        lambda: ScoreLine.objects.update(deducted=0),
        lambda: AssessedObject.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_only_confirmed_findings_of_the_period_count(city):
    site = city.site()
    days = timedelta(days=1)
    for state in ("new", "second", "false", "waived"):
        city.finding(site, "message_late", state=state, confirmed_at=None)
    old = {"first_seen": city.now - 90 * days, "last_seen": city.now - 60 * days}
    city.finding(site, "message_late", state="closed", **old)
    still_open = city.finding(site, "message_late", state="notified", **old)
    mended = city.finding(site, "message_late", state="verified")
    city.finding(site, "message_late", first_seen=city.now + 2 * days, last_seen=city.now + 2 * days)
    row = city.frozen()
    assert {f["number"] for f in row.snapshot["findings"]} == {still_open.number, mended.number}
    before = city.frozen(kind="pre")
    assert {f["number"] for f in before.snapshot["findings"]} == {still_open.number}
    with pytest.raises(Refused, match="预评估"):
        services.publish_assessment(actor=city.boss, number=before.number, now=city.now)


def test_a_portal_and_a_unit_can_be_assessed_alone(city):
    other = OrgFactory(parent=city.bureau)
    portal, theirs = city.site(), city.site(org=other, kind="department")
    city.account()
    assert {o.number for o in city.frozen(scope="portal").assessed.all()} == {portal.number}
    row = city.frozen(scope="unit", unit=other.code)
    assert {o.number for o in row.assessed.all()} == {theirs.number}
    with pytest.raises(Refused, match="被考评单位"):
        city.assessment(scope="unit", unit=OrgFactory().code)


def test_a_granted_bonus_counts_only_before_freezing_and_with_a_reason(city):
    site = city.site()
    row = city.assessment()
    spec = {"version": city.version().number, "site": site.number, "code": "B05", "points": Decimal(3)}

    def grant(**words: object) -> None:
        facts = services.GrantSpec(**{**spec, "words": "创新做法", **words})
        services.grant_bonus(actor=city.boss, number=row.number, spec=facts, now=city.now)

    for wrong in ({"words": " "}, {"points": Decimal(6)}, {"code": "D01"}, {"site": "WZ9"}):
        with pytest.raises(Refused):
            grant(**wrong)
    grant(points=Decimal(1))
    grant()
    services.freeze_assessment(actor=city.boss, number=row.number, now=city.now)
    assert (of(row, site.number).bonus, of(row, site.number, "jieyang").bonus) == (3, 0)
    with pytest.raises(Conflict):
        grant()


def test_a_unit_sees_its_own_once_it_is_published(city):
    mine, theirs = city.site(), city.site(org=OrgFactory(parent=city.bureau))
    row = city.frozen()
    with pytest.raises(NotFound):
        selectors.get_assessment(city.clerk, row.number)
    services.publish_assessment(actor=city.boss, number=row.number, now=city.now)
    assert selectors.get_assessment(city.clerk, row.number) == row
    assert {o.number for o in selectors.visible_objects(city.clerk)} == {mine.number}
    assert {o.number for o in selectors.visible_objects(city.boss)} == {mine.number, theirs.number}
    assert not selectors.visible_objects(staff((VIEW, ASSESS))).exists()
    with pytest.raises(Conflict):
        services.publish_assessment(actor=city.boss, number=row.number, now=city.now)


def test_only_those_who_assess_there_assess(city):
    with pytest.raises(NotPermitted):
        services.create_assessment(actor=city.clerk, org=city.bureau.code, spec=city.spec(), now=city.now)
    for wrong in ({"versions": ()}, {"name": ""}, {"kind": "week"}, {"ends_on": city.now.date() - timedelta(days=99)}):
        with pytest.raises(Refused):
            city.assessment(**wrong)
    row = city.assessment()
    with pytest.raises(Refused, match="没有运行中"):
        services.freeze_assessment(actor=city.boss, number=row.number, now=city.now)
    with pytest.raises(Conflict):
        services.publish_assessment(actor=city.boss, number=row.number, now=city.now)


def test_the_figures_of_a_circular_come_from_the_rows(city):
    good, bad = city.site(), city.site()
    for _ in range(5):
        city.finding(bad, "column_blank")
    row = city.frozen(versions=(city.version().number,))
    (found,) = selectors.figures(row)
    assert found["sites"] == {"total": 2, "passed": 1, "failed": 1, "rate": "50.00"}
    assert found["accounts"]["rate"] is None
    assert [v[:4] for v in found["vetoes"]] == [["W4", "栏目不更新", 1, 5]]
    assert [f[0] for f in found["failed"]] == [bad.number]
    assert [f[0] for f in found["ranked"]] == [good.number]


def test_nobody_freezes_what_they_do_not_assess(city):
    mine, _theirs = city.site(), city.site(org=OrgFactory())
    assert {o.number for o in city.frozen().assessed.all()} == {mine.number}
