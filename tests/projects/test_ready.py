"""What is still open stands between a contract and its filing and payment; what was recorded shows where a project is."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff_person
from tests.projects.test_money import refusal
from tests.projects.test_pages import client_for, rows
from tests.projects.world import ACTOR, NOW, World, yuan

from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects import services
from yunshu.domains.projects.models import Contract, Project
from yunshu.domains.projects.rules import life, plans
from yunshu.domains.projects.selectors import blanks
from yunshu.domains.projects.views.projects import code_words
from yunshu.lib.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def file(row: Contract) -> object:
    return services.file_contract(actor=ACTOR, number=row.number, now=NOW)


def shown(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"projects:{name}", args=args)).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"basis": ""}, "依据文件（项目页“修改”）"),
        ({"deliver_by": None}, "交付期限（项目页或合同页“修改”）"),
        ({"stage": "registered"}, "登记它现在所处的阶段"),
        ({"stage": "review"}, "项目还在“第三方评审”"),
        ({"blanks": ["印章待核"]}, "印章待核（“修改”里的“待补事项”）"),
    ],
)
def test_what_is_missing_is_named_with_its_place_before_filing_and_payment(
    change: dict[str, object], words: str
) -> None:
    world = World()
    world.confirmed()
    row = world.drafted(amount_yuan=yuan(100_000))
    Project.objects.update(**change)
    for act in (lambda: file(row), lambda: world.paid(2, 1)):
        with pytest.raises(Refused) as refused:
            act()
        assert (refused.value.code, words in refused.value.message) == ("project_incomplete", True)
    assert words in shown(client_for(world), "contract", row.number)
    assert words in shown(client_for(world), "pay", world.contract.number, 2)


def test_the_delivery_of_a_contract_counts_for_its_project() -> None:
    world = World()
    Project.objects.update(deliver_by=None)
    Contract.objects.update(deliver_by=date(2022, 8, 31))
    project = Project.objects.get()
    assert blanks.of_project(project).own == []
    assert blanks.delivery_of(project) == date(2022, 8, 31)
    assert "2022-08-31" in shown(client_for(world), "project", project.number)


def test_a_project_paid_in_full_says_so_and_where_its_facts_stand() -> None:
    world = World(granted=1_000_000)
    one = world.drafted(parts=(services.PartSpec(milestone="终验", percent=Decimal(100)),), amount_yuan=yuan(100))
    services.end_contract(actor=ACTOR, number=world.contract.number, state="ended", now=NOW)
    world.contract = services.file_contract(actor=ACTOR, number=one.number, now=NOW)
    seen = world.accepted()
    spec = services.ConfirmationSpec(
        kind="acceptance", amount_yuan=yuan(100), on=date(2022, 6, 2), statement="同意", acceptance=seen.number
    )
    services.confirm_payable(actor=ACTOR, contract=one.number, ordinal=1, spec=spec, now=NOW)
    world.paid(1, 100)
    page = shown(client_for(world), "project", world.project.number)
    assert "按已登记的事实，项目已到“结算”" in page
    assert "合同已备案、竣工验收通过、已付清" in page
    Project.objects.update(stage="registered")
    assert "结算（阶段待登记）" in client_for(world).get(reverse("projects:projects")).content.decode()


def test_a_stage_lags_only_where_the_facts_are_ahead() -> None:
    assert life.proven_stage(filed=True, preliminary=True, final=False) == "trial"
    assert life.is_behind("start", "settlement")
    assert life.is_behind("registered", "contract")
    assert not life.is_behind("operation", "settlement")
    assert not life.is_behind("start", "")
    assert not life.is_behind("dropped", "settlement")


def test_the_field_that_was_edited_wins_and_two_that_disagree_are_refused() -> None:
    world = World()
    row, client = world.drafted(amount_yuan=yuan(120_000)), client_for(world)
    services.replace_plan(
        actor=ACTOR, number=row.number, parts=[services.PartSpec(milestone="终验", percent=Decimal(90))]
    )
    plan = reverse("projects:plan", args=[row.number])

    def saved(**fields: object) -> tuple[int, Decimal, Decimal | None]:
        sent = rows({"milestone": "终验", "kind": "progress"} | fields) | {"row-INITIAL_FORMS": 1}
        status = client.post(plan, sent).status_code
        part = row.instalments.get()
        return status, part.amount_yuan, part.percent

    assert saved(percent="90", amount_yuan="108000.00") == (302, yuan(108_000), Decimal(90))
    assert saved(percent="100", amount_yuan="108000.00") == (302, yuan(120_000), Decimal(100))
    assert saved(percent="100", amount_yuan="60000.00") == (302, yuan(60_000), None)
    assert saved(percent="100", amount_yuan="70000.00")[0] == 422
    assert saved(percent="100", amount_yuan="120000.00") == (302, yuan(120_000), Decimal(100))


def test_shares_and_amounts_agree_as_near_as_a_share_can_say() -> None:
    assert plans.agree(Decimal(333_333), Decimal("33.3333"), Decimal(1_000_000))
    assert not plans.agree(Decimal(108_000), Decimal(100), Decimal(120_000))
    assert plans.pay_day(2022, None, date(2026, 3, 1)) == date(2022, 12, 31)
    assert plans.pay_day(2027, None, date(2026, 3, 1)) == date(2026, 3, 1)


def test_a_payment_is_offered_only_where_something_can_be_paid() -> None:
    world = World()
    client, number = client_for(world), world.contract.number
    pay = reverse("projects:pay", args=[number, 2])
    assert pay not in shown(client, "contract", number)
    assert "请先完成验收和付款确认" in shown(client, "pay", number, 2)
    world.confirmed()
    assert pay in shown(client, "contract", number)
    one_fen_more = {"on": "2022-06-10", "amount_yuan": "550000.01", "voucher": "V1"}
    assert "最多可付 550,000.00 元，超出 0.01 元" in client.post(pay, one_fen_more).content.decode()
    world.paid(2, 550_000)
    assert pay not in shown(client, "contract", number)
    assert "第 2 期已付清" in shown(client, "pay", number, 2)


def test_a_contract_goes_on_to_its_plan_and_says_to_wait_for_the_approval() -> None:
    world = World()
    Project.objects.update(stage="procurement")
    spec = services.ProjectSpec(name="门户", kind="build")
    number = services.register_project(actor=ACTOR, org_code=world.org.code, spec=spec, now=NOW).number
    client = signed_in_client(
        staff_person([rights.PROJECT_VIEW, rights.PROJECT_EDIT, rights.CONTRACT_EDIT], org=world.org)
    )
    assert "请等待" in shown(client, "create_contract", number)
    assert "请等待" in shown(client, "project", number)
    terms = {"name": "门户合同", "amount_yuan": 10, "advance_limit_yuan": 0}
    answer = client.post(reverse("projects:create_contract", args=[number]), terms)
    made = Contract.objects.get(name="门户合同")
    assert answer["Location"] == reverse("projects:plan", args=[made.number])
    page = shown(client, "plan", made.number)
    assert page.index("项目：门户") < page.index("合同：门户合同")


def test_a_review_opens_only_at_its_stage() -> None:
    world = World()
    client = signed_in_client(staff_person([rights.PROJECT_VIEW, rights.REVIEW_ORGANISE], org=world.org))
    address = reverse("projects:organise", args=[world.project.number])
    Project.objects.update(stage="application")
    assert address not in shown(client, "project", world.project.number)
    refused = client.get(address)
    assert (refused.status_code, "项目还在“需求申报”" in refused.content.decode()) == (422, True)
    spec = services.ReviewSpec(agency="机构", fee_yuan=yuan(1), size=5)
    assert (
        refusal(lambda: services.open_review(actor=ACTOR, project=world.project.number, spec=spec, now=NOW))
        == "stage_unfit"
    )
    Project.objects.update(stage="review")
    assert "固定名单并公布校验码" in client.get(address).content.decode()


def test_a_code_of_a_table_is_shown_in_words() -> None:
    assert code_words("2022/other:3") == "2022 年绩效目标表，其他需完成任务第 3 项"
    assert code_words("XM-1") == "XM-1"
