"""What happens to a table stands in the ledger: recorded with the fact, or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import TABLE_VIEW
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.ledger import api as ledger
from yunshu.domains.ledger.contracts import LEDGER_VIEW
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def prove(table: PerformanceTable, value: str = "85") -> None:
    spec = services.EvidenceSpec(on=date(2024, 5, 1), value=Decimal(value), statement="签收单")
    services.record_evidence(actor=lives.MACHINE, number=table.number, indicator=1, spec=spec, now=lives.NOW)


def newest(kind: str) -> Record:
    return Record.objects.filter(kind=f"evaluation.{kind}").order_by("-pk")[0]


def test_the_life_until_monitoring_is_recorded_in_order(table: PerformanceTable) -> None:
    rows = list(Record.objects.filter(subject=table.number).order_by("pk"))
    assert [row.kind for row in rows] == ["evaluation.version", *["evaluation.step"] * 5]
    assert [row.payload["verb"] for row in rows[1:]] == list(lives.TO_MONITORING)
    digest = selectors.newest_version(table).digest
    assert {row.payload["digest"] for row in rows} == {digest}
    assert (rows[-1].payload["from"], rows[-1].payload["to"]) == ("approved", "monitoring")


def test_evidence_and_its_measurement_are_recorded_with_what_they_rest_on(table: PerformanceTable) -> None:
    prove(table)
    evidence, measured = newest("evidence").payload, newest("measurement").payload
    assert (evidence["indicator"], Decimal(evidence["value"]), evidence["statement"]) == (1, Decimal(85), "签收单")
    row = selectors.newest_measurements(table)[1]
    assert (measured["made_from"], measured["made_by"], measured["light"]) == (row.made_from, row.made_by, row.light)


def test_a_payment_its_reversal_a_decision_and_a_score_are_recorded(table: PerformanceTable) -> None:
    spec = services.PaymentSpec(
        task_kind="other",
        task_ordinal=1,
        on=date(2024, 5, 1),
        amount_yuan=Decimal("10.00"),
        voucher="P-1",
        statement="",
    )
    who = {"actor": lives.MACHINE, "number": table.number, "now": lives.NOW}
    paid = services.record_payment(spec=spec, **who)
    services.reverse_payment(payment=paid.number, reason="退回", **who)
    assert (newest("payment").payload["reverses"], newest("payment").payload["amount_yuan"]) == (paid.number, "-10.00")
    services.move_table(verb="evaluate", reason="", **who)
    lives.complete(table)
    services.move_table(verb="submit_score", reason="", **who)
    kept = table.submitted_scores.get()
    assert newest("score").payload["card"] == kept.card


def test_what_is_refused_leaves_no_record(table: PerformanceTable) -> None:
    before = Record.objects.count()
    with pytest.raises(Refused), transaction.atomic():
        prove(table, "-1")
    assert Record.objects.count() == before


def test_whoever_sees_the_table_sees_its_proof_and_only_the_permitted_follow_it(
    org: Org, table: PerformanceTable
) -> None:
    address = reverse("evaluation:proof", args=[table.number])
    number = ledger.evidence_of("evaluation.", table.number, lives.NOW)[0].number
    link = reverse("ledger:record", args=[number])
    plain = signed_in_client(staff_person([TABLE_VIEW], org=org)).get(address).content.decode()
    follower = signed_in_client(staff_person([TABLE_VIEW, LEDGER_VIEW], org=org)).get(address).content.decode()
    assert number in plain
    assert link not in plain
    assert link in follower
    stranger = signed_in_client(staff_person([TABLE_VIEW], org=OrgFactory()))
    assert stranger.get(address).status_code == 404
