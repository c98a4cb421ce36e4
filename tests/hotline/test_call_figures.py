"""Figures of the telephones: the same as those of the switch's own arithmetic, listed call by call, and silent where nothing was counted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff, staff_person
from tests.hotline.hotline_world import MONDAY
from tests.hotline.phone_world import CALLER, LEADER, Phones
from tests.hotline.test_figures import JUNE, asked, value

from yunshu.domains.hotline import contracts, reporting
from yunshu.domains.hotline.models import Call, MissedCall, StaffingBasis
from yunshu.domains.hotline.selectors import calls, figures
from yunshu.domains.hotline.services import phone_missed, reports
from yunshu.domains.hotline.services.phone_log import Note, write
from yunshu.domains.hotline.services.reports import ReportSpec

WAITS = (0, 3, 14, 15, 16, 20, 200)
READER = (contracts.FIGURES_VIEW, contracts.TICKET_MANAGE)


@pytest.fixture
def phones(db: None) -> Phones:
    return Phones()


def ring(phones: Phones, wait: int, end: str = "answered", *, queue: str = "general", person: str = "") -> Call:
    """A call that ends after ``wait`` seconds: answered and spoken for a minute, given up, or lost."""
    ref, start = f"r{Call.objects.count()}", phones.later(minutes=1)
    over = start + timedelta(seconds=wait)
    who = phones.first.person_id
    notes = [Note(kind="offered", ref=ref, at=start, queue=queue, person=person or f"1390000{Call.objects.count():04}")]
    if end == "answered":
        notes.append(Note(kind="answered", ref=ref, at=over, agent=who))
        over += timedelta(seconds=60)
    notes.append(Note(kind="lost" if end == "lost" else "ended", ref=ref, at=over, data={"reason": "caller"}))
    write(notes)
    return Call.objects.get(ref=ref)


def every_kind(phones: Phones) -> None:
    for end in ("answered", "given up", "lost"):
        for wait in WAITS:
            ring(phones, wait, end)
    ring(phones, 30, "given up", person=CALLER)
    ring(phones, 1, person=CALLER)


def test_the_database_counts_calls_as_the_switch_does(phones: Phones) -> None:
    every_kind(phones)
    own = calls.figures(phones.leader, MONDAY - timedelta(days=9), MONDAY + timedelta(days=20))
    question = asked(phones)
    pairs = {
        "call_connected": own.connected, "call_in_time": own.in_time, "call_abandoned": own.abandoned,
        "call_wait": own.mean_wait, "call_recalled": own.called_back,
    }  # fmt: skip
    for code, part in pairs.items():
        assert value(question, code)[:2] == (part.part, part.whole), code
    assert value(question, "calls_in")[0] == own.offered == 3 * len(WAITS) + 2
    assert value(question, "calls_lost")[0] == len(WAITS)
    assert value(question, "call_talk") == (60 * 8, 8, Decimal(60))


def test_a_call_needs_no_ticket_to_be_counted_and_listed(phones: Phones) -> None:
    every_kind(phones)
    assert not Call.objects.filter(ticket__isnull=False).exists()
    for row in figures.indicators():
        for code in (row.numerator, row.denominator):
            if row.code.startswith(("call", "recall")) and code and not figures.COUNTS[code].adds:
                counted = figures.tally([code], asked(phones))[figures.TOTAL][code]
                assert figures.counted_calls(code, asked(phones)).count() == counted, code


def test_an_empty_book_is_no_nought(phones: Phones) -> None:
    for code in ("calls_in", "call_connected", "call_wait", "calls_lost", "recall_in_time"):
        assert value(asked(phones), code)[::2] == (None, None), code
    ring(phones, 9)
    assert value(asked(phones), "calls_lost")[0] == 0
    assert value(asked(phones), "call_connected") == (1, 1, Decimal(100))


def test_the_desks_own_limit_is_counted_beside_the_fifteen_seconds(phones: Phones) -> None:
    for wait in (10, 15, 25, 31):
        ring(phones, wait)
    assert value(asked(phones), "call_in_time")[0] == value(asked(phones), "call_promised")[0] == 2
    words = {"handling_s": 180, "share_percent": 90, "shrinkage_percent": 10, "occupancy_percent": 85}
    StaffingBasis.objects.create(desk=phones.bureau, within_s=30, **words)
    assert value(asked(phones), "call_promised") == (3, 4, Decimal(75))
    assert value(asked(phones), "call_in_time") == (2, 4, Decimal(50))


def test_calling_back_in_time_is_measured_against_the_limit(phones: Phones) -> None:
    for person in ("13900000011", "13900000012"):
        ring(phones, 30, "given up", person=person)
    first, second = MissedCall.objects.order_by("pk")
    words = {"actor": phones.first, "outcome": "reached", "words": ""}
    phone_missed.note_outcome(pk=first.pk, now=first.due_at, **words)
    phone_missed.note_outcome(pk=second.pk, now=second.due_at + timedelta(seconds=1), **words)
    assert value(asked(phones), "recall_in_time") == (1, 2, Decimal(50))
    assert value(asked(phones), "call_recalled") == (2, 2, Decimal(100))


def test_calls_are_told_apart_by_queue_and_by_nothing_that_only_a_ticket_has(phones: Phones) -> None:
    ring(phones, 5)
    ring(phones, 20, queue="teochew")
    row = figures.get_indicator("call_in_time")
    groups = figures.side_by_side(row, asked(phones), "queue")
    assert {(each.group, each.numerator, each.denominator) for each in groups} == {
        ("general", 1, 1),
        ("teochew", 0, 1),
    }
    assert figures.dimensions_of(row) == [("queue", "话务队列")]
    assert value(asked(phones, queue="teochew"), "call_in_time") == (0, 1, Decimal(0))
    assert value(asked(phones, unit=phones.urban.code), "call_in_time") == (None, None, None)
    assert value(asked(phones, queue="teochew"), "received")[::2] == (None, None)


def test_only_the_desk_counts_its_calls(phones: Phones) -> None:
    ring(phones, 5)
    assert value(asked(phones, phones.handler), "calls_in")[0] is None
    assert value(asked(phones, phones.leader), "calls_in")[0] == 1


def test_the_list_behind_a_figure_masks_numbers_and_leads_on_only_for_the_telephones(phones: Phones) -> None:
    call = ring(phones, 20, "given up", person=CALLER)
    address = reverse("hotline:counted", args=["calls_abandoned"]) + "?from=2026-06-01&to=2026-06-30"
    pages = [
        signed_in_client(staff_person(rights, org=phones.city)).get(address).content.decode()
        for rights in (READER, (*READER, *LEADER))
    ]
    link = reverse("hotline:call", args=[call.number])
    for page in pages:
        assert call.number in page
        assert "*******5678" in page
        assert CALLER not in page
        assert "完整号码" not in page
    assert [link in page for page in pages] == [False, True]


def test_the_list_behind_a_figure_is_filtered_and_exported(phones: Phones) -> None:
    for end in ("answered", "given up"):
        ring(phones, 20, end, person=CALLER)
    client = signed_in_client(staff_person((*READER, *LEADER), org=phones.city))
    address = reverse("hotline:counted", args=["calls_in"]) + "?from=2026-06-01&to=2026-06-30&outcome=abandoned"
    text = b"".join(client.get(address + "&format=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert len(text.strip().splitlines()) == 2
    assert "*******5678" in text
    page = client.get(address).content.decode()
    assert '<input type="hidden" form="filters" name="from" value="2026-06-01">' in page


def test_the_page_says_that_it_does_not_know_and_names_the_source(phones: Phones) -> None:
    client = signed_in_client(staff_person(READER, org=phones.city))
    address = reverse("hotline:figures") + "?from=2026-06-01&to=2026-06-30&i=call_connected"
    page = client.get(address).content.decode()
    assert "GB/T 33358-2016" in page
    assert reverse("hotline:counted", args=["calls_asked"]) not in page
    ring(phones, 5)
    page = client.get(address).content.decode()
    assert reverse("hotline:counted", args=["calls_asked"]) in page
    assert "by=queue" in page


def test_a_report_says_the_telephones_figures(phones: Phones) -> None:
    every_kind(phones)
    spec = ReportSpec(org=phones.bureau.code, kind="monthly", starts_on=JUNE.first)
    later = MONDAY + timedelta(days=35)
    row = reports.ask(actor=staff((*READER, contracts.REPORT_MAKE), org=phones.city), spec=spec, now=later)
    row = reports.make(number=row.number, now=later)
    totals = {each["code"]: each for each in row.figures["totals"]}
    assert totals["call_wait"]["form"] == "mean"
    assert f"平均等待时长 {totals['call_wait']['value']} 秒" in " ".join(reporting.summary(row))
    assert {each["code"] for each in row.figures["groups"]["queue"]} == {"calls_in", "call_connected", "call_in_time"}
