"""Who may open a page, and what the others are told."""

import pytest
from tests.ui.urls import mine, orgs, refuse

from yunshu.domains.directory.contracts import ORG_VIEW
from yunshu.lib.ui.access import Access

pytestmark = pytest.mark.django_db


def test_each_view_says_who_may_open_it():
    assert (refuse.access, mine.access, orgs.access) == (
        Access("public"),
        Access("signed_in"),
        Access("staff", ORG_VIEW),
    )


def test_a_stranger_is_sent_to_sign_in_and_back(ui):
    response = ui.get("/orgs/?q=%E4%BA%91")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/orgs/%3Fq%3D%25E4%25BA%2591")


@pytest.mark.parametrize(
    ("sender", "back"),
    [("http://testserver/mine/?a=1", "/mine/%3Fa%3D1"), ("https://evil.example/x", "/orgs/"), ("", "/orgs/")],
)
def test_a_stranger_who_sends_is_led_back_to_the_page_that_sent(ui, sender, back):
    response = ui.post("/orgs/", headers={"Referer": sender})
    assert response["Location"] == f"/accounts/login/?next={back}"


def test_a_stranger_whose_page_asks_for_a_part_is_sent_as_a_whole(ui):
    response = ui.get("/mine/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"].startswith("/accounts/login/")


def test_staff_without_the_permission_are_told_which_one_is_missing(ui):
    response = ui.get("/orgs/", headers={"X-Viewer": "bare"})
    assert response.status_code == 403
    assert "查看组织与人员" in response.content.decode()


@pytest.mark.parametrize(
    ("status", "words"), [(403, "没有权限"), (404, "没有找到"), (409, "已被他人修改"), (422, "暂时不能办理")]
)
def test_a_refusal_is_a_page_in_words(ui, status, words):
    response = ui.get(f"/refuse/{status}/")
    page = response.content.decode()
    assert response.status_code == status
    assert words in page
    assert response["X-Request-Id"] in page


def test_a_refusal_under_api_is_json(ui):
    response = ui.get("/api/refuse/422/")
    assert (response.status_code, response.json()) == (
        422,
        {"code": "already_closed", "message": "工单已办结。", "where": ""},
    )


def test_a_refusal_to_a_part_of_a_page_is_a_toast(ui):
    response = ui.get("/refuse/422/", headers={"HX-Request": "true"})
    assert response["HX-Retarget"] == "#toasts"
    assert "<html" not in response.content.decode()


def test_an_unknown_address_is_answered_in_words(ui):
    response = ui.get("/no/such/page/")
    assert response.status_code == 404
    assert "这个地址不存在" in response.content.decode()


def test_preferences_are_kept_and_lead_back_only_within_the_site(ui):
    response = ui.post("/prefer/", {"theme": "dark", "size": "huge", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"
    assert {name: c.value for name, c in response.cookies.items() if name.startswith("ui_")} == {"ui_theme": "dark"}
    assert 'data-theme="dark"' in ui.get("/offline/").content.decode()


def test_the_style_page_is_hidden_from_strangers(ui):
    assert ui.get("/style/").status_code == 404
    assert ui.get("/style/", headers={"X-Viewer": "bare"}).status_code == 200


def test_what_a_session_may_have_coloured_is_kept_by_nobody_else(ui, settings):
    assert "Cache-Control" not in ui.get("/offline/")
    ui.cookies[settings.SESSION_COOKIE_NAME] = "x"
    assert ui.get("/offline/")["Cache-Control"] == "private"
