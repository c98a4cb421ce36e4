"""What the services of the directory refuse."""

from datetime import date, datetime, timedelta

import pytest
from tests.factories.directory import (
    AccountFactory,
    AssignmentFactory,
    OrgFactory,
    PersonFactory,
    RoleFactory,
    signed_in_client,
    staff,
    staff_person,
    viewer_of,
)

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import API_KEY_EDIT, ORG_EDIT, ORG_VIEW, ROLE_EDIT
from yunshu.domains.directory.services.access import ApiKeySpec, DelegationSpec, GrantSpec, RoleSpec
from yunshu.domains.directory.services.organisations import OrgSpec
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=CITY_ZONE)


def grant_spec(person, role, org, **more):
    return GrantSpec(
        person_number=person.number,
        role_code=role.code,
        org_code=org.code,
        reason="岗位调整",
        starts_on=date(2026, 1, 1),
        **more,
    )


def test_a_role_is_given_with_its_reason_and_giver():
    giver, taker, role = staff([ROLE_EDIT]), PersonFactory(), RoleFactory()
    org = selectors.visible_orgs(giver).get(pk=giver.org_id)

    row = services.grant_role(actor=giver, spec=grant_spec(taker, role, org))

    assert (row.reason, row.granted_by) == ("岗位调整", giver.name)


def test_nobody_gives_a_role_to_oneself():
    person = staff_person([ROLE_EDIT])

    with pytest.raises(Refused, match="不能给自己"):
        services.grant_role(actor=viewer_of(person), spec=grant_spec(person, RoleFactory(), person.org))


def test_nobody_gives_a_role_in_a_foreign_organisation():
    with pytest.raises(NotPermitted):
        services.grant_role(actor=staff([ROLE_EDIT]), spec=grant_spec(PersonFactory(), RoleFactory(), OrgFactory()))


def test_the_same_role_is_not_given_twice():
    person = staff_person([ROLE_EDIT])
    held = AssignmentFactory(org=person.org)

    with pytest.raises(Conflict):
        services.grant_role(actor=viewer_of(person), spec=grant_spec(held.person, held.role, person.org))


def test_roles_are_edited_only_by_who_holds_the_right_in_the_whole_city():
    root = OrgFactory()
    below = OrgFactory(parent=root)
    spec = RoleSpec(code="clerk", name="经办", permissions=("directory.org.view",))

    with pytest.raises(NotPermitted):
        services.save_role(actor=staff([ROLE_EDIT], org=below), spec=spec)
    with pytest.raises(NotPermitted):
        services.save_role(actor=staff([ROLE_EDIT], org=root, subtree=False), spec=spec)
    assert services.save_role(actor=staff([ROLE_EDIT], org=root), spec=spec).name == "经办"


def test_an_organisation_does_not_become_its_own_ancestor():
    root = OrgFactory()
    below = OrgFactory(parent=root)

    with pytest.raises(Refused, match="自己的下级"):
        services.move_org(actor=staff([ORG_EDIT], org=root), code=root.code, new_parent_code=below.code)


def test_moving_an_organisation_takes_everything_below_along():
    root = OrgFactory()
    left, right = OrgFactory(parent=root), OrgFactory(parent=root)
    leaf = OrgFactory(parent=left)

    services.move_org(actor=staff([ORG_EDIT], org=root), code=left.code, new_parent_code=right.code)

    leaf.refresh_from_db()
    assert leaf.path == f"{right.path}{left.pk}/{leaf.pk}/"


@pytest.mark.parametrize("uscc", ["114452000767453320", "11445200076745332", "X"])
def test_a_credit_code_with_a_wrong_check_character_is_refused(uscc):
    org = OrgFactory()
    spec = OrgSpec(code="NEW", name="新单位", kind="bureau", uscc=uscc, parent_code=org.code)

    with pytest.raises(Refused) as refusal:
        services.save_org(actor=staff([ORG_EDIT], org=org), spec=spec)
    assert refusal.value.where == "uscc"


def test_an_organisation_with_active_ones_below_is_not_retired():
    root = OrgFactory()
    OrgFactory(parent=root)
    spec = OrgSpec(code=root.code, name=root.name, kind=root.kind, is_active=False)

    with pytest.raises(Refused, match="下级机构"):
        services.save_org(actor=staff([ORG_EDIT], org=root), spec=spec)


def test_a_stranger_and_an_absent_organisation_get_the_same_answer():
    org, stranger = OrgFactory(), staff([ORG_VIEW])

    with pytest.raises(NotFound) as foreign:
        selectors.get_org(stranger, org.code)
    with pytest.raises(NotFound) as absent:
        selectors.get_org(stranger, "no-such-code")
    assert str(foreign.value) == str(absent.value)


def test_a_stranger_does_not_find_a_person():
    with pytest.raises(NotFound):
        selectors.get_person(staff([ORG_VIEW]), PersonFactory().number)


def test_a_delegation_lends_what_is_held_and_ends_by_itself():
    giver = staff_person([ORG_EDIT])
    taker = PersonFactory(org=giver.org)
    spec = DelegationSpec(
        giver_number=giver.number,
        taker_number=taker.number,
        org_code=giver.org.code,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=1),
        reason="出差",
    )

    services.delegate(actor=viewer_of(giver), spec=spec)

    during = selectors.viewer_for_account(taker.account, NOW + timedelta(hours=1))
    after = selectors.viewer_for_account(taker.account, NOW + timedelta(days=1))
    assert during.may(ORG_EDIT, giver.org.path)
    assert not after.may(ORG_EDIT, giver.org.path)


def test_a_key_does_no_more_than_its_issuer():
    viewer = staff([API_KEY_EDIT])
    spec = ApiKeySpec(org_code=viewer.org_code, name="对接", permissions=("directory.org.edit",), expires_at=NOW)

    with pytest.raises(NotPermitted):
        services.issue_api_key(actor=viewer, spec=spec)


def test_a_key_opens_until_it_expires_and_not_with_a_wrong_secret():
    viewer = staff([API_KEY_EDIT, ORG_VIEW])
    spec = ApiKeySpec(org_code=viewer.org_code, name="对接", permissions=("directory.org.view",), expires_at=NOW)
    _key, text = services.issue_api_key(actor=viewer, spec=spec)

    before = NOW - timedelta(seconds=1)
    assert services.client_of_key(text, now=before).may(ORG_VIEW, viewer.org_path)
    assert services.client_of_key(f"{text}x", now=before) is None
    assert services.client_of_key("ys_unknown.secret", now=before) is None
    assert services.client_of_key(text, now=NOW) is None


def test_a_first_password_is_given_once_and_must_be_changed():
    org = OrgFactory()
    person = PersonFactory(org=org, account=None)

    account, password = services.give_account(
        actor=staff([ORG_EDIT], org=org), number=person.number, username="newcomer"
    )

    assert account.check_password(password)
    assert account.must_change_password
    with pytest.raises(Conflict):
        services.give_account(actor=staff([ORG_EDIT], org=org), number=person.number, username="again")


def test_nobody_closes_the_own_account():
    person = staff_person([ORG_EDIT])

    with pytest.raises(Refused, match="自己"):
        services.set_account_active(actor=viewer_of(person), username=person.account.username, active=False)


def test_a_closed_account_is_nobody():
    account = AccountFactory(is_active=False)
    PersonFactory(account=account)

    assert selectors.viewer_for_account(account, NOW).grants == ()
    assert not hasattr(selectors.viewer_for_account(account, NOW), "account_id")


def test_a_new_first_password_ends_every_session_of_the_account():
    org = OrgFactory()
    person = staff_person([ORG_VIEW], org=org)
    browsers = [signed_in_client(person), signed_in_client(person)]
    assert [b.get("/console/orgs/").status_code for b in browsers] == [200, 200]

    _account, password = services.reset_password(actor=staff([ORG_EDIT], org=org), number=person.number)

    answers = [b.get("/console/orgs/") for b in browsers]
    assert [a.headers["Location"].partition("?")[0] for a in answers] == ["/accounts/login/"] * 2
    person.account.refresh_from_db()
    assert person.account.check_password(password)
    assert person.account.must_change_password
