"""Mending: answered, suspended and resumed, restored, confirmed or not, reviewed, reopened, merged, graded anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.files import api as files
from yunshu.domains.operations.contracts import INCIDENT_APPROVE, INCIDENT_HANDLE
from yunshu.domains.operations.incident_choices import CauseKind, PauseGround, Priority, StandKind
from yunshu.domains.operations.models import Incident, IncidentTarget, PauseRequest, PostMortem
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import levels
from yunshu.domains.operations.selectors.incidents import INCIDENT_FILES, may_add, visible_incidents
from yunshu.domains.operations.services.incidents import steps, telling
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

REOPEN_WITHIN = timedelta(days=30)
PLAIN = frozenset(
    {
        "respond",
        "grant_pause",
        "deny_pause",
        "drop_pause",
        "resume",
        "confirm",
        "refuse",
        "reopen",
        "reopen_own",
        "void",
    }
)
"""Verbs that need a reason at most."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """What was wrong and what was done; ``attachments`` are the evidence."""

    cause_kind: str
    cause: str
    action: str
    attachments: Sequence[files.Upload] = ()


@dataclass(frozen=True, kw_only=True)
class Review:
    """A post-mortem."""

    course: str
    root_cause: str
    measures: str
    good: str = ""


@transaction.atomic
def move_incident(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Incident:
    """Take a step that needs no more than a reason (``PLAIN``).

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``, ``not_a_person``,
    ``own_request``, ``reopen_too_late``, ``verb_unknown``).
    """
    if verb not in PLAIN:
        raise Refused("verb_unknown", _("没有这个操作。"))
    row = steps.locked(actor, number)
    taken = life.confirming(row.priority) if verb == "confirm" else verb
    _demand_fitting(row, verb, actor, now)
    steps.move(row, taken, actor, now, reason)
    _change(row, verb, actor, now)
    step = steps.append(row, taken, actor, now, reason.strip())
    steps.settle(row, now)
    telling.of_step(row, now, step.seq)
    return row


def _demand_fitting(row: Incident, verb: str, actor: Viewer, now: datetime) -> None:
    if verb == "respond" and isinstance(actor, System):
        raise Refused("not_a_person", _("响应须由人员作出，系统通知不算响应。"))
    if verb == "grant_pause":
        asked = row.pause_requests.last()
        if asked is not None and (same_person(asked.asker_id, asked.asked_by, actor)):
            raise Refused("own_request", _("不能批准自己提出的挂起申请。"))
    if verb in life.REOPENS and row.closed_at is not None and now > row.closed_at + REOPEN_WITHIN:
        raise Refused("reopen_too_late", _("关闭已超过 30 天，请报告新的故障。"))


def same_person(person_id: int | None, name: str, actor: Viewer) -> bool:
    """Say whether ``actor`` is who did something: by person, or by name where a program did it."""
    mine = getattr(actor, "person_id", None)
    return name == actor.name if mine is None or person_id is None else mine == person_id


def _change(row: Incident, verb: str, actor: Viewer, now: datetime) -> None:
    if verb == "respond":
        row.responded_at, row.responded_by = now, actor.name
        _hold(row, actor)
    elif verb == "grant_pause":
        asked = row.pause_requests.last()
        if asked is None:
            raise Conflict("pause_not_asked", _("没有挂起申请。"))
        steps.stand(
            row,
            StandKind.SUSPENDED,
            now,
            ground=asked.ground,
            reason=asked.reason,
            asked_by=asked.asked_by,
            asker_id=asked.asker_id,
            approved_by=actor.name,
            approver_id=getattr(actor, "person_id", None),
        )
    elif verb == "resume":
        steps.go_on(row, now)
    elif verb == "confirm":
        steps.go_on(row, now)
        if row.stage == life.CLOSED:
            _close(row, now)
    elif verb == "refuse" or verb in life.REOPENS:
        steps.go_on(row, now)
        row.restored_at = row.recovered_at = row.closed_at = None
    elif verb == "void":
        row.closed_at = now
        _end_outages(row, now)


def _end_outages(row: Incident, now: datetime) -> None:
    """Whoever approves says that it is up, or never was down: probes may be wrong."""
    row.members.filter(until__isnull=True).update(until=now)


def _close(row: Incident, now: datetime) -> None:
    row.closed_at = now
    steps.stand(row, StandKind.CLOSED, now)


def _hold(row: Incident, actor: Viewer) -> None:
    person = getattr(actor, "person_id", None)
    if person is not None:
        row.holder = Person.objects.get(pk=person)


@transaction.atomic
def ask_pause(*, actor: Viewer, number: str, ground: str, reason: str, now: datetime) -> Incident:
    """Ask for a suspension; the clocks run until somebody else grants it.

    Raises NotFound, NotPermitted, Conflict and Refused (``ground_unknown``, ``reason_missing``).
    """
    if ground not in PauseGround.values:
        raise Refused("ground_unknown", _("请选择挂起事由。"), where="ground")
    row = steps.locked(actor, number)
    steps.move(row, "ask_pause", actor, now, reason)
    PauseRequest.objects.create(
        incident=row,
        ground=ground,
        reason=reason.strip(),
        asked_by=actor.name,
        asker_id=getattr(actor, "person_id", None),
        asked_at=now,
    )
    steps.append(row, "ask_pause", actor, now, reason.strip(), {"ground": ground})
    steps.settle(row, now)
    return row


@transaction.atomic
def restore_incident(*, actor: Viewer, number: str, spec: Mended, now: datetime) -> Incident:
    """Report that it works again: cause, action, evidence. The users' unit has the next word.

    Raises NotFound, NotPermitted, Conflict, Refused (``cause_missing``, ``still_down``) and what ``files.attach`` raises.
    """
    for name, value in (("cause", spec.cause), ("action", spec.action)):
        if not value.strip():
            raise Refused("cause_missing", _("请写明原因和处置措施。"), where=name)
    if spec.cause_kind not in CauseKind.values:
        raise Refused("cause_missing", _("请选择原因类别。"), where="cause_kind")
    row = steps.locked(actor, number)
    _demand_up(row, actor)
    steps.move(row, "restore", actor, now)
    row.cause_kind, row.cause, row.action = spec.cause_kind, spec.cause.strip(), spec.action.strip()
    row.restored_at = now
    _end_outages(row, now)
    steps.stand(row, StandKind.CONFIRMING, now)
    row.save()
    cards = _attach(row, actor, spec.attachments, now)
    data = {"cause_kind": row.cause_kind, "cause": row.cause, "action": row.action, "files": [c.sha256 for c in cards]}
    step = steps.append(row, "restore", actor, now, row.action, data)
    steps.settle(row, now)
    telling.of_step(row, now, step.seq)
    return row


def _demand_up(row: Incident, actor: Viewer) -> None:
    """Refuse while probes see it down, unless who approves says otherwise: a probe may be wrong."""
    down = row.members.filter(until__isnull=True).select_related("target")
    if actor.may(INCIDENT_APPROVE, row.org.path):
        return
    names = _("、").join(member.target.name for member in down[:5])
    if names:
        raise Refused("still_down", _("监测仍显示中断：%(names)s。") % {"names": names})


@transaction.atomic
def add_evidence(*, actor: Viewer, number: str, words: str, uploads: Sequence[files.Upload], now: datetime) -> Incident:
    """Add a note, with files or without, to an incident that is not over.

    Raises NotFound, NotPermitted, Refused (``words_missing``, ``incident_over``) and what ``files.attach`` raises.
    """
    row = steps.locked(actor, number)
    if not may_add(actor, row.number):
        raise NotPermitted("not_permitted", _("您没有“处置故障”的权限。"))
    if row.stage in life.FINAL:
        raise Refused("incident_over", _("故障单已归档，不能再添加记录。"))
    if not words.strip():
        raise Refused("words_missing", _("请写明情况。"), where="words")
    cards = _attach(row, actor, uploads, now)
    steps.append(row, "note", actor, now, words.strip(), {"files": [card.sha256 for card in cards]})
    return row


def _attach(row: Incident, actor: Viewer, uploads: Sequence[files.Upload], now: datetime) -> list[files.AttachmentCard]:
    return [
        files.attach(actor=actor, owner_kind=INCIDENT_FILES, owner_id=row.number, upload=upload, now=now)
        for upload in uploads
    ]


@transaction.atomic
def review_incident(*, actor: Viewer, number: str, spec: Review, now: datetime) -> Incident:
    """Write the post-mortem of a grave incident and close it. Raises NotFound, NotPermitted, Conflict, Refused (``review_incomplete``)."""
    for name in ("course", "root_cause", "measures"):
        if not getattr(spec, name).strip():
            raise Refused("review_incomplete", _("请写明经过、根本原因和改进措施。"), where=name)
    row = steps.locked(actor, number)
    steps.move(row, "review", actor, now)
    words = {name: getattr(spec, name).strip() for name in ("course", "root_cause", "good", "measures")}
    PostMortem.objects.update_or_create(incident=row, defaults=words | {"written_by": actor.name, "written_at": now})
    _close(row, now)
    step = steps.append(row, "review", actor, now, words["root_cause"], words)
    steps.settle(row, now)
    telling.of_step(row, now, step.seq)
    return row


@transaction.atomic
def assign_incident(*, actor: Viewer, number: str, person_id: int, now: datetime) -> Incident:
    """Give an open incident to a person who may mend it. Raises NotFound, NotPermitted and Refused (``person_may_not``)."""
    row = steps.locked(actor, number)
    actor.require(INCIDENT_HANDLE, row.org.path)
    case = workflow.get_case(life.CODE, number)
    task = workflow.open_task_of(case)
    if task is None or row.stage not in (life.REPORTED, life.HANDLING, life.SUSPENDED):
        raise Conflict("verb_not_possible", _("当前状态不能转交。"))
    workflow.hand_over(actor=steps.WATCHER, task_id=task.pk, person_id=person_id, now=now)
    row.holder = Person.objects.get(pk=person_id)
    steps.append(row, "assign", actor, now, row.holder.name)
    steps.settle(row, now)
    return row


@transaction.atomic
def grade_incident(*, actor: Viewer, number: str, priority: str, reason: str, now: datetime) -> Incident:
    """Give another priority: other promises on the same clocks, from the same start, with every pause there was.

    A lighter one promises less, so whoever approves gives it, not whoever mends. Raises NotFound, NotPermitted and Refused
    (``priority_unknown``, ``reason_missing``, ``incident_over``).
    """
    row = steps.locked(actor, number)
    actor.require(INCIDENT_APPROVE if priority > row.priority else INCIDENT_HANDLE, row.org.path)
    if priority not in Priority.values or priority == row.priority:
        raise Refused("priority_unknown", _("请选择另一个优先级。"), where="priority")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写意见。"), where="reason")
    if row.stage not in life.MENDING:
        raise Refused("incident_over", _("故障已恢复，不能再调整优先级。"))
    before, row.priority = row.priority, priority
    row.level, row.promises = levels.strictest(steps.levels_of(row), priority, row.opened_at)
    steps.append(row, "grade", actor, now, reason.strip(), {"from": before, "to": priority, "promises": row.promises})
    steps.settle(row, now)
    return row


@transaction.atomic
def merge_incident(*, actor: Viewer, number: str, into: str, reason: str, now: datetime) -> Incident:
    """Put an incident under another of the same fault; return the other.

    It keeps the earlier answer, the graver priority, every scope, target and report: merging makes nothing lighter.

    Raises NotFound, NotPermitted, Conflict and Refused (``merge_itself``, ``merge_closed``, ``merge_younger``).
    """
    if number == into:
        raise Refused("merge_itself", _("不能并入自己。"), where="into")
    if not visible_incidents(actor).filter(number=into).exists():
        raise NotFound("incident_not_found", _("没有找到。"), where="into")
    rows = {n: steps.locked(actor, n) for n in sorted((number, into))}
    row, kept = rows[number], rows[into]
    actor.require(INCIDENT_HANDLE, kept.org.path)
    if kept.stage not in life.MENDING:
        raise Refused("merge_closed", _("只能并入处置中的故障单。"), where="into")
    if kept.opened_at > row.opened_at:
        raise Refused("merge_younger", _("请把较晚的故障单并入较早的：时钟从最早受理算起。"), where="into")
    merge(row, kept, actor, reason, now)
    return kept


def merge(row: Incident, kept: Incident, actor: Viewer, reason: str, now: datetime) -> None:
    """Merge two locked incidents."""
    steps.go_on(row, now)
    steps.move(row, "merge", actor, now, reason)
    row.merged_into, row.closed_at = kept, now
    row.reports.update(incident=kept)
    for member in row.members.all():
        same = kept.members.filter(target=member.target, until=member.until).first()
        if same is None:
            IncidentTarget.objects.create(incident=kept, target=member.target, since=member.since, until=member.until)
        elif member.since < same.since:
            same.since = member.since
            same.save(update_fields=["since"])
    steps.widen(kept, row.scopes, row.priority, now, row.promises)
    if kept.responded_at is None and row.responded_at is not None:
        steps.move(kept, "respond", actor, now, _("并入的故障单已响应。"))
        kept.responded_at = max(row.responded_at, kept.opened_at)
        kept.responded_by, kept.holder = row.responded_by, row.holder
    steps.append(row, "merge", actor, now, reason.strip(), {"into": kept.number})
    steps.append(kept, "merge_in", actor, now, reason.strip(), {"merged": row.number})
    steps.settle(row, now)
    steps.settle(kept, now)


@transaction.atomic
def archive_incidents(*, now: datetime) -> int:
    """Put away what was closed so long ago that it cannot be reopened; return how many. Safe to run twice."""
    rows = Incident.objects.select_for_update(skip_locked=True).filter(
        stage=life.CLOSED, closed_at__lt=now - REOPEN_WITHIN
    )
    done = 0
    for row in rows.order_by("pk")[:500]:
        steps.move(row, "archive", steps.WATCHER, now)
        steps.append(row, "archive", steps.WATCHER, now)
        steps.settle(row, now)
        done += 1
    return done
