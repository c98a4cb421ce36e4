"""An article's life: four eyes at every step, versions that never change, tasks of departments that end with an article."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation
from tests.hotline.kb_world import Knowledge

from yunshu.domains.hotline.choices import ArticleState, Asker, DemandKind, Usefulness, VersionState
from yunshu.domains.hotline.models import Article, ArticleFeedback, ArticleVersion, KnowledgeDemand
from yunshu.domains.hotline.rules import kb
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.services import kb_demands, kb_reviewing, kb_using, kb_writing
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.domains.workflow.contracts import check_flow
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused


@pytest.fixture
def base(db: None) -> Knowledge:
    return Knowledge()


@pytest.mark.parametrize("flow", [kb.ARTICLE_REVIEW, kb.DEMAND])
def test_the_flows_can_be_walked(flow: object) -> None:
    assert check_flow(flow) == []


def test_an_article_is_written_reviewed_twice_published_and_proven(base: Knowledge) -> None:
    row = base.published(valid_to=base.today + timedelta(days=90))
    made = ArticleVersion.objects.get()
    assert (row.state, made.state, made.version) == ("published", "published", 1)
    assert (made.checker_id, made.approver_id) == (base.checker.person_id, base.keeper.person_id)
    assert row.review_on == base.today + timedelta(days=90)
    assert len(ledger.evidence_of("hotline.", row.number, base.now)) == 1
    assert made.record


def test_nobody_reviews_what_they_wrote_nor_twice(base: Knowledge) -> None:
    row = base.drafted()
    kb_writing.save_draft(actor=base.checker, number=row.number, revision=1, spec=base.spec(), now=base.now)
    kb_writing.submit(actor=base.liaison, number=row.number, now=base.now)
    with pytest.raises(Refused) as refused:
        base.judge(row, "pass", base.checker)
    assert refused.value.code == "own_writing"
    ArticleVersion.objects.update(state="approving", checker=base.keeper.person_id)
    with pytest.raises(Refused) as refused:
        base.judge(row, "publish", base.keeper)
    assert refused.value.code == "same_reviewer"


@pytest.mark.parametrize("who", ["checker", "approver"])
def test_the_database_refuses_a_review_by_a_writer(base: Knowledge, who: str) -> None:
    base.submitted()
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleVersion.objects.update(**{who: base.liaison.person_id})


def test_the_database_refuses_one_person_for_both_reviews_and_publishing_without(base: Knowledge) -> None:
    base.submitted()
    for words in ({"checker": base.keeper.person_id, "approver": base.keeper.person_id}, {"state": "published"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ArticleVersion.objects.update(**words)


def test_what_was_handed_in_does_not_change_and_no_article_disappears(base: Knowledge) -> None:
    base.published()
    for change in (
        lambda: ArticleVersion.objects.update(body="改了"),
        lambda: ArticleVersion.objects.all().delete(),
        lambda: Article.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_what_is_sent_back_is_written_again_and_comes_back(base: Knowledge) -> None:
    row = base.submitted()
    base.judge(row, "return", base.checker)
    made = kb_writing.save_draft(
        actor=base.liaison, number=row.number, revision=1, spec=base.spec(body="改好了。"), now=base.now
    )
    kb_writing.submit(actor=base.liaison, number=row.number, now=base.now)
    assert base.released(row).face.body == "改好了。"
    assert made.revision == 2


def test_a_new_version_supersedes_and_the_old_one_stays_readable(base: Knowledge) -> None:
    row = base.renewed(base.published(), body="新办法：网上办。")
    found = selectors.versions_of(base.agent, row)
    assert [(v.version, v.state) for v in found] == [(2, "published"), (1, "superseded")]
    assert selectors.get_version(base.agent, row, 1).body != selectors.get_version(base.agent, row, None).body


def test_two_editors_at_once_lose_nothing(base: Knowledge) -> None:
    row = base.drafted()
    kb_writing.save_draft(
        actor=base.liaison, number=row.number, revision=1, spec=base.spec(body="甲写的"), now=base.now
    )
    with pytest.raises(Conflict) as conflict:
        kb_writing.save_draft(
            actor=base.checker, number=row.number, revision=1, spec=base.spec(body="乙写的"), now=base.now
        )
    row.draft.refresh_from_db()
    assert (conflict.value.code, row.draft.body) == ("edited_meanwhile", "甲写的")


def test_another_department_neither_sees_a_draft_nor_changes_an_article(base: Knowledge) -> None:
    draft, row = base.drafted(title="草稿"), base.published()
    with pytest.raises(NotFound):
        selectors.get_article(base.stranger, draft.number)
    with pytest.raises(NotFound):
        selectors.get_article(base.agent, draft.number)
    with pytest.raises(NotPermitted):
        kb_writing.begin_version(actor=base.stranger, number=row.number, now=base.now)
    with pytest.raises(NotPermitted):
        kb_writing.begin_article(actor=base.stranger, owner=base.urban.code, spec=base.spec(), now=base.now)
    with pytest.raises(NotPermitted):
        kb_reviewing.withdraw(actor=base.agent, number=row.number, reason="x", now=base.now)


def test_an_article_is_withdrawn_with_a_reason_and_then_put_away(base: Knowledge) -> None:
    row = base.published()
    with pytest.raises(Refused):
        kb_reviewing.withdraw(actor=base.keeper, number=row.number, reason=" ", now=base.now)
    row = kb_reviewing.withdraw(actor=base.keeper, number=row.number, reason="政策废止", now=base.now)
    assert (row.state, row.face.state) == (ArticleState.WITHDRAWN, VersionState.WITHDRAWN)
    with pytest.raises(NotFound):
        selectors.get_article(base.agent, row.number)
    assert kb_reviewing.archive(actor=base.keeper, number=row.number, now=base.now).state == ArticleState.ARCHIVED
    assert len(ledger.evidence_of("hotline.", row.number, base.now)) == 2


def test_a_reported_error_becomes_one_task_of_the_owner_that_the_next_version_ends(base: Knowledge) -> None:
    row = base.published()
    for said in ("电话打不通 13812345678", "地址搬了"):
        kb_using.say(by=base.agent, article=row.number, kind=Usefulness.COMPLAINT, said=said, now=base.now)
    demand = KnowledgeDemand.objects.get()
    assert (demand.kind, demand.count, demand.unit_id, demand.state) == ("correct", 2, base.urban.pk, "doing")
    assert "13812345678" not in demand.question
    assert [task.case.number for task in workflow.my_tasks(base.liaison)] == [demand.number]
    base.later(hours=1)
    base.renewed(row)
    demand.refresh_from_db()
    row.refresh_from_db()
    assert (demand.state, demand.answer.version, row.complaints) == ("done", 2, 2)
    assert ArticleFeedback.objects.count() == 2


def test_an_unanswered_question_is_done_by_publishing_its_answer_only(base: Knowledge) -> None:
    first = kb_demands.ask(by=base.agent, asker=Asker.STAFF, question="充电桩 怎么报装？", now=base.now)
    again = kb_demands.ask(by=base.agent, asker=Asker.CITIZEN, question="充电桩怎么报装？", now=base.now)
    assert first.number == again.number
    kb_demands.assign(actor=base.keeper, number=first.number, unit=base.urban.code, now=base.now)
    with pytest.raises(Refused) as refused:
        kb_demands.move(actor=base.liaison, number=first.number, verb="settle", reason="已答", now=base.now)
    assert refused.value.code == "answer_missing"
    base.published(title="充电桩报装", demand=first.number)
    first.refresh_from_db()
    assert (first.count, first.state, first.answer.title) == (2, "done", "充电桩报装")


def test_a_question_may_be_answered_by_an_article_in_force_not_by_an_expired_one(base: Knowledge) -> None:
    asked = kb_demands.ask(by=base.agent, asker=Asker.STAFF, question="路灯坏了找谁", now=base.now)
    old, good = base.expired(), base.published()
    with pytest.raises(Refused) as refused:
        kb_demands.answer_with(actor=base.keeper, number=asked.number, article=old.number, now=base.now)
    assert refused.value.code == "article_unfit"
    done = kb_demands.answer_with(actor=base.keeper, number=asked.number, article=good.number, now=base.now)
    assert (done.state, done.answer.article_id) == ("done", good.pk)


def test_a_unit_sends_a_question_back_and_the_desk_dismisses_it(base: Knowledge) -> None:
    asked = kb_demands.ask(by=base.agent, asker=Asker.STAFF, question="天气如何", now=base.now, unit=base.urban.code)
    with pytest.raises(NotFound):
        selectors.get_demand(base.stranger, asked.number)
    row = kb_demands.move(actor=base.liaison, number=asked.number, verb="send_back", reason="不属本局", now=base.now)
    assert (row.state, row.unit) == (kb.SORTING, None)
    row = kb_demands.move(actor=base.keeper, number=asked.number, verb="dismiss", reason="非政务", now=base.now)
    assert (row.state, row.outcome) == (kb.DISMISSED, "非政务")


def test_owners_are_asked_before_the_review_day_once(base: Knowledge) -> None:
    row = base.published(review_on=base.today + timedelta(days=20))
    assert kb_demands.ask_for_reviews(now=base.now) == 0
    base.later(days=6)
    assert [kb_demands.ask_for_reviews(now=base.now) for _n in range(2)] == [1, 0]
    demand = KnowledgeDemand.objects.get(kind=DemandKind.REVIEW)
    kb_demands.move(actor=base.liaison, number=demand.number, verb="settle", reason="仍然有效", now=base.now)
    row.refresh_from_db()
    assert row.review_on == base.today + kb.REVIEW_AFTER


def test_an_answer_cites_its_version_on_the_ticket_and_never_an_expired_one(base: Knowledge) -> None:
    ticket, row, old = base.registered(), base.published(), base.expired()
    with translation.override("en"):
        cited = kb_using.cite(actor=base.agent, ticket=ticket.number, article=row.number, now=base.now)
    kb_using.cite(actor=base.agent, ticket=ticket.number, article=row.number, now=base.now)
    assert f"知识条目 {row.number} 第 1 版" in cited.words
    assert "**" not in cited.words
    assert [c.version.article_id for c in selectors.citations_of(ticket)] == [row.pk]
    row.refresh_from_db()
    assert row.hits == 1
    with pytest.raises(Refused):
        kb_using.cite(actor=base.agent, ticket=ticket.number, article=old.number, now=base.now)


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("title", {"title": "题" * 121}),
        ("body", {"body": "长" * 20_001}),
        ("internal", {"internal": "长" * 20_001}),
        ("questions", {"questions": ("问",) * 21}),
        ("sources", {"sources": (kb_writing.Source(name="x", link="javascript:alert(1)"),)}),
        ("sources", {"sources": (kb_writing.Source(name=" "),)}),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(base: Knowledge, where: str, more: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        base.drafted(**more)
    assert refused.value.where == where


def test_a_draft_is_given_up_and_stays_with_its_owner(base: Knowledge) -> None:
    row = base.submitted()
    base.judge(row, "recall", base.liaison, "")
    row = kb_writing.drop(actor=base.liaison, number=row.number, now=base.now)
    assert (row.state, row.face.state, row.draft) == ("archived", "dropped", None)
    with pytest.raises(Conflict):
        kb_writing.begin_version(actor=base.liaison, number=row.number, now=base.now)


def test_the_administrator_gives_an_article_and_what_it_owes_to_another_unit(base: Knowledge) -> None:
    row = base.published()
    owed = kb_demands.correct(row.face, base.keeper, Asker.STAFF, "电话已变更", base.now)
    words = {"number": row.number, "owner": base.power.code, "reason": "机构改革，职责划转。", "now": base.now}
    with pytest.raises(NotPermitted):
        kb_reviewing.hand_over(actor=base.liaison, **words)
    with pytest.raises(Refused, match="理由"):
        kb_reviewing.hand_over(actor=base.keeper, **{**words, "reason": " "})
    kb_reviewing.hand_over(actor=base.keeper, **words)
    row.refresh_from_db()
    owed.refresh_from_db()
    assert (row.owner, row.face.unit, owed.unit) == (base.power, base.urban, base.power)
    assert len(ledger.evidence_of("hotline.", row.number, base.now)) == 2
    with pytest.raises(Refused, match="已是"):
        kb_reviewing.hand_over(actor=base.keeper, **words)
    kb_writing.begin_version(actor=base.stranger, number=row.number, now=base.now)
    with pytest.raises(NotPermitted):
        kb_writing.save_draft(actor=base.liaison, number=row.number, revision=0, spec=base.spec(), now=base.now)
