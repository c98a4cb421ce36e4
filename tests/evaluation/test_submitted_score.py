"""A submitted score stands: what is paid afterwards moves nothing until the self-evaluation is returned."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import scored, services
from yunshu.domains.evaluation.contracts import TABLE_VIEW
from yunshu.domains.evaluation.models import Payment, PerformanceTable, SubmittedScore
from yunshu.domains.evaluation.reporting import report_of

pytestmark = pytest.mark.django_db
LATER = datetime(2024, 6, 20, 2, tzinfo=UTC)


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    """Return a table whose self-evaluation is under review."""
    table = lives.running(org)
    table = move(table, "evaluate")
    lives.complete(table)
    return move(table, "submit_score")


def move(table: PerformanceTable, verb: str) -> PerformanceTable:
    return services.move_table(actor=lives.MACHINE, number=table.number, verb=verb, reason="退", now=lives.NOW)


def pay(table: PerformanceTable) -> None:
    """Let money leave behind the services' back, as a correction of an earlier year's books would."""
    Payment.objects.create(
        number="FK20240610-LATE",
        table=table,
        task_kind="key",
        task_ordinal=1,
        on=date(2024, 6, 10),
        amount_yuan=Decimal("1000000.00"),
        voucher="记-2024-0610",
        made_by="test",
        made_at=LATER,
    )


def test_a_later_payment_moves_the_live_score_and_not_the_submitted_one(table: PerformanceTable) -> None:
    before = scored.scorecards(table, LATER.date()).cards[0]
    pay(table)
    assert scored.scorecards(table, LATER.date()).cards[0] == before
    assert report_of(table, LATER.date()).total == before.total
    returned = move(table, "return_score")
    assert scored.submitted_score(returned) is None
    assert scored.scorecards(returned, LATER.date()).cards[0].total > before.total


def test_what_was_submitted_is_kept_to_the_letter(table: PerformanceTable) -> None:
    kept = SubmittedScore.objects.get(table=table)
    returned = move(table, "return_score")
    live = scored.scorecards(returned, lives.NOW.date()).cards[0]
    assert scored.SCORECARD.validate_python(kept.card) == live
    assert json.loads(json.dumps(kept.card)) == kept.card
    assert (kept.total, kept.grade, kept.summary) == (live.total, live.grade, "总结")


def test_a_second_submission_is_a_second_row(table: PerformanceTable) -> None:
    returned = move(table, "return_score")
    pay(returned)
    again = move(returned, "submit_score")
    first, second = SubmittedScore.objects.filter(table=table).order_by("pk")
    assert first.total < second.total
    assert scored.submitted_score(again) == second


def test_nobody_rewrites_a_submitted_score(table: PerformanceTable) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE evaluation_submittedscore SET total = 100")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evaluation_submittedscore")
    assert SubmittedScore.objects.filter(table=table).count() == 1


def test_the_page_says_that_the_score_stands(org: Org, table: PerformanceTable) -> None:
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    page = reader.get(reverse("evaluation:score", args=[table.number])).content.decode()
    assert "得分已提交，不再变动" in page
    assert (
        "不再变动"
        not in reader.get(reverse("evaluation:score", args=[move(table, "return_score").number])).content.decode()
    )
