"""The pages: a contract goes from nothing to paid through forms; a refusal stands at its field; strangers see nothing."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.projects.world import World, yuan

from yunshu.domains.projects import contracts as rights
from yunshu.domains.projects.models import Contract, Payment, Project
from yunshu.lib.identifiers import uscc
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db
ALL = (
    rights.PROJECT_VIEW,
    rights.PROJECT_EDIT,
    rights.PROJECT_APPROVE,
    rights.CONTRACT_EDIT,
    rights.ACCEPTANCE_EDIT,
    rights.BUDGET_EDIT,
    rights.PAYMENT_EDIT,
)


def client_for(world: World, permissions: tuple[object, ...] = ALL) -> Client:
    return signed_in_client(staff_person(permissions, org=world.org))


def rows(*lines: dict[str, object]) -> dict[str, object]:
    data: dict[str, object] = {"row-TOTAL_FORMS": len(lines), "row-INITIAL_FORMS": 0}
    return data | {f"row-{n}-{name}": value for n, line in enumerate(lines) for name, value in line.items()}


def posted(client: Client, name: str, args: list[object], data: dict[str, Any]) -> HttpResponse:
    answer = client.post(reverse(f"projects:{name}", args=args), data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return answer


def test_a_project_goes_from_registration_to_payment_by_forms() -> None:
    world = World()
    client = client_for(world)
    posted(client, "create", [], {"name": "门户改版", "kind": "build", "org": world.org.code, "blanks": "立项批复\n"})
    project = Project.objects.get(name="门户改版")
    assert project.blanks == ["立项批复"]
    number = project.number
    cost = {"item": "页面开发", "quantity": 10, "unit": "人月", "price_yuan": 10_000, "basis": "quotes"}
    posted(client, "costs", [number], rows(cost, {"item": ""}))
    posted(client, "approve", [number], {"item": "门户改版", "document": "揭府函1号", "amount_yuan": 100_000})
    day = {"on": "2022-01-01", "document": "预算"}
    posted(client, "budget", [number], day | {"kind": "granted", "amount_yuan": 100_000})
    approval = project.approvals.get().number
    terms = {"name": "门户合同", "amount_yuan": 90_000, "approval": approval, "supplier": "乙公司"}
    posted(client, "create_contract", [number], terms | {"signed_on": "2022-01-05", "advance_limit_yuan": 0})
    contract = Contract.objects.get(name="门户合同").number
    told = {"name": "门户改版", "kind": "build", "org": world.org.code, "basis": "揭府办〔2021〕9号"}
    posted(client, "edit", [number], told | {"deliver_by": "2022-09-30"})
    posted(client, "act", [number], {"verb": "stand_contract", "reason": "早已签订"})
    posted(client, "plan", [contract], rows({"milestone": "验收", "percent": 100, "required_evidence": "报告、签收单"}))
    posted(client, "file_contract", [contract], {})
    seen = {"kind": "final", "item": "验收", "on": "2022-06-01", "passed": "yes", "statement": "纪要"}
    posted(client, "accept", [number], seen)
    given = {"kind": "acceptance", "acceptance": project.acceptances.get().number, "amount_yuan": 90_000}
    given |= {"on": "2022-06-02", "statement": "同意", "evidence_0": "R-1", "evidence_1": "Q-1"}
    posted(client, "confirm", [contract, 1], given)
    posted(client, "pay", [contract, 1], {"on": "2022-06-03", "amount_yuan": 90_000, "voucher": "V9"})
    page = client.get(reverse("projects:project", args=[number])).content.decode()
    assert "90,000.00" in page
    assert "V9" in page


def test_a_refusal_stands_at_its_field_and_nothing_is_written() -> None:
    world = World()
    world.confirmed(500_000)
    data = {"on": "2022-06-10", "amount_yuan": "500000.01", "voucher": "V1"}
    answer = client_for(world).post(reverse("projects:pay", args=[world.contract.number, 2]), data)
    assert answer.status_code == 422
    assert "可付 500,000.00 元" in answer.context["form"].errors["amount_yuan"][0]
    assert not Payment.objects.exists()


def test_a_file_of_payments_is_entered_and_its_fault_named() -> None:
    world = World()
    world.confirmed()
    client = client_for(world)
    head = "合同编号,期次,付款日期,付款金额（元）,凭证号\n"
    line = f"{world.contract.number},2,2022/06/10,"

    def send(body: str) -> HttpResponse:
        file = SimpleUploadedFile("payments.csv", (head + body).encode("gb18030"))
        return client.post(reverse("projects:import_payments"), {"file": file})

    for body, word in (
        (f'{line}"500,000.00",V1\n{line}50000.01,V2\n', "第 3 行"),
        (f"{line}x,V1\n", "金额不是数字"),
        (f"{line}0.001,V1\n", "最多两位小数"),
        (f"{world.contract.number},,2022-06-10,1,V1\n", "请填写期次"),
        ("HT-NO,1,2022-06-10,1,V1\n", "合同不存在"),
        ("", "没有可导入的行"),
    ):
        answer = send(body)
        assert (answer.status_code, word in answer.content.decode()) == (422, True), word
    assert not Payment.objects.exists()
    assert send(f'{line}"500,000.00",V1\n{line}50000,V2\n').status_code == 302
    assert Payment.objects.count() == 2


def test_change_deduction_guarantee_and_reversal_have_their_pages() -> None:
    world = World()
    confirmation = world.confirmed()
    client, number = client_for(world), world.contract.number
    deduct = {"amount_yuan": 5_000, "on": "2022-06-05", "clause": "第九条", "reason": "逾期", "days_late": 5}
    posted(client, "deduct", [number, 2], deduct)
    guarantee = {"kind": "performance", "form": "letter", "amount_yuan": 100_000, "document": "保函1"}
    posted(client, "guarantee", [number], guarantee | {"received_on": "2022-01-11", "expires_on": "2022-05-01"})
    again = client.post(reverse("projects:guarantee", args=[number]), guarantee | {"received_on": "2022-01-11"})
    assert "不得超过 100,000.00 元" in again.content.decode()
    parts = [(p.milestone, p.kind, p.amount_yuan) for p in world.contract.instalments.all()]
    parts[1] = (parts[1][0], parts[1][1], yuan(560_000))
    lines = [dict(zip(("milestone", "kind", "amount_yuan"), part, strict=True)) for part in parts]
    lines[1]["required_evidence"] = "验收报告"
    change = {"amount_yuan": 10_000, "on": "2022-06-05", "document": "变更1", "reason": "增加"}
    posted(client, "change_contract", [number], change | rows(*lines))
    page = client.get(reverse("projects:contract", args=[number])).content.decode()
    for word in ("1,010,000.00", "变更1", "第九条", "保函1", "已过期", confirmation.evidence["验收报告"]):
        assert word in page


@pytest.mark.parametrize(("amount", "words"), [("95000", "少 5,000.00 元"), ("105000", "多 5,000.00 元")])
def test_instalments_that_do_not_make_the_whole_are_said_at_once(amount: str, words: str) -> None:
    world = World()
    row, client = world.drafted(amount_yuan=yuan(100_000)), client_for(world)
    address, whole = reverse("projects:plan", args=[row.number]), rows({"milestone": "终验", "amount_yuan": "100000"})
    page = client.post(address, rows({"milestone": "终验", "amount_yuan": amount}), follow=True).content.decode()
    assert words in page
    assert "已保存付款分期" in page
    assert "各期合计与合同金额不相等" not in client.post(address, whole, follow=True).content.decode()


def test_what_may_be_paid_now_is_bounded_by_the_budget_of_the_instalments_year() -> None:
    world = World(granted=69_000)
    world.confirmed(550_000)
    year = clock.city_date(clock.now()).year
    world.grant(500_000, on=date(year, 1, 1))
    client = client_for(world)
    page = client.get(reverse("projects:contract", args=[world.contract.number]))
    assert page.context["payable_yuan"] == yuan(69_000)
    assert "已确认未付 550,000.00，2022 年预算余额 69,000.00" in page.content.decode()
    page = client.get(reverse("projects:pay", args=[world.contract.number, 2]))
    first = page.context["form"].initial
    assert (first["amount_yuan"], first["on"]) == (yuan(69_000), date(2022, 12, 31))
    assert "2022 年预算余额 69,000.00 元" in page.content.decode()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("91440000MA00000000", "第 18 位校验码"),
        ("91440000MA0000000", "应为 18 位"),
        ("91440000MI00000000", "不含 I、O、S、V、Z"),
    ],
)
def test_a_suppliers_code_that_can_be_nobodys_is_refused_at_its_field(code: str, words: str) -> None:
    world = World()
    client, number = client_for(world), world.drafted(amount_yuan=yuan(10)).number
    terms = {"name": "合同", "amount_yuan": 10, "supplier": "乙公司", "advance_limit_yuan": 0, "supplier_uscc": code}
    for address in (
        reverse("projects:create_contract", args=[world.project.number]),
        reverse("projects:edit_contract", args=[number]),
    ):
        answer = client.post(address, terms)
        assert answer.status_code == 422
        assert words in answer.context["form"].errors["supplier_uscc"][0]
    Contract.objects.filter(number=number).update(supplier_uscc=code)
    posted(client, "edit_contract", [number], terms)  # entered before codes were checked: it does not stand in the way
    posted(client, "edit_contract", [number], terms | {"supplier_uscc": uscc.compose("9", "1", "445200", "MA000000")})
    assert len(Contract.objects.get(number=number).supplier_uscc) == 18


@pytest.mark.parametrize(
    ("ordinal", "kinds"), [(1, ["", "advance", "acceptance"]), (2, ["acceptance"]), (3, ["warranty"])]
)
def test_a_confirmation_offers_the_kinds_that_fit_and_chooses_only_where_there_is_one(
    ordinal: int, kinds: list[str]
) -> None:
    world = World()
    world.accepted(kind="preliminary", item="热线系统")
    page = client_for(world).get(reverse("projects:confirm", args=[world.contract.number, ordinal]))
    form = page.context["form"]
    assert [value for value, _name in form.fields["kind"].choices] == kinds
    assert form["kind"].value() == kinds[0]
    assert "2022-06-01 初步验收 · 热线系统" in page.content.decode()


def test_the_year_shows_execution_forecast_and_what_is_due() -> None:
    world = World(granted=900_000)
    world.confirmed()
    world.paid(2, 300_000)
    page = client_for(world).get(reverse("projects:year"), {"year": 2022}).content.decode()
    assert "33.33" in page  # executed
    assert "2022-09-30" in page


@pytest.mark.parametrize("name", ["projects", "contracts", "payments", "year"])
def test_a_stranger_sees_none_of_it(name: str) -> None:
    world = World()
    stranger = signed_in_client(staff_person([rights.PROJECT_VIEW], org=OrgFactory()))
    page = stranger.get(reverse(f"projects:{name}"))
    assert page.status_code == 200
    assert "热线升级" not in page.content.decode()
    assert stranger.get(reverse("projects:contract", args=[world.contract.number])).status_code == 404


def test_who_only_reads_cannot_pay() -> None:
    world = World()
    client = client_for(world, (rights.PROJECT_VIEW,))
    assert client.get(reverse("projects:pay", args=[world.contract.number, 2])).status_code == 403


def test_the_interface_pays_and_refuses_as_the_page_does() -> None:
    world = World()
    world.confirmed(500_000)
    client, contract = client_for(world), world.contract.number
    address = f"/api/v1/projects/contracts/{contract}/instalments"
    part = client.get(address).json()[1]
    assert (part["payable_yuan"], part["due_on"]) == ("500000.00", str(date(2022, 9, 30)))
    body = {"on": "2022-06-10", "amount_yuan": "500000.01", "voucher": "V1"}
    refused = client.post(f"{address}/2/payments", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "beyond_acceptance")
    paid = client.post(f"{address}/2/payments", body | {"amount_yuan": "500000.00"}, content_type="application/json")
    assert (paid.status_code, paid.json()["contract"], paid.json()["year"]) == (200, contract, 2022)
    assert client.get("/api/v1/projects/payments").json()["count"] == 1
    assert client.get("/api/v1/projects/contracts").json()["items"][0]["paid_yuan"] == "500000.00"
