"""What the performance table reads of assets: nothing is measured that is not proven, and 100 means all."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.directory import OrgFactory
from tests.operations.campaign_world import NOW, TODAY, CampaignWorld
from tests.operations.test_testing import Bench
from tests.operations.test_trainings import Hall

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.asset_metrics import ASSET_METRICS
from yunshu.domains.operations.models import Defect, Target
from yunshu.domains.operations.rules.service_years import anniversary, years_between
from yunshu.domains.operations.services import exceptions
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Scope, metrics


def measured(code: str, org: Org, **more: Any) -> Measurement:
    words = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)} | more
    return metrics()[f"operations.{code}"].measure(Scope(org_code=org.code, **words))


def test_every_metric_is_offered_and_explained() -> None:
    assert {m.code for m in ASSET_METRICS} <= set(metrics())
    assert all(m.description and m.unit for m in ASSET_METRICS)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["units_replaced", "replacement_rate", "tests_passed", "years_in_service"])
def test_where_nothing_is_known_nothing_is_measured(code: str) -> None:
    found = measured(code, OrgFactory())
    assert (found.value, bool(found.note)) == (None, True)


@pytest.mark.django_db
def test_an_unfrozen_campaign_measures_nothing() -> None:
    world = CampaignWorld()
    world.planned()
    assert measured("units_replaced", world.bureau).value is None


@pytest.mark.django_db
def test_units_are_counted_with_their_terminals_beside_them() -> None:
    world = CampaignWorld().frozen(1, 2)
    for unit in (0, 1):
        world.signed(unit)
    units, rate = (measured(code, world.bureau) for code in ("units_replaced", "replacement_rate"))
    assert (units.value, units.denominator, rate.value) == (1, 2, 50)
    assert "终端 2/3" in units.note
    assert {r.number for r in units.records} == {u.number for u in world.units}


@pytest.mark.django_db
def test_the_rate_is_a_hundred_only_while_no_exception_is_open() -> None:
    world = CampaignWorld().frozen(1, 1)
    for unit in (0, 1):
        world.signed(unit)
    assert measured("replacement_rate", world.bureau).value == 100
    words = {"actor": world.signers[0], "unit": world.units[0].number, "reason": "专用软件"}
    exceptions.request_exception(expires_on=TODAY + timedelta(days=9), now=NOW, **words)
    rate, units = (measured(code, world.bureau) for code in ("replacement_rate", "units_replaced"))
    assert (rate.value, units.value) == (50, 1)


@pytest.mark.django_db
def test_the_figure_of_a_past_period_leaves_out_what_came_after_it() -> None:
    world = CampaignWorld().frozen(1, 1)
    world.signed(0)
    world.signed(1, on=TODAY + timedelta(days=1), now=NOW + timedelta(days=1))
    assert measured("units_replaced", world.bureau, ends_on=TODAY).value == 1
    assert measured("units_replaced", world.bureau).value == 2


@pytest.mark.django_db
def test_trainings_count_when_held_within_the_period_and_by_their_scope() -> None:
    hall = Hall()
    assert measured("trainings_held_12345", hall.org).value == 0
    hall.sign_in()
    hall.close()
    found = measured("trainings_held_12345", hall.org)
    assert (found.value, "签到 1 人" in found.records[0].value) == (1, True)
    hall.row = hall.arranged(scope="oa")
    hall.sign_in()
    hall.close()
    assert (measured("trainings_held", hall.org).value, measured("trainings_held_12345", hall.org).value) == (2, 1)
    assert measured("trainings_held", hall.org, ends_on=date(2026, 3, 1)).value is None


@pytest.mark.django_db
def test_that_nobody_entered_a_training_is_no_zero() -> None:
    found = measured("trainings_held", OrgFactory())
    assert (found.value, found.note) == (None, "这一时期没有经签到确认的培训。")


@pytest.mark.django_db
def test_a_case_with_an_open_defect_has_not_passed() -> None:
    bench = Bench()
    bench.run("f1")
    bench.run("f2")
    assert measured("tests_passed_oa", bench.org).value == 100
    bench.run("f2", "fail", "minor")
    bench.run("f2")
    assert Defect.objects.get().settled_at is None
    found = measured("tests_passed_oa", bench.org)
    assert (found.value, "未签认" in found.note) == (50, True)


@pytest.mark.django_db
def test_years_are_those_of_the_youngest_system_and_blanks_are_named() -> None:
    org = OrgFactory()
    words: dict[str, Any] = {
        "org": org,
        "kind": "system",
        "scopes": ["12345"],
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    for code, since in (("a", date(2021, 1, 1)), ("b", date(2023, 3, 31)), ("c", None)):
        Target.objects.create(number=code, code=code, name=code, in_service_on=since, **words)
    found = measured("years_in_service_12345", org)
    assert (found.value, len(found.records), "待补" in found.note) == (3, 2, True)


DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@given(DAYS, st.integers(1, 60))
def test_a_promise_of_years_is_kept_on_the_anniversary_and_not_a_day_before(start: date, years: int) -> None:
    day = anniversary(start, years)
    assert years_between(start, day) == years
    assert years_between(start, day - timedelta(days=1)) < years


@given(DAYS, DAYS, DAYS)
def test_years_never_shrink_while_time_passes(start: date, one: date, other: date) -> None:
    first, last = sorted((one, other))
    assert Decimal(0) <= years_between(start, first) <= years_between(start, last)


@pytest.mark.django_db
def test_a_base_after_the_period_is_named_instead_of_counted() -> None:
    world = CampaignWorld().frozen(1)
    found = measured("units_replaced", world.bureau, ends_on=TODAY - timedelta(days=1))
    assert found.value is None
    assert "没有计入：国产化替代" in found.note


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "is_late"), [(31, False), (32, True)])
def test_a_base_entered_long_after_its_day_says_so(days: int, is_late: bool) -> None:
    world = CampaignWorld().frozen(1, on=clock.city_date(NOW) - timedelta(days=days))
    assert ("事后补录" in measured("units_replaced", world.bureau).note) is is_late
