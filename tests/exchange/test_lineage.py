"""Where a resource's items come from and where they go; what its deliveries say of its quality."""

from datetime import timedelta

import pytest
from tests.exchange.world import ITEMS, NOW, World, delivered, entry, item

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import DeliveryState
from yunshu.domains.exchange.lineage import by_consumer, lineage
from yunshu.domains.exchange.models import Agreement, Delivery, Element, Resource
from yunshu.domains.exchange.rules.deliveries import quality

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> World:
    return World()


def ended(agreement: Agreement, rows: int, state: str = DeliveryState.DONE, quarantined: int = 0) -> None:
    """One more delivery of the agreement that has ended."""
    first = Delivery.objects.first()
    delivery = first or delivered(agreement)
    if first:
        delivery.pk, delivery.number, delivery._state.adding = None, f"JF-{Delivery.objects.count()}", True
    delivery.state, delivery.ended_at, delivery.rows, delivery.quarantined = state, NOW, rows, quarantined
    delivery.receipt = {"made": "by the test"} if state == DeliveryState.DONE else None
    delivery.save()


def test_items_count_for_whom_the_law_names_and_only_insiders_see_copies(city: World) -> None:
    Element.objects.create(code="DE001", name="公民身份号码", data_type="C", source_org=city.police)
    city.entry_words = {
        "items": (item("id_number", "公民身份号码", is_key=True, element="DE001", length=18), *ITEMS[1:])
    }
    agreement = city.agreed()
    ended(agreement, 400)
    words = {
        "name": "高龄津贴发放名单",
        "items": (
            item("id_number", "公民身份号码", is_key=True, element="DE001", source_org=city.police.code, length=18),
            item("amount", "金额", length=10),
        ),
    }
    row = services.create_entry(actor=city.clerk, form=entry(city.county, **words), now=NOW)
    city.move(city.clerk, row, "submit")
    city.move(city.checker, row, "publish")
    taken, mine = Resource.objects.get(pk=row.pk), agreement.resource

    whole = lineage(mine, NOW + timedelta(days=1), inside=True)
    assert [(each.org, each.agreement, each.rows) for each in whole.copies] == [("榕城区", agreement.number, 400)]
    assert [(each.number, each.items) for each in whole.derived] == [(taken.number, 1)]
    assert [each.org for each in whole.sources] == ["市公安局"]
    assert lineage(mine, NOW, inside=False).copies == []

    other = lineage(taken, NOW, inside=True)
    assert {each.org: (each.items, each.agreements) for each in other.sources} == {
        "市公安局": (["公民身份号码"], [agreement.number]),
        "榕城区": (["金额"], []),
    }


def test_rows_older_than_thirty_days_do_not_count(city: World) -> None:
    agreement = city.agreed()
    ended(agreement, 400)
    late = lineage(agreement.resource, NOW + timedelta(days=31), inside=True)
    assert [(each.rows, each.is_late) for each in late.copies] == [(0, True)]


def test_copies_of_one_organisation_are_one_band(city: World) -> None:
    agreement = city.agreed()
    ended(agreement, 400)
    (copy,) = lineage(agreement.resource, NOW, inside=True).copies
    (band,) = by_consumer([copy, copy])
    assert band.rows == 800


def test_quality_is_what_deliveries_showed(city: World) -> None:
    agreement = city.agreed()
    assert selectors.quality_of(agreement.resource) == quality([])
    ended(agreement, 300)
    ended(agreement, 100, quarantined=4)
    ended(agreement, 0, DeliveryState.FAILED)
    ended(agreement, 0, DeliveryState.STOPPED)
    found = selectors.quality_of(agreement.resource)
    assert (found.tried, found.arrived, found.rows, found.quarantined, found.fit_share) == (3, 2, 400, 4, 0.99)
