"""The loans' pages: each opens for who may see it, each form does what its service does or says why not."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.factories.directory import signed_in_client, staff_person
from tests.projects.loan_world import NOW, LoanWorld

from yunshu.domains.projects.contracts import LOAN_APPROVE, LOAN_EDIT, LOAN_VIEW
from yunshu.domains.projects.models import Loan
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loans as services
from yunshu.lib.kernel import clock
from yunshu.lib.loans import ItemState

pytestmark = pytest.mark.django_db
FIRST = date(2003, 4, 20)
TABS = ("loan", "loan_account", "loan_budget", "loan_reserve", "loan_terms", "loan_closing", "print_loan")
TERMS = {
    "basis": "Agreement",
    "principal": 100_000_000,
    "rate_percent": "2.5",
    "starts_on": "2002-10-20",
    "grace_months": 6,
    "instalments": 41,
    "months": 6,
    "day": 20,
    "day_count": 365,
    "unit": 1000,
    "remainder": "first",
    "rounding": "down",
    "fee_percent": 0,
    "fee_base": "balance",
    "penalty_percent": 0,
    "penalty_base": "principal",
    "prepayment": "last_first",
}


@pytest.fixture
def world(db: None) -> LoanWorld:
    return LoanWorld()


@pytest.fixture
def browser(world: LoanWorld) -> Client:
    return signed_in_client(staff_person([LOAN_VIEW, LOAN_EDIT, LOAN_APPROVE], org=world.org))


def page(browser: Client, route: str, *args: str, status: int = 200, **query: Any) -> str:
    answer = browser.get(reverse(f"projects:{route}", args=args), query)
    assert answer.status_code == status
    return answer.content.decode()


def send(browser: Client, route: str, *args: str, status: int = 302, **data: Any) -> str:
    answer = browser.post(reverse(f"projects:{route}", args=args), data)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_a_loan_of_which_nothing_is_known_says_so_on_every_page(world: LoanWorld, browser: Client, tab: str) -> None:
    loan = world.loan()
    assert "待补" in page(browser, tab, loan.number) or tab in ("loan_budget", "loan_closing")


@pytest.mark.parametrize("tab", TABS)
def test_a_running_loan_opens_on_every_page(world: LoanWorld, browser: Client, tab: str) -> None:
    loan = world.opened(rate="5")
    world.repay(loan, FIRST, 3_686_575, "184328.75")
    world.revalue(loan, date(2003, 6, 30), "5.2")
    services.set_budget(
        actor=world.head,
        number=loan.number,
        spec=services.BudgetSpec(year=2003, amount_yuan=Decimal(200_000), basis="x"),
        now=NOW,
    )
    assert loan.number in page(browser, tab, loan.number)


def test_a_whole_life_goes_by_forms(world: LoanWorld, browser: Client) -> None:
    send(browser, "new_loan", name="第三期日元贷款", org=world.org.code)
    number = Loan.objects.get().number
    assert number in page(browser, "loans")
    send(browser, "edit_loan", number, name="第三期日元贷款", org=world.org.code, guarantor="市财政局")
    assert "市财政局" in page(browser, "loan", number)
    send(browser, "new_loan_terms", number, **TERMS)
    assert "2,440,000" in page(browser, "loan", number)
    send(browser, "add_rates", kind="parity", source="Bulletin", lines="2003-01-01 5\n2003-06-30 5.2")
    send(browser, "open_loan_account", number, on="2003-01-02", kind="parity")
    paid = {"on": "2003-04-20", "amount": 3_686_575, "cost_yuan": "180642.18", "voucher": "V1", "rate_source": "Bank"}
    send(browser, "repay_loan", number, **paid)
    assert "凭证号已登记过" in send(browser, "repay_loan", number, status=422, **paid)
    send(browser, "revalue_loan", number, on="2003-07-01", kind="parity")
    account = page(browser, "loan_account", number)
    assert "分毫不差" in account
    assert "2,440.00" in account
    last = Loan.objects.get().entries.order_by("-ordinal").first()
    assert last is not None
    send(browser, "reverse_loan_entry", number, last.number, reason="Wrong day")
    assert "已冲销" in page(browser, "loan_account", number)
    send(browser, "new_loan_budget", number, year=2003, amount_yuan=200_000, planned=3_700_000, rate="5", basis="x")
    planned = page(browser, "loan_budget", number)
    assert "-671.25" in planned  # (3,686,575 - 3,700,000) at 5
    assert "-3,686.57" in planned  # 180,642.18 - 184,328.75
    assert "还有未还本金" in page(browser, "loan_closing", number)
    send(browser, "loan_closing", number, on="2026-01-01", archive="x", status=422)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("open_loan_account", {"on": "2003-01-01", "kind": "parity"}),
        ("repay_loan", {"on": "2003-01-01"}),
        ("revalue_loan", {"on": "2003-01-01", "kind": "selling"}),
        ("new_loan_terms", TERMS | {"rate_percent": "120"}),
        ("new_loan_budget", {"year": 1800}),
    ],
)
def test_what_cannot_be_is_said_in_the_form(world: LoanWorld, browser: Client, name: str, data: dict[str, Any]) -> None:
    assert page(browser, name, (number := world.loan().number))
    assert "error" in send(browser, name, number, status=422, **data)


def test_rates_are_listed_corrected_and_refused_with_the_line(world: LoanWorld, browser: Client) -> None:
    world.rates({FIRST: "5"})
    rate = selectors.visible_rates(world.clerk).get()
    assert "第 1 行" in send(browser, "add_rates", kind="parity", source="x", lines="nothing", status=422)
    send(browser, "correct_rate", rate.number, rate="5.5", source="Corrigendum")
    assert "5.5" in page(browser, "rates")
    assert page(browser, "correct_rate", rate.number, status=404)


def test_the_reserve_is_shown_with_what_it_was_reckoned_from(world: LoanWorld, browser: Client) -> None:
    loan = world.loan()
    world.terms(loan, instalments=200)
    assert "历史牌价不足" in page(browser, "loan_reserve", loan.number)
    ends = clock.city_date(NOW)
    world.rates({ends - timedelta(days=15 * n): str(Decimal(5) - Decimal(n).scaleb(-2)) for n in range(50)})
    shown = page(browser, "loan_reserve", loan.number, kind="parity", share_percent="95", months="6")
    assert "建议准备金" in shown
    assert page(browser, "loan_reserve", loan.number, share_percent="20", status=422)


def test_exports_hold_the_schedule_and_the_account(world: LoanWorld, browser: Client) -> None:
    loan = world.opened()
    sheets = {}
    for name in ("loan", "loan_account"):
        answer = browser.get(reverse(f"projects:{name}", args=[loan.number]), {"format": "xlsx"})
        sheets[name] = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    assert len(sheets["loan"]) == 42
    assert sum(row[4] for row in sheets["loan"][1:]) == 100_000_000
    assert sheets["loan_account"][1][2] == "建账"
    assert browser.get(reverse("projects:loans"), {"format": "xlsx"}).status_code == 200


def test_who_may_only_look_gets_no_forms_and_a_stranger_nothing(world: LoanWorld) -> None:
    loan = world.opened()
    reader = signed_in_client(staff_person([LOAN_VIEW], org=world.org))
    assert reverse("projects:repay_loan", args=[loan.number]) not in page(reader, "loan_account", loan.number)
    page(reader, "repay_loan", loan.number, status=403)
    page(reader, "new_loan", status=403)
    stranger = signed_in_client(staff_person([LOAN_VIEW, LOAN_EDIT, LOAN_APPROVE]))
    page(stranger, "loan", loan.number, status=404)
    assert loan.number not in page(stranger, "loans")


def test_a_late_instalment_is_seen_as_late(world: LoanWorld, browser: Client) -> None:
    loan = world.opened()
    sheet = selectors.sheet_of(loan, date(2003, 4, 21))
    assert sheet.standing is not None
    assert sheet.standing.items[0].state is ItemState.LATE
    assert "有逾期" in page(browser, "loan", loan.number)
