"""Takes a table through its life in the machine's name, as far as a test needs it."""

from datetime import UTC, date, datetime

from tests.evaluation.table_forms import small_form

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.evaluation import scored, selectors, services
from yunshu.domains.evaluation.models import PerformanceTable

NOW = datetime(2024, 6, 3, 2, tzinfo=UTC)
MACHINE = System(name="test")
APPROVER = System(name="审定岗")
TO_MONITORING = ("submit", "pass_department", "pass_bureau", "approve", "monitor")


def hours() -> None:
    """Let the city work from half past eight to half past five."""
    WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="08:30", ends_at="17:30")


def explain_all(number: str) -> None:
    """Write a note beside every warning."""
    table = PerformanceTable.objects.get(number=number)
    for found in services.warnings_of(table):
        services.explain_finding(
            actor=MACHINE, number=number, rule=found.rule, where=found.where, reason="已核实", now=NOW
        )


def drafted(org: Org) -> PerformanceTable:
    """Return a draft whose warnings are explained."""
    made = services.create_table(actor=MACHINE, org_code=org.code, form=small_form(), source="test", now=NOW)
    explain_all(made.number)
    return made


def running(org: Org) -> PerformanceTable:
    """Return an approved table that is being monitored."""
    made = drafted(org)
    for verb in TO_MONITORING:
        services.move_table(actor=MACHINE, number=made.number, verb=verb, reason="", now=NOW)
    made.refresh_from_db()
    return made


def rebind(table: PerformanceTable, indicator: int, metric: str, *, accumulates: bool = False) -> None:
    """Let an indicator be measured otherwise: one asks, another approves."""
    spec = services.BindingSpec(metric=metric, accumulates=accumulates, reason="测量方式更准")
    asked = services.ask_binding(actor=MACHINE, number=table.number, indicator=indicator, spec=spec, now=NOW)
    services.decide_binding(
        actor=APPROVER, number=table.number, change=asked.number, verb="approve", opinion="同意", now=NOW
    )


def complete(table: PerformanceTable) -> None:
    """Prove every promise exactly, and explain what may still be asked."""
    for line in selectors.scoreboard(table, NOW.date()):
        if not (line.binding and line.binding.metric):
            spec = services.EvidenceSpec(on=date(2024, 5, 1), value=line.indicator.target, statement="验收单")
            services.record_evidence(
                actor=MACHINE, number=table.number, indicator=line.indicator.ordinal, spec=spec, now=NOW
            )
    card = scored.scorecards(table, NOW.date()).cards[0]
    reasons = {line.key: "另行说明" for line in card.lines if line.needs}
    services.save_self_evaluation(
        actor=MACHINE, number=table.number, rule_set=table.rule_set, reasons=reasons, summary="总结", now=NOW
    )
