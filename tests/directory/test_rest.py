"""The JSON API: its snapshot, its keys, its refusals."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person

from yunshu.config import env
from yunshu.domains.directory import services
from yunshu.domains.directory.contracts import API_KEY_EDIT, ORG_VIEW
from yunshu.domains.directory.management.commands.openapi import description
from yunshu.domains.directory.services.access import ApiKeySpec
from yunshu.lib.kernel import clock


@pytest.fixture
def key(db):
    """Return a program's header and the code of its organisation."""
    viewer = staff([API_KEY_EDIT, ORG_VIEW])
    until = clock.now() + timedelta(days=1)
    spec = ApiKeySpec(org_code=viewer.org_code, name="对接", permissions=("directory.org.view",), expires_at=until)
    _row, text = services.issue_api_key(actor=viewer, spec=spec)
    return {"Authorization": f"Bearer {text}"}, viewer.org_code


def test_the_api_is_as_its_snapshot_says():
    assert (env.ROOT / "docs/reference/openapi.json").read_text() == description(), "yunshu openapi"


def test_a_key_sees_its_own_organisation_and_no_other(key):
    header, code = key
    OrgFactory()

    answer = Client().get("/api/v1/orgs", headers=header).json()

    assert [row["code"] for row in answer["items"]] == [code]


def test_a_page_of_another_s_writes_nothing_in_the_name_of_who_is_signed_in(db):
    browser = signed_in_client(staff_person([ORG_VIEW]))
    browser.handler.enforce_csrf_checks = True

    answers = [who.post("/api/v1/hotline/tickets/none/sign") for who in (browser, Client(enforce_csrf_checks=True))]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "token_missing"), (401, "not_signed_in")]


def test_a_stranger_and_a_wrong_key_get_the_same_refusal(key):
    header, _code = key

    answers = [
        Client().get("/api/v1/me"),
        Client().get("/api/v1/me", headers={"Authorization": header["Authorization"] + "x"}),
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(401, "not_signed_in")] * 2


@pytest.mark.django_db
def test_a_browser_without_the_permission_is_told_so():
    answer = signed_in_client(staff_person([])).get("/api/v1/orgs")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
