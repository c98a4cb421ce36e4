"""City and province: a ticket comes down with its number and limit, what is done goes up once and in order, whatever the line does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from tests.hotline.hotline_world import Hotline
from tests.hotline.province_world import Province, province

from yunshu.domains.hotline.choices import LetterState
from yunshu.domains.hotline.models import Contact, ProvinceLetter, ProvinceTicket, SealedIdentity, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.services import province as letters
from yunshu.domains.hotline.services import province_counts, steps
from yunshu.domains.hotline.services.asking import ask_extension
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotPermitted


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


@pytest.fixture
def line(hotline: Hotline, tmp_path: Path) -> Iterator[Province]:
    with province(tmp_path) as made:
        yield made


def came(line: Province, number: str = "GD1") -> Ticket:
    line.go()
    return Ticket.objects.get(source_number=number)


def accepted(hotline: Hotline, line: Province) -> Ticket:
    return hotline.move(came(line), "accept", hotline.agent)


def test_a_ticket_comes_down_with_number_limit_and_caller(hotline: Hotline, line: Province) -> None:
    due = (hotline.now + timedelta(days=3)).replace(microsecond=0, second=0)
    line.assign(due_at=due.isoformat())
    row = came(line)
    assert (row.channel, row.state, row.source_number) == ("province", life.RECEIVED, "GD1")
    assert Contact.objects.get(ticket=row).phone == "13812345678"
    letter = ProvinceLetter.objects.get(way="down")
    assert (letter.state, bytes(letter.sealed), "138" in str(letter.body)) == (LetterState.DONE, b"", False)
    row = hotline.move(row, "accept", hotline.agent)
    assert row.due_at is not None
    assert abs(row.due_at - due) < timedelta(minutes=1)


def test_a_secret_caller_is_sealed_from_the_first_moment(hotline: Hotline, line: Province) -> None:
    line.assign(secret=True)
    row = came(line)
    assert (row.is_confidential, Contact.objects.get(ticket=row).phone) == (True, "")
    assert SealedIdentity.objects.filter(ticket=row).exists()


def test_progress_reply_and_closing_go_up_in_order(hotline: Hotline, line: Province) -> None:
    line.assign()
    row = accepted(hotline, line)
    row = hotline.move(hotline.dispatch(row), "sign")
    hotline.reply(row)
    hotline.review(row)
    hotline.call(row)
    hotline.close(row)
    line.go()
    kinds = [rules.PROGRESS, rules.PROGRESS, rules.PROGRESS, rules.REPLY, rules.CLOSED]
    assert line.taken(row.number) == list(enumerate(kinds, 1))


def test_an_extension_goes_up_and_its_decision_moves_the_limit(hotline: Hotline, line: Province) -> None:
    due = (hotline.now + timedelta(days=30)).replace(microsecond=0)
    line.assign(due_at=(hotline.now + timedelta(days=5)).isoformat())
    row = hotline.move(hotline.dispatch(accepted(hotline, line)), "sign")
    ask_extension(actor=hotline.handler, number=row.number, amount=60, reason="待备件。", now=hotline.now)
    line.go()
    assert line.taken(row.number)[-1][1] == rules.EXTENSION
    words = {"upper_number": "GD1", "version": 2, "about": "extension", "granted": True, "words": "同意。"}
    line.give("ticket.decision", **words, due_at=due.isoformat())
    line.go()
    row.refresh_from_db()
    assert row.due_at is not None
    assert abs(row.due_at - due) < timedelta(minutes=1)


def test_a_ticket_goes_up_and_its_answer_comes_down(hotline: Hotline, line: Province) -> None:
    row = hotline.move(hotline.registered(), "upgrade", hotline.manager)
    assert "138" not in str(ProvinceLetter.objects.get().body)
    line.go(2)
    sent = line.desk.book.rows("SELECT body FROM taken")[0][0]
    assert "13812345678" in sent
    upper = ProvinceTicket.objects.get(ticket=row).upper_number
    line.give("ticket.answer", upper_number=upper, version=2, words="省里已答复。")
    line.go()
    row.refresh_from_db()
    assert (row.state, row.answer) == (life.CALLBACK, "省里已答复。")


def test_a_sealed_caller_does_not_go_up(hotline: Hotline, line: Province) -> None:
    hotline.move(hotline.registered(kind="report"), "upgrade", hotline.manager)
    line.go()
    assert "13812345678" not in line.desk.book.rows("SELECT body FROM taken")[0][0]


@pytest.mark.parametrize("fault", ["lost_ack", "away", "wrong_signature", "amnesia", "late"])
def test_what_the_line_does_neither_loses_nor_doubles(hotline: Hotline, line: Province, fault: str) -> None:
    line.assign()
    row = accepted(hotline, line)
    for _n in range(4):
        steps.append(row, "supplement", hotline.agent, hotline.now, "补充")
    row = hotline.move(hotline.dispatch(row), "sign")
    line.fault(fault)
    line.go(4)
    assert line.taken(row.number) == [(1, rules.PROGRESS), (2, rules.PROGRESS), (3, rules.PROGRESS)]
    assert not ProvinceLetter.objects.filter(state="waiting").exists()


@pytest.mark.parametrize("fault", ["duplicate", "disorder"])
def test_what_comes_twice_or_backwards_is_one_ticket_each(hotline: Hotline, line: Province, fault: str) -> None:
    for number in ("GD1", "GD2", "GD3"):
        line.assign(number)
    line.fault(fault)
    line.go(4)
    assert sorted(Ticket.objects.values_list("source_number", flat=True)) == ["GD1", "GD2", "GD3"]


def test_the_same_version_under_another_number_is_taken_once(hotline: Hotline, line: Province) -> None:
    line.assign()
    line.assign()
    line.go()
    assert Ticket.objects.count() == 1
    assert line.turn.line.taken == 2


def test_a_later_version_waits_for_the_earlier_one(hotline: Hotline, line: Province) -> None:
    line.give("ticket.chase", upper_number="GD1", version=2, words="请尽快。")
    line.go()
    assert ProvinceLetter.objects.get().state == LetterState.WAITING
    line.assign()
    row = came(line)
    assert [step.verb for step in row.steps.all()] == ["register", "province"]


def test_what_cannot_be_taken_waits_for_a_person_with_its_caller_sealed(hotline: Hotline, line: Province) -> None:
    line.assign(title=" ")
    line.go()
    letter = ProvinceLetter.objects.get()
    assert (letter.state, Ticket.objects.count()) == (LetterState.REFUSED, 0)
    assert "一句话" in letter.trouble
    assert b"138" not in bytes(letter.sealed)
    assert bytes(letter.sealed)
    with pytest.raises(NotPermitted):
        letters.try_again(actor=hotline.agent, letter_id=letter.pk, now=hotline.now)
    letters.try_again(actor=hotline.manager, letter_id=letter.pk, now=hotline.now)
    letter.refresh_from_db()
    assert letter.state == LetterState.REFUSED


def test_one_letter_that_never_passes_is_laid_aside_and_holds_up_no_other(hotline: Hotline, line: Province) -> None:
    for number in ("GD1", "GD2"):
        line.assign(number)
    line.go()
    first, second = (hotline.move(row, "accept", hotline.agent) for row in Ticket.objects.order_by("source_number"))
    ProvinceLetter.objects.filter(stream=first.number).update(tries=rules.MOST_TRIES - 1)
    line.fault("wrong_signature")
    line.turn.take()
    dead = ProvinceLetter.objects.get(way="up", stream=first.number)
    assert (dead.state, line.taken(second.number)) == (LetterState.DEAD, [(1, rules.PROGRESS)])
    letters.try_again(actor=hotline.manager, letter_id=dead.pk, now=hotline.now)
    line.go()
    assert line.taken(first.number) == [(1, rules.PROGRESS)]
    with pytest.raises(Conflict):
        letters.try_again(actor=hotline.manager, letter_id=dead.pk, now=hotline.now)


def test_a_refused_letter_is_sent_anew_by_hand(hotline: Hotline, line: Province) -> None:
    line.assign()
    row = accepted(hotline, line)
    line.fault("refuse")
    line.go()
    refused = ProvinceLetter.objects.get(way="up")
    assert (refused.state, refused.trouble) == (LetterState.REFUSED, "模拟器按要求拒收。")
    letters.try_again(actor=hotline.manager, letter_id=refused.pk, now=hotline.now)
    line.go()
    assert [version for version, _kind in line.taken(row.number)] == [1, 2]


def test_a_restored_database_numbers_behind_what_the_province_has(hotline: Hotline, line: Province) -> None:
    line.assign()
    row = accepted(hotline, line)
    line.go()
    with pytest.raises(DatabaseError), transaction.atomic():
        ProvinceLetter.objects.filter(way="up").delete()
    ProvinceLetter.objects.filter(way="up").update(version=9)  # what a restore forgets, as far as a trigger lets us
    letters.post(
        row, rules.PROGRESS, {"number": row.number, "upper_number": "GD1", "state": "x", "unit": ""}, clock.now()
    )
    ProvinceLetter.objects.filter(way="up", version=10).update(version=1)
    line.go(2)
    assert [version for version, _kind in line.taken(row.number)] == [1, 2]


def test_reconciliation_counts_both_ways_and_mends(hotline: Hotline, line: Province) -> None:
    line.assign()
    row = accepted(hotline, line)
    line.go()
    assert line.turn.line.counts["differences"] == 0
    line.desk.book._connection.execute("DELETE FROM taken")
    said = line.turn._peer.reconcile("445200")
    found = province_counts.reconcile(said, clock.now())
    assert found == [{"way": "up", "stream": row.number, "ours": 1, "theirs": 0}]
    assert province_counts.mend(actor=hotline.manager, now=clock.now()) == 1
    line.go()
    assert province_counts.reconcile(line.turn._peer.reconcile("445200"), clock.now()) == []


def test_a_city_without_a_line_tells_nobody(hotline: Hotline) -> None:
    hotline.move(hotline.registered(), "upgrade", hotline.manager)
    assert not ProvinceLetter.objects.exists()
