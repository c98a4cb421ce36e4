"""What a page must say that no other test would miss."""

import pytest
from django.urls import reverse
from tests.exchange.world import World
from tests.factories.directory import AssignmentFactory, PersonFactory, RoleFactory, signed_in_client

from yunshu.domains.exchange import contracts

pytestmark = pytest.mark.django_db


def test_an_owner_reads_who_holds_the_data() -> None:
    world = World()
    agreement = world.agreed()
    person = PersonFactory(org=world.police)
    AssignmentFactory(person=person, role=RoleFactory(permissions=[contracts.REQUEST_ANSWER.code]), subtree=True)
    page = signed_in_client(person).get(reverse("exchange:holdings")).content.decode()
    assert agreement.number in page
    assert world.county.name in page
