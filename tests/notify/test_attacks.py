"""Notices under attack: strangers, hostile text and addresses, the same fact twice at once."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from tests.conftest import Database
from tests.factories.directory import AccountFactory, PersonFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Account, Person
from yunshu.domains.notify import kinds, services
from yunshu.domains.notify.contracts import NoticeSpec
from yunshu.domains.notify.models import Notice

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
PAGES = ["/console/notices/", "/console/notices/preferences/"]


def tell(*people: Person, title: str = "请复核绩效目标表", url: str = "", once: str = "t-1") -> Notice:
    spec = NoticeSpec(kind=kinds.TASK, title=title, url=url, once=once)
    services.send(people=[person.pk for person in people], spec=spec, now=NOW)
    return Notice.objects.latest("pk")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_signs_in_first_and_a_citizen_has_no_inbox(page: str) -> None:
    citizen = Client()
    citizen.force_login(
        AccountFactory(kind=Account.Kind.CITIZEN), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert Client().get(page).status_code == 302
    assert citizen.get(page).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/console/notices/", "/console/notices/read/", "/console/notices/preferences/"])
def test_another_site_cannot_make_a_person_mark_or_choose(page: str) -> None:
    person = staff_person()
    tell(person)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(page, {"action": "read", "id": Notice.objects.get().pk}).status_code == 403
    assert Notice.objects.get().read_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["//evil.example/", "javascript:alert(1)", "https:evil.example", "\\\\evil.example"])
def test_a_notice_leads_only_into_the_house(url: str) -> None:
    person = staff_person()
    notice = tell(person, url=url)
    answer = signed_in_client(person).get(f"/console/notices/{notice.pk}/")
    assert answer["Location"] == "/console/notices/"


@pytest.mark.django_db
def test_what_a_notice_says_is_text_and_never_markup() -> None:
    person = staff_person()
    tell(person, title="<script>alert(1)</script>")
    page = signed_in_client(person).get("/console/notices/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.django_db
def test_a_notice_of_a_kind_that_is_gone_is_still_shown_and_exported() -> None:
    person = staff_person()
    tell(person)
    Notice.objects.update(kind="gone.kind")
    browser = signed_in_client(person)
    assert "gone.kind" in browser.get("/console/notices/").content.decode()
    assert browser.get("/console/notices/?format=csv").status_code == 200


@pytest.mark.django_db
def test_very_long_words_are_cut_and_do_not_stop_the_rest() -> None:
    person = staff_person()
    assert len(tell(person, title="长" * 500).title) == 200


@pytest.mark.django_db
def test_the_interface_gives_and_marks_only_ones_own_notices() -> None:
    mine, theirs = staff_person(), staff_person()
    own, other = tell(mine), tell(theirs)
    browser = signed_in_client(mine)

    listed = browser.get("/api/v1/notices?unread=true").json()["items"]
    marked = browser.post(f"/api/v1/notices/{own.pk}/read", HTTP_X_CSRFTOKEN="")
    refused = browser.post(f"/api/v1/notices/{other.pk}/read")

    assert [notice["id"] for notice in listed] == [own.pk]
    assert (marked.status_code, refused.status_code) == (200, 404)
    assert browser.get("/api/v1/notices?unread=true").json()["items"] == []


def test_the_same_fact_told_twice_at_once_arrives_once(committed_db: Database) -> None:
    people, start, faults = [PersonFactory() for _ in range(5)], threading.Barrier(4), []

    def send() -> None:
        start.wait()
        try:
            tell(*people)
        except Exception as error:
            faults.append(error)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert faults == []
    assert Notice.objects.count() == 5
