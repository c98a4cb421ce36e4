"""What is still 待补 is read from what is there: the contract, its project and the list of projects say the same."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff_person
from tests.projects.world import ACTOR, NOW, PARTS, World, yuan

from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects import services
from yunshu.domains.projects.models import Contract, Project
from yunshu.domains.projects.rules.blanks import free
from yunshu.domains.projects.selectors import blanks

pytestmark = pytest.mark.django_db
STATED = ["供应商", "签订日期", "付款分期", "原件待核"]


def client_for(world: World) -> Client:
    held = [rights.PROJECT_VIEW, rights.PROJECT_EDIT, rights.CONTRACT_EDIT]
    return signed_in_client(staff_person(held, org=world.org))


def bare(world: World) -> Contract:
    """A contract of which only the name and the sum are known."""
    spec = services.ContractSpec(name="空白合同", amount_yuan=yuan(10), blanks=STATED)
    return services.create_contract(actor=ACTOR, project=world.project.number, spec=spec, now=NOW)


def filled(world: World, row: Contract) -> Contract:
    """The same contract once its supplier, day and approval were entered; what it states is left as it was."""
    spec = services.ContractSpec(
        name=row.name,
        amount_yuan=row.amount_yuan,
        approval=world.approval.number,
        supplier="甲公司",
        signed_on=date(2022, 1, 10),
        blanks=row.blanks,
    )
    return services.save_contract(actor=ACTOR, number=row.number, spec=spec)


def test_a_contract_names_what_is_empty_and_only_that() -> None:
    world = World()
    row = bare(world)
    assert blanks.of_contract(row) == ["批复事项", "供应商", "签订日期", "付款分期", "原件待核"]
    row = filled(world, row)
    services.replace_plan(actor=ACTOR, number=row.number, parts=PARTS)
    assert blanks.of_contract(row) == ["质保期止", "原件待核"]
    row.warranty_until = date(2023, 9, 29)
    assert blanks.of_contract(row) == ["原件待核"]


def test_the_box_of_a_contract_forgets_what_was_entered() -> None:
    world = World()
    row = filled(world, bare(world))
    services.replace_plan(actor=ACTOR, number=row.number, parts=PARTS[:2])
    page = client_for(world).get(reverse("projects:contract", args=[row.number]))
    assert page.context["blanks"] == ["原件待核"]
    assert "待补 1 项" in page.content.decode()
    assert "<li>供应商</li>" not in page.content.decode()


def test_the_project_its_list_and_the_interface_agree_with_its_contracts() -> None:
    world = World()
    Project.objects.update(deliver_by=None, basis="")
    row, client = bare(world), client_for(world)
    page = client.get(reverse("projects:project", args=[world.project.number]))
    found = page.context["blanks"]
    assert found.own == ["交付期限", "依据文件"]
    assert (row, ["批复事项", "供应商", "签订日期", "付款分期", "原件待核"]) in found.of_contracts
    assert f"待补 {found.count} 项" in page.content.decode()
    (listed,) = blanks.listed_projects(ACTOR).filter(pk=world.project.pk)
    assert blanks.of_project(listed).count == found.count
    items = client.get("/api/v1/projects/contracts").json()["items"]
    assert next(item for item in items if item["number"] == row.number)["blanks"] == blanks.of_contract(row)


def test_a_project_of_which_nothing_is_known_lacks_approval_contract_term_and_basis() -> None:
    world = World()
    spec = services.ProjectSpec(name="新项目", kind="build", blanks=["合同", "供应商、付款分期", "场地"])
    row = services.register_project(actor=ACTOR, org_code=world.org.code, spec=spec, now=NOW)
    assert blanks.of_project(row).own == ["立项批复", "合同", "交付期限", "依据文件", "场地"]
    spec = services.ProjectSpec(name="大厅运行", kind="expense", pays_directly=True, deliver_by=date(2022, 12, 31))
    row = services.register_project(actor=ACTOR, org_code=world.org.code, spec=spec, now=NOW)
    assert blanks.of_project(row).own == ["立项批复", "依据文件"]


def test_the_list_asks_the_same_queries_for_one_project_and_for_ten(django_assert_num_queries) -> None:
    world = World()
    for n in range(9):
        spec = services.ProjectSpec(name=f"项目{n}", kind="build")
        services.register_project(actor=ACTOR, org_code=world.org.code, spec=spec, now=NOW)
    assert Project.objects.count() == 10
    with django_assert_num_queries(5):
        assert [(blanks.of_project(row).count, blanks.stage_words(row)) for row in blanks.listed_projects(ACTOR)]


def test_what_a_person_edits_is_only_what_the_system_cannot_see() -> None:
    world = World()
    page = client_for(world).get(reverse("projects:edit_contract", args=[bare(world).number]))
    assert page.context["form"].initial["blanks"] == "原件待核"
    assert free(["供应商、付款分期", "供应商和印章"]) == ["供应商和印章"]
