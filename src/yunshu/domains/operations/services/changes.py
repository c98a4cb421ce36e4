"""Changes: asked for, approved by somebody else before they start, begun, finished, or called off; and problems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.contracts import CHANGE_EDIT, PROOF_KIND, Proven
from yunshu.domains.operations.incident_choices import Risk
from yunshu.domains.operations.models import Change, ChangeTarget, Need, Target
from yunshu.domains.operations.rules import changes as life
from yunshu.domains.operations.selectors import changes as selectors
from yunshu.domains.operations.selectors.targets import visible_targets
from yunshu.domains.operations.services.incidents.handling import same_person
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class ChangeSpec:
    """What is to be changed, when, and what it takes down; ``targets`` are numbers."""

    title: str
    reason: str
    steps: str
    rollback: str
    starts_at: datetime
    ends_at: datetime
    targets: Sequence[str]
    risk: str = Risk.LOW
    with_dependents: bool = True


@transaction.atomic
def ask_change(*, actor: Viewer, org_code: str, spec: ChangeSpec, now: datetime) -> Change:
    """Ask for a maintenance window. ``with_dependents`` covers everything that needs a target, by whatever way.

    Raises NotFound (``org_not_found``, ``target_not_found``), NotPermitted and Refused (``change_incomplete``,
    ``window_inverted``, ``window_begun``, ``targets_missing``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found")
    actor.require(CHANGE_EDIT, org.path)
    _demand_sound(spec, now)
    targets = _covered(actor, spec)
    row = Change.objects.create(
        number=public_number("BG", clock.city_date(now)),
        title=spec.title.strip()[:120],
        reason=spec.reason.strip(),
        steps=spec.steps.strip(),
        rollback=spec.rollback.strip(),
        risk=spec.risk,
        org=org,
        starts_at=spec.starts_at,
        ends_at=spec.ends_at,
        stage=life.ASKED,
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        asked_at=now,
    )
    ChangeTarget.objects.bulk_create(ChangeTarget(change=row, target=target) for target in targets)
    subject = workflow.Subject(
        number=row.number,
        title=row.title,
        url=f"/console/operations/changes/{row.number}/",
        parties={life.ASKER: org.pk},
    )
    workflow.start(actor=actor, flow=life.CODE, subject=subject, now=now)
    words = {"reason": row.reason, "targets": sorted(t.number for t in targets), "risk": row.risk}
    _prove(row, "ask", actor, now, words)
    return row


def _demand_sound(spec: ChangeSpec, now: datetime) -> None:
    for name in ("title", "reason", "steps", "rollback"):
        if not getattr(spec, name).strip():
            raise Refused("change_incomplete", _("请写明事项、理由、实施步骤和回退方案。"), where=name)
    if spec.risk not in Risk.values:
        raise Refused("change_incomplete", _("请选择风险等级。"), where="risk")
    if spec.starts_at >= spec.ends_at:
        raise Refused("window_inverted", _("窗口结束须晚于开始。"), where="ends_at")
    if spec.starts_at <= now:
        raise Refused("window_begun", _("窗口开始须晚于现在：维护窗口须事先批准。"), where="starts_at")


def _covered(actor: Viewer, spec: ChangeSpec) -> list[Target]:
    named = list(visible_targets(actor).filter(number__in=spec.targets))
    if not named:
        raise Refused("targets_missing", _("请选择影响的对象。"), where="targets")
    if len(named) < len(set(spec.targets)):
        raise NotFound("target_not_found")
    if not spec.with_dependents:
        return named
    return list(Target.objects.filter(pk__in=_dependents({t.pk for t in named})).order_by("pk"))


def _dependents(seeds: Iterable[int]) -> set[int]:
    users: dict[int, list[int]] = {}
    for target, upstream in Need.objects.values_list("target_id", "upstream_id"):
        users.setdefault(upstream, []).append(target)
    found, queue = set(seeds), list(seeds)
    while queue:
        for user in users.get(queue.pop(), ()):
            if user not in found:
                found.add(user)
                queue.append(user)
    return found


@transaction.atomic
def move_change(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Change:
    """Take a step: approve, refuse, cancel, begin, finish.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``window_begun``, ``own_change``,
    ``window_not_open``, ``window_over``, ``reason_missing``).
    """
    seen = selectors.get_change(actor, number)
    row = Change.objects.select_for_update().get(pk=seen.pk)
    _demand_timely(row, verb, actor, now)
    case = workflow.act(actor=actor, flow=life.CODE, number=number, verb=verb, reason=reason, now=now)
    row.stage = case.state
    if verb == "approve":
        row.approved_by, row.approved_at = actor.name, now
        row.approver_id = getattr(actor, "person_id", None)
    elif verb == "begin":
        row.begun_at = now
    elif verb == "finish":
        row.finished_at, row.outcome = now, reason.strip()
    elif verb == "cancel":
        row.cancelled_at = now
    row.save()
    _prove(row, verb, actor, now, {"reason": reason.strip()})
    return row


def _demand_timely(row: Change, verb: str, actor: Viewer, now: datetime) -> None:
    if verb == "approve" and now >= row.starts_at:
        raise Refused("window_begun", _("窗口已经开始，不能再批准：维护窗口须事先批准。"))
    if verb == "approve" and same_person(row.asker_id, row.asked_by, actor):
        raise Refused("own_change", _("不能批准自己申请的变更。"))
    if verb == "begin" and now < row.starts_at:
        raise Refused("window_not_open", _("窗口尚未开始。"))
    if verb == "begin" and now >= row.ends_at:
        raise Refused("window_over", _("窗口已经结束，请取消后重新申请。"))


def _prove(row: Change, verb: str, actor: Viewer, now: datetime, words: dict[str, Any]) -> None:
    payload = {
        "verb": verb,
        "stage": row.stage,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "approved_at": row.approved_at,
        "finished_at": row.finished_at,
        **words,
    }
    ledger.record(kind=f"{PROOF_KIND}{Proven.CHANGE.value}", subject=row.number, payload=payload, by=actor, now=now)
