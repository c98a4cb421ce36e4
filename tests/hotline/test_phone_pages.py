"""The pages of the telephones: by role, without telephones, masked in lists, a call settled by a form, a recording by parts."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client as browser
from tests.hotline.phone_world import CALLER, Phones

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.models import Call, MissedCall
from yunshu.domains.hotline.services.phone_recordings import Store
from yunshu.lib.cti.events import Recorded
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE


@pytest.fixture
def phones(db: None, settings: Any, tmp_path: Path) -> Phones:
    settings.RECORDINGS_FOLDER, settings.PHONE_SPOOL = tmp_path / "kept", tmp_path / "spool"
    settings.PHONE_SPOOL.mkdir()
    return Phones(now=clock.now())


def as_(phones: Phones, who: str) -> Client:
    return browser(Person.objects.get(pk=getattr(phones, who).person_id))


def read(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"hotline:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_telephones_the_desk_says_how_to_switch_them_on_and_rings_nothing(phones: Phones) -> None:
    client = as_(phones, "first")
    page = read(client, "phone_desk")
    assert "YUNSHU_PHONE" in page
    assert "phone.js" not in page
    assert client.get(reverse("hotline:phone_stream")).status_code == 404


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("first", {"phone_desk", "calls", "missed_calls"}),
        ("leader", {"phone_desk", "calls", "missed_calls", "phone_board", "agent_skills"}),
        ("agent", set()),
        ("handler", set()),
    ],
)
def test_who_opens_which_page(phones: Phones, who: str, allowed: set[str]) -> None:
    client = as_(phones, who)
    names = ("phone_desk", "calls", "missed_calls", "phone_board", "agent_skills")
    opened = {n for n in names if client.get(reverse(f"hotline:{n}"), {"state": "open"}).status_code == 200}
    assert opened == allowed


def test_lists_and_exports_show_no_number_and_find_only_whole_ones(phones: Phones) -> None:
    call = phones.answered()
    client = as_(phones, "leader")
    page, table = read(client, "calls"), client.get(reverse("hotline:calls"), {"export": "csv"})
    exported = b"".join(table.streaming_content).decode() if table.streaming else table.content.decode()
    assert (CALLER in page, CALLER in exported, "*******5678" in page, "*******5678" in exported) == (
        False,
        False,
        True,
        True,
    )
    assert call.number in read(client, "calls", q=CALLER)
    assert call.number not in read(client, "calls", q=CALLER[:6])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"outcome": "answered"}, True),
        ({"outcome": "lost"}, False),
        ({"queue": "general"}, True),
        ({"queue": "hakka"}, False),
        ({"has_ticket": "2"}, True),
        ({"has_ticket": "1"}, False),
        ({"direction": "out"}, False),
    ],
)
def test_calls_are_filtered(phones: Phones, query: dict[str, str], found: bool) -> None:
    call = phones.answered()
    assert (call.number in read(as_(phones, "first"), "calls", **query)) is found


def test_a_call_is_settled_by_the_form_and_stands_on_its_ticket(phones: Phones) -> None:
    call, client = phones.answered(), as_(phones, "first")
    address = reverse("hotline:settle_call", args=[call.number, "ticket"])
    words = {"kind": "help", "title": "路灯不亮", "content": "三天不亮。", "urgency": "normal", "phone": CALLER}
    made = client.post(address, {f"ticket-{name}": value for name, value in words.items()}, follow=True)
    assert "查询码" in made.content.decode()
    row = Call.objects.get().ticket
    assert row
    assert call.number in read(client, "ticket", row.number)
    assert row.number in read(client, "call", call.number)
    assert "话后办结" in read(client, "call", call.number)


def test_a_calls_course_is_told_to_the_second(phones: Phones) -> None:
    call = phones.answered()
    page = read(as_(phones, "first"), "call", call.number)
    moments = {f"{event.at.astimezone(CITY_ZONE):%H:%M:%S}</time>" for event in call.stages.all()}
    assert len(moments) == call.stages.count()
    assert [moment for moment in moments if moment not in page] == []


def test_a_form_that_lacks_something_changes_nothing(phones: Phones) -> None:
    call, client = phones.answered(), as_(phones, "first")
    for how in ("ticket", "known", "without"):
        answer = client.post(reverse("hotline:settle_call", args=[call.number, how]), {})
        assert answer.status_code == 422
    assert Call.objects.get().settled_at is None


def test_a_missed_caller_is_claimed_on_the_page_and_only_then_shown_in_full(phones: Phones) -> None:
    phones.abandoned()
    entry, client = MissedCall.objects.get(), as_(phones, "first")
    assert CALLER not in read(client, "missed_call", entry.pk)
    client.post(reverse("hotline:missed_call", args=[entry.pk]), {"verb": "claim"})
    assert CALLER in read(client, "missed_call", entry.pk)
    assert CALLER not in read(as_(phones, "second"), "missed_call", entry.pk)
    words = {"verb": "outcome", "outcome": "no_answer", "words": "占线"}
    client.post(reverse("hotline:missed_call", args=[entry.pk]), words)
    entry.refresh_from_db()
    assert (entry.outcome, entry.closed_at, entry.claimed_by) == ("no_answer", None, None)


def test_a_recording_is_heard_by_parts_by_who_gave_a_reason(phones: Phones, settings: Any) -> None:
    call, leader = phones.answered(), as_(phones, "leader")
    source = settings.PHONE_SPOOL / f"{call.ref}.pcm"
    source.write_bytes(b"\0\1" * 8000)
    Store().take(Recorded(call=call.ref, at=phones.now, reference=str(source), seconds=1.0))
    assert "listen" not in read(as_(phones, "first"), "call", call.number)
    asked = leader.post(reverse("hotline:listen", args=[call.number]), {"reason": "核查服务态度"})
    assert asked.status_code == 302
    assert "<audio" in leader.get(asked.url).content.decode()
    sound = reverse("hotline:sound", args=[call.recording.listens.get().pk])
    part = leader.get(sound, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert as_(phones, "second").get(sound).status_code == 403


def test_the_day_is_counted_for_the_board_and_for_machines(phones: Phones, settings: Any) -> None:
    from yunshu.domains.hotline import observed
    from yunshu.domains.hotline.selectors import calls
    from yunshu.lib.observe.figures import exposition

    assert list(observed.read(phones.now)) == []
    phones.answered("a"), phones.abandoned("b")
    until = phones.later(minutes=1)
    figures = calls.figures(phones.leader, phones.now.replace(year=2020), until)
    assert (figures.offered, figures.connected.part, figures.in_time.part, figures.abandoned.part) == (2, 1, 1, 1)
    settings.PHONE = {**settings.PHONE, "provider": "demo"}
    assert 'yunshu_hotline_calls_today{outcome="answered"}' in exposition(observed.read(until))
