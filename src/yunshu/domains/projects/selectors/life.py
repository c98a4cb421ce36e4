"""Reading a project's life: which documents a step demands and which are there; the days of a check."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.choices import AcceptanceKind, ContractState
from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_EDIT, PROJECT_VIEW
from yunshu.domains.projects.models import DocumentRule, Project, ProjectDocument
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.selectors.contracts import visible_contracts
from yunshu.domains.workflow.contracts import DeadlineSpec


@dataclass(frozen=True)
class Line:
    """A document that a step demands, and whether it was handed in."""

    verb: str
    name: str
    source: str
    is_there: bool


def demanded(row: Project, *verbs: str) -> list[Line]:
    """Return the documents that steps demand, in the order of the steps."""
    there = set(row.documents.values_list("name", flat=True))
    rules = DocumentRule.objects.filter(verb__in=verbs, is_active=True).order_by("code")
    found = [Line(rule.verb, rule.name, rule.source, rule.name in there) for rule in rules]
    return sorted(found, key=lambda line: verbs.index(line.verb))


def days_of(state: str) -> DeadlineSpec | None:
    """Return how many working days a check may take now; None for a state without a limit."""
    if state not in life.CHECKS:
        return None
    return DeadlineSpec(amount=int(limits.value(f"days_{state}")), source="项目规则参数")


def document_of(number: str) -> ProjectDocument | None:
    """Return a document that was handed in."""
    return ProjectDocument.objects.select_related("project__org").filter(number=number).first()


def may_see_document(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may read the files of a document."""
    row = document_of(number)
    return row is not None and viewer.may(PROJECT_VIEW, row.project.org.path)


def may_add_to_document(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may add files to a document."""
    row = document_of(number)
    return row is not None and any(viewer.may(right, row.project.org.path) for right in (PROJECT_EDIT, PROJECT_APPROVE))


def org_path_of_document(number: str) -> str:
    """Return the path of the organisation whose archivist answers for the files."""
    row = document_of(number)
    return row.project.org.path if row else ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a project has come by what is recorded: the stage the facts prove, and what is paid of its contracts."""

    proven: str
    facts: list[str]
    worth_yuan: Decimal
    paid_yuan: Decimal

    @property
    def is_paid(self) -> bool:
        """Everything that the contracts promise is paid."""
        return 0 < self.worth_yuan <= self.paid_yuan


def standing_of(viewer: Viewer, row: Project) -> Standing:
    """Return how far a project has come by its contracts, acceptances and payments. Two queries."""
    rows = visible_contracts(viewer).filter(project=row).exclude(state=ContractState.ENDED)
    drafts = Count("pk", filter=Q(state=ContractState.DRAFT))
    sums = rows.aggregate(count=Count("pk"), drafts=drafts, worth=Sum("worth_yuan"), paid=Sum("paid_yuan"))
    passed = set(row.acceptances.filter(passed=True, corrected_by__isnull=True).values_list("kind", flat=True))
    filed = sums["count"] > 0 and not sums["drafts"]
    final, preliminary = AcceptanceKind.FINAL in passed, AcceptanceKind.PRELIMINARY in passed
    found = Standing(
        proven=life.proven_stage(filed=filed, preliminary=preliminary, final=final),
        facts=[],
        worth_yuan=sums["worth"] or Decimal(0),
        paid_yuan=sums["paid"] or Decimal(0),
    )
    said = (
        (filed, _("合同已备案")),
        (preliminary, _("初步验收通过")),
        (final, _("竣工验收通过")),
        (found.is_paid, _("已付清")),
    )
    return replace(found, facts=[words for holds, words in said if holds])
