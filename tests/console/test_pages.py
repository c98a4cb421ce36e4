"""The console: strangers sign in first; every page of the directory opens for who may, and refuses who may not."""

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, powers_of_everybody, signed_in_client, staff_person

from yunshu.domains.directory.contracts import ORG_VIEW

pytestmark = pytest.mark.django_db
OPEN = ["", "search/?q=测试", "help/", "about/", "delegations/", "delegations/new/", "calendar/", "calendar/2022/"]
GUARDED = [
    "orgs/", "orgs/?q=cs", "orgs/new/", "people/", "people/?q=cs", "people/new/", "roles/", "roles/new/", "access/",
    "api-keys/", "api-keys/new/", "sign-ins/", "audit/", "audit/?format=csv", "status/",
]  # fmt: skip


@pytest.mark.parametrize("page", [*OPEN, *GUARDED])
def test_a_page_opens_for_who_may(page, monkeypatch):
    assert signed_in_client(staff_person(powers_of_everybody(monkeypatch))).get(f"/console/{page}").status_code == 200


@pytest.mark.parametrize("page", GUARDED)
def test_a_page_refuses_staff_without_the_role(page):
    assert signed_in_client(staff_person()).get(f"/console/{page}").status_code == 403


@pytest.mark.parametrize("page", [*OPEN, *GUARDED])
def test_a_stranger_signs_in_first(page):
    assert Client().get(f"/console/{page}").headers["Location"].startswith("/accounts/login/")


def test_a_foreign_organisation_is_not_found(monkeypatch):
    assert (
        signed_in_client(staff_person(powers_of_everybody(monkeypatch)))
        .get(f"/console/orgs/{OrgFactory().code}/")
        .status_code
        == 404
    )


def test_search_finds_an_organisation_by_the_initials_of_its_name():
    person = staff_person([ORG_VIEW], org=OrgFactory(name="揭阳市财政局", pinyin="jieyangshicaizhengju jysczj"))

    assert "揭阳市财政局" in signed_in_client(person).get("/console/search/?q=czj").content.decode().replace(
        "<mark>", ""
    )
