"""Whoever pays is told before an instalment falls due, once; whoever keeps the contract, before a guarantee runs out."""

from datetime import UTC, date, datetime

import pytest
from tests.factories.directory import staff_person
from tests.projects.world import ACTOR, World, yuan

from yunshu.domains.notify.models import Notice
from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects import services

pytestmark = pytest.mark.django_db


def at(month: int, day: int) -> datetime:
    return datetime(2022, month, day, 0, 30, tzinfo=UTC)


def test_an_instalment_is_told_of_before_its_day_and_once_more_when_it_is_late() -> None:
    world = World()
    person = staff_person([rights.PAYMENT_EDIT], org=world.org)
    assert services.remind(now=at(3, 1)) == 0
    services.remind(now=at(3, 20))
    services.remind(now=at(3, 21))
    (told,) = Notice.objects.filter(person=person)
    assert "2022-03-31" in told.title
    services.remind(now=at(4, 1))
    services.remind(now=at(4, 2))
    assert Notice.objects.filter(person=person).count() == 2


def test_what_is_paid_is_not_told_of() -> None:
    world = World()
    staff_person([rights.PAYMENT_EDIT], org=world.org)
    world.advanced()
    world.paid(1, 400_000, on=date(2022, 3, 1))
    assert services.remind(now=at(3, 20)) == 0


def test_a_guarantee_is_told_of_before_it_runs_out() -> None:
    world = World()
    person = staff_person([rights.CONTRACT_EDIT], org=world.org)
    letter = services.GuaranteeSpec(
        kind="performance",
        form="letter",
        amount_yuan=yuan(1),
        document="保函",
        received_on=date(2022, 1, 11),
        expires_on=date(2022, 2, 10),
    )
    services.receive_guarantee(actor=ACTOR, contract=world.contract.number, spec=letter, now=at(1, 12))
    services.remind(now=at(1, 26))
    services.remind(now=at(2, 1))
    (told,) = Notice.objects.filter(person=person)
    assert "2022-02-10" in told.title
