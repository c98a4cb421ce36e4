"""A project's life: documents and facts stand behind each step; what was begun on paper starts where it stands."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.projects.test_money import refusal
from tests.projects.world import ACTOR, NOW, World, yuan

from yunshu.domains.directory.models import Org
from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects import services
from yunshu.domains.projects.choices import Stage, Steps
from yunshu.domains.projects.models import DocumentRule, Project, Review
from yunshu.domains.projects.rules import documents, life
from yunshu.domains.projects.selectors import life as selectors
from yunshu.domains.workflow.contracts import check_flow
from yunshu.lib.kernel.errors import Conflict

pytestmark = pytest.mark.django_db
WAY = [verb for verb, *_ in life._ONWARD]


def registered(org: Org | None = None) -> Project:
    lives.hours()
    services.add_document_rules()
    spec = services.ProjectSpec(name="门户改版", kind="build", deliver_by=date(2022, 9, 30), basis="揭府办〔2021〕9号")
    return services.register_project(actor=ACTOR, org_code=(org or OrgFactory()).code, spec=spec, now=NOW)


def move(row: Project, verb: str, reason: str = "") -> Project:
    return services.move_project(actor=ACTOR, number=row.number, verb=verb, reason=reason, now=NOW)


def hand_in_all(row: Project, verb: str) -> None:
    for line in selectors.demanded(row, verb):
        spec = services.DocumentSpec(name=line.name, reference="档案室", on=date(2022, 6, 1))
        services.hand_in(actor=ACTOR, number=row.number, spec=spec, now=NOW)


def facts(row: Project) -> dict[str, Callable[[], object]]:
    """What has to happen before a step that demands a fact."""
    number, day = row.number, date(2022, 6, 1)

    def accept(*kinds: str) -> None:
        for kind in kinds:
            spec = services.AcceptanceSpec(kind=kind, item=kind, on=day, passed=True, statement="报告")
            services.record_acceptance(actor=ACTOR, project=number, spec=spec, now=NOW)

    def contract() -> str:
        return Project.objects.get(pk=row.pk).contracts.get().number

    def award() -> None:
        spec = services.ContractSpec(
            name="合同", amount_yuan=yuan(90), supplier="乙", signed_on=day, approval=row.approvals.get().number
        )
        made = services.create_contract(actor=ACTOR, project=number, spec=spec, now=NOW)
        parts = [services.PartSpec(milestone="验收", percent=Decimal(100))]
        services.replace_plan(actor=ACTOR, number=made.number, parts=parts)

    approval = services.ApprovalSpec(item="门户", document="批复", amount_yuan=yuan(100))
    granted = services.MoveSpec(kind="granted", amount_yuan=yuan(100), on=day, document="预算")
    cost = services.CostSpec(item="开发", amount_yuan=yuan(100))
    return {
        "submit": lambda: services.replace_costs(actor=ACTOR, number=number, lines=[cost]),
        "pass_review": lambda: Review.objects.create(
            number="PS-1",
            project=row,
            agency="机构",
            fee_yuan=0,
            year=2022,
            size=5,
            candidates=[],
            commitment="0",
            seed="0",
            state="concluded",
            score=80,
            verdict="pass",
            concluded_at=NOW,
            made_by="test",
            made_at=NOW,
        ),
        "approve": lambda: services.approve_item(actor=ACTOR, number=number, spec=approval, now=NOW),
        "fund": lambda: services.move_budget(actor=ACTOR, project=number, spec=granted, now=NOW),
        "award": award,
        "begin": lambda: services.file_contract(actor=ACTOR, number=contract(), now=NOW),
        "try_out": lambda: accept("preliminary"),
        "ask_final": lambda: accept("security", "cipher", "software_test"),
        "accept": lambda: accept("final"),
        "settle": lambda: services.end_contract(actor=ACTOR, number=contract(), state="settled", now=NOW),
    }


def test_the_flow_can_be_walked_and_knows_the_same_names_as_the_choices() -> None:
    assert check_flow(life.LIFE) == []
    assert {s.code: s.name for s in life.LIFE.states} == {s.value: s.label for s in Stage}
    assert dict(life.DOCUMENTED) == {s.value: s.label for s in Steps}
    assert {one.verb for one in documents.DEFAULTS} <= set(Steps.values)


def test_each_step_waits_for_its_documents_and_its_facts() -> None:
    row = registered()
    behind = facts(row)
    missed = []
    for verb in WAY:
        if selectors.demanded(row, verb):
            missed.append((verb, refusal(partial(move, row, verb))))
            hand_in_all(row, verb)
        if verb in behind:
            missed.append((verb, refusal(partial(move, row, verb))))
            behind[verb]()
        row = move(row, verb)
    assert row.stage == "retired"
    by_document = {verb for verb, code in missed if code == "documents_missing"}
    assert by_document == {rule.verb for rule in DocumentRule.objects.all()}
    assert {verb for verb, code in missed if code == "fact_missing"} == set(behind)


def test_a_step_that_was_refused_leaves_the_project_where_it_was() -> None:
    row = registered()
    move(row, "apply")
    assert refusal(lambda: move(row, "submit")) == "documents_missing"
    row.refresh_from_db()
    assert row.stage == "application"
    hand_in_all(row, "submit")
    facts(row)["submit"]()
    assert move(row, "submit").stage == "formal_check"


def test_a_document_that_is_no_longer_demanded_is_not_missed() -> None:
    row = registered()
    move(row, "apply")
    facts(row)["submit"]()
    DocumentRule.objects.filter(verb="submit").update(is_active=False)
    assert move(row, "submit").stage == "formal_check"


def test_what_began_on_paper_is_entered_where_it_stands_with_a_reason() -> None:
    row = registered()
    assert row.stage == "registered"
    assert refusal(lambda: move(row, "stand_start")) == "reason_missing"
    assert move(row, "stand_start", "合同已于2021年签订").stage == "start"
    with pytest.raises(Conflict):
        move(row, "stand_operation", "再改")


def test_the_page_takes_a_step_and_shows_what_is_missing() -> None:
    row = registered()
    every = (rights.PROJECT_VIEW, rights.PROJECT_EDIT)
    client = signed_in_client(staff_person(every, org=row.org))
    act = reverse("projects:act", args=[row.number])
    assert client.post(act, {"verb": "apply"}).status_code == 302
    answer = client.post(act, {"verb": "submit"})
    assert answer.status_code == 422
    assert "项目建设方案" in answer.content.decode()
    document = {"name": "项目建设方案（含需求分析）", "reference": "档案室", "on": "2022-06-01"}
    assert client.post(reverse("projects:hand_in", args=[row.number]), document).status_code == 302
    page = client.get(reverse("projects:project", args=[row.number])).content.decode()
    assert "已提交" in page
    assert client.post(act, {"verb": "approve"}).status_code == 422


def test_who_only_reads_takes_no_step_and_hands_nothing_in() -> None:
    world = World()
    client = signed_in_client(staff_person([rights.PROJECT_VIEW], org=world.org))
    act = reverse("projects:act", args=[world.project.number])
    assert client.post(act, {"verb": "ask_preliminary"}).status_code == 403
    document = {"name": "x", "reference": "y", "on": "2022-06-01"}
    assert client.post(reverse("projects:hand_in", args=[world.project.number]), document).status_code == 403
