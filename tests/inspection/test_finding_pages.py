"""The pages of findings: each opens for whom it is, refuses the others, and does what the services do."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from tests.factories.directory import signed_in_client as browser
from tests.factories.directory import staff_person
from tests.inspection.finding_world import Desk
from tests.inspection.test_evidence import PAGE, stored

from yunshu.domains.directory.contracts import Anonymous
from yunshu.domains.directory.models import Person
from yunshu.domains.inspection.contracts import Proof
from yunshu.domains.inspection.models import AcceptedTerm, Appeal, Finding, Notice, PageReport
from yunshu.domains.inspection.services import appeals, rectifying, reports
from yunshu.lib.kernel import clock

LISTS = ("findings", "queue", "notices", "mending", "appeals", "reports", "terms", "issue_notices")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def as_(desk: Desk, who: str) -> Client:
    return browser(Person.objects.get(pk=getattr(desk, who).person_id))


def at(name: str, *args: object) -> str:
    return reverse(f"inspection:{name}", args=args)


def read(client: Client, name: str, *args: object) -> str:
    answer = client.get(at(name, *args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_empty_for_its_people_and_never_for_strangers(desk: Desk, name: str) -> None:
    who = {"mending": "clerk", "reports": "reviewer"}.get(name, "supervisor")
    assert as_(desk, who).get(at(name)).status_code == 200
    assert Client().get(at(name)).status_code == 302
    nobody = browser(staff_person(()))
    rights_free = ("findings", "notices", "appeals")
    assert nobody.get(at(name)).status_code == (200 if name in rights_free else 403)


def test_a_list_is_searched_filtered_sorted_and_exported(desk: Desk) -> None:
    desk.keep(desk.fault("a", words="甲处打不开"), desk.fault("b", words="乙处打不开", severity="serious"))
    client = as_(desk, "reviewer")
    assert "乙处" not in client.get(at("findings"), {"q": "甲处"}).content.decode()
    assert "甲处" not in client.get(at("findings"), {"severity": "serious"}).content.decode()
    assert "乙处" in client.get(at("findings"), {"org": desk.unit.code, "site": desk.site.id_code}).content.decode()
    csv = b"".join(client.get(at("findings"), {"format": "csv", "sort": "kind"})).decode("utf-8-sig")  # type: ignore[arg-type]
    assert csv.count("\n") == 3
    assert client.get(at("findings"), {"format": "xlsx"}).status_code == 200


def test_bulk_review_says_what_was_done_and_what_was_not(desk: Desk) -> None:
    rows = [desk.finding(key) for key in "ab"]
    desk.accept(rows[0])
    words = {"action": "accept", "id": [row.pk for row in rows]}
    answer = as_(desk, "reviewer").post(at("findings"), words, follow=True).content.decode()
    assert "完成 1 项" in answer
    assert rows[0].number in answer
    assert Finding.objects.filter(state="confirmed").count() == 2


def test_the_queue_shows_the_gravest_first_with_its_place_marked_and_goes_on(desk: Desk) -> None:
    desk.finding("a", severity="hint")
    grave = desk.finding("b", excerpt="甲<b>乙</b>丙", span=((4, 5),))
    client = as_(desk, "reviewer")
    page = read(client, "queue")
    assert "甲&lt;b&gt;<mark>乙</mark>&lt;/b&gt;丙" in page
    assert "第 1 条，共 2 条" in page
    answer = client.post(at("review_finding", grave.number), {"verb": "accept"}, follow=True)
    assert "共 1 条" in answer.content.decode()
    grave.refresh_from_db()
    assert grave.state == "confirmed"


def test_htmx_gets_the_next_item_alone_and_a_refusal_in_its_place(desk: Desk) -> None:
    first, second = desk.finding("a"), desk.finding("b")
    client = as_(desk, "reviewer")
    answer = client.post(at("review_finding", first.number), {"verb": "false", "words": ""}, headers=HTMX)
    assert (answer.status_code, b"<html" in answer.content) == (422, False)
    assert first.number in answer.content.decode()
    answer = client.post(at("review_finding", first.number), {"verb": "accept"}, headers=HTMX)
    assert second.words in answer.content.decode()
    assert f"撤销上一步（{first.number}）" in answer.content.decode()
    answer = client.post(at("review_finding", first.number), {"verb": "undo"}, headers=HTMX)
    assert first.words in answer.content.decode()
    first.refresh_from_db()
    assert first.state == "new"


def test_filters_of_the_queue_stay_from_item_to_item(desk: Desk) -> None:
    rows = [desk.finding(key, kind="tls") for key in "ab"]
    desk.finding("c")
    client = as_(desk, "reviewer")
    page = client.get(at("queue"), {"kind": "tls", "confidence": "sure", "org": desk.unit.code}).content.decode()
    assert "共 2 条" in page
    words = {"verb": "accept", "kind": "tls"}
    answer = client.post(at("review_finding", rows[0].number), words, headers=HTMX).content.decode()
    assert "共 1 条" in answer
    assert 'name="kind" value="tls"' in answer


def test_a_false_alarm_from_the_queue_teaches_and_a_clerk_forgets_it_again(desk: Desk) -> None:
    row = desk.finding(kind="spelling", detail={"term": "揭牌"})
    client = as_(desk, "reviewer")
    client.post(at("review_finding", row.number), {"verb": "false", "words": "地名", "teach": "city"})
    term = AcceptedTerm.objects.get()
    assert "揭牌" in read(client, "terms")
    client.post(at("terms"), {"action": "forget", "id": [term.pk]})
    term.refresh_from_db()
    assert not term.is_active


def test_only_the_supervisor_waives_and_says_until_when(desk: Desk) -> None:
    row = desk.finding()
    until = clock.city_date(desk.now) + timedelta(days=9)
    words = {"verb": "waive", "words": "改版", "until": str(until)}
    assert as_(desk, "reviewer").post(at("review_finding", row.number), words).status_code == 403
    supervisor = as_(desk, "supervisor")
    assert supervisor.post(at("review_finding", row.number), words | {"until": ""}).status_code == 422
    supervisor.post(at("review_finding", row.number), words)
    row.refresh_from_db()
    assert (row.state, row.waived_until) == ("waived", until)


def test_a_stored_page_is_shown_as_text_with_its_place_marked_and_never_live(
    desk: Desk, settings: Any, tmp_path: Path
) -> None:
    settings.EVIDENCE_FOLDER = tmp_path
    body = PAGE.encode("gbk")
    (place,) = stored(tmp_path, [body], is_packed=True)
    shown = Proof(kind="warc", sha256=hashlib.sha256(body).hexdigest(), taken_at=desk.now, path="a.warc", offset=place)
    row = desk.finding(proofs=(shown,), excerpt="请点击此处", span=((3, 5),))
    address = at("proof", row.number, row.evidence.get().pk)
    page = as_(desk, "reviewer").get(address).content.decode()
    assert "<mark>此处</mark>" in page
    assert "<script>bad()" not in page
    assert "正文摘要与存证不同" not in page
    assert as_(desk, "clerk").get(address).status_code == 404
    (tmp_path / "a.warc").unlink()
    assert as_(desk, "reviewer").get(address).status_code == 404


def test_a_screenshot_is_sent_sandboxed_and_nothing_else_is_sent_as_one(
    desk: Desk, settings: Any, tmp_path: Path
) -> None:
    settings.EVIDENCE_FOLDER = tmp_path
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n rest")
    (tmp_path / "b.png").write_bytes(b"<script>")
    shots = [Proof(kind="picture", sha256=f"{n:064}", taken_at=desk.now, path=n + ".png") for n in ("a", "b")]
    row = desk.finding(proofs=tuple(shots))
    client = as_(desk, "reviewer")
    good, bad = row.evidence.order_by("path")
    answer = client.get(at("picture", row.number, good.pk))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(at("picture", row.number, bad.pk)).status_code == 404
    assert "img" in read(client, "proof", row.number, good.pk)


def test_from_the_notice_to_the_end_through_the_pages(desk: Desk) -> None:
    row = desk.confirmed()
    supervisor, clerk = as_(desk, "supervisor"), as_(desk, "clerk")
    assert row.words in read(supervisor, "issue_notices")
    assert supervisor.post(at("issue_notices"), {"words": "请整改"}).status_code == 422
    supervisor.post(at("issue_notices"), {"number": [row.number], "words": "请整改"})
    notice = Notice.objects.get()
    assert row.words in read(clerk, "notice", notice.number)
    assert row.number in read(clerk, "mending")
    assert "报告已整改" in read(clerk, "finding", row.number)
    assert clerk.post(at("submit_finding", row.number), {"words": ""}).status_code == 422
    clerk.post(at("submit_finding", row.number), {"words": "已更换"})
    assert "等待复测" in read(supervisor, "finding", row.number)
    refused = supervisor.post(at("decide_finding", row.number), {"verb": "verify", "words": ""})
    assert refused.status_code == 422
    for verb in ("verify", "close"):
        supervisor.post(at("decide_finding", row.number), {"verb": verb, "words": "已核对"})
    row.refresh_from_db()
    assert row.state == "closed"


def test_the_notice_on_paper_names_the_unit_and_every_finding(desk: Desk, tmp_path: Path) -> None:
    row = desk.notified()
    number = Notice.objects.get().number
    answer = as_(desk, "clerk").get(at("notice_paper", number))
    (tmp_path / "a.docx").write_bytes(answer.content)
    paper = Document(str(tmp_path / "a.docx"))
    cells = [cell.text for table in paper.tables for line in table.rows for cell in line.cells]
    assert row.number in cells
    assert any(desk.unit.name in paragraph.text for paragraph in paper.paragraphs)


def test_more_time_and_an_appeal_go_through_their_forms(desk: Desk) -> None:
    row = desk.notified()
    clerk, supervisor = as_(desk, "clerk"), as_(desk, "supervisor")
    until = (row.due_at + timedelta(days=9)).astimezone(clock.CITY_ZONE)
    clerk.post(at("extend_finding", row.number), {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "改版"})
    asked = row.asked_extensions.get()
    assert asked.number in read(supervisor, "finding", row.number)
    assert "改版" in read(supervisor, "decide_extension", asked.number)
    supervisor.post(at("decide_extension", asked.number), {"is_granted": "1"})
    row.refresh_from_db()
    assert row.due_at == asked.until
    clerk.post(at("appeal_finding", row.number), {"reason": "可以打开"})
    appeal = Appeal.objects.get()
    assert "可以打开" in read(clerk, "appeal", appeal.number)
    assert supervisor.post(at("appeal", appeal.number), {"is_upheld": "0", "decision": ""}).status_code == 422
    supervisor.post(at("appeal", appeal.number), {"is_upheld": "0", "decision": "仍打不开"})
    assert "仍打不开" in read(clerk, "appeal", appeal.number)


def test_an_appeal_is_taken_back_through_its_page_by_its_unit_only(desk: Desk) -> None:
    row = desk.notified()
    asked = appeals.appeal(actor=desk.clerk, number=row.number, reason="不对", now=desk.now)
    assert "撤回申诉" not in read(as_(desk, "supervisor"), "appeal", asked.number)
    clerk = as_(desk, "clerk")
    assert "撤回申诉" in read(clerk, "appeal", asked.number)
    clerk.post(at("withdraw_appeal", asked.number))
    again = clerk.post(at("withdraw_appeal", asked.number))
    assert (again.status_code, Appeal.objects.get().state) == (422, "withdrawn")
    assert as_(desk, "stranger").post(at("withdraw_appeal", asked.number)).status_code == 404


def test_a_unit_finds_its_pages_under_its_own_entry(desk: Desk) -> None:
    row = desk.notified()
    notice = row.notice_items.get().notice.number
    for who, name, number, entry in (
        ("clerk", "notice", notice, "mending"),
        ("clerk", "submit_finding", row.number, "mending"),
        ("supervisor", "notice", notice, "notices"),
    ):
        page = read(as_(desk, who), name, number)
        assert re.search(rf'href="{at(entry)}"[^>]*aria-current="page"', page), (who, name)
    assert "怎样答复这份通知" in read(as_(desk, "clerk"), "notice", notice)
    assert "怎样答复这份通知" not in read(as_(desk, "supervisor"), "notice", notice)


def test_another_unit_finds_none_of_it(desk: Desk) -> None:
    row = desk.notified()
    asked = appeals.appeal(actor=desk.clerk, number=row.number, reason="不对", now=desk.now)
    until = row.due_at + timedelta(days=9)
    more = rectifying.ask_extension(actor=desk.clerk, number=row.number, until=until, reason="忙", now=desk.now)
    stranger = as_(desk, "stranger")
    for name in ("finding", "submit_finding", "extend_finding", "appeal_finding"):
        assert stranger.get(at(name, row.number)).status_code == 404
    assert stranger.get(at("notice", Notice.objects.get().number)).status_code == 404
    assert stranger.get(at("notice_paper", Notice.objects.get().number)).status_code == 404
    assert stranger.get(at("appeal", asked.number)).status_code == 404
    assert stranger.get(at("decide_extension", more.number)).status_code == 403
    for name in ("findings", "notices", "mending", "appeals"):
        assert row.words not in read(stranger, name)


def test_a_report_is_taken_up_answered_and_its_contact_erased_through_the_pages(desk: Desk) -> None:
    spec = reports.ReportSpec(url=f"{desk.site.home_url}x", kind="link", words="打不开", contact="13800000000")
    row = reports.receive(by=Anonymous(), spec=spec, now=desk.now)
    client = as_(desk, "reviewer")
    assert "13800000000" in read(client, "report", row.number)
    assert "打不开" in read(client, "take_up_report", row.number)
    client.post(at("take_up_report", row.number), {"kind": "link_dead", "severity": "general"})
    assert client.post(at("report", row.number), {"reply": ""}).status_code == 422
    client.post(at("report", row.number), {"reply": "已修复"})
    client.post(at("erase_report", row.number))
    row = PageReport.objects.get()
    assert (row.state, row.reply, row.contact) == ("answered", "已修复", "")
    assert row.number in read(client, "reports")
    assert as_(desk, "clerk").get(at("report", row.number)).status_code == 403
