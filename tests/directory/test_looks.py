"""Personal data is masked until somebody says why; each look is on record, and the record is for who audits."""

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.contracts import AUDIT_VIEW, ORG_VIEW
from yunshu.domains.directory.models import PersonalLook

pytestmark = pytest.mark.django_db
PHONE = "13900001234"


@pytest.fixture
def person():
    made = staff_person([ORG_VIEW], org=OrgFactory())
    made.phone = PHONE
    made.save()
    return made


def test_a_persons_telephone_is_masked_on_the_page_and_in_the_trail(person):
    page = signed_in_client(person).get(f"/console/people/{person.number}/").content.decode()
    auditor = signed_in_client(staff_person([AUDIT_VIEW], org=person.org))
    trail = auditor.get("/console/audit/?table=directory.person").content.decode()

    assert PHONE not in page
    assert "*******1234" in page
    assert PHONE not in trail
    assert "*******1234" in trail


def test_whoever_says_why_sees_it_and_leaves_a_line(person):
    client = signed_in_client(person)
    address = f"/console/people/{person.number}/phone/"

    assert client.post(address, {"reason": " "}).status_code == 422
    assert PersonalLook.objects.count() == 0
    answer = client.post(
        address, {"reason": "通知值班"}, headers={"X-Request-Id": "request-0003", "HX-Request": "true"}
    )
    assert PHONE in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = PersonalLook.objects.all()
    assert (line.actor, line.kind, line.subject, line.reason, line.request_id) == (
        f"staff:{person.name}", "directory.person.phone", person.number, "通知值班", "request-0003",
    )  # fmt: skip
    page = signed_in_client(staff_person([AUDIT_VIEW], org=person.org)).get("/console/personal-looks/")
    assert "通知值班" in page.content.decode()


def test_a_stranger_to_the_organisation_sees_nothing(person):
    other = signed_in_client(staff_person([ORG_VIEW], org=OrgFactory()))
    assert other.post(f"/console/people/{person.number}/phone/", {"reason": "好奇"}).status_code == 404
    assert PersonalLook.objects.count() == 0


def test_the_record_of_a_look_stays(person):
    signed_in_client(person).post(f"/console/people/{person.number}/phone/", {"reason": "通知值班"})
    for act in (PersonalLook.objects.all().delete, lambda: PersonalLook.objects.update(reason="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_every_staff_page_says_who_looks_and_screen_readers_do_not(person):
    page = signed_in_client(person).get("/console/people/").content.decode()
    mark = page[page.index('<svg class="watermark"') :]

    assert f"{person.name} {person.account.username}" in mark
    assert mark.startswith('<svg class="watermark" aria-hidden="true"')


def test_an_exported_workbook_says_who_took_it(person):
    from io import BytesIO

    from openpyxl import load_workbook

    answer = signed_in_client(person).get("/console/people/?format=xlsx")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert f"{person.name}（{person.account.username}）" in sheet.oddHeader.right.text
