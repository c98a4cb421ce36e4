"""What people decide about a score: judged, set aside, weighed by hand; and what may not be submitted without it."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.evaluation import lives
from tests.evaluation.lives import MACHINE, NOW
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import scored, services
from yunshu.domains.evaluation.contracts import SCORE_EDIT, TABLE_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.models import FindingNote, LineDecision, PerformanceTable
from yunshu.domains.evaluation.rules.scoring import Scorecard
from yunshu.lib.kernel.errors import NotFound, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def card(table: PerformanceTable) -> Scorecard:
    return scored.scorecards(table, NOW.date()).cards[0]


def decide(
    table: PerformanceTable, line: str, kind: str, choice: str, points: str | None = None, basis: str = "据"
) -> None:
    spec = services.DecisionSpec(kind=kind, choice=choice, points=Decimal(points) if points else None, basis=basis)
    services.decide_line(actor=MACHINE, number=table.number, line=line, spec=spec, now=NOW)


def first_indicator(table: PerformanceTable) -> str:
    return next(line.key for line in card(table).lines if line.key.startswith("indicator:"))


def test_a_judged_line_earns_its_share_and_says_by_whom(table: PerformanceTable) -> None:
    line = first_indicator(table)
    decide(table, line, "judgement", "reached", "0.9", "群众来信 12 封，附件 FJ1")

    found = next(one for one in card(table).lines if one.key == line)

    assert found.score == (found.weight * Decimal("0.9")).quantize(Decimal("0.01"))
    assert "群众来信" in found.sentence
    assert not found.needs


@pytest.mark.parametrize(
    ("kind", "choice", "points", "basis", "code"),
    [
        ("judgement", "made-up", "0.9", "据", "band_unknown"),
        ("judgement", "reached", "0.1", "据", "band_ratio_outside"),
        ("judgement", "reached", "0.9", " ", "basis_missing"),
        ("weight", "", "5", "据", "kind_unknown"),
    ],
)
def test_a_decision_the_rules_do_not_know_is_refused_and_not_kept(
    table: PerformanceTable, kind: str, choice: str, points: str, basis: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        decide(table, first_indicator(table), kind, choice, points, basis)
    assert refusal.value.code == code
    assert not LineDecision.objects.exists()


def test_a_line_set_aside_leaves_its_points_to_the_others_and_can_come_back(table: PerformanceTable) -> None:
    line = first_indicator(table)
    decide(table, line, "inapplicable", "yes", basis="机构改革，职能划出")
    without = card(table)
    decide(table, line, "inapplicable", "no", basis="职能未划出")

    assert line not in {one.key for one in without.lines}
    assert sum(one.weight for one in without.lines) == Decimal("100.00")
    assert line in {one.key for one in card(table).lines}


def test_weights_by_hand_make_a_hundred_or_nothing_is_kept(table: PerformanceTable) -> None:
    lines = card(table).lines
    weights = {one.key: one.weight for one in lines}
    first, second = lines[0].key, lines[1].key
    moved = weights | {first: weights[first] + 1, second: weights[second] - 1}

    services.set_weights(actor=MACHINE, number=table.number, weights=moved, basis="会议纪要〔2024〕3号", now=NOW)
    assert {one.key: one.weight for one in card(table).lines} == moved

    with pytest.raises(Refused, match="100"):
        services.set_weights(
            actor=MACHINE, number=table.number, weights=moved | {first: Decimal(99)}, basis="错", now=NOW
        )
    assert {one.key: one.weight for one in card(table).lines} == moved


def test_weights_end_when_a_line_is_set_aside_and_the_page_still_opens(org: Org, table: PerformanceTable) -> None:
    weights = {one.key: one.weight for one in card(table).lines}
    services.set_weights(actor=MACHINE, number=table.number, weights=weights, basis="纪要", now=NOW)
    decide(table, first_indicator(table), "inapplicable", "yes", basis="划出")

    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    assert reader.get(reverse("evaluation:score", args=[table.number])).status_code == 200
    assert sum(one.weight for one in card(table).lines) == Decimal("100.00")


def test_a_line_that_does_not_exist_cannot_be_decided(table: PerformanceTable) -> None:
    with pytest.raises(NotFound):
        decide(table, "indicator:99", "inapplicable", "yes")


def test_a_score_with_open_points_is_not_submitted_and_says_which(table: PerformanceTable) -> None:
    services.move_table(actor=MACHINE, number=table.number, verb="evaluate", reason="", now=NOW)
    with pytest.raises(Refused, match="尚无测量") as refusal:
        services.move_table(actor=MACHINE, number=table.number, verb="submit_score", reason="", now=NOW)
    assert refusal.value.code == "score_incomplete"

    lives.complete(table)
    services.move_table(actor=MACHINE, number=table.number, verb="submit_score", reason="", now=NOW)


def test_a_warning_is_changed_or_explained_before_submission(org: Org) -> None:
    made = services.create_table(actor=MACHINE, org_code=org.code, form=lives.small_form(), source="test", now=NOW)
    with pytest.raises(Refused) as refusal:
        services.move_table(actor=MACHINE, number=made.number, verb="submit", reason="", now=NOW)
    assert refusal.value.code == "warnings_unexplained"

    lives.explain_all(made.number)
    services.move_table(actor=MACHINE, number=made.number, verb="submit", reason="", now=NOW)


def test_a_warning_is_explained_on_the_page_by_whoever_may_edit(org: Org) -> None:
    made = services.create_table(actor=MACHINE, org_code=org.code, form=lives.small_form(), source="test", now=NOW)
    found = services.warnings_of(made)[0]
    editor = signed_in_client(staff_person([TABLE_VIEW, TABLE_EDIT], org=org))
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    address = reverse("evaluation:explain", args=[made.number])
    words = {"rule": found.rule, "where": found.where, "reason": "与财政部门核对一致"}

    assert reader.post(address, words).status_code == 403
    assert editor.post(address, words | {"reason": " "}).status_code == 422
    assert editor.post(address, words).status_code == 302
    assert "与财政部门核对一致" in editor.get(reverse("evaluation:table", args=[made.number])).content.decode()
    assert editor.post(address, words | {"where": "nowhere"}).status_code == 404


def test_decisions_and_notes_cannot_be_rewritten(table: PerformanceTable) -> None:
    decide(table, first_indicator(table), "target", "no")
    for model in (LineDecision, FindingNote):
        for rewrite in (lambda m=model: m.objects.update(made_by="别人"), lambda m=model: m.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                rewrite()


def test_the_pages_take_decisions_from_whoever_may_score(org: Org, table: PerformanceTable) -> None:
    scorer = signed_in_client(staff_person([TABLE_VIEW, SCORE_EDIT], org=org))
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    line = first_indicator(table)
    page = reverse("evaluation:decide_line", args=[table.number, line])
    weights = reverse("evaluation:weights", args=[table.number])
    judged = {"kind": "judgement", "choice": "reached", "share": "95", "basis": "附件 FJ1"}

    assert reader.get(page).status_code == reader.post(weights).status_code == 403
    assert scorer.get(page).status_code == scorer.get(weights).status_code == 200
    assert scorer.post(page, judged | {"share": "5"}).status_code == 422
    assert scorer.post(page, judged).status_code == 302
    assert scorer.post(page, {"kind": "nonsense"}).status_code == 404
    assert scorer.post(weights, {"basis": "纪要", f"weight:{line}": "abc"}).status_code == 422
    assert scorer.post(weights, {"basis": "纪要"}).status_code == 302
    assert "附件 FJ1" in scorer.get(page).content.decode()
