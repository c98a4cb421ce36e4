"""The trail of changes and sign-ins: it says who and in which request, and the application cannot rewrite it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from tests.factories.directory import (
    PASSWORD,
    AccountFactory,
    OrgFactory,
    PersonFactory,
    signed_in_client,
    staff,
    staff_person,
)

from yunshu.domains.directory import middleware, selectors, services
from yunshu.domains.directory.contracts import API_KEY_EDIT, AUDIT_VIEW, ORG_EDIT, ORG_VIEW
from yunshu.domains.directory.models import Org, SignIn
from yunshu.domains.directory.rest import ApiKeyAuth
from yunshu.domains.directory.services.access import ApiKeySpec
from yunshu.domains.directory.services.organisations import OrgSpec
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted

pytestmark = pytest.mark.django_db


def edit_name(person, name):
    form = {"name": name, "kind": person.org.kind, "order": "0"}
    return signed_in_client(person).post(
        f"/console/orgs/{person.org.code}/edit/", form, headers={"X-Request-Id": "request-0001"}
    )


def test_a_change_is_on_the_trail_with_who_where_request_before_and_after():
    person = staff_person([ORG_EDIT, ORG_VIEW])
    before, auditor = person.org.name, staff([AUDIT_VIEW], org=person.org)

    assert edit_name(person, "改名后的单位").status_code == 302

    (entry,) = selectors.audit_entries(auditor, selectors.Search(request="request-0001"), 10)
    changes = {c.field: (c.before, c.after) for c in entry.changes}
    assert (entry.who, entry.verb, entry.address) == (person.name, "修改", "127.0.0.1")
    assert changes["机构名称"] == (before, "改名后的单位")


def test_what_a_program_changes_is_signed_by_its_key_and_the_keys_owner():
    issuer = staff([API_KEY_EDIT, ORG_EDIT])
    auditor = staff([AUDIT_VIEW], org=Org.objects.get(code=issuer.org_code))
    spec = ApiKeySpec(
        org_code=issuer.org_code,
        name="人事系统对接",
        permissions=("directory.org.edit",),
        expires_at=clock.now() + timedelta(days=1),
    )
    key, secret = services.issue_api_key(actor=issuer, spec=spec)

    def rename(request):
        client = ApiKeyAuth().authenticate(request, secret)
        services.save_org(actor=client, spec=OrgSpec(code=issuer.org_code, name="改名", kind="bureau"))
        return HttpResponse()

    request = RequestFactory().post("/api/v1/orgs")
    request.user, request.session, request.request_id = AnonymousUser(), SessionStore(), "request-0002"
    middleware.viewer(rename)(request)

    (entry,) = selectors.audit_entries(auditor, selectors.Search(request="request-0002"), 10)
    assert entry.who == f"接口：{key.prefix} 人事系统对接（{issuer.org_name} {issuer.name}）"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE directory_orgevent SET name = 'x'",
        "DELETE FROM directory_orgevent",
        "TRUNCATE directory_orgevent",
        "ALTER TABLE directory_orgevent DISABLE TRIGGER ALL",
        "DROP TABLE directory_orgevent",
        "UPDATE pghistory_context SET metadata = '{}'",
        "DELETE FROM pghistory_context",
        "UPDATE directory_signin SET username = 'x'",
        "DELETE FROM directory_signin",
        "TRUNCATE directory_signin",
    ],
)
def test_the_application_cannot_rewrite_the_trail(statement):
    person = staff_person([ORG_EDIT, ORG_VIEW])
    edit_name(person, "改名")
    Client().post("/accounts/login/", {"login": "nobody", "password": "wrong"})

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_trail_is_closed_to_who_may_not_read_it_in_the_whole_city():
    below = OrgFactory(parent=OrgFactory())

    with pytest.raises(NotPermitted):
        selectors.audit_entries(staff([AUDIT_VIEW], org=below), selectors.Search(), 10)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_paging_skips_and_doubles_no_row_of_one_transaction(size):
    root = OrgFactory()
    auditor = staff([AUDIT_VIEW], org=root)
    for _ in range(10):
        PersonFactory(org=OrgFactory(parent=root))  # writes to three tables at one time, the transaction's
    everything = selectors.audit_entries(auditor, selectors.Search(), 1000)
    assert sum(e.at == everything[0].at for e in everything) > 30

    paged, cursor = [], ""
    while page := selectors.audit_entries(auditor, selectors.Search(before=cursor), size):
        paged += page
        cursor = page[-1].cursor

    assert paged == everything
    assert len({e.cursor for e in paged}) == len(paged)


@pytest.mark.parametrize("broken", ["x", "2026-01-01T00:00:00", "2026-01-01T00:00:00+08:00|directory.org|x"])
def test_a_broken_cursor_shows_the_first_page(broken):
    person = staff_person([AUDIT_VIEW])

    page = signed_in_client(person).get("/console/audit/", {"before": broken})

    assert len(page.context["entries"]) > 0


def test_the_lists_export_what_is_filtered():
    person = staff_person([AUDIT_VIEW, ORG_VIEW])
    other = PersonFactory(org=person.org, name="另一个人")
    client = signed_in_client(person)
    Client().post("/accounts/login/", {"login": "nobody", "password": "wrong"})

    def exported(address):
        return b"".join(client.get(address).streaming_content).decode()

    people = exported(f"/console/people/?format=csv&q={other.number}")
    assert other.name in people
    assert person.name not in people
    assert "nobody" in exported("/console/sign-ins/?format=csv&outcome=failed")
    assert "nobody" not in exported("/console/sign-ins/?format=csv&outcome=ok")
    assert client.get("/console/audit/?format=xlsx").content.startswith(b"PK")


def test_signing_in_failing_and_signing_out_are_on_record():
    person, client = PersonFactory(), Client()
    name = person.account.username

    client.post("/accounts/login/", {"login": name, "password": "wrong"})
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    client.post("/accounts/logout/")

    assert list(SignIn.objects.filter(username=name).order_by("pk").values_list("outcome", flat=True)) == [
        "failed",
        "ok",
        "out",
    ]


def test_too_many_failures_lock_the_name_even_for_the_right_password(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/15m/key"}
    person, client = PersonFactory(), Client()
    name = person.account.username

    for password in ("wrong", "wrong", "wrong", PASSWORD):
        client.post("/accounts/login/", {"login": name, "password": password})

    assert SignIn.objects.filter(username=name).order_by("-pk").first().outcome == "locked"
    assert client.get("/console/").status_code == 302


@pytest.mark.parametrize(("kind", "address"), [("staff", "/console/"), ("citizen", "/")])
def test_signing_in_leads_where_the_account_belongs(kind, address):
    account = AccountFactory(kind=kind)

    answer = Client().post("/accounts/login/", {"login": account.username, "password": PASSWORD})

    assert answer.headers["Location"] == address


def test_a_first_password_must_be_changed_before_anything_else():
    person = PersonFactory(account=AccountFactory(must_change_password=True))
    client = signed_in_client(person)
    new = "Another-password-8"

    assert client.get("/console/").headers["Location"] == "/accounts/password/change/"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert client.get("/console/").status_code == 200
