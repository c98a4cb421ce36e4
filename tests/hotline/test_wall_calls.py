"""The telephones on the wall: the page of figures' own values, who waits now, and a dash where nothing is known."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff_person
from tests.hotline.phone_world import CALLER, LEADER, Phones
from tests.hotline.test_call_figures import READER, every_kind

from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import Call, Indicator, ScreenSet
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors import figures
from yunshu.domains.hotline.selectors.figures import Question
from yunshu.domains.hotline.selectors.screen_calls import SHOWN, telephones
from yunshu.domains.hotline.selectors.tickets import reach_of
from yunshu.lib.kernel import clock
from yunshu.lib.observe import beats

WALL_QUESTIONS = 6


@pytest.fixture
def phones(db: None, settings: Any) -> Phones:
    settings.PHONE = {**settings.PHONE, "provider": "demo"}
    return Phones()


def values(found: dict[str, Any] | None) -> dict[str, str | None]:
    assert found is not None
    return {each["code"]: each["value"] for each in found["figures"]}


def test_the_wall_shows_what_the_page_of_figures_says_of_today(phones: Phones) -> None:
    every_kind(phones)
    day = clock.city_date(phones.now)
    asked = Question(reach=reach_of(phones.leader), period=Period(first=day, last=day), now=phones.now)
    said = {each.indicator.code: str(each.value) for each in figures.totals(asked) if each.indicator.code in SHOWN}
    assert values(telephones(phones.now)) == said
    assert list(said) != []


def test_the_figures_are_of_today_only(phones: Phones) -> None:
    every_kind(phones)
    assert set(values(telephones(phones.now + timedelta(days=1))).values()) == {None}


def test_nothing_was_counted_is_a_dash_and_no_nought(phones: Phones) -> None:
    phones.happens("a", "offered", "queued")
    found = telephones(phones.now)
    assert set(values(found).values()) == {None}
    phones.happens("a", "ended", data={"reason": "caller"})
    assert values(telephones(phones.now)) | {"call_wait": None} == values(telephones(phones.now))
    assert values(telephones(phones.now))["calls_in"] == "1"


def test_who_waits_now_is_counted_while_the_phone_process_is_heard(phones: Phones) -> None:
    for ref in ("a", "b"):
        phones.happens(ref, "offered", "queued")
    first = Call.objects.get(ref="a").queued_at
    assert first
    now = first + timedelta(seconds=75)
    assert telephones(now) | {"figures": []} == {"waiting": None, "longest_s": None, "figures": []}  # type: ignore[operator]
    beats.begun("phone", now)
    assert telephones(now) | {"figures": []} == {"waiting": 2, "longest_s": 75.0, "figures": []}  # type: ignore[operator]
    assert telephones(now + timedelta(seconds=61))["waiting"] is None  # type: ignore[index]
    beats.ended("phone", now)
    assert telephones(now)["waiting"] is None  # type: ignore[index]


def test_a_city_without_telephones_has_no_row_of_dashes(phones: Phones, settings: Any) -> None:
    settings.PHONE = {**settings.PHONE, "provider": "none"}
    assert telephones(phones.now) is None
    phones.answered()
    assert values(telephones(phones.now))["calls_in"] == "1"


def test_an_indicator_out_of_use_is_not_on_the_wall(phones: Phones) -> None:
    phones.answered()
    Indicator.objects.filter(code="call_wait").update(is_active=False)
    assert list(values(telephones(phones.now))) == [code for code in SHOWN if code != "call_wait"]


def test_the_row_costs_as_many_questions_on_a_busy_day_as_on_a_quiet_one(phones: Phones) -> None:
    beats.begun("phone", phones.now)
    every_kind(phones)
    with CaptureQueriesContext(connection) as asked:
        telephones(phones.now)
    assert len(asked) <= WALL_QUESTIONS


def wall(rights: tuple[str, ...], phones: Phones, language: str = "zh-hans") -> str:
    ScreenSet.objects.all().delete()
    client = signed_in_client(staff_person(rights, org=phones.city))
    client.cookies["django_language"] = language
    return client.get(reverse("hotline:screen")).content.decode()


def test_only_who_may_follow_a_figure_finds_its_link(settings: Any, db: None) -> None:
    settings.PHONE = {**settings.PHONE, "provider": "demo"}
    phones = Phones(now=clock.now())
    beats.begun("phone", clock.now())
    phones.answered()
    counted, board = reverse("hotline:counted", args=["calls_in_time"]), reverse("hotline:phone_board")
    kiosk, reader, leader = (wall((contracts.SCREEN_VIEW, *more), phones) for more in ((), READER, (*READER, *LEADER)))
    assert [(counted in page, board in page) for page in (kiosk, reader, leader)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert all("15 秒接通率" in page and CALLER not in page for page in (kiosk, reader, leader))
    assert "Answered within 15 s" in wall((contracts.SCREEN_VIEW,), phones, "en")
