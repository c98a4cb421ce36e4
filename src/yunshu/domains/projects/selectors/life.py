"""Reading a project's life: which documents a step demands and which are there; the days of a check."""

from dataclasses import dataclass

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_EDIT, PROJECT_VIEW
from yunshu.domains.projects.models import DocumentRule, Project, ProjectDocument
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.selectors import limits
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
