"""The pages of the hotline: a demand goes from the citizen's form to the rating; strangers see nothing; queries do not grow."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.factories.directory import OrgFactory, staff_person
from tests.factories.directory import signed_in_client as browser
from tests.hotline.hotline_world import AGENT, SORTER, Hotline

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.files.models import Attachment
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.views.verbs import FORMS
from yunshu.lib.kernel import clock

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000154a24f5d"
    "0000000049454e44ae426082"
)
LIST_QUERIES, PAGE_QUERIES = 18, 66


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


def as_(hotline: Hotline, who: str) -> Client:
    return browser(Person.objects.get(pk=getattr(hotline, who).person_id))


def read(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"hotline:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, name: str, *args: object, status: int = 302, **words: object) -> str:
    answer = client.post(reverse(f"hotline:{name}", args=args), words)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.content.decode()


def filed(citizen: Client, **more: object) -> tuple[Ticket, str]:
    """File a demand on the portal; return it with its code."""
    words = {"kind": "help", "title": "路灯不亮", "content": "三天不亮。", "phone": "13812345678"} | more
    answer = citizen.post(reverse("portal:demand"), words, follow=True)
    found = re.search(r"查询码 (\d{6})", answer.content.decode())
    assert found
    return Ticket.objects.latest("pk"), found[1]


def test_a_demand_goes_from_the_citizens_phone_through_five_hands_to_the_rating(hotline: Hotline) -> None:
    citizen, agent, sorter = Client(), as_(hotline, "agent"), as_(hotline, "sorter")
    handler, reviewer = as_(hotline, "handler"), as_(hotline, "reviewer")
    row, _code = filed(citizen, attachments=SimpleUploadedFile("lamp.png", PNG, "image/png"))
    assert Attachment.objects.get().owner_id == row.number
    send(agent, "act_ticket", row.number, verb="accept")
    assert row.number in read(sorter, "desk")
    send(sorter, "dispatch", row.number, unit=hotline.urban.code)
    send(handler, "act_ticket", row.number, verb="sign")
    page = read(handler, "ticket", row.number)
    assert ("13812345678" in page, "*******5678" in page) == (False, True)
    send(handler, "ticket_form", row.number, "reply", words="已修复。", measures="现场更换")
    send(reviewer, "ticket_form", row.number, "pass", passes="1", words="")
    unhappy = {"reached": "yes", "solved": "0", "result_score": "1", "process_score": "2"}
    send(agent, "ticket_form", row.number, "call", **unhappy)
    assert "没有解决" in send(agent, "close_ticket", row.number, status=422)
    send(agent, "act_ticket", row.number, verb="rework", reason="还是不亮")
    send(handler, "ticket_form", row.number, "reply", words="已更换线路。")
    send(reviewer, "ticket_form", row.number, "pass", passes="1", words="")
    send(agent, "ticket_form", row.number, "call", **(unhappy | {"solved": "1", "result_score": "5"}))
    send(agent, "close_ticket", row.number)
    mine = citizen.get(reverse("portal:ticket", args=[row.number])).content.decode()
    assert "已更换线路。" in mine
    stars = {"solved": "1", "result_score": "5", "process_score": "4"}
    assert citizen.post(reverse("portal:ticket_rate", args=[row.number]), stars).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reworks, row.rating.result_score) == (life.CLOSED, 1, 5)
    assert read(as_(hotline, "manager"), "print_ticket", row.number)


def test_a_citizen_opens_a_ticket_by_its_code_only_and_adds_to_it(hotline: Hotline) -> None:
    row, code = filed(Client())
    other = Client()
    page = reverse("portal:ticket", args=[row.number])
    assert other.get(page).status_code == 404
    assert other.post(reverse("portal:ticket_more", args=[row.number]), {"words": "x"}).status_code == 404
    wrong = other.post(reverse("portal:tickets"), {"number": row.number, "code": "1"})
    assert (wrong.status_code, "没有找到" in wrong.content.decode()) == (422, True)
    assert other.post(reverse("portal:tickets"), {"number": row.number.lower(), "code": code}).status_code == 302
    other.post(reverse("portal:ticket_more", args=[row.number]), {"words": "又坏了一盏。"})
    answer = other.get(page)
    assert ("又坏了一盏。" in answer.content.decode(), answer["Cache-Control"]) == (True, "private, no-store")
    assert row.title in other.get(reverse("portal:tickets")).content.decode()


def test_a_program_that_fills_in_everything_files_nothing(hotline: Hotline) -> None:
    words = {"kind": "help", "title": "x", "content": "y", "website": "spam"}
    assert Client().post(reverse("portal:demand"), words).status_code == 422
    assert not Ticket.objects.exists()


def test_a_step_that_comes_too_late_keeps_what_was_written(hotline: Hotline) -> None:
    row, handler = hotline.dispatch(hotline.registered()), as_(hotline, "handler")
    assert ">还要核实</textarea>" in send(handler, "act_ticket", row.number, status=422, verb="pass", reason="还要核实")
    send(handler, "act_ticket", row.number, verb="sign")
    late = send(handler, "act_ticket", row.number, status=422, verb="sign", reason="已电话联系社区")
    assert "您写的意见：已电话联系社区" in late


def test_who_sends_a_demand_to_a_unit_has_it_in_sight(hotline: Hotline) -> None:
    row = hotline.registered(content="水管漏水三天。", address="榕华大道")
    page = read(as_(hotline, "sorter"), "dispatch", row.number)
    assert all(said in page for said in ("水管漏水三天。", "榕华大道"))


def test_a_citizen_reads_no_word_that_staff_added(hotline: Hotline) -> None:
    citizen = Client()
    row, _code = filed(citizen)
    send(as_(hotline, "agent"), "act_ticket", row.number, verb="accept")
    send(as_(hotline, "agent"), "ticket_form", row.number, "note", words="来电人情绪激动")
    citizen.post(reverse("portal:ticket_more", args=[row.number]), {"words": "又坏了一盏。"})
    page = citizen.get(reverse("portal:ticket", args=[row.number])).content.decode()
    assert ("已补充情况" in page, "又坏了一盏。" in page, "情绪激动" in page) == (True, True, False)


def test_a_mark_that_nobody_chose_is_none(hotline: Hotline) -> None:
    citizen = Client()
    row, _code = filed(citizen)
    send(as_(hotline, "agent"), "act_ticket", row.number, verb="accept")
    send(as_(hotline, "agent"), "ticket_form", row.number, "answer", words="已答复。")
    page = citizen.get(reverse("portal:ticket", args=[row.number])).content.decode()
    assert page.count('<option value="" selected>') == 3


def test_what_a_form_lacks_is_said_beside_the_field(hotline: Hotline) -> None:
    agent = as_(hotline, "agent")
    words = {"desk": hotline.bureau.code, "kind": "", "title": "", "content": "", "channel": "phone"}
    answer = agent.post(reverse("hotline:new_ticket"), words | {"urgency": "normal"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"kind", "title", "content"})
    words |= {"urgency": "normal", "attachments": SimpleUploadedFile("lamp.png", PNG, "image/png")}
    assert "请重新选择照片和文件" in send(agent, "new_ticket", status=422, **words)
    row = hotline.dispatch(hotline.registered())
    said = send(as_(hotline, "sorter"), "act_ticket", row.number, status=422, verb="recall", reason="")
    assert "请填写意见" in said


@pytest.mark.parametrize("verb", [*FORMS, "split"])
def test_every_form_of_a_ticket_opens(hotline: Hotline, verb: str) -> None:
    row = hotline.handled()
    assert "<form" in read(as_(hotline, "manager"), "ticket_form", row.number, verb)


def test_a_form_shows_the_demand_and_the_answer_and_says_when_it_is_not_its_turn(hotline: Hotline) -> None:
    row = hotline.reply(hotline.handled(), words="已更换灯具。")
    reviewed = read(as_(hotline, "reviewer"), "ticket_form", row.number, "pass")
    assert all(words in reviewed for words in (row.content, "已更换灯具。"))
    assert "现在不能办这一步" not in reviewed
    assert "现在不能办这一步" in read(as_(hotline, "handler"), "ticket_form", row.number, "reply")


def test_units_where_nobody_is_stand_apart_on_the_dispatch_page(hotline: Hotline) -> None:
    empty, row = OrgFactory(), hotline.registered()
    page = as_(hotline, "sorter").get(reverse("hotline:dispatch", args=[row.number]))
    groups = dict(page.context["form"].fields["unit"].choices[1:])
    assert hotline.urban.code in dict(groups["有承办人员"])
    assert empty.code in dict(groups["还没有承办人员，不能派"])


def test_a_step_says_that_it_was_taken(hotline: Hotline) -> None:
    row, unit = hotline.dispatch(hotline.registered()), as_(hotline, "handler")
    told = unit.post(reverse("hotline:act_ticket", args=[row.number]), {"verb": "sign"}, follow=True)
    assert "“签收”已完成" in told.content.decode()
    asked = {"amount": 1, "reason": "材料未到。"}
    told = unit.post(reverse("hotline:ticket_form", args=[row.number, "ask_extension"]), asked, follow=True)
    assert all(words in told.content.decode() for words in ("“申请延期”已提交", "延长 1 工作日"))


def test_a_stranger_sees_no_ticket_and_the_wrong_role_no_page(hotline: Hotline) -> None:
    row = hotline.registered()
    stranger = browser(staff_person((*AGENT, *SORTER)))
    for name in ("ticket", "print_ticket", "dispatch"):
        assert stranger.get(reverse(f"hotline:{name}", args=[row.number])).status_code == 404
    assert row.number not in read(stranger, "tickets")
    assert as_(hotline, "handler").get(reverse("hotline:new_ticket")).status_code == 403
    assert as_(hotline, "agent").get(reverse("hotline:objections")).status_code == 403


def test_the_directorys_suggestion_is_shown_with_its_reason_and_law(hotline: Hotline) -> None:
    hotline.duty()
    row = hotline.registered(category="0301")
    page = read(as_(hotline, "sorter"), "dispatch", row.number)
    assert all(word in page for word in ("城市照明管理规定第四条", "关键词 路灯", "分类 0301"))
    said = send(as_(hotline, "sorter"), "dispatch", row.number, status=422, unit=hotline.town.code)
    assert "不得转给镇街" in said


@pytest.mark.parametrize(("text", "found"), [("路灯", True), ("不亮 路灯", True), ("榕华大道", True), ("噪声", False)])
def test_a_ticket_is_found_by_words_of_two_characters(hotline: Hotline, text: str, found: bool) -> None:
    row = hotline.registered()
    page = read(as_(hotline, "agent"), "tickets", q=text)
    assert (reverse("hotline:ticket", args=[row.number]) in page) is found


def test_a_ticket_is_found_by_its_number_and_the_list_goes_out(hotline: Hotline) -> None:
    row, agent = hotline.registered(), as_(hotline, "agent")
    assert reverse("hotline:ticket", args=[row.number]) in read(agent, "tickets", q=row.number)
    answer = agent.get(reverse("hotline:tickets"), {"format": "csv"})
    body = b"".join(answer.streaming_content).decode()
    assert row.number in body
    assert "13812345678" not in body


def test_the_list_and_the_page_ask_as_often_for_many_as_for_one(hotline: Hotline) -> None:
    agent, row = as_(hotline, "agent"), hotline.closed()
    for _n in range(3):
        hotline.handled()
    pages = ((reverse("hotline:tickets"), LIST_QUERIES), (reverse("hotline:ticket", args=[row.number]), PAGE_QUERIES))
    for address, most in pages:
        agent.get(address)
        with CaptureQueriesContext(connection) as asked:
            agent.get(address)
        assert len(asked) <= most, f"{address}: {len(asked)}"


def test_a_sealed_caller_is_asked_for_approved_and_shown_once(hotline: Hotline) -> None:
    row = hotline.registered(kind="report")
    agent, manager = as_(hotline, "agent"), as_(hotline, "manager")
    assert "13812345678" not in read(agent, "ticket", row.number)
    send(agent, "ask_reveal", row.number, reason="核实线索")
    assert "核实线索" in read(manager, "desk")
    send(manager, "answer_reveal", row.reveals.get().pk, verb="grant", words="")
    answer = agent.post(reverse("hotline:reveal", args=[row.number]))
    assert ("13812345678" in answer.content.decode(), answer["Cache-Control"]) == (True, "no-store")
    assert manager.post(reverse("hotline:reveal", args=[row.number])).status_code == 403


def test_the_caller_of_a_ticket_is_known_by_their_other_tickets_to_the_desk_only(hotline: Hotline) -> None:
    first, second = hotline.closed(title="旧的工单"), hotline.handled()
    assert first.number in read(as_(hotline, "agent"), "ticket", second.number)
    assert "同一电话的其他工单" not in read(as_(hotline, "handler"), "ticket", second.number)


def test_a_ticket_names_its_division_and_who_filed_it_in_words(hotline: Hotline) -> None:
    district = OrgFactory(kind=Org.Kind.DISTRICT, name="榕城区", division_code="445202")
    row, _code = filed(Client(), division=district.division_code, address="榕华大道")
    page = read(as_(hotline, "agent"), "ticket", row.number)
    assert ("榕城区" in page, "市民" in page, "445202" in page, "anonymous" in page) == (True, True, False, False)
