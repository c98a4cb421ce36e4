"""A review from the commitment to the report; what it refuses on the way."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from docx import Document
from tests.factories.directory import signed_in_client, staff_person, viewer_of
from tests.projects.test_money import refusal
from tests.projects.test_pages import rows
from tests.projects.world import ACTOR, NOW, World, yuan

from yunshu.domains.ledger.models import Record
from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects import reporting, services
from yunshu.domains.projects.models import Expert, Limit, Project, Review
from yunshu.domains.projects.rules import review as rules
from yunshu.domains.projects.selectors import review as selectors
from yunshu.domains.projects.services.review import stands_on_review
from yunshu.lib.kernel.errors import Conflict

pytestmark = pytest.mark.django_db


def pool(world: World, count: int = 7) -> list[Expert]:
    """Experts with accounts, who hold the right to score."""
    return [
        Expert.objects.create(
            code=f"ZJ{n:02}", name=f"专家岗{n}（示例）", unit=f"示例高校{n}", person=staff_person([rights.REVIEW_SCORE])
        )
        for n in range(count)
    ]


def opened(world: World, **more: object) -> Review:
    spec = services.ReviewSpec(**({"agency": "评审机构", "fee_yuan": yuan(20_000), "size": 5} | more))
    Project.objects.filter(pk=world.project.pk).update(stage="review")
    return services.open_review(actor=ACTOR, project=world.project.number, spec=spec, now=NOW)


def drawn(world: World, **more: object) -> Review:
    row = opened(world, **more)
    services.give_word(actor=ACTOR, number=row.number, word="揭阳", now=NOW)
    return services.reveal_draw(actor=ACTOR, number=row.number, now=NOW)


def scored(row: Review, expert: Expert, score: int, verdict: str = "pass") -> int:
    marks = [
        services.ScoreSpec(criterion=c.value, score=Decimal(score), verdict=verdict, note="意见")
        for c in rules.Criterion
    ]
    return services.score(actor=viewer_of(expert.person), number=row.number, marks=marks, now=NOW)


def seated(row: Review) -> list[Expert]:
    return [seat.expert for seat in row.seats.filter(recused_because="").select_related("expert__person__account")]


def test_the_commitment_is_on_the_ledger_before_the_seed_is_known() -> None:
    world = World()
    pool(world)
    row = opened(world)
    (record,) = Record.objects.filter(kind="projects.draw", subject=row.number)
    assert record.payload["commitment"] == row.commitment
    assert row.seed not in str(record.payload)
    services.give_word(actor=ACTOR, number=row.number, word="揭阳", now=NOW)
    shown = services.reveal_draw(actor=ACTOR, number=row.number, now=NOW)
    told = Record.objects.get(kind="projects.draw_reveal", subject=row.number).payload
    seed = bytes.fromhex(told["seed"])
    assert rules.commitment(seed, record.payload["candidates"]) == record.payload["commitment"]
    assert rules.drawn_order(seed, told["word"], record.payload["candidates"]) == shown.order
    assert [e.code for e in seated(shown)] == shown.order[:5]
    assert selectors.draw_holds(shown)


def test_who_has_a_conflict_is_no_candidate() -> None:
    world = World()
    experts = pool(world)
    Expert.objects.filter(pk=experts[0].pk).update(unit=world.org.name)
    Expert.objects.filter(pk=experts[1].pk).update(ties="甲公司 2021-01-01")
    row = opened(world, parties=["甲公司"])
    assert row.excluded == {"ZJ00": world.org.name, "ZJ01": "甲公司"}
    assert row.candidates == ["ZJ02", "ZJ03", "ZJ04", "ZJ05", "ZJ06"]
    with pytest.raises(Conflict):
        opened(world)


def test_a_review_has_an_odd_quorum_enough_experts_and_a_fee_within_the_cap() -> None:
    world = World()
    pool(world, 6)
    assert refusal(lambda: opened(world, size=6)) == "quorum_unfit"
    assert refusal(lambda: opened(world, size=3)) == "quorum_unfit"
    assert refusal(lambda: opened(world, size=7)) == "experts_few"
    assert refusal(lambda: opened(world, fee_yuan=yuan("1000000.01"))) == "fee_beyond_cap"
    Limit.objects.create(code="review_fee_yuan", name="上限", value=19_999, unit="元", source="更正")
    assert refusal(lambda: opened(world)) == "fee_beyond_cap"


def test_who_steps_aside_is_followed_by_the_next_of_the_draw() -> None:
    world = World()
    pool(world)
    row = drawn(world)
    services.recuse(actor=ACTOR, number=row.number, expert=row.order[0], reason="同乡", now=NOW)
    assert {e.code for e in seated(row)} == set(row.order[1:6])


def test_whoever_stands_far_from_the_others_scores_again_once() -> None:
    world = World()
    pool(world)
    row = drawn(world)
    experts = seated(row)
    for expert in experts[:4]:
        scored(row, expert, 80)
    scored(row, experts[4], 20)
    conclude = lambda: services.conclude(actor=ACTOR, number=row.number, opinion="意见", now=NOW)  # noqa: E731
    assert refusal(conclude) == "rescore_open"
    with pytest.raises(Conflict):
        scored(row, experts[0], 90)
    assert scored(row, experts[4], 30) == 2
    assert conclude().score == Decimal("70.00")


def test_the_whole_way_to_the_report() -> None:
    world = World()
    pool(world)
    cost = services.CostSpec(item="开发", amount_yuan=yuan(100))
    services.replace_costs(actor=ACTOR, number=world.project.number, lines=[cost])
    row = drawn(world)
    finding = services.raise_finding(
        actor=ACTOR, number=row.number, criterion="cost", clause="方案第12页", text="单价偏高", now=NOW
    )
    cut = services.CutSpec(ordinal=1, approved_yuan=yuan(80))
    assert refusal(lambda: services.cut_costs(actor=ACTOR, project=world.project.number, cuts=[cut], now=NOW)) == (
        "cut_reason_missing"
    )
    cut = services.CutSpec(ordinal=1, approved_yuan=yuan(80), reason="参照同类合同")
    assert services.cut_costs(actor=ACTOR, project=world.project.number, cuts=[cut], now=NOW) == 20
    settle = lambda answer: services.settle_finding(actor=ACTOR, number=finding.number, answer=answer, now=NOW)  # noqa: E731
    assert refusal(lambda: settle("")) == "answer_missing"
    settle("已调整")
    assert (
        refusal(lambda: services.conclude(actor=ACTOR, number=row.number, opinion="同意", now=NOW)) == "marks_missing"
    )
    for expert in seated(row):
        scored(row, expert, 85)
    done = services.conclude(actor=ACTOR, number=row.number, opinion="同意立项", now=NOW)
    assert (done.verdict, done.score) == ("conditional", Decimal("85.00"))
    assert not stands_on_review(world.project)
    settle("")
    assert stands_on_review(world.project)
    paper = Document(io.BytesIO(reporting.report(done)))
    text = "\n".join([p.text for p in paper.paragraphs] + [c.text for t in paper.tables for c in t._cells])
    for word in ("同意立项", "单价偏高", "80.00", "参照同类合同", done.commitment, done.seed, "有条件通过"):
        assert word in text


def test_the_pages_lead_from_the_commitment_to_the_report() -> None:
    world = World()
    pool(world)
    every = (rights.PROJECT_VIEW, rights.PROJECT_EDIT, rights.REVIEW_ORGANISE)
    client = signed_in_client(staff_person(every, org=world.org))
    to = lambda name, *args: reverse(f"projects:{name}", args=args)  # noqa: E731
    data = {"agency": "评审机构", "fee_yuan": 1000, "size": 5, "parties": "甲公司\n乙公司"}
    Project.objects.update(stage="review")
    assert client.post(to("organise", world.project.number), data).status_code == 302
    row = Review.objects.get()
    page = client.get(to("review", row.number)).content.decode()
    assert row.commitment in page
    assert row.seed not in page
    assert client.post(to("word", row.number), {"word": "7"}).status_code == 302
    assert client.post(to("reveal", row.number)).status_code == 302
    row.refresh_from_db()
    for expert in seated(row):
        own = signed_in_client(expert.person)
        assert world.project.name in own.get(to("seats")).content.decode()
        lines = [{"criterion": c.value, "score": 88, "verdict": "pass", "note": ""} for c in rules.Criterion]
        assert own.post(to("score", row.number), rows(*lines)).status_code == 302
    assert client.post(to("conclude", row.number), {"opinion": "同意"}).status_code == 302
    page = client.get(to("review", row.number)).content.decode()
    assert row.seed in page
    assert "抽取结果与承诺相符" in page
    answer = client.get(to("review_report", row.number))
    assert Document(io.BytesIO(answer.content)).tables
    assert client.get(to("duplicates", world.project.number)).status_code == 200


def test_who_was_not_drawn_does_not_score() -> None:
    world = World()
    pool(world)
    row = drawn(world)
    stranger = staff_person([rights.REVIEW_SCORE])
    assert signed_in_client(stranger).get(reverse("projects:score", args=[row.number])).status_code == 404


def test_a_project_of_the_same_name_looks_alike() -> None:
    world = World()
    spec = services.ProjectSpec(name="热线升级二期", kind="build")
    other = services.register_project(actor=ACTOR, org_code=world.org.code, spec=spec, now=NOW)
    assert [a.project for a in selectors.alike(ACTOR, world.project)] == [other]
