"""Every page of a table, as each role: what may be opened opens, what must be refused is refused."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.evaluation import lives
from tests.evaluation.table_forms import as_published_text, small_form
from tests.factories.directory import OrgFactory, signed_in_client, staff_person, viewer_of

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.contracts import BUDGET_EDIT, EVIDENCE_EDIT, TABLE_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.models import PerformanceTable

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 3, 2, tzinfo=UTC)
PAGES = ("table", "content", "versions", "budget", "score")


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def addresses(table: PerformanceTable) -> list[str]:
    pages = [reverse(f"evaluation:{name}", args=[table.number]) for name in PAGES]
    more = [
        reverse("evaluation:indicator", args=[table.number, 1]),
        reverse("evaluation:export", args=[table.number, 1]),
    ]
    return [reverse("evaluation:tables"), *pages, *more]


def statuses(client: Client, table: PerformanceTable) -> set[int]:
    return {client.get(address).status_code for address in addresses(table)}


def test_a_reader_of_the_department_opens_every_page(org: Org, table: PerformanceTable) -> None:
    assert statuses(signed_in_client(staff_person([TABLE_VIEW], org=org)), table) == {200}


def test_nobody_is_sent_to_sign_in(table: PerformanceTable) -> None:
    assert statuses(Client(), table) == {302}


def test_staff_without_the_role_are_refused(org: Org, table: PerformanceTable) -> None:
    assert statuses(signed_in_client(staff_person(org=org)), table) == {403}


def test_another_departments_reader_finds_nothing(table: PerformanceTable) -> None:
    client = signed_in_client(staff_person([TABLE_VIEW]))
    assert {client.get(a).status_code for a in addresses(table)[1:]} == {404}
    assert table.title not in client.get(reverse("evaluation:tables")).content.decode()


def test_a_reader_cannot_write_by_any_form(org: Org, table: PerformanceTable) -> None:
    client = signed_in_client(staff_person([TABLE_VIEW], org=org))
    evidence = {"on": "2024-05-01", "value": "85", "statement": "证"}
    answers = [
        client.post(reverse("evaluation:act", args=[table.number]), {"verb": "evaluate"}),
        client.post(reverse("evaluation:record_evidence", args=[table.number, 1]), evidence),
        client.post(reverse("evaluation:bind", args=[table.number, 1]), {"metric": ""}),
        client.get(reverse("evaluation:upload")),
    ]
    assert [a.status_code for a in answers] == [403, 403, 403, 403]
    table.refresh_from_db()
    assert table.stage == "monitoring"


def test_evidence_entered_on_the_page_turns_the_light(org: Org, table: PerformanceTable) -> None:
    client = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    address = reverse("evaluation:record_evidence", args=[table.number, 1])
    answer = client.post(address, {"on": "2024-05-01", "value": "85", "statement": "签收单"}, follow=True)
    assert "已达成" in answer.content.decode()
    refused = client.post(address, {"on": "2023-05-01", "value": "85", "statement": "签收单"})
    assert refused.status_code == 422
    assert "须在 2024 年内" in refused.content.decode()


def test_a_payment_beyond_the_budget_says_what_is_left(org: Org, table: PerformanceTable) -> None:
    client = signed_in_client(staff_person([TABLE_VIEW, BUDGET_EDIT], org=org))
    payment = {"task": "other:1", "on": "2024-05-01", "amount_yuan": "999999", "voucher": "V1"}
    answer = client.post(reverse("evaluation:budget", args=[table.number]), payment)
    assert answer.status_code == 422
    assert "余额 16.980000 万元" in answer.content.decode()


def test_an_import_is_reviewed_a_doubt_settled_and_saved(org: Org) -> None:
    person = staff_person([TABLE_VIEW, TABLE_EDIT], org=org)
    client = signed_in_client(person)
    file = SimpleUploadedFile("表.txt", as_published_text(small_form()).encode())
    review = client.post(reverse("evaluation:upload"), {"org": org.code, "file": file}, follow=True)
    assert "存疑之处" in review.content.decode()
    (doubt,) = [d for d in review.context["reading"].doubts if d.field == "indicators.2.comparator"]
    client.post(review.request["PATH_INFO"], {f"cell:{doubt.place}": ">", "save": "1"})
    table = PerformanceTable.objects.get(org=org)
    board = client.get(reverse("evaluation:table", args=[table.number])).content.decode()
    assert "&gt; 99" in board
    assert viewer_of(person).name in board


def test_a_file_that_is_no_table_is_shown_with_its_faults(org: Org) -> None:
    client = signed_in_client(staff_person([TABLE_VIEW, TABLE_EDIT], org=org))
    file = SimpleUploadedFile("x.pdf", b"%PDF-1.7")
    review = client.post(reverse("evaluation:upload"), {"org": org.code, "file": file}, follow=True)
    assert "这是 PDF 文件" in review.content.decode()
    assert not PerformanceTable.objects.exists()
