"""找错 in public: received without signing in, limited by address, answered by number."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.inspection.finding_world import Desk

from yunshu.domains.inspection.models import PageReport
from yunshu.domains.inspection.services import reports

ADDRESS, ANSWER = "/faults/", "/faults/answer/"


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def words(desk: Desk, **more: str) -> dict[str, str]:
    return {"url": f"{desk.site.home_url}a", "kind": "link", "words": "附件打不开", "contact": "13800000000"} | more


def test_a_fault_is_reported_and_its_answer_read_by_the_number(desk: Desk) -> None:
    client = Client()
    assert ADDRESS in client.get("/").content.decode()
    answer = client.post(ADDRESS, words(desk), follow=True)
    row = PageReport.objects.get()
    assert (row.site, row.words) == (desk.site, "附件打不开")
    page = answer.content.decode()
    assert row.number in page
    assert "13800000000" not in page
    reports.answer(actor=desk.reviewer, number=row.number, reply="已更换附件。", is_declined=False, now=desk.now)
    assert "已更换附件。" in client.get(ANSWER, {"number": row.number.lower()}).content.decode()


@pytest.mark.parametrize("wrong", [{"url": "揭阳"}, {"url": ""}, {"kind": "x"}, {"words": ""}, {"website": "spam"}])
def test_what_is_unfit_comes_back_with_its_form(desk: Desk, wrong: dict[str, str]) -> None:
    answer = Client().post(ADDRESS, words(desk, **wrong))
    assert answer.status_code == 422
    assert not PageReport.objects.exists()


def test_one_address_reports_only_so_often(desk: Desk, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"page_report": "2/h/ip"}
    cache.clear()
    codes = [Client().post(ADDRESS, words(desk)).status_code for _ in range(3)]
    assert codes == [302, 302, 429]
    assert PageReport.objects.count() == 2


@pytest.mark.parametrize("number", ["ZC20260101-AAAAAAAA", "<script>", "x" * 300])
def test_an_unknown_number_says_so_and_nothing_more(desk: Desk, number: str) -> None:
    page = Client().get(ANSWER, {"number": number})
    assert page.status_code == 200
    assert "没有这个编号" in page.content.decode()
    assert "<script>" not in page.content.decode().split("查看答复", 1)[1].split("</form>")[0]
