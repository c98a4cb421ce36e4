"""System, security and audit administrators are three people: the services say so, and the database sees to it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.factories.directory import AssignmentFactory, OrgFactory, PersonFactory, RoleFactory, staff_person, viewer_of

from yunshu.domains.directory import rules, services
from yunshu.domains.directory.contracts import API_KEY_EDIT, AUDIT_VIEW, ORG_EDIT, ROLE_EDIT, SECURITY_EDIT
from yunshu.domains.directory.models import ApiKey, Delegation
from yunshu.domains.directory.services.access import ApiKeySpec, DelegationSpec, GrantSpec, RoleSpec
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.permissions import permissions

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=CITY_ZONE)


@pytest.fixture
def root():
    return OrgFactory()


@pytest.fixture
def granter(root):
    return viewer_of(staff_person([ROLE_EDIT], org=root))


@pytest.fixture
def duties():
    return [RoleFactory(separation="三员") for _ in range(3)]


def grant(granter, person, role, org, **more):
    values = {"reason": "任命", "starts_on": date(2026, 1, 1), **more}
    spec = GrantSpec(person_number=person.number, role_code=role.code, org_code=org.code, **values)
    return services.grant_role(actor=granter, spec=spec)


def lend(granter, giver, taker):
    values = {"starts_at": NOW, "ends_at": NOW + timedelta(days=7), "reason": "出差"}
    spec = DelegationSpec(giver_number=giver.number, taker_number=taker.number, org_code=giver.org.code, **values)
    return services.delegate(actor=granter, spec=spec)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (2, 0)])
def test_nobody_receives_two_of_the_three_duties(granter, root, duties, first, second):
    person = PersonFactory(org=root)
    grant(granter, person, duties[first], root)

    with pytest.raises(Refused) as refusal:
        grant(granter, person, duties[second], root)
    assert refusal.value.code == "duties_separated"


def test_another_organisation_makes_no_difference(granter, root, duties):
    person = PersonFactory(org=root)
    grant(granter, person, duties[0], OrgFactory(parent=root))

    with pytest.raises(Refused, match="职责分立"):
        grant(granter, person, duties[1], OrgFactory(parent=root))


def test_a_duty_may_follow_another_that_has_ended_or_was_taken_back(granter, root, duties):
    person = PersonFactory(org=root)
    grant(granter, person, duties[0], root, ends_on=date(2026, 6, 30))
    held = grant(granter, person, duties[1], root, starts_on=date(2026, 7, 1))
    services.revoke_role(actor=granter, assignment_id=held.pk, now=NOW)

    assert grant(granter, person, duties[2], root, starts_on=date(2026, 7, 1)).role == duties[2]


def test_a_duty_is_not_lent_to_who_holds_another(granter, root, duties):
    giver, taker = (AssignmentFactory(person__org=root, role=role).person for role in duties[:2])

    with pytest.raises(Refused, match="职责分立"):
        lend(granter, giver, taker)


def test_two_duties_are_not_lent_to_one_person(granter, root, duties):
    givers = [AssignmentFactory(person__org=root, role=role).person for role in duties[:2]]
    taker = PersonFactory(org=root)
    lend(granter, givers[0], taker)

    with pytest.raises(Refused, match="职责分立"):
        lend(granter, givers[1], taker)


def test_a_giver_receives_no_duty_that_would_meet_the_takers(granter, root, duties):
    giver, taker = PersonFactory(org=root), AssignmentFactory(person__org=root, role=duties[0]).person
    lend(granter, giver, taker)

    with pytest.raises(Refused, match="职责分立"):
        grant(granter, giver, duties[1], root)


def test_roles_held_by_one_person_do_not_become_separated(granter, root):
    person, roles = PersonFactory(org=root), [RoleFactory(separation="三员"), RoleFactory()]
    for role in roles:
        grant(granter, person, role, root)

    with pytest.raises(Refused, match="职责分立"):
        services.save_role(
            actor=granter, spec=RoleSpec(code=roles[1].code, name="审计", permissions=(), separation="三员")
        )


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


INSERT = """
INSERT INTO directory_assignment (person_id, role_id, org_id, subtree, starts_on, reason, granted_by)
VALUES (%s, %s, %s, false, '2026-01-01', 'x', 'x')
"""


def test_the_applications_role_cannot_go_around_the_services(root, duties):
    first = AssignmentFactory(person__org=root, role=duties[0])
    other = AssignmentFactory(person__org=root, role=duties[1])
    plain = AssignmentFactory(person=first.person, role=RoleFactory())
    loan = Delegation.objects.create(
        giver=PersonFactory(org=root), taker=first.person, org=root, starts_at=NOW, ends_at=NOW + timedelta(days=1)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("yunshu_app",)

    for statement, values in [
        (INSERT, (first.person_id, duties[1].pk, root.pk)),
        ("UPDATE directory_assignment SET role_id = %s WHERE id = %s", (duties[1].pk, plain.pk)),
        ("UPDATE directory_assignment SET person_id = %s WHERE id = %s", (first.person_id, other.pk)),
        ("UPDATE directory_delegation SET giver_id = %s WHERE id = %s", (other.person_id, loan.pk)),
        ("UPDATE directory_role SET separation = '三员' WHERE id = %s", (plain.role_id,)),
        ("UPDATE directory_role SET separation = '' WHERE id = %s", (duties[0].pk,)),
    ]:
        with pytest.raises(IntegrityError) as refusal:
            sql(statement, *values)
        assert refusal.value.__cause__.diag.constraint_name == "directory_duties_separated"


HALVES = [(ORG_EDIT, ROLE_EDIT), (SECURITY_EDIT, AUDIT_VIEW), (AUDIT_VIEW, API_KEY_EDIT)]


@pytest.mark.parametrize("halves", HALVES)
def test_no_role_and_no_key_gathers_the_powers_of_two_administrators(granter, root, halves):
    codes = tuple(str(h) for h in halves)
    key = ApiKeySpec(org_code=root.code, name="x", permissions=codes, expires_at=NOW)
    for attempt in (
        lambda: services.save_role(actor=granter, spec=RoleSpec(code="all", name="全能", permissions=codes)),
        lambda: services.issue_api_key(actor=granter, spec=key),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.code == "duties_gathered"
    for make in (
        lambda: RoleFactory(permissions=list(codes)),
        lambda: ApiKey.objects.create(org=root, permissions=list(codes), expires_at=NOW, prefix="x", digest="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


@pytest.mark.parametrize("halves", HALVES)
def test_nobody_gathers_them_by_two_roles_in_two_organisations_or_by_a_loan(granter, root, halves):
    first, second = (RoleFactory(permissions=[str(h)]) for h in halves)
    person, other = PersonFactory(org=root), PersonFactory(org=root)
    grant(granter, person, first, OrgFactory(parent=root))
    grant(granter, other, second, root)

    with pytest.raises(Refused, match="职责分立"):
        grant(granter, person, second, OrgFactory(parent=root))
    with pytest.raises(Refused, match="职责分立"):
        lend(granter, other, person)


def test_a_role_in_use_does_not_grow_into_a_second_duty(granter, root):
    person, plain = PersonFactory(org=root), RoleFactory(permissions=["directory.org.view"])
    grant(granter, person, plain, root)
    grant(granter, person, RoleFactory(permissions=[str(ORG_EDIT)]), root)

    with pytest.raises(Refused, match="职责分立"):
        services.save_role(actor=granter, spec=RoleSpec(code=plain.code, name="普通", permissions=(str(AUDIT_VIEW),)))


def test_who_gives_rights_gives_none_to_oneself(root):
    me = staff_person([ROLE_EDIT], org=root)
    viewer, (own,) = viewer_of(me), me.assignments.all()

    spec = RoleSpec(code=own.role.code, name="授权", permissions=(str(ROLE_EDIT), "directory.org.view"))
    with pytest.raises(Refused) as by_role:
        services.save_role(actor=viewer, spec=spec)
    with pytest.raises(Refused) as by_loan:
        lend(viewer, PersonFactory(org=root), me)
    with pytest.raises(Refused) as by_grant:
        grant(viewer, me, RoleFactory(), root)
    assert [e.value.code for e in (by_role, by_loan, by_grant)] == ["own_role", "own_grant", "own_grant"]


def test_the_database_knows_the_same_duties():
    with connection.cursor() as cursor:
        for code in [*permissions(), "unknown"]:
            cursor.execute("SELECT directory_duties(%s::text[])", [[code]])
            assert cursor.fetchone() == (list(rules.duties_of([code])),)
    assert {code for codes in rules.DUTIES.values() for code in codes} <= set(permissions())
