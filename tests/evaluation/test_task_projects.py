"""One task, one book: what a project pays counts for the table's task, and nothing counts twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person, viewer_of
from tests.projects.world import ACTOR, World, yuan

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.evaluation import overseeing, selectors, services
from yunshu.domains.evaluation.contracts import BUDGET_EDIT, TABLE_VIEW
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.paid import paid_lines
from yunshu.domains.projects import services as paying
from yunshu.domains.projects.contracts import PROJECT_VIEW
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.measure import Scope, metrics

pytestmark = pytest.mark.django_db
NOW = lives.NOW
RIGHTS = [TABLE_VIEW, BUDGET_EDIT, PROJECT_VIEW]
OF_TABLE = date(2024, 5, 6)


@pytest.fixture
def person() -> Person:
    lives.hours()
    return staff_person(RIGHTS)


@pytest.fixture
def clerk(person: Person) -> Staff:
    return viewer_of(person)


@pytest.fixture
def table(clerk: Staff) -> PerformanceTable:
    return lives.running(_org(clerk))


@pytest.fixture
def world(clerk: Staff) -> World:
    made = World(org=_org(clerk))
    spec = paying.MoveSpec(kind="granted", amount_yuan=yuan(500_000), on=date(2024, 1, 1), document="预算批复")
    paying.move_budget(actor=ACTOR, project=made.project.number, spec=spec, now=NOW)
    made.confirmed()
    return made


def _org(clerk: Staff) -> Org:
    return Org.objects.get(code=clerk.org_code)


def link(clerk: Staff, table: PerformanceTable, project: str, ordinal: int = 1) -> object:
    words = {"task_kind": "other", "task_ordinal": ordinal, "project": project, "now": NOW}
    return services.link_project(actor=clerk, number=table.number, **words)


def pay_project(world: World, amount: str, on: date = OF_TABLE, voucher: str = "V-1") -> Any:
    spec = paying.PaymentSpec(on=on, amount_yuan=yuan(amount), voucher=voucher)
    return paying.pay_instalment(actor=ACTOR, contract=world.contract.number, ordinal=2, spec=spec, now=NOW)


def pay_table(clerk: Staff, table: PerformanceTable, amount: str, ordinal: int = 1) -> Any:
    spec = services.PaymentSpec(
        task_kind="other", task_ordinal=ordinal, on=OF_TABLE, amount_yuan=Decimal(amount), voucher=f"P-{ordinal}"
    )
    return services.record_payment(actor=clerk, number=table.number, spec=spec, now=NOW)


def paid_of(table: PerformanceTable, ordinal: int = 1) -> Decimal:
    rows, _total = selectors.money(table)
    return next(r.execution.paid_yuan for r in rows if (r.task.kind, r.task.ordinal) == ("other", ordinal))


def rate(table: PerformanceTable) -> Any:
    scope = Scope(
        org_code=table.org.code,
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 6, 3),
        extra={"table": table.number},
    )
    return metrics()["evaluation.budget_execution"].measure(scope)


def test_what_the_project_pays_is_paid_for_the_task_and_only_in_the_tables_year(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    pay_project(world, "50000", on=date(2022, 6, 10), voucher="V-0")
    paid = pay_project(world, "100000")
    assert (paid_of(table), rate(table).value) == (0, None)
    link(clerk, table, world.project.number)
    assert paid_of(table) == 100_000
    assert [(line.number, line.project) for line in paid_lines(table)] == [(paid.number, world.project.number)]
    found = rate(table)
    assert (found.numerator, [r.number for r in found.records]) == (100_000, [paid.number])
    planned = selectors.form_of(selectors.newest_version(table)).task_total
    assert overseeing.rate_until(paid_lines(table), planned, date(2024, 5, 5)) == 0
    assert overseeing.rate_until(paid_lines(table), planned, OF_TABLE) == found.value / 100


def test_what_a_project_pays_is_written_down_without_anybody_touching_the_table(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    link(clerk, table, world.project.number)
    bound = table.bindings.get(indicator=1)
    type(bound).objects.filter(pk=bound.pk).update(metric="evaluation.budget_execution")
    rows = table.measurements.filter(indicator=1)
    assert services.measure_running(now=NOW) == 0, "an empty book is no measurement"
    pay_project(world, "100000")
    services.measure_running(now=NOW)
    assert [row.value for row in rows.all()] == [rate(table).value]
    pay_project(world, "100000", voucher="V-2")
    services.measure_running(now=NOW + timedelta(minutes=5))
    assert rows.count() == 1, "a figure that only moves waits"
    services.measure_running(now=NOW + timedelta(hours=1))
    assert rows.count() == 2
    assert services.measure_running(now=NOW + timedelta(hours=2)) == 0


def test_a_reversal_in_the_project_takes_it_back(clerk: Staff, table: PerformanceTable, world: World) -> None:
    link(clerk, table, world.project.number)
    paid = pay_project(world, "100000")
    paying.reverse_payment(actor=ACTOR, number=paid.number, reason="退回", now=NOW)
    assert (paid_of(table), len(paid_lines(table))) == (0, 2)


def test_a_task_with_a_project_has_no_payments_of_its_own(clerk: Staff, table: PerformanceTable, world: World) -> None:
    link(clerk, table, world.project.number)
    with pytest.raises(Refused) as refusal:
        pay_table(clerk, table, "100")
    assert refusal.value.code == "task_has_project"


def test_a_task_with_payments_gets_no_project_until_they_are_reversed(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    paid = pay_table(clerk, table, "100")
    with pytest.raises(Refused) as refusal:
        link(clerk, table, world.project.number)
    assert refusal.value.code == "task_has_payments"
    services.reverse_payment(actor=clerk, number=table.number, payment=paid.number, reason="改由项目登记", now=NOW)
    link(clerk, table, world.project.number)
    assert paid_of(table) == 0


def test_a_project_stands_for_one_task_of_a_table_and_can_be_taken_away(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    link(clerk, table, world.project.number)
    with pytest.raises(Conflict):
        link(clerk, table, world.project.number, ordinal=2)
    services.unlink_project(actor=clerk, number=table.number, project=world.project.number, now=NOW)
    with pytest.raises(NotFound):
        services.unlink_project(actor=clerk, number=table.number, project=world.project.number, now=NOW)
    link(clerk, table, world.project.number, ordinal=2)


def test_the_loader_leaves_alone_what_people_took_away_or_paid(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    number, wanted = table.number, {("other", 1): world.project.number}
    pay_table(clerk, table, "100")
    assert services.link_untouched(actor=ACTOR, number=number, projects_of=wanted, now=NOW) == 0
    wanted = {("other", 2): world.project.number}
    assert services.link_untouched(actor=ACTOR, number=number, projects_of=wanted, now=NOW) == 1
    assert services.link_untouched(actor=ACTOR, number=number, projects_of=wanted, now=NOW) == 0
    services.unlink_project(actor=clerk, number=number, project=world.project.number, now=NOW)
    assert services.link_untouched(actor=ACTOR, number=number, projects_of=wanted, now=NOW) == 0


def test_a_project_of_another_department_is_not_found(clerk: Staff, table: PerformanceTable) -> None:
    foreign = World(org=OrgFactory())
    with pytest.raises(NotFound):
        link(clerk, table, foreign.project.number)


def test_only_who_keeps_the_budget_links(clerk: Staff, table: PerformanceTable, world: World) -> None:
    reader = staff([TABLE_VIEW, PROJECT_VIEW], org=_org(clerk))
    with pytest.raises(NotPermitted):
        link(reader, table, world.project.number)


def test_the_page_links_shows_and_takes_away(person: Person, table: PerformanceTable, world: World) -> None:
    page = f"/console/tables/{table.number}/budget/"
    client = signed_in_client(person)
    answer = client.post(f"{page}projects/", {"linked_task": "other:1", "project": world.project.number})
    assert answer.status_code == 302
    pay_project(world, "100000")
    text = client.get(page).content.decode()
    assert "热线升级" in text
    assert "100,000.00" in text
    again = client.post(f"{page}projects/", {"linked_task": "other:2", "project": world.project.number})
    assert again.status_code == 422
    assert client.post(f"{page}projects/{world.project.number}/remove/").status_code == 302
    assert "100,000.00" not in client.get(page).content.decode()


def test_what_is_due_for_a_task_is_what_the_contracts_of_its_project_say(
    clerk: Staff, table: PerformanceTable, world: World
) -> None:
    plan = [services.PlanSpec(amount_yuan=Decimal(7000), basis="原表")]
    words = {"task_kind": "other", "task_ordinal": 1, "plan": plan}
    services.replace_plan(actor=clerk, number=table.number, **words)
    assert due_of(table) == 7000
    link(clerk, table, world.project.number)
    assert due_of(table) == 7000, "no instalment of its contract is due in the table's year"
    of_2024 = [
        paying.PartSpec(milestone="一期", amount_yuan=yuan(400_000), due_on=date(2024, 9, 30)),
        paying.PartSpec(milestone="二期", amount_yuan=yuan(350_000), year=2024),
        paying.PartSpec(milestone="三期", amount_yuan=yuan(250_000), due_on=date(2025, 9, 30)),
    ]
    world.drafted(parts=tuple(of_2024), name="二期合同")
    assert due_of(table) == 750_000
    rows, _total = selectors.money(table)
    due = next(r.instalments for r in rows if (r.task.kind, r.task.ordinal) == ("other", 1))
    assert [line.basis for line in due] == ["二期合同 · 一期", "二期合同 · 二期"]


def due_of(table: PerformanceTable) -> Decimal | None:
    rows, _total = selectors.money(table)
    return next(r.execution.due_yuan for r in rows if (r.task.kind, r.task.ordinal) == ("other", 1))


def test_a_record_leads_on_to_its_contract_only_for_who_may_open_that(
    person: Person, table: PerformanceTable, world: World
) -> None:
    link(viewer_of(person), table, world.project.number)
    paid = pay_project(world, "100000")
    bound = table.bindings.get(indicator=1)
    type(bound).objects.filter(pk=bound.pk).update(metric="projects.budget_executed")
    page = f"/console/tables/{table.number}/indicators/1/records/{paid.number}/"
    contract = f'href="/console/projects/contracts/{world.contract.number}/"'
    assert contract in signed_in_client(person).get(page).content.decode()
    reader = signed_in_client(staff_person([TABLE_VIEW], org=_org(viewer_of(person))))
    text = reader.get(page).content.decode()
    assert world.contract.name in text
    assert contract not in text
