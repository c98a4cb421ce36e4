"""Quality checks: draws that can be computed again, marks and vetoes, appeals, and that nobody judges their own."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.directory import signed_in_client, staff
from tests.hotline.hotline_world import REVIEWER, UNSOLVED, Hotline

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import QualityCheck, SampleDraw, SamplingPlan, ScoreForm, ScoreItem
from yunshu.domains.hotline.rules import quality as rules
from yunshu.domains.hotline.rules.quality import Item, Piece
from yunshu.domains.hotline.rules.roster import monday_of
from yunshu.domains.hotline.selectors import quality as selectors
from yunshu.domains.hotline.services import checking, score_forms
from yunshu.domains.hotline.services.checking import Marks
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

MONDAY = date(2026, 6, 1)
SEED = "0123456789abcdef"
CHECKER = (contracts.QUALITY_CHECK,)
HEAD = (contracts.QUALITY_CHECK, contracts.QUALITY_MANAGE)


class Checks:
    """A week of work that is over, and who checks it."""

    def __init__(self) -> None:
        self.hotline = Hotline()
        self.checker = staff((*REVIEWER, *CHECKER), org=self.hotline.bureau)
        self.head, self.other = (staff(HEAD, org=self.hotline.bureau) for _ in range(2))

    def plan(self, form: str = "ticket", pick: str = "random", **more: int) -> SamplingPlan:
        words = {
            "code": f"{form}-{pick}",
            "name": "抽检",
            "desk": self.hotline.bureau,
            "each": 2 if pick == "random" else 0,
        }
        return SamplingPlan.objects.create(form_code=form, pick=pick, **(words | more))

    def draw(self, plan: SamplingPlan, monday: date = MONDAY) -> SampleDraw:
        now = self.hotline.now + timedelta(days=7)
        return checking.draw(actor=self.head, plan_code=plan.code, monday=monday, seed=SEED, now=now)

    def one(self) -> QualityCheck:
        """A check of a ticket that the world's agent took down."""
        self.hotline.registered()
        return self.draw(self.plan()).checks.get()

    def score(
        self, row: QualityCheck, who: Staff | None = None, lost: int = 0, veto: bool = False, words: str = "尚可"
    ) -> QualityCheck:
        marks = self.marks(row, lost, veto=veto)
        return checking.score(
            actor=who or self.checker, number=row.number, marks=marks, words=words, now=self.hotline.now
        )

    def marks(self, row: QualityCheck, lost: int = 0, *, veto: bool = False) -> Marks:
        items = list(row.form.items.all())
        points = {item.pk: item.points for item in items if not item.is_veto}
        points[next(iter(points))] -= lost
        return Marks(points=points, failed=frozenset(item.pk for item in items if item.is_veto and veto))

    def appeal(self, row: QualityCheck, who: Staff | None = None, words: str = "标题没有错") -> None:
        checking.appeal(actor=who or self.hotline.agent, number=row.number, words=words, now=self.hotline.now)

    def decide(self, row: QualityCheck, who: Staff, marks: Marks | None = None) -> QualityCheck:
        return checking.decide(actor=who, number=row.number, marks=marks, answer="复核过", now=self.hotline.now)


@pytest.fixture
def checks(db: None) -> Checks:
    return Checks()


pieces = st.lists(
    st.builds(Piece, key=st.text("abc123", min_size=1, max_size=6), person_id=st.integers(1, 4)), max_size=40
)


@given(found=pieces, seed=st.text(max_size=8), each=st.integers(1, 5))
def test_a_draw_is_the_same_for_the_same_seed_in_whatever_order_the_work_is_read(
    found: list[Piece], seed: str, each: int
) -> None:
    drawn = rules.draw(found, seed, each)
    assert drawn == rules.draw(found[::-1], seed, each)
    assert rules.digest(found) == rules.digest(found[::-1])
    there = Counter(piece.person_id for piece in set(found))
    assert Counter(piece.person_id for piece in drawn) == {who: min(n, each) for who, n in there.items()}


def test_each_piece_is_drawn_about_as_often_as_another() -> None:
    found = [Piece(key=f"RX{n}", person_id=1) for n in range(10)]
    times = Counter(piece.key for n in range(2000) for piece in rules.draw(found, str(n), 3))
    assert all(500 < count < 700 for count in times.values()), times


@given(points=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=6), failed=st.booleans())
def test_a_score_is_of_a_hundred_and_a_veto_makes_it_nothing(points: list[tuple[int, int]], failed: bool) -> None:
    items = [Item(id=n, points=most, is_veto=False) for n, (most, _got) in enumerate(points)]
    veto = Item(id=99, points=0, is_veto=True)
    got = {n: min(most, given) for n, (most, given) in enumerate(points)}
    found = rules.outcome([*items, veto], got, [99] if failed else [])
    assert found.vetoed is failed
    assert found.score == (0 if failed else round(sum(got.values()) * 100 / sum(m for m, _g in points) + 1e-9))


def test_what_was_drawn_can_be_computed_again_until_the_past_changes(checks: Checks) -> None:
    for _ in range(5):
        checks.hotline.registered()
    made = checks.draw(checks.plan())
    assert (made.population, made.checks.count()) == (5, 2)
    assert selectors.again(made) == selectors.Again(same_population=True, same_sample=True, population=5)
    with pytest.raises(Conflict, match="已经抽过"):
        checks.draw(made.plan)
    checks.hotline.registered()
    assert selectors.again(made).same_population is False
    with pytest.raises(ProgrammingError), transaction.atomic():
        SampleDraw.objects.update(seed="x")


def test_only_a_week_that_is_over_is_drawn_and_only_where_there_is_work(checks: Checks) -> None:
    plan = checks.plan()
    with pytest.raises(Refused, match="已经结束"):
        checks.draw(plan, MONDAY + timedelta(days=7))
    with pytest.raises(Refused, match="没有符合方案的工作"):
        checks.draw(plan)
    with pytest.raises(NotPermitted):
        checking.draw(actor=checks.checker, plan_code=plan.code, monday=MONDAY, seed=SEED, now=checks.hotline.now)
    with pytest.raises(NotFound):
        checking.draw(actor=checks.head, plan_code="none", monday=MONDAY, seed=SEED, now=checks.hotline.now)


def test_all_that_was_rated_low_or_reworked_is_drawn_with_who_answered(checks: Checks) -> None:
    hotline = checks.hotline
    row = hotline.handled()
    hotline.review(hotline.reply(row))
    hotline.call(row, UNSOLVED)
    hotline.closed(title="另一件")
    (low,) = checks.draw(checks.plan("reply", "low", stars=2)).checks.all()
    assert (low.ticket, low.person_id, low.reply is not None) == (row, hotline.handler.person_id, True)
    hotline.move(row, "rework", hotline.agent)
    (again,) = checks.draw(checks.plan("ticket", "reworked")).checks.all()
    assert (again.ticket, again.person_id) == (row, hotline.agent.person_id)


def test_a_check_is_scored_once_by_somebody_else_and_proven(checks: Checks) -> None:
    row = checks.one()
    for who in (checks.hotline.agent, checks.hotline.handler):
        with pytest.raises(NotFound):
            checks.score(row, who)
    row = checks.score(row, lost=15)
    assert (row.score, row.vetoed, row.state) == (85, False, "checked")
    with pytest.raises(Conflict, match="已经评分"):
        checks.score(row)
    assert Record.objects.filter(kind="hotline.quality", subject=row.number).count() == 1


def test_nobody_scores_their_own_work(checks: Checks) -> None:
    own = staff((*REVIEWER, *CHECKER, contracts.TICKET_REGISTER), org=checks.hotline.bureau)
    checks.hotline.registered(own)
    row = checks.draw(checks.plan()).checks.get()
    with pytest.raises(Refused, match="不能给自己的工作评分"):
        checks.score(row, own)
    with pytest.raises(IntegrityError, match="hotline_check_not_own"):
        QualityCheck.objects.filter(pk=row.pk).update(
            state="checked", checker=row.person, score=100, checked_at=checks.hotline.now
        )


def test_points_beyond_an_item_and_a_veto_without_words_are_refused(checks: Checks) -> None:
    row = checks.one()
    with pytest.raises(Refused, match="不能超过该项分值"):
        checks.score(row, lost=-1)
    with pytest.raises(Refused, match="写明事实"):
        checks.score(row, veto=True, words=" ")
    assert checks.score(row, veto=True).score == 0


def test_an_appeal_is_decided_by_a_third_person(checks: Checks) -> None:
    row = checks.score(checks.one(), checks.head, lost=30)
    with pytest.raises(NotPermitted, match="本人"):
        checks.appeal(row, checks.other)
    checks.appeal(row)
    with pytest.raises(Refused, match="以外的人"):
        checks.decide(row, checks.head)
    row = checks.decide(row, checks.other, checks.marks(row, lost=10))
    assert (row.score, row.appeal.first_score, row.appeal.upheld, row.state) == (90, 70, False, "final")
    with pytest.raises(Conflict):
        checks.decide(row, checks.other)
    assert [mark.round for mark in row.marks.all()].count(2) == row.form.items.count()


def test_what_nobody_appealed_against_in_a_week_stands(checks: Checks) -> None:
    row = checks.score(checks.one())
    assert checking.finish_old(now=checks.hotline.now) == 0
    late = checks.hotline.later(days=8)
    with pytest.raises(Refused, match="超过 7 天"):
        checks.appeal(row)
    assert checking.finish_old(now=late) == 1
    with pytest.raises(Conflict):
        checks.appeal(row)


def test_a_call_is_checked_by_its_number(checks: Checks) -> None:
    number = Person.objects.get(pk=checks.hotline.agent.person_id).number
    words = {"desk_code": "", "call": "TH-1", "person_number": number, "now": checks.hotline.now}
    row = checking.add_call(actor=checks.head, **words)
    assert (row.call, row.ticket, row.form.subject) == ("TH-1", None, "call")
    with pytest.raises(Conflict):
        checking.add_call(actor=checks.head, **words)
    assert checks.score(row).score == 100


def test_a_score_form_that_was_used_does_not_change_but_has_a_next_version(checks: Checks) -> None:
    used = selectors.used_form("ticket")
    assert used is not None
    with pytest.raises(ProgrammingError), transaction.atomic():
        ScoreItem.objects.filter(form=used).update(points=99)
    words = {"code": "ticket", "name": "工单登记评分表", "subject": "ticket", "now": checks.hotline.now}
    fresh = score_forms.draft(actor=checks.head, **words)
    assert (fresh.version, fresh.items.count()) == (2, used.items.count())
    with pytest.raises(Conflict, match="已有草稿"):
        score_forms.draft(actor=checks.head, **words)
    lines = [score_forms.Line(name="要素齐全", points=60), score_forms.Line(name="泄密", points=0, is_veto=True)]
    score_forms.save_lines(actor=checks.head, form_id=fresh.pk, lines=lines)
    score_forms.put_to_use(actor=checks.head, form_id=fresh.pk)
    assert {form.version: form.state for form in ScoreForm.objects.filter(code="ticket")} == {1: "retired", 2: "used"}
    with pytest.raises(Conflict, match="不能改"):
        score_forms.save_lines(actor=checks.head, form_id=used.pk, lines=lines)


def test_the_pages_of_quality_checks(checks: Checks) -> None:
    now = clock.now()
    checks.hotline.now = now - timedelta(days=7)
    checks.hotline.registered(phone="13812345678", content="请回电 13812345678")
    checks.plan()
    head, checker, agent, stranger = (
        signed_in_client(Person.objects.get(pk=who.person_id))
        for who in (checks.head, checks.checker, checks.hotline.agent, checks.hotline.handler)
    )
    last = monday_of(clock.city_date(now)) - timedelta(days=7)
    answer = head.post(reverse("hotline:draws"), {"plan": "ticket-random", "monday": str(last)})
    assert answer.status_code == 302
    assert "重算一致" in head.get(answer["Location"]).content.decode()
    row = QualityCheck.objects.get()
    page = reverse("hotline:check", args=[row.number])
    assert agent.get(page).status_code == 404
    assert "138****5678" in checker.get(page).content.decode()
    words = {f"item_{item.pk}": item.points for item in row.form.items.all() if not item.is_veto} | {"words": ""}
    assert checker.post(page, words).status_code == 302
    assert row.ticket is not None
    own = agent.get(page).content.decode()
    assert all(said in own for said in ("申诉理由", reverse("hotline:ticket", args=[row.ticket.number])))
    assert agent.post(reverse("hotline:appeal_check", args=[row.number]), {"words": "请复核"}).status_code == 302
    assert checker.get(page).content.decode().count("维持原评分") == 0
    decided = head.post(reverse("hotline:decide_appeal", args=[row.number]), {"verb": "uphold", "words": "评分无误"})
    assert decided.status_code == 302
    assert stranger.get(page).status_code == 404
    for address in ("checks", "draws", "quality_results", "score_forms"):
        assert head.get(reverse(f"hotline:{address}")).status_code == 200
    assert row.person.name in head.get(reverse("hotline:quality_results")).content.decode()
    assert head.get(reverse("hotline:quality_results") + "?by=unit&format=xlsx").status_code == 200
    assert head.get(reverse("hotline:score_form", args=[row.form_id])).status_code == 200
    assert agent.get(reverse("hotline:draws")).status_code == 403
