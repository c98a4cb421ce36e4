"""Attachments of evidence: entered with it or later, seen by whoever sees the table, all or none."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, EVIDENCE_KIND, TABLE_VIEW
from yunshu.domains.evaluation.models import Evidence, PerformanceTable
from yunshu.domains.files import api as files
from yunshu.domains.files.contracts import FILE_ERASE

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 3, 2, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def entry(*names: str) -> dict[str, object]:
    uploads = [SimpleUploadedFile(name, PDF) for name in names]
    return {"on": "2024-05-01", "value": "1", "statement": "验收单第1号", "attachments": uploads}


def test_evidence_is_entered_with_its_files_and_read_by_whoever_sees_the_table(
    org: Org, table: PerformanceTable
) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    reader, stranger = signed_in_client(staff_person([TABLE_VIEW], org=org)), signed_in_client(staff_person())

    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf", "照片.pdf"))

    page = reader.get(reverse("evaluation:indicator", args=[table.number, 1])).content.decode()
    card, _other = files.attachments_of(EVIDENCE_KIND, [Evidence.objects.get().number])[Evidence.objects.get().number]
    assert "验收单.pdf" in page
    assert card.sha256 in page
    assert reader.get(f"/files/{card.number}/").status_code == 200
    assert stranger.get(f"/files/{card.number}/").status_code == 404


def test_one_unfit_file_refuses_the_whole_entry(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))

    answer = writer.post(
        reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf", "其实是PDF.png")
    )

    assert answer.status_code == 422
    assert "与扩展名不符" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_files_can_be_added_later_by_whoever_may_prove(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry())
    row = Evidence.objects.get()
    address = reverse("evaluation:add_evidence_files", args=[table.number, row.number])

    refused = reader.post(address, {"attachments": SimpleUploadedFile("迟到.pdf", PDF)})
    page = writer.get(address)
    added = writer.post(address, {"attachments": SimpleUploadedFile("迟到.pdf", PDF)})

    assert (refused.status_code, page.status_code, added.status_code) == (403, 200, 302)
    assert [card.name for card in files.attachments_of(EVIDENCE_KIND, [row.number])[row.number]] == ["迟到.pdf"]


def test_the_right_to_prove_elsewhere_does_not_open_this_table(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    outsider = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT]))
    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf"))
    row = Evidence.objects.get()
    (card,) = files.attachments_of(EVIDENCE_KIND, [row.number])[row.number]
    address = reverse("evaluation:add_evidence_files", args=[table.number, row.number])

    assert outsider.get(address).status_code == 404
    assert outsider.post(address, {"attachments": SimpleUploadedFile("混入.pdf", PDF)}).status_code == 404
    assert outsider.get(f"/files/{card.number}/").status_code == 404
    assert outsider.get(f"/api/v1/attachments/{card.number}").status_code == 404
    assert len(files.attachments_of(EVIDENCE_KIND, [row.number])[row.number]) == 1


def test_withdrawn_evidence_takes_no_more_files_but_keeps_those_it_has(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf"))
    row = Evidence.objects.get()
    writer.post(reverse("evaluation:withdraw_evidence", args=[table.number, row.number]), {"reason": "登记错误"})

    late = writer.post(
        reverse("evaluation:add_evidence_files", args=[table.number, row.number]),
        {"attachments": SimpleUploadedFile("迟到.pdf", PDF)},
    )

    (card,) = files.attachments_of(EVIDENCE_KIND, [row.number])[row.number]
    assert (late.status_code, card.name) == (422, "验收单.pdf")
    assert writer.get(f"/files/{card.number}/").status_code == 200


def test_an_archived_table_takes_no_more_files(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf"))
    row = Evidence.objects.get()
    PerformanceTable.objects.filter(pk=table.pk).update(stage="archived")

    late = writer.post(
        reverse("evaluation:add_evidence_files", args=[table.number, row.number]),
        {"attachments": SimpleUploadedFile("迟到.pdf", PDF)},
    )

    assert late.status_code == 422
    assert len(files.attachments_of(EVIDENCE_KIND, [row.number])[row.number]) == 1


def test_the_archivist_of_the_tables_organisation_answers_for_its_files(org: Org, table: PerformanceTable) -> None:
    writer = signed_in_client(staff_person([TABLE_VIEW, EVIDENCE_EDIT], org=org))
    archivist = signed_in_client(staff_person([FILE_ERASE], org=org))
    writer.post(reverse("evaluation:record_evidence", args=[table.number, 1]), entry("验收单.pdf"))

    page = archivist.get("/files/archive/").content.decode()

    assert "验收单.pdf" in page
    assert "绩效佐证" in page
