"""The pages of the knowledge base: found, cited into a reply, asked for, corrected; strangers see nothing, nobody's words are HTML."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.factories.directory import signed_in_client as browser
from tests.factories.directory import staff_person
from tests.hotline.kb_world import BODY, Knowledge
from tests.hotline.test_ticket_pages import as_, read, send

from yunshu.domains.hotline.models import Article, KnowledgeDemand
from yunshu.domains.hotline.services import kb_index
from yunshu.domains.workflow.contracts import WORKLIST_VIEW
from yunshu.lib.kernel import clock

LIST_QUERIES, PAGE_QUERIES, PANEL_QUERIES, PUBLIC_QUERIES = 16, 30, 15, 4
EVIL = "<script>alert(1)</script> [点我](javascript:alert(1)) <img src=x onerror=alert(1)>"
FORM = {"title": "路灯报修怎么办", "body": BODY, "is_public": "on"}


@pytest.fixture
def base(db: None) -> Knowledge:
    return Knowledge(now=clock.now())


def indexed() -> None:
    kb_index.bring_up_to_date()


def test_an_article_goes_through_three_hands_on_its_pages(base: Knowledge) -> None:
    liaison, checker, keeper = as_(base, "liaison"), as_(base, "checker"), as_(base, "keeper")
    send(
        liaison,
        "new_article",
        owner=base.urban.code,
        sources="照明管理规定 | 某令 | 第四条 | https://a.example",
        **FORM,
    )
    number = Article.objects.get().number
    send(liaison, "act_article", number, verb="hand_in")
    assert "初审通过" in read(checker, "article", number, version="1")
    assert "初审通过" not in read(keeper, "article", number, version="1")
    send(checker, "act_article", number, verb="pass")
    send(keeper, "act_article", number, verb="publish")
    assert "已办：终审通过并发布。" in read(keeper, "article", number)
    page = read(as_(base, "agent"), "article", number)
    assert all(word in page for word in ("照明管理规定", "第四条", "<strong>市政大厅</strong>", "存证"))


def test_words_are_never_html_for_staff_or_citizens(base: Knowledge) -> None:
    row = base.published(title=f"标题{EVIL[:25]}", body=EVIL, internal=EVIL, questions=(EVIL,))
    indexed()
    ticket = base.registered()
    public = Client().get(reverse("portal:article", args=[row.number])).content.decode()
    panel = read(as_(base, "agent"), "kb_panel", ticket.number, q="点我")
    for page in (public, panel, read(as_(base, "agent"), "article", row.number)):
        assert "alert(1)" in page
        assert not any(evil in page for evil in ("<script>alert", "<img src=x", 'href="javascript:'))


def test_two_editors_see_both_texts_and_the_second_decides(base: Knowledge) -> None:
    row = base.drafted(body="原来的")
    first, second = as_(base, "liaison"), as_(base, "checker")
    send(first, "edit_article", row.number, **(FORM | {"body": "甲的文字", "revision": "1"}))
    page = send(second, "edit_article", row.number, status=422, **(FORM | {"body": "乙的文字", "revision": "1"}))
    assert ("甲的文字" in page, "乙的文字" in page, 'name="revision" value="2"' in page) == (True, True, True)
    send(second, "edit_article", row.number, **(FORM | {"body": "乙的文字", "revision": "2"}))
    row.draft.refresh_from_db()
    assert row.draft.body == "乙的文字"


def test_the_wrong_role_and_the_wrong_department_are_turned_away(base: Knowledge) -> None:
    draft, row = base.drafted(), base.published(title="公开的")
    outsider = browser(staff_person((WORKLIST_VIEW,)))
    assert outsider.get(reverse("hotline:kb")).status_code == 403
    assert outsider.get(reverse("hotline:article", args=[row.number])).status_code == 404
    stranger = as_(base, "stranger")
    assert stranger.get(reverse("hotline:article", args=[draft.number])).status_code == 404
    assert stranger.get(reverse("hotline:edit_article", args=[row.number])).status_code == 403
    assert stranger.post(reverse("hotline:act_article", args=[row.number]), {"verb": "begin"}).status_code == 403
    assert as_(base, "agent").get(reverse("hotline:new_article")).status_code == 403
    wrong = stranger.post(reverse("hotline:new_article"), FORM | {"owner": base.urban.code})
    assert (wrong.status_code, Article.objects.count()) == (422, 2)


def test_the_panel_suggests_and_the_answer_goes_into_the_reply_with_its_version(base: Knowledge) -> None:
    row, agent = base.published(), as_(base, "agent")
    indexed()
    ticket = base.registered()
    assert reverse("hotline:kb_panel", args=[ticket.number]) in read(agent, "ticket", ticket.number)
    panel = agent.get(reverse("hotline:kb_panel", args=[ticket.number]), headers={"HX-Request": "true"})
    assert ("路灯报修怎么办" in panel.content.decode(), "<html" in panel.content.decode()) == (True, False)
    answer = agent.post(reverse("hotline:cite", args=[ticket.number]), {"article": row.number}, follow=True)
    assert f"知识条目 {row.number} 第 1 版" in answer.content.decode()
    assert "已引用" in read(agent, "kb_panel", ticket.number)


def test_what_finds_no_answer_becomes_a_task_that_its_article_ends(base: Knowledge) -> None:
    ticket, agent = base.registered(title="充电桩怎么报装"), as_(base, "agent")
    send(agent, "unanswered", ticket.number, question="")
    row = KnowledgeDemand.objects.get()
    keeper, liaison = as_(base, "keeper"), as_(base, "liaison")
    send(keeper, "act_kb_demand", row.number, verb="assign", unit=base.urban.code)
    assert "充电桩怎么报装" in read(liaison, "kb_demand", row.number)
    address = f"{reverse('hotline:new_article')}?demand={row.number}"
    assert "充电桩怎么报装" in liaison.get(address).content.decode()
    assert liaison.post(address, FORM | {"owner": base.urban.code}).status_code == 302
    number = Article.objects.get().number
    send(liaison, "act_article", number, verb="hand_in")
    base.released(Article.objects.get())
    row.refresh_from_db()
    assert (row.state, number in read(keeper, "kb_demand", row.number)) == ("done", True)


def test_the_list_ranks_by_the_words_flags_the_expired_last_and_goes_out(base: Knowledge) -> None:
    old, good = base.expired(title="路灯报修怎么办"), base.published(title="路灯报修怎么办（新）")
    base.published(title="户口迁移", body="到派出所办理。")
    indexed()
    page = read(as_(base, "agent"), "kb", q="路灯报修怎么办")
    assert 0 < page.index(good.number) < page.index(old.number) < page.index("已失效", page.index(good.number)) + 400
    assert "户口迁移" not in read(as_(base, "agent"), "kb", q=old.number)
    assert old.number not in read(as_(base, "agent"), "kb", q="路灯", validity="valid")
    answer = as_(base, "agent").get(reverse("hotline:kb"), {"format": "csv", "q": "路灯"})
    assert "路灯报修怎么办（新）" in b"".join(answer.streaming_content).decode()


def test_citizens_find_valid_public_articles_only(base: Knowledge) -> None:
    base.expired(title="路灯旧办法")
    base.published(title="路灯内部口径", is_public=False)
    base.published(title="路灯未来办法", valid_from=base.today + timedelta(days=3))
    good = base.published(title="路灯新办法")
    indexed()
    page = Client().get(reverse("portal:knowledge"), {"q": "路灯"}).content.decode()
    assert "路灯新办法" in page
    assert not any(title in page for title in ("路灯旧办法", "路灯内部口径", "路灯未来办法"))
    for row in Article.objects.exclude(pk=good.pk):
        assert Client().get(reverse("portal:article", args=[row.number])).status_code == 404


def test_a_citizen_says_whether_it_helped_once_reports_an_error_and_asks(base: Knowledge) -> None:
    row, citizen = base.published(), Client()
    say = reverse("portal:article_say", args=[row.number])
    for _n in range(2):
        assert citizen.post(say, {"kind": "miss"}).status_code == 302
    assert citizen.post(say, {"kind": "complaint", "words": ""}).status_code == 422
    citizen.post(say, {"kind": "complaint", "words": "电话错了"})
    citizen.post(reverse("portal:knowledge_ask"), {"question": "充电桩怎么报装"})
    citizen.post(reverse("portal:knowledge_ask"), {"question": "垃圾", "website": "x"})
    row.refresh_from_db()
    assert (row.misses, row.complaints) == (1, 1)
    assert sorted(KnowledgeDemand.objects.values_list("kind", "asker")) == [
        ("answer", "citizen"),
        ("correct", "citizen"),
    ]


def test_pages_ask_as_often_for_many_as_for_one(base: Knowledge) -> None:
    row, agent, ticket = base.published(), as_(base, "agent"), base.registered()
    for n in range(4):
        base.published(title=f"路灯报修怎么办 {n}")
    indexed()
    for client, address, most in (
        (agent, f"{reverse('hotline:kb')}?q=路灯", LIST_QUERIES),
        (agent, reverse("hotline:article", args=[row.number]), PAGE_QUERIES),
        (agent, reverse("hotline:kb_panel", args=[ticket.number]), PANEL_QUERIES),
        (Client(), f"{reverse('portal:knowledge')}?q=路灯", PUBLIC_QUERIES),
        (Client(), reverse("portal:article", args=[row.number]), PUBLIC_QUERIES),
    ):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        assert len(asked) <= most, f"{address}: {len(asked)}"


def test_the_empty_base_says_what_to_do(base: Knowledge) -> None:
    assert "知识库还是空的" in read(as_(base, "agent"), "kb")
    page = Client().get(reverse("portal:knowledge")).content.decode()
    assert reverse("portal:demand") in page
