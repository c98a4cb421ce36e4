"""Generated tickets: in every state, made once, nowhere beside real ones."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from tests.factories.directory import AssignmentFactory, RoleFactory, staff
from tests.hotline.hotline_world import MANAGER, Hotline

from yunshu.config.world import hotline as demonstration
from yunshu.config.world.hotline_ways import WAYS
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import Contact, QualityCheck, RosterDuty, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.synthetic.demands import demand


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


def test_tickets_stand_in_every_state_and_a_run_goes_on_where_it_stopped(hotline: Hotline) -> None:
    now = clock.now()
    some = [fresh for _n, _way, fresh in demonstration.tickets(7, 5, now)]
    more = [fresh for _n, _way, fresh in demonstration.tickets(7, len(WAYS), now)]
    assert (some, more) == ([True] * 5, [False] * 5 + [True] * (len(WAYS) - 5))
    assert set(demonstration.reached()) == set(life.STATE_NAMES)
    assert not Ticket.objects.filter(received_at__gt=now).exists()
    assert Ticket.objects.filter(due_at__lt=now, state=life.HANDLING).exists()
    callers = Contact.objects.exclude(name="").values_list("name", "phone")
    assert callers
    assert all(name.endswith("某（示例）") and phone.startswith("164") for name, phone in callers)


def test_the_command_makes_a_desk_once(hotline: Hotline) -> None:
    manager = (*MANAGER, contracts.ROSTER_MANAGE, contracts.QUALITY_MANAGE)
    head = staff(manager, org=hotline.city)
    Person.objects.filter(pk=hotline.manager.person_id).update(is_sample=False)
    AssignmentFactory(
        person_id=hotline.reviewer.person_id,
        org=hotline.bureau,
        role=RoleFactory(permissions=[str(contracts.QUALITY_CHECK)]),
    )
    for _again in range(2):
        call_command("demo_hotline", tickets=len(WAYS) + 5, stdout=io.StringIO())
    assert RosterDuty.objects.exists()
    assert set(QualityCheck.objects.values_list("state", flat=True)) >= {"appealed", "waiting"}
    assert head.person_id not in QualityCheck.objects.values_list("person_id", flat=True)
    made = Ticket.objects.filter(source_number__startswith="DEMO-").exclude(source_number__endswith="-p")
    assert made.count() == len(WAYS) + 5


def test_nothing_is_made_beside_a_real_ticket(hotline: Hotline) -> None:
    hotline.registered()
    with pytest.raises(Refused, match="不是示范生成的工单"):
        next(demonstration.tickets(7, 1, clock.now()))
    assert Ticket.objects.count() == 1


def test_only_sample_people_act(hotline: Hotline) -> None:
    Person.objects.filter(pk=hotline.reviewer.person_id).update(is_sample=False)
    with pytest.raises(Refused, match="示例人员不全"):
        next(demonstration.tickets(7, 1, clock.now()))


def test_too_few_tickets_are_refused_in_words(hotline: Hotline) -> None:
    with pytest.raises(CommandError, match="至少"):
        call_command("demo_hotline", tickets=3)


def test_a_demand_depends_on_its_seed_and_number_alone() -> None:
    assert demand(7, 3) == demand(7, 3)
    assert len({demand(seed, n).content for seed in (1, 2) for n in range(50)}) > 95
