"""Review: who may, what a veto needs, what a false alarm teaches, and taking back one's last step."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.factories.directory import staff
from tests.inspection.finding_world import MACHINE, REVIEWER, UNIT, Desk

from yunshu.domains.inspection.models import AcceptedTerm, Finding
from yunshu.domains.inspection.selectors.findings import queue, similar, visible_findings
from yunshu.domains.inspection.services import reviewing
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_one_person_confirms_an_ordinary_fault_and_the_ledger_knows(desk: Desk) -> None:
    row = desk.accept(desk.finding())
    assert (row.state, row.reviewer_id, row.confirmed_at) == ("confirmed", desk.reviewer.person_id, desk.now)
    assert len(ledger.evidence_of("inspection.review", row.number, desk.now)) == 1
    with pytest.raises(Conflict):
        desk.accept(row, desk.second)


def test_a_veto_counts_only_when_a_second_different_person_confirms_it(desk: Desk) -> None:
    row = desk.accept(desk.finding(severity="veto"))
    assert (row.state, row.confirmed_at) == ("second", None)
    with pytest.raises(Refused) as said:
        desk.accept(row)
    assert said.value.code == "another_person"
    row = desk.accept(row, desk.second)
    assert (row.state, row.second_id) == ("confirmed", desk.second.person_id)


def test_no_program_confirms_a_veto(desk: Desk) -> None:
    row = desk.finding(severity="veto")
    with pytest.raises(Refused) as said:
        reviewing.accept(actor=MACHINE, number=row.number, now=desk.now)
    assert said.value.code == "person_needed"


def test_the_database_itself_refuses_a_veto_confirmed_by_one(desk: Desk) -> None:
    row = desk.accept(desk.finding(severity="veto"))
    with pytest.raises(IntegrityError, match="veto_by_two"), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(
            state="confirmed", confirmed_at=desk.now, second_id=desk.reviewer.person_id
        )


def test_who_confirmed_a_veto_first_no_longer_finds_it_in_the_queue(desk: Desk) -> None:
    grave, light = desk.finding("a", severity="veto"), desk.finding("b", severity="hint")
    assert list(queue(desk.reviewer)) == [grave, light]
    desk.accept(grave)
    assert list(queue(desk.reviewer)) == [light]
    assert list(queue(desk.second)) == [grave, light]


def test_nobody_reviews_without_the_right_or_beyond_its_reach(desk: Desk) -> None:
    row = desk.finding()
    elsewhere = staff(REVIEWER, org=desk.other)
    assert list(queue(elsewhere)) == []
    with pytest.raises(NotFound):
        desk.accept(row, elsewhere)
    with pytest.raises(NotFound):
        desk.accept(row, desk.clerk)
    both = staff((*UNIT, "inspection.view"), org=desk.unit)
    with pytest.raises(NotPermitted):
        desk.accept(row, both)


def test_a_unit_sees_only_what_was_put_to_it(desk: Desk) -> None:
    row = desk.finding()
    assert not visible_findings(desk.clerk).exists()
    desk.notify(desk.accept(row))
    assert list(visible_findings(desk.clerk)) == [row]
    assert not visible_findings(desk.stranger).exists()


def test_a_false_alarm_needs_a_reason_and_teaches_its_term(desk: Desk) -> None:
    row = desk.finding(kind="spelling", detail={"term": "揭牌"})
    with pytest.raises(Refused):
        reviewing.false_alarm(actor=desk.reviewer, number=row.number, reason=" ", now=desk.now)
    reviewing.false_alarm(actor=desk.reviewer, number=row.number, reason="地名", teach="site", now=desk.now)
    term = AcceptedTerm.objects.get()
    assert (term.term, term.site, term.kind, term.taught_by) == ("揭牌", desk.site, "spelling", row)
    kept = desk.keep(desk.fault("2", kind="spelling", detail={"term": "揭牌"}))
    assert (kept.new, kept.suppressed) == (0, 1)


def test_what_has_no_term_teaches_nothing_and_stays_as_it_was(desk: Desk) -> None:
    row = desk.finding()
    with pytest.raises(Refused) as said:
        reviewing.false_alarm(actor=desk.reviewer, number=row.number, reason="可打开", teach="city", now=desk.now)
    assert said.value.code == "no_term"
    row.refresh_from_db()
    assert row.state == "new"


def test_the_last_step_is_taken_back_by_its_maker_alone_and_what_it_taught_is_forgotten(desk: Desk) -> None:
    row = desk.finding(kind="spelling", detail={"term": "揭牌"})
    reviewing.false_alarm(actor=desk.reviewer, number=row.number, reason="地名", teach="city", now=desk.now)
    with pytest.raises(Conflict):
        reviewing.undo(actor=desk.second, number=row.number, now=desk.now)
    reviewing.undo(actor=desk.reviewer, number=row.number, now=desk.now)
    row.refresh_from_db()
    assert (row.state, row.reviewer) == ("new", None)
    assert not AcceptedTerm.objects.filter(is_active=True).exists()
    assert list(row.steps.values_list("verb", flat=True)) == ["find", "false", "undo"]
    with pytest.raises(Conflict):
        reviewing.undo(actor=desk.reviewer, number=row.number, now=desk.now)


def test_the_second_word_on_a_veto_can_be_taken_back_and_given_by_another(desk: Desk) -> None:
    row = desk.confirmed(severity="veto")
    reviewing.undo(actor=desk.second, number=row.number, now=desk.now)
    row.refresh_from_db()
    assert (row.state, row.second, row.confirmed_at) == ("second", None, None)
    assert desk.accept(row, desk.supervisor).state == "confirmed"


def test_what_was_put_to_a_unit_is_not_taken_back(desk: Desk) -> None:
    row = desk.notified()
    with pytest.raises(Conflict):
        reviewing.undo(actor=desk.reviewer, number=row.number, now=desk.now)


def test_a_waiver_is_the_supervisors_ends_on_its_day_and_a_later_sighting_is_reviewed_anew(desk: Desk) -> None:
    row, until = desk.finding("a"), clock.city_date(desk.now) + timedelta(days=10)
    with pytest.raises(NotPermitted):
        reviewing.waive(actor=desk.reviewer, number=row.number, until=until, reason="改版", now=desk.now)
    with pytest.raises(Refused):
        reviewing.waive(
            actor=desk.supervisor, number=row.number, until=clock.city_date(desk.now), reason="改版", now=desk.now
        )
    reviewing.waive(actor=desk.supervisor, number=row.number, until=until, reason="改版", now=desk.now)
    desk.later(days=10)
    assert desk.keep(desk.fault("a")).reopened == 0
    desk.later(days=1)
    assert desk.keep(desk.fault("a")).reopened == 1
    row.refresh_from_db()
    assert (row.state, row.waived_until, row.reopened) == ("new", None, 1)


def test_several_are_done_together_and_each_refusal_says_which(desk: Desk) -> None:
    rows = [desk.finding(key) for key in "abc"]
    desk.accept(rows[1])
    done = reviewing.together(
        [row.number for row in rows], lambda n: reviewing.accept(actor=desk.reviewer, number=n, now=desk.now)
    )
    assert done.done == 2
    assert [rows[1].number in sentence for sentence in done.refused] == [True]


def test_earlier_decisions_on_the_same_term_are_shown_first(desk: Desk) -> None:
    old = desk.accept(desk.finding("a", kind="spelling", detail={"term": "揭牌"}))
    desk.accept(desk.finding("b", kind="spelling", detail={"term": "别的"}))
    new = desk.finding("c", kind="spelling", detail={"term": "揭牌"})
    assert similar(new) == [old]
