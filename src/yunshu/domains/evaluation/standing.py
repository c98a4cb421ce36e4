"""What the fill-in rules say today: the data, an official's amendments over it, and the links a person confirmed."""

from collections.abc import Sequence

from django.db.models import QuerySet

from yunshu.domains.evaluation.contracts import Finding, Severity, TableForm
from yunshu.domains.evaluation.models import LinkSet, PerformanceTable, RuleChange
from yunshu.domains.evaluation.rules import fill_in
from yunshu.domains.evaluation.rules.amending import Amendment, amended
from yunshu.domains.evaluation.rules.links import Confirmed, Link, standing_links
from yunshu.lib.kernel.errors import NotFound

RULE_SET = "2022"


def rule_changes() -> dict[str, RuleChange]:
    """Return the newest change of each rule."""
    rows = RuleChange.objects.filter(rule_set=RULE_SET).order_by("rule", "-version").distinct("rule")
    return {row.rule: row for row in rows}


def rule_history(rule: str) -> QuerySet[RuleChange]:
    """Return every change of a rule, the newest first."""
    return RuleChange.objects.filter(rule_set=RULE_SET, rule=rule).order_by("-version")


def default_rule(rule: str) -> fill_in.Rule:
    """Return a rule as the data has it; raise NotFound (``rule_not_found``)."""
    found = next((r for r in fill_in.rule_set(RULE_SET).rules if r.id == rule), None)
    if found is None:
        raise NotFound("rule_not_found")
    return found


def amendment_of(row: RuleChange) -> Amendment:
    """Return a stored change as a plain value."""
    return Amendment(
        rule=row.rule,
        is_on=row.is_on,
        severity=Severity(row.severity),
        parameters=row.parameters,
        document=row.document,
    )


def rules_in_force() -> fill_in.RuleSet:
    """Return the fill-in rules with every amendment made."""
    return amended(fill_in.rule_set(RULE_SET), [amendment_of(row) for row in rule_changes().values()])


def newest_links(table: PerformanceTable) -> LinkSet | None:
    """Return the links last confirmed, None before anybody did."""
    return table.link_sets.order_by("-pk").first()


def links_of(table: PerformanceTable, form: TableForm) -> tuple[Link, ...]:
    """Return the links that count for ``form``."""
    row = newest_links(table)
    confirmed = None
    if row is not None:
        confirmed = Confirmed(pairs=frozenset((a, b) for a, b in row.pairs), known=frozenset(row.known))
    return standing_links(form, fill_in.rule_set(RULE_SET).links, confirmed)


def findings_of(form: TableForm, table: PerformanceTable | None = None) -> tuple[Finding, ...]:
    """Return what the rules in force say about a form, with the links confirmed for ``table`` if there is one."""
    links: Sequence[Link] | None = None if table is None else links_of(table, form)
    return fill_in.check(form, rules_in_force(), links)
