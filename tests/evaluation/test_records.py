"""A record behind a figure opens for whoever reads the table, to be read only, with its receipt; people are masked."""

from datetime import date

import pytest
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.projects.world import ACTOR, World, yuan

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.contracts import TABLE_VIEW
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.views.binding import made_by_words
from yunshu.domains.projects import services as paying
from yunshu.domains.projects.records import masked_name, plain

pytestmark = pytest.mark.django_db
NOW = lives.NOW


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def paid(org: Org) -> str:
    """A payment of the table's year by somebody, from a project of the department."""
    world = World(org=org)
    world.confirmed()
    spec = paying.MoveSpec(kind="granted", amount_yuan=yuan(500_000), on=date(2024, 1, 1), document="预算")
    paying.move_budget(actor=ACTOR, project=world.project.number, spec=spec, now=NOW)
    spec = paying.PaymentSpec(on=date(2024, 5, 6), amount_yuan=yuan(1_000), voucher="V-9", statement="电话13812345678")
    someone = System(name="张三丰")
    return paying.pay_instalment(actor=someone, contract=world.contract.number, ordinal=2, spec=spec, now=NOW).number


def test_a_reader_of_the_table_opens_the_payment_behind_the_figure(org: Org, table: PerformanceTable) -> None:
    number = paid(org)
    lives.rebind(table, 4, "projects.budget_executed")
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    address = reverse("evaluation:measured_record", args=[table.number, 4, number])
    assert f'href="{address}"' in reader.get(reverse("evaluation:indicator", args=[table.number, 4])).content.decode()
    page = reader.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert all(words in text for words in ("1,000.00", "V-9", "张**", "138****5678", "项目付款"))
    assert "张三丰" not in text
    assert '<form method="post"' not in text.split("<main")[1]
    assert [row.kind for row, _name in page.context["receipts"]] == ["projects.payment"]


def test_only_records_of_that_figure_open_and_only_for_readers_of_the_table(org: Org, table: PerformanceTable) -> None:
    number = paid(org)
    lives.rebind(table, 4, "projects.budget_executed")
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    stranger = signed_in_client(staff_person([TABLE_VIEW]))
    at = lambda ordinal, record: reverse("evaluation:measured_record", args=[table.number, ordinal, record])  # noqa: E731
    assert [reader.get(at(4, "FK-0")).status_code, reader.get(at(1, number)).status_code] == [404, 404]
    assert stranger.get(at(4, number)).status_code == 404
    assert signed_in_client(staff_person(org=org)).get(at(4, number)).status_code == 403


def test_a_live_figure_without_a_row_says_when_it_will_be_written(org: Org, table: PerformanceTable) -> None:
    lives.rebind(table, 4, "projects.budget_executed")
    paid(org)
    reader = signed_in_client(staff_person([TABLE_VIEW], org=org))
    assert "约五分钟内记录" in reader.get(reverse("evaluation:indicator", args=[table.number, 4])).content.decode()


def test_programs_and_people_are_shown_in_words() -> None:
    assert made_by_words("projects.acceptance_passed/1") == "项目验收达标率（第 1 版算法）"
    assert made_by_words("evaluation.evidence/1") == "人工登记佐证（第 1 版算法）"
    assert made_by_words("gone.metric/3") == "gone.metric/3"
    assert (masked_name("张三丰"), plain("致电13812345678")) == ("张**", "致电138****5678")
