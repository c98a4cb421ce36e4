"""How a promise of an approved table is measured changes by two people, with a reason; until then the old way measures."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.evaluation import lives
from tests.evaluation.lives import APPROVER, MACHINE, NOW
from tests.factories.directory import OrgFactory, signed_in_client, staff_person, viewer_of

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import services
from yunshu.domains.evaluation.contracts import EVIDENCE_EDIT, TABLE_APPROVE, TABLE_VIEW
from yunshu.domains.evaluation.models import BindingChange, PerformanceTable
from yunshu.domains.evaluation.rules.rebinding import REBINDING
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.domains.workflow.contracts import check_flow
from yunshu.lib.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db
METRIC = "evaluation.budget_execution"
CLERK, CHIEF = [TABLE_VIEW, EVIDENCE_EDIT], [TABLE_VIEW, TABLE_APPROVE]


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


def asked(table: PerformanceTable, reason: str = "付款记录更准", metric: str = METRIC) -> BindingChange:
    spec = services.BindingSpec(metric=metric, accumulates=False, reason=reason)
    return services.ask_binding(actor=MACHINE, number=table.number, indicator=4, spec=spec, now=NOW)


def metric_of(table: PerformanceTable) -> str:
    return table.bindings.get(indicator=4).metric


def decide(table: PerformanceTable, row: BindingChange, verb: str, opinion: str = "", by: object = APPROVER) -> None:
    services.decide_binding(actor=by, number=table.number, change=row.number, verb=verb, opinion=opinion, now=NOW)  # type: ignore[arg-type]


def test_the_flow_can_be_walked() -> None:
    assert check_flow(REBINDING) == []


def test_until_another_approves_the_old_way_measures(table: PerformanceTable) -> None:
    row = asked(table)
    assert metric_of(table) == ""
    with pytest.raises(Refused, match="自己提出"):
        decide(table, row, "approve", by=MACHINE)
    assert metric_of(table) == ""
    decide(table, row, "approve")
    assert metric_of(table) == METRIC
    kinds = [one.kind for one in ledger.evidence_of("evaluation.binding", table.number, NOW)]
    assert kinds == ["evaluation.binding"] * 2


def test_a_refused_change_leaves_all_as_it_was_and_needs_words(table: PerformanceTable) -> None:
    row = asked(table)
    with pytest.raises(Refused, match="意见"):
        decide(table, row, "refuse")
    decide(table, row, "refuse", "与指标解释不符")
    row.refresh_from_db()
    assert (row.state, row.opinion, metric_of(table)) == ("refused", "与指标解释不符", "")
    with pytest.raises(Conflict):
        decide(table, row, "approve")


def test_no_change_without_a_reason_and_one_at_a_time(table: PerformanceTable) -> None:
    with pytest.raises(Refused, match="为什么"):
        asked(table, reason=" ")
    with pytest.raises(Refused, match="没有变化"):
        asked(table, metric="")
    asked(table)
    with pytest.raises(Conflict, match="待审批"):
        asked(table)


def test_the_database_holds_the_four_eyes(table: PerformanceTable) -> None:
    row = asked(table)
    by_himself = {"state": "approved", "decided_by": row.asked_by, "decided_at": NOW}
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        BindingChange.objects.filter(pk=row.pk).update(**by_himself)


def test_an_archived_table_is_not_measured_otherwise(table: PerformanceTable) -> None:
    row = asked(table)
    PerformanceTable.objects.update(stage="archived")
    with pytest.raises(Refused, match="归档前"):
        decide(table, row, "approve")


def test_two_people_change_it_on_the_pages(org: Org, table: PerformanceTable) -> None:
    clerk = signed_in_client(staff_person([*CLERK, TABLE_APPROVE], org=org))
    chief = staff_person(CHIEF, org=org)
    page = reverse("evaluation:indicator", args=[table.number, 4])
    bind = reverse("evaluation:bind", args=[table.number, 4])
    assert clerk.post(bind, {"metric": METRIC}).status_code == 422
    assert clerk.post(bind, {"metric": METRIC, "reason": "付款记录更准"}).status_code == 302
    decision = reverse("evaluation:decide_binding", args=[table.number, 4, BindingChange.objects.get().number])
    assert clerk.post(decision, {"verb": "approve"}).status_code == 422
    assert "由另一位有审定权限的人审批" in clerk.get(page).content.decode()
    assert [task.title for task in workflow.my_tasks(viewer_of(chief))]
    assert "批准变更" in signed_in_client(chief).get(page).content.decode()
    assert signed_in_client(staff_person(CLERK, org=org)).post(decision, {"verb": "approve"}).status_code == 403
    assert signed_in_client(chief).post(decision, {"verb": "approve", "opinion": "同意"}).status_code == 302
    assert metric_of(table) == METRIC
