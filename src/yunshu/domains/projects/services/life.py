"""A project moves through its life: each step demands its documents and the facts behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.projects.choices import AcceptanceKind, ContractState
from yunshu.domains.projects.contracts import DOCUMENT_KIND, PROJECT_APPROVE, PROJECT_EDIT, Proven
from yunshu.domains.projects.models import DocumentRule, Project, ProjectDocument
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.rules.documents import DEFAULTS, SOURCE
from yunshu.domains.projects.selectors import life as selectors
from yunshu.domains.projects.services import proof
from yunshu.domains.projects.services.projects import locked_project
from yunshu.domains.projects.services.review import stands_on_review
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.labels import label


@dataclass(frozen=True, kw_only=True)
class DocumentSpec:
    """A document handed in: which, its number or where it is kept, its day, its files."""

    name: str
    reference: str
    on: date
    attachments: tuple[files.Upload, ...] = ()


@transaction.atomic
def move_project(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Project:
    """Take a step of a project's life.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``,
    ``documents_missing``, ``fact_missing``).
    """
    row = locked_project(actor, number)
    before = row.stage
    case = workflow.act(actor=actor, flow=life.CODE, number=number, verb=verb, reason=reason, now=now)
    _demand_documents(row, verb)
    _demand_facts(row, verb)
    row.stage = case.state
    row.save(update_fields=["stage"])
    handed = list(row.documents.order_by("pk").values_list("number", flat=True))
    words = {"verb": verb, "from": before, "to": row.stage, "reason": reason, "documents": handed}
    proof.of(Proven.STEP, row.number, words, actor, now)
    return row


@transaction.atomic
def hand_in(*, actor: Viewer, number: str, spec: DocumentSpec, now: datetime) -> ProjectDocument:
    """Hand in a document with its files.

    Raises NotFound, NotPermitted, Refused (``document_missing``) and what ``files.attach`` raises.
    """
    row = locked_project(actor, number)
    if not any(actor.may(right, row.org.path) for right in (PROJECT_EDIT, PROJECT_APPROVE)):
        raise NotPermitted("not_permitted", _("您可以查看这个项目，但不能提交材料。"))
    if not spec.name.strip() or not spec.reference.strip():
        raise Refused("document_missing", _("请填写材料名称，以及文号或存放处。"), where="reference")
    made = ProjectDocument.objects.create(
        number=public_number("CL", clock.city_date(now)),
        project=row,
        name=spec.name.strip(),
        reference=spec.reference.strip(),
        on=spec.on,
        made_by=actor.name,
        made_at=now,
    )
    cards = [
        files.attach(actor=actor, owner_kind=DOCUMENT_KIND, owner_id=made.number, upload=upload, now=now)
        for upload in spec.attachments
    ]
    words = {"project": row.number, "name": made.name, "reference": made.reference, "on": made.on}
    proof.of(Proven.STEP, made.number, words | {"files": [card.sm3 for card in cards]}, actor, now)
    return made


@transaction.atomic
def add_document_rules() -> list[bool]:
    """Write a row for each demanded document that has none; say of each whether it is new."""
    return [
        DocumentRule.objects.get_or_create(
            code=one.code, defaults={"verb": one.verb, "name": one.name, "source": SOURCE}
        )[1]
        for one in DEFAULTS
    ]


def _demand_documents(row: Project, verb: str) -> None:
    missing = [line.name for line in selectors.demanded(row, verb) if not line.is_there]
    if missing:
        raise Refused("documents_missing", _("该环节还缺材料：%(names)s。") % {"names": "、".join(missing)})


def _demand_facts(row: Project, verb: str) -> None:
    demand = _FACTS.get(verb)
    if demand and not demand[0](row):
        raise Refused("fact_missing", _(demand[1]))


def _passed(*kinds: str) -> Callable[[Project], bool]:
    return lambda row: all(
        row.acceptances.filter(kind=kind, passed=True, corrected_by__isnull=True).exists() for kind in kinds
    )


def _contracts_filed(row: Project) -> bool:
    if row.pays_directly:
        return True
    states = set(row.contracts.values_list("state", flat=True))
    return bool(states) and ContractState.DRAFT not in states


def _contracts_settled(row: Project) -> bool:
    return not row.contracts.filter(state__in=(ContractState.DRAFT, ContractState.FILED)).exists()


_FACTS: Mapping[str, tuple[Callable[[Project], bool], str]] = {
    "submit": (lambda row: row.cost_lines.exists(), label("请先填写概算明细。")),
    "pass_review": (stands_on_review, label("请先出具通过的评审结论，并关闭全部评审问题。")),
    "approve": (lambda row: row.approvals.exists(), label("请先登记批复。")),
    "fund": (lambda row: row.lines.exists(), label("请先登记预算。")),
    "award": (lambda row: row.pays_directly or row.contracts.exists(), label("请先登记合同。")),
    "begin": (_contracts_filed, label("请先完成全部合同的备案。")),
    "try_out": (_passed(AcceptanceKind.PRELIMINARY), label("请先登记通过的初步验收。")),
    "ask_final": (
        _passed(AcceptanceKind.SECURITY, AcceptanceKind.CIPHER, AcceptanceKind.SOFTWARE_TEST),
        label("请先登记通过的等保测评、密评和软件测试。"),
    ),
    "accept": (_passed(AcceptanceKind.FINAL), label("请先登记通过的竣工验收。")),
    "settle": (_contracts_settled, label("请先结算或终止全部合同。")),
}
