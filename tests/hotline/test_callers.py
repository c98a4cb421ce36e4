"""Who called: masked to the unit, sealed in reports, opened only by two people and never without a trace."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from tests.factories.directory import staff
from tests.hotline.hotline_world import AGENT, HANDLER, Hotline

from yunshu.domains.hotline.models import Reveal, RevealLook, SealedIdentity, Ticket
from yunshu.domains.hotline.selectors import callers
from yunshu.domains.hotline.selectors.tickets import visible_tickets
from yunshu.domains.hotline.services import identity, registering
from yunshu.domains.hotline.vault import Vault
from yunshu.domains.ledger.models import Record
from yunshu.domains.notify.models import Notice
from yunshu.domains.workflow.models import Case, Task
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline()


@pytest.fixture
def report(hotline: Hotline) -> Ticket:
    return hotline.registered(kind="report", accused=hotline.power.code)


def granted(hotline: Hotline, report: Ticket) -> Reveal:
    asked = identity.ask_reveal(actor=hotline.agent, number=report.number, reason="核实线索", now=hotline.now)
    return identity.answer_reveal(actor=hotline.manager, reveal_id=asked.pk, grants=True, words="", now=hotline.now)


def test_a_unit_sees_a_masked_caller_until_they_agree(hotline: Hotline) -> None:
    row = hotline.handled(content="请回电13812345678。")
    seen = callers.caller_of(hotline.handler, row)
    assert (seen.name, seen.phone, seen.is_masked) == ("陈*", "*******5678", True)
    assert callers.content_of(hotline.handler, row) == "请回电138****5678。"
    assert callers.caller_of(hotline.agent, row).phone == "*******5678"
    assert callers.contact_of(hotline.agent, row)["phone"] == "13812345678"
    with pytest.raises(NotPermitted):
        callers.contact_of(hotline.handler, row)
    with pytest.raises(NotPermitted):
        identity.share_contact(actor=hotline.handler, number=row.number, now=hotline.now)
    identity.share_contact(actor=hotline.agent, number=row.number, now=hotline.now)
    assert callers.contact_of(hotline.handler, row)["phone"] == "13812345678"


def test_a_report_is_sealed_and_no_table_holds_its_caller(hotline: Hotline, report: Ticket) -> None:
    assert report.is_confidential
    assert callers.caller_of(hotline.manager, report).is_sealed
    with pytest.raises(NotPermitted):
        callers.contact_of(hotline.manager, report)
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for name in tables:
            cursor.execute(f'SELECT count(*) FROM "{name}" AS t WHERE t::text LIKE %s', ["%13812345678%"])
            assert cursor.fetchone() == (0,), name


def test_what_a_report_is_about_stands_in_no_worklist_and_no_notice(hotline: Hotline, report: Ticket) -> None:
    hotline.dispatch(report)
    case = Case.objects.get(number=report.number)
    told = list(Notice.objects.values_list("title", "body"))
    assert case.title == "保密工单"
    assert Task.objects.filter(case=case).exists()
    assert [said for said in told if report.title in " ".join(said)] == []


def test_a_sealed_caller_is_opened_by_two_people_and_each_look_is_kept(hotline: Hotline, report: Ticket) -> None:
    with pytest.raises(NotPermitted):
        identity.reveal(actor=hotline.agent, number=report.number, now=hotline.now)
    asked = granted(hotline, report)
    assert identity.reveal(actor=hotline.agent, number=report.number, now=hotline.now) == {
        "name": "陈某",
        "phone": "13812345678",
    }
    with pytest.raises(NotPermitted):
        identity.reveal(actor=hotline.manager, number=report.number, now=hotline.now)
    with pytest.raises(NotPermitted):
        identity.reveal(actor=hotline.agent, number=report.number, now=hotline.now + timedelta(hours=25))
    look = RevealLook.objects.get(reveal=asked)
    assert Record.objects.filter(number=look.record, kind="hotline.reveal").exists()
    assert Record.objects.filter(kind="hotline.reveal", subject=report.number).count() == 3
    assert Notice.objects.filter(person_id=hotline.manager.person_id).exists()


def test_nobody_approves_their_own_request(hotline: Hotline, report: Ticket) -> None:
    asked = identity.ask_reveal(actor=hotline.manager, number=report.number, reason="核实", now=hotline.now)
    with pytest.raises(Refused) as refused:
        identity.answer_reveal(actor=hotline.manager, reveal_id=asked.pk, grants=True, words="", now=hotline.now)
    assert refused.value.code == "own_request"
    with pytest.raises(IntegrityError), transaction.atomic():
        Reveal.objects.filter(pk=asked.pk).update(
            state="granted", approver_id=hotline.manager.person_id, open_until=hotline.now
        )
    stranger = staff((*AGENT, *HANDLER))
    with pytest.raises(NotFound):
        identity.answer_reveal(actor=stranger, reveal_id=asked.pk, grants=True, words="", now=hotline.now)


def test_whom_a_report_is_about_never_sees_it(hotline: Hotline, report: Ticket) -> None:
    row = hotline.dispatch(report)
    assert visible_tickets(hotline.handler).filter(pk=row.pk).exists()
    assert not visible_tickets(hotline.other).filter(pk=row.pk).exists()


def test_a_seal_is_bound_to_its_ticket_and_outlives_a_new_key(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "v")
    generation, sealed = vault.seal({"name": "陈某"}, "RX1")
    assert vault.rotate() == 2
    assert vault.seal({"name": "b"}, "RX2")[0] == 2
    assert vault.open(generation, sealed, "RX1") == {"name": "陈某"}
    with pytest.raises(CryptoError):
        vault.open(generation, sealed, "RX2")
    assert (tmp_path / "v" / "0001.key").stat().st_mode & 0o077 == 0
    (tmp_path / "v" / "0001.key").unlink()
    with pytest.raises(CryptoError) as refused:
        vault.open(generation, sealed, "RX1")
    assert refused.value.code == "key_missing"


def test_a_citizen_finds_a_ticket_by_its_code_or_telephone_and_nobody_by_guessing(hotline: Hotline) -> None:
    spec = registering.TicketSpec(kind="help", title="路灯", content="不亮", phone="13812345678", channel="web")
    made = registering.receive(by=hotline.agent, spec=spec, now=hotline.now)
    assert made.ticket.state == "received"
    for code in (made.code, "13812345678"):
        assert registering.find(made.ticket.number, code) == made.ticket
    for number, code in ((made.ticket.number, "x"), (made.ticket.number, ""), ("RX0", made.code)):
        with pytest.raises(NotFound):
            registering.find(number, code)
    assert made.code not in made.ticket.lookup


def test_a_report_without_a_name_has_nothing_to_open(hotline: Hotline) -> None:
    row = hotline.registered(kind="report", name="", phone="")
    assert not SealedIdentity.objects.filter(ticket=row).exists()
    with pytest.raises(Refused) as refused:
        identity.ask_reveal(actor=hotline.agent, number=row.number, reason="x", now=hotline.now)
    assert refused.value.code == "not_sealed"
