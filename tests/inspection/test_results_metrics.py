"""Measurements of results: from published assessments and deadlines, never an invented nought."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.inspection.scheme_world import City

from yunshu.domains.inspection.models import FindingStep
from yunshu.domains.inspection.services import assessments
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Scope, metrics

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return City()


def measured(city: City, code: str, **extra: str) -> Measurement:
    today = clock.city_date(city.now)
    span = timedelta(days=20)
    scope = Scope(org_code=city.bureau.code, starts_on=today - span, ends_on=today + span, extra=extra)
    return metrics()[f"inspection.{code}"].measure(scope)


def test_pass_rates_are_those_of_published_assessments(city):
    sites, account = [city.site() for _ in range(3)], city.account()
    for _ in range(5):
        city.finding(sites[0], "column_blank")
    row = city.frozen()
    city.frozen(kind="pre")
    assert measured(city, "sites_passed").value is None
    assessments.publish_assessment(actor=city.boss, number=row.number, now=city.now)
    found = measured(city, "sites_passed")
    assert (found.value, found.numerator, found.denominator) == (Decimal("66.66"), 2, 3)
    assert (found.records[0].number, found.records[0].value) == (sites[0].number, "不合格")
    assert measured(city, "sites_passed", scheme="nowhere").value is None
    assert measured(city, "accounts_passed").value == 100
    assert measured(city, "accounts_passed").records[0].number == account.number


def test_rectified_on_time_counts_what_was_due(city):
    site = city.site()
    day = timedelta(days=1)
    due = {"due_at": city.now - 2 * day, "first_seen": city.now - 9 * day, "state": "verified"}
    kept, late, never = (city.finding(site, "link_dead", **due) for _ in range(3))
    city.finding(site, "link_dead", **{**due, "state": "notified", "due_at": city.now + day})
    city.finding(site, "link_dead", **{**due, "state": "waived"})
    for finding, at in ((kept, city.now - 3 * day), (kept, city.now), (late, city.now - day)):
        FindingStep.objects.create(finding=finding, verb="verify", target="verified", by="测试", at=at)
    found = measured(city, "rectified_on_time")
    assert (found.value, found.numerator, found.denominator) == (Decimal("33.33"), 1, 3)
    assert {r.number: r.value for r in found.records} == {
        kept.number: "按期",
        late.number: "超期",
        never.number: "超期",
    }
    assert measured(city, "rectified_on_time", scope="city").denominator == 3
