"""找错: received from anybody, taken up as a finding, answered by the number, and forgotten in time."""

from datetime import timedelta
from typing import Any

import pytest
from tests.factories.directory import staff
from tests.inspection.finding_world import REVIEWER, Desk

from yunshu.domains.directory.contracts import Anonymous
from yunshu.domains.inspection import api
from yunshu.domains.inspection.models import Finding, PageReport
from yunshu.domains.inspection.selectors.findings import due_at, queue
from yunshu.domains.inspection.selectors.reports import visible_reports
from yunshu.domains.inspection.services import reports
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def receive(desk: Desk, **more: Any) -> PageReport:
    words = {"url": f"{desk.site.home_url}a.html", "kind": "link", "words": "附件打不开", "contact": "13800000000"}
    return api.receive_report(by=Anonymous(), spec=api.ReportSpec(**(words | more)), now=desk.now)


def take_up(desk: Desk, row: PageReport, **more: Any) -> Finding:
    spec = reports.TakeUp(**({"kind": "link_dead"} | more))
    return reports.take_up(actor=desk.reviewer, number=row.number, spec=spec, now=desk.now)


def test_a_report_knows_its_site_and_its_clocks_and_the_ledger_knows_nobody(desk: Desk) -> None:
    row = receive(desk)
    assert row.site == desk.site
    assert (row.accept_due_at, row.reply_due_at) == (
        due_at("report_accept", desk.now),
        due_at("report_reply", desk.now),
    )
    record = Record.objects.get(subject=row.number)
    assert "13800000000" not in str(record.payload)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"url": "javascript:alert(1)"}, "address_unfit"),
        ({"url": "http:///x"}, "address_unfit"),
        ({"kind": "nonsense"}, "kind_unknown"),
        ({"words": "  "}, "words_missing"),
    ],
)
def test_what_cannot_be_dealt_with_is_refused(desk: Desk, said: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        receive(desk, **said)
    assert refusal.value.code == code


def test_taken_up_it_joins_the_queue_and_two_reports_of_one_fault_are_one_finding(desk: Desk) -> None:
    rows = [receive(desk), receive(desk)]
    made = {take_up(desk, row) for row in rows}
    (finding,) = made
    assert (finding.origin, finding.org) == ("citizen", desk.unit)
    assert list(queue(desk.reviewer)) == [finding]
    with pytest.raises(Conflict):
        take_up(desk, rows[0])


def test_an_answer_is_read_by_the_number_alone(desk: Desk) -> None:
    row = receive(desk)
    take_up(desk, row)
    reports.answer(actor=desk.reviewer, number=row.number, reply="已更换附件。", is_declined=False, now=desk.now)
    card = api.report_card(row.number)
    assert (card.state, card.reply) == ("answered", "已更换附件。")
    assert "13800000000" not in repr(card)
    with pytest.raises(NotFound):
        api.report_card("ZC20260101-AAAAAAAA")
    with pytest.raises(Conflict):
        reports.answer(actor=desk.reviewer, number=row.number, reply="再答", is_declined=True, now=desk.now)


def test_a_report_about_no_known_site_is_for_whoever_answers_for_the_city(desk: Desk) -> None:
    row = receive(desk, url="https://example.org/x")
    local = staff(REVIEWER, org=desk.unit)
    assert list(visible_reports(desk.reviewer)) == [row]
    assert list(visible_reports(local)) == []
    with pytest.raises(Refused):
        take_up(desk, row)
    assert take_up(desk, row, site=desk.site.id_code).site == desk.site


def test_another_unit_sees_and_answers_nothing(desk: Desk) -> None:
    row = receive(desk)
    other = staff(REVIEWER, org=desk.other)
    assert list(visible_reports(other)) == []
    with pytest.raises(NotFound):
        reports.answer(actor=other, number=row.number, reply="好", is_declined=False, now=desk.now)


def test_contacts_are_erased_for_good_some_days_after_the_answer(desk: Desk) -> None:
    row, waiting = receive(desk), receive(desk)
    reports.answer(actor=desk.reviewer, number=row.number, reply="好", is_declined=False, now=desk.now)
    desk.later(days=30)
    assert reports.erase_contacts(now=desk.now) == 0
    desk.later(seconds=1)
    assert reports.erase_contacts(now=desk.now) == 1
    assert reports.erase_contacts(now=desk.now) == 0
    row.refresh_from_db()
    waiting.refresh_from_db()
    assert (row.contact, row.contact_erased_at, waiting.contact) == ("", desk.now, "13800000000")
    trail = PageReport.pgh_event_models  # type: ignore[attr-defined]
    assert not any(hasattr(event, "contact") for model in trail.values() for event in model.objects.all())


def test_a_contact_is_erased_at_once_at_its_owners_wish(desk: Desk) -> None:
    row = receive(desk)
    assert reports.erase_contact(actor=desk.reviewer, number=row.number, now=desk.now).contact == ""


def test_the_default_limits_are_written_once_for_the_city_to_settle(desk: Desk) -> None:
    assert all(api.add_due_rules())
    assert not any(api.add_due_rules())
    assert due_at("contact_erase", desk.now) == desk.now + timedelta(days=30)
