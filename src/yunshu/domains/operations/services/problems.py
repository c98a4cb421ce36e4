"""Problems: the cause behind incidents, searched for, known, rooted out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import INCIDENT_HANDLE, PROOF_KIND, Proven
from yunshu.domains.operations.incident_choices import ProblemState
from yunshu.domains.operations.models import Change, Problem
from yunshu.domains.operations.selectors import changes as selectors
from yunshu.domains.operations.selectors.incidents import visible_incidents
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class ProblemSpec:
    """What is known of a problem; ``incidents`` and ``change`` are numbers."""

    title: str
    description: str
    incidents: Sequence[str] = ()
    state: str = ProblemState.OPEN
    root_cause: str = ""
    workaround: str = ""
    solution: str = ""
    change: str = ""


@transaction.atomic
def open_problem(*, actor: Viewer, org_code: str, spec: ProblemSpec, now: datetime) -> Problem:
    """Register a problem. Raises NotFound, NotPermitted and Refused (``problem_incomplete``)."""
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(INCIDENT_HANDLE, org.path)
    row = Problem(number=public_number("WT", clock.city_date(now)), org=org, opened_by=actor.name, opened_at=now)
    return _write(row, actor, spec, now)


@transaction.atomic
def save_problem(*, actor: Viewer, number: str, spec: ProblemSpec, now: datetime) -> Problem:
    """Write down what was found. Raises NotFound, NotPermitted and Refused (``problem_incomplete``)."""
    seen = selectors.get_problem(actor, number)
    row = Problem.objects.select_for_update().select_related("org").get(pk=seen.pk)
    actor.require(INCIDENT_HANDLE, row.org.path)
    return _write(row, actor, spec, now)


def _write(row: Problem, actor: Viewer, spec: ProblemSpec, now: datetime) -> Problem:
    _demand_sound(spec)
    linked = list(visible_incidents(actor).filter(number__in=spec.incidents))
    if len(linked) < len(set(spec.incidents)):
        raise NotFound("incident_not_found", _("有故障编号不存在。"))
    row.change = _change(actor, spec.change)
    for name in ("title", "description", "state", "root_cause", "workaround", "solution"):
        setattr(row, name, getattr(spec, name).strip())
    solved = row.state == ProblemState.SOLVED
    row.solved_at = (row.solved_at or now) if solved else None
    row.save()
    row.incidents.set(linked)
    payload = {
        "title": row.title,
        "state": row.state,
        "root_cause": row.root_cause,
        "solution": row.solution,
        "incidents": sorted(i.number for i in linked),
        "change": spec.change,
    }
    ledger.record(kind=f"{PROOF_KIND}{Proven.PROBLEM.value}", subject=row.number, payload=payload, by=actor, now=now)
    return row


def _change(actor: Viewer, number: str) -> Change | None:
    if not number:
        return None
    row = selectors.visible_changes(actor).filter(number=number).first()
    if row is None:
        raise NotFound("change_not_found", _("没有找到。"), where="change")
    return row


def _demand_sound(spec: ProblemSpec) -> None:
    if not spec.title.strip() or not spec.description.strip():
        raise Refused("problem_incomplete", _("请写明问题和情况。"), where="title")
    if spec.state not in ProblemState.values:
        raise Refused("problem_incomplete", _("没有这个状态。"), where="state")
    if spec.state != ProblemState.OPEN and not spec.root_cause.strip():
        raise Refused("problem_incomplete", _("已知错误须写明根本原因。"), where="root_cause")
    if spec.state == ProblemState.SOLVED and not spec.solution.strip():
        raise Refused("problem_incomplete", _("根除须写明办法。"), where="solution")
