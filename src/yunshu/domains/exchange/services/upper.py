"""What goes up and comes down: catalogue entries, data that is owed, tasks, cases; each step in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from pydantic import StringConstraints

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import cascade as reading
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import CaseKind, CaseState, DebtSide, ReportState
from yunshu.domains.exchange.contracts import NODE_OPERATE, REQUEST_EDIT, Proven
from yunshu.domains.exchange.models import (
    Agreement,
    DataDebt,
    EntryReport,
    Resource,
    ResourceVersion,
    UpperCase,
    UpperLink,
    UpperTask,
)
from yunshu.domains.exchange.rules import cascade as rules
from yunshu.domains.exchange.services import cascade, proof, telling
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

UPPER = System(name="上级平台")
CHASE_AGAIN = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class EntryAnswer:
    """What the level above says of an entry's version."""

    number: str
    version: int
    verdict: Literal["accepted", "returned"]
    upper_number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DebtAnswer:
    """What the level above says of data it owes."""

    number: str
    verdict: Literal["received", "delivered", "denied"]
    reason: str
    receipt: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TaskCome:
    """A task from above."""

    upper_number: Annotated[str, StringConstraints(max_length=60)]
    title: str
    content: str
    due_on: date | Literal[""] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskVerdict:
    """What the level above says of a task's answer."""

    upper_number: str
    verdict: Literal["accepted", "returned"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseAnswer:
    """What the level above says of a case."""

    number: str
    verdict: Literal["received", "granted", "refused"]
    answer: str


# the catalogue --------------------------------------------------------------------------------------------------------


def report_entry(row: Resource, now: datetime) -> None:
    """Tell the level above of an entry's latest version; nothing where there is no line to it."""
    if cascade.link() is None:
        return
    version = row.versions.get(ordinal=row.version)
    items = [
        {
            "title": i.title,
            "name": i.name,
            "type": i.data_type,
            "length": i.length,
            "grade": i.grade,
            "shared": i.is_shared,
        }
        for i in row.items.all()
    ]
    words = {
        "number": row.number,
        "code": row.code,
        "name": row.name,
        "org": row.org.code,
        "summary": row.summary,
        "sharing_type": row.sharing_type,
        "sharing_condition": row.sharing_condition,
        "legal_basis": row.legal_basis,
        "cycle": row.cycle,
        "items": items,
        "version": row.version,
        "digest": version.digest,
        "published_on": clock.city_date(version.made_at).isoformat(),
    }
    cascade.post("entry.report", row.number, words, now)
    kept = {"version": row.version, "state": ReportState.SENT, "reason": "", "reported_at": now}
    EntryReport.objects.update_or_create(resource=row, defaults=kept)


def report_retired(row: Resource, now: datetime) -> None:
    """Tell the level above that an entry is no longer in force."""
    if cascade.link() is None or row.code is None:
        return
    cascade.post("entry.retire", row.number, {"number": row.number, "code": row.code, "version": row.version}, now)
    EntryReport.objects.filter(resource=row).update(state=ReportState.RETIRED, reported_at=now)


@transaction.atomic
def reconcile(theirs: Sequence[Mapping[str, object]], now: datetime) -> int:
    """Compare what the level above has with the catalogue, tell again what differs; return how many entries differed.

    What it returned is not told again before its owner has changed it, or an operator sends it anew.
    """
    line = UpperLink.objects.select_for_update(no_key=True).get(code=cascade.PROVINCE)
    rows = {row.code: row for row in selectors.published().select_related("org")}
    latest = ResourceVersion.objects.filter(resource__in=selectors.published(), ordinal=F("resource__version"))
    ours = [
        rules.Listed(code=code or "", version=version, digest=digest)
        for code, version, digest in latest.values_list("resource__code", "ordinal", "digest")
    ]
    returned = EntryReport.objects.filter(state=ReportState.RETURNED, version=F("resource__version"))
    held = set(returned.values_list("resource__code", flat=True))
    found = rules.differences(ours, theirs)
    for each in found:
        if each.code in held:
            continue
        if each.code in rows:
            report_entry(rows[each.code], now)
        else:
            cascade.post("entry.retire", "", {"number": "", "code": each.code, "version": 0}, now)
    line.differences = [{"code": e.code, "what": "returned" if e.code in held else e.what} for e in found]
    line.reconciled_at = now
    line.save(update_fields=["differences", "reconciled_at"])
    return len(found)


def _entry_answered(said: EntryAnswer, now: datetime) -> None:
    row = EntryReport.objects.select_for_update().filter(resource__number=said.number).first()
    if row is None:
        raise NotFound("resource_not_found", _("没有上报过这个目录。"))
    if row.version != said.version or row.state == ReportState.RETIRED:
        return
    row.state = ReportState.ACCEPTED if said.verdict == "accepted" else ReportState.RETURNED
    row.upper_number, row.reason = said.upper_number[:60], said.reason[:500]
    row.answered_at = now
    row.save()
    if row.state == ReportState.RETURNED:
        telling.of_returned(row, now)


def _entry_unwanted(subject: str, reason: str, now: datetime) -> None:
    row = EntryReport.objects.filter(resource__number=subject).first()
    if row is not None:
        row.state, row.reason, row.answered_at = ReportState.RETURNED, reason[:500], now
        row.save()
        telling.of_returned(row, now)


# data that is owed ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DebtSpec:
    """What is needed, why, and of which entry where the city owes it."""

    side: str
    name: str
    content: str
    basis: str
    resource: str = ""


@transaction.atomic
def ask_debt(*, actor: Viewer, org_code: str, spec: DebtSpec, now: datetime) -> DataDebt:
    """Register data that an upper level must return. Raises NotFound, NotPermitted, Refused (``debt_incomplete``)."""
    org = _org(org_code)
    actor.require(REQUEST_EDIT, org.path)
    for name in ("name", "content", "basis"):
        if not getattr(spec, name).strip():
            raise Refused("debt_incomplete", _("请写明要什么数据、哪些信息项和范围、依据是什么。"), where=name)
    resource = selectors.published().filter(number=spec.resource).first() if spec.resource else None
    if spec.side == DebtSide.LOWER and resource is None:
        raise Refused("debt_incomplete", _("请选择本市目录中的数据；目录里没有的登记到需求清单。"), where="resource")
    row = DataDebt.objects.create(
        number=public_number("HL", clock.city_date(now)),
        side=spec.side,
        creditor=org,
        supplier=resource.org if spec.side == DebtSide.LOWER and resource else reading.bureau(),
        name=spec.name.strip()[:200],
        content=spec.content.strip(),
        basis=spec.basis.strip(),
        resource=resource if spec.side == DebtSide.LOWER else None,
        stage=rules.OWED,
        asked_by=actor.name,
        asked_at=now,
    )
    subject = workflow.Subject(
        number=row.number,
        title=_("数据回流：%(name)s") % {"name": row.name},
        url=f"/console/exchange/debts/{row.number}/",
        parties={rules.CREDITOR: org.pk, rules.SUPPLIER: row.supplier_id},
    )
    case = workflow.start(actor=actor, flow=rules.DEBT, subject=subject, now=now)
    opened = workflow.open_task_of(case)
    row.due_at = opened.due_at if opened else None
    row.save(update_fields=["due_at"])
    if row.side == DebtSide.UPPER:
        words = {"number": row.number, "org": org.code, "name": row.name, "content": row.content, "basis": row.basis}
        cascade.post("debt.ask", row.number, words | {"due_at": row.due_at and row.due_at.isoformat()}, now)
    _prove(Proven.DEBT, row, "ask", "", actor, now)
    return row


@transaction.atomic
def move_debt(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime, agreement: str = "") -> DataDebt:
    """Take a step. What the city delivered to a county is shown by an agreement whose first delivery arrived.

    Raises NotFound, NotPermitted, Conflict and Refused (``upper_says``, ``debt_unproven``, ``reason_missing``).
    """
    row = reading.visible_debts(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("debt_not_found")
    is_upper = row.side == DebtSide.UPPER
    if is_upper and verb in rules.DEBT_FROM_ABOVE and cascade.link() is not None and actor != UPPER:
        raise Refused("upper_says", _("上级平台已联通，是否回流以上级的答复为准。"))
    if verb == "deliver" and not is_upper:
        row.agreement = _proof_of(row, agreement)
    if verb == "deliver" and is_upper and not row.receipt:
        row.receipt = {"note": reason.strip()[:500]}
    before = row.stage
    case = workflow.act(actor=actor, flow=rules.DEBT, number=number, verb=verb, reason=reason, now=now)
    row.stage = case.state
    row.answer = reason.strip() if verb in rules.DEBT_FROM_ABOVE else row.answer
    row.ended_at = now if row.stage in rules.DEBT_FINAL else None
    row.save()
    opened = workflow.open_task_of(case)
    if opened is not None and row.stage == rules.OWED:
        row.due_at = opened.due_at
        row.save(update_fields=["due_at"])
    if is_upper and verb in rules.DEBT_TOLD:
        cascade.post(f"debt.{verb}", row.number, {"number": row.number, "reason": reason.strip()}, now)
    _prove(Proven.DEBT, row, verb, before, actor, now)
    telling.of_debt(row, now)
    return row


@transaction.atomic
def chase_debt(*, actor: Viewer, number: str, now: datetime) -> DataDebt:
    """Remind whoever owes it, once a day at most. Raises NotFound, NotPermitted, Refused (``chased_today``)."""
    row = reading.visible_debts(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("debt_not_found")
    actor.require(REQUEST_EDIT, row.creditor.path)
    if row.stage != rules.OWED:
        raise Conflict("verb_not_possible", _("当前状态不能催办。"))
    if row.chased_at is not None and now - row.chased_at < CHASE_AGAIN:
        raise Refused("chased_today", _("24 小时内已经催办过。"))
    row.chased, row.chased_at = row.chased + 1, now
    row.save(update_fields=["chased", "chased_at"])
    if row.side == DebtSide.UPPER:
        cascade.post("debt.chase", row.number, {"number": row.number, "times": row.chased}, now)
    else:
        telling.of_chase(row, now)
    _prove(Proven.DEBT, row, "chase", row.stage, actor, now)
    return row


def _proof_of(row: DataDebt, number: str) -> Agreement:
    found = Agreement.objects.filter(number=number.strip(), resource=row.resource, consumer=row.creditor).first()
    if found is None or found.first_delivered_at is None:
        text = _("请填写需要单位使用该数据、且已经送达过的共享协议编号。")
        raise Refused("debt_unproven", text, where="agreement")
    return found


def _debt_answered(said: DebtAnswer, now: datetime) -> None:
    row = DataDebt.objects.select_for_update().filter(number=said.number, side=DebtSide.UPPER).first()
    if row is None:
        raise NotFound("debt_not_found", _("没有这个回流事项。"))
    if said.verdict == "received":
        row.received_at = row.received_at or now
        row.save(update_fields=["received_at"])
        return
    if said.verdict == "delivered":
        row.receipt = said.receipt or {"note": said.reason[:500]}
        row.save(update_fields=["receipt"])
    verb = {"delivered": "deliver", "denied": "deny"}[said.verdict]
    move_debt(actor=UPPER, number=row.number, verb=verb, reason=said.reason.strip() or _("上级没有写明。"), now=now)


# tasks from above -----------------------------------------------------------------------------------------------------


def _task_came(said: TaskCome, now: datetime) -> None:
    if UpperTask.objects.filter(upper_number=said.upper_number).exists():
        return
    row = UpperTask.objects.create(
        number=public_number("SJ", clock.city_date(now)),
        upper_number=said.upper_number,
        title=said.title.strip()[:200] or _("上级任务"),
        content=said.content,
        due_on=said.due_on or None,
        stage=rules.ASSIGNING,
        came_at=now,
    )
    subject = workflow.Subject(
        number=row.number,
        title=_("上级任务：%(name)s") % {"name": row.title},
        url=f"/console/exchange/upper-tasks/{row.number}/",
        parties={rules.BUREAU: reading.bureau().pk},
    )
    workflow.start(actor=UPPER, flow=rules.TASK, subject=subject, now=now)
    _prove(Proven.UPPER_TASK, row, "came", "", UPPER, now)


@transaction.atomic
def move_task(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime, org_code: str = "") -> UpperTask:
    """Take a step of a task from above; an answer goes up. Raises NotFound, NotPermitted, Conflict, Refused."""
    row = reading.visible_tasks(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("task_not_found")
    if verb in rules.FROM_ABOVE and cascade.link() is not None and actor != UPPER:
        raise Refused("upper_says", _("上级平台已联通，以上级的认定为准。"))
    parties: dict[str, int] = {}
    if verb == "assign":
        if not org_code:
            raise Refused("org_missing", _("请选择承办单位。"), where="org")
        row.org = _org(org_code)
        parties = {rules.OWNER: row.org.pk}
    before = row.stage
    case = workflow.act(actor=actor, flow=rules.TASK, number=number, verb=verb, reason=reason, now=now, parties=parties)
    row.stage = case.state
    if verb in ("answer", "decline"):
        row.answer, row.answered_at = reason.strip(), now
        words = {"upper_number": row.upper_number, "verdict": verb, "answer": row.answer}
        cascade.post("task.answer", row.number, words, now)
    row.ended_at = now if row.stage == rules.CLOSED else None
    row.save()
    _prove(Proven.UPPER_TASK, row, verb, before, actor, now)
    return row


def _task_judged(said: TaskVerdict, now: datetime) -> None:
    row = UpperTask.objects.select_for_update().filter(upper_number=said.upper_number).first()
    if row is None:
        raise NotFound("task_not_found", _("没有这个上级任务。"))
    UpperTask.objects.filter(pk=row.pk).update(verdict=said.reason[:500])
    verb = {"accepted": "accepted", "returned": "sent_back"}[said.verdict]
    move_task(actor=UPPER, number=row.number, verb=verb, reason=said.reason or _("上级没有写明。"), now=now)


# cases ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CaseSpec:
    """What is asked of the level above."""

    kind: str
    name: str
    content: str
    basis: str


@transaction.atomic
def send_case(*, actor: Viewer, org_code: str, spec: CaseSpec, now: datetime) -> UpperCase:
    """Ask the level above for data, or doubt its data. Raises NotFound, NotPermitted, Refused (``upper_missing``…)."""
    org = _org(org_code)
    actor.require(REQUEST_EDIT, org.path)
    if cascade.link() is None:
        raise Refused("upper_missing", _("还没有与上级平台联通，请按原有渠道报送。"))
    if spec.kind not in CaseKind.values or not all((spec.name.strip(), spec.content.strip(), spec.basis.strip())):
        raise Refused("case_incomplete", _("请写明是什么数据、要求什么、依据是什么。"), where="content")
    row = UpperCase.objects.create(
        number=public_number("BQ", clock.city_date(now)),
        kind=spec.kind,
        org=org,
        name=spec.name.strip()[:200],
        content=spec.content.strip(),
        basis=spec.basis.strip(),
        made_by=actor.name,
        made_at=now,
    )
    words = {"number": row.number, "kind": row.kind, "org": org.code, "name": row.name}
    cascade.post("case.send", row.number, words | {"content": row.content, "basis": row.basis}, now)
    proof.of(Proven.UPPER_CASE, row.number, words, actor, now)
    return row


def _case_answered(said: CaseAnswer, now: datetime) -> None:
    row = UpperCase.objects.select_for_update().filter(number=said.number).first()
    if row is None:
        raise NotFound("case_not_found", _("没有这个报请事项。"))
    row.state, row.answer = CaseState(said.verdict), said.answer
    row.ended_at = now if row.state in (CaseState.GRANTED, CaseState.REFUSED) else None
    row.save()
    words = {"verdict": row.state, "answer": row.answer}
    proof.of(Proven.UPPER_CASE, row.number, words, UPPER, now)
    if row.ended_at:
        telling.of_case(row, now)


def _case_unwanted(subject: str, reason: str, now: datetime) -> None:
    _case_answered(CaseAnswer(number=subject, verdict="refused", answer=reason), now)


@transaction.atomic
def send_again(*, actor: Viewer, message: int, now: datetime) -> None:
    """Send a refused message anew. Raises NotFound, NotPermitted, Conflict (``message_not_refused``)."""
    actor.require(NODE_OPERATE, reading.bureau().path)
    row = reading.visible_messages(actor).filter(pk=message).first()
    if row is None:
        raise NotFound("message_not_found")
    cascade.send_again(row, now)


@transaction.atomic
def ask_reconciliation(*, actor: Viewer) -> None:
    """Let the catalogues be compared with the next round, whenever the last time was. Raises NotPermitted."""
    actor.require(NODE_OPERATE, reading.bureau().path)
    UpperLink.objects.filter(code=cascade.PROVINCE).update(reconciled_at=None)


def _org(code: str) -> Org:
    org = Org.objects.filter(code=code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": code})
    return org


def _prove(kind: Proven, row: DataDebt | UpperTask, verb: str, before: str, actor: Viewer, now: datetime) -> None:
    proof.of(kind, row.number, {"verb": verb, "from": before, "to": row.stage}, actor, now)


cascade.TAKES |= {
    "entry.answer": cascade.taking(EntryAnswer, _entry_answered),
    "debt.answer": cascade.taking(DebtAnswer, _debt_answered),
    "task.send": cascade.taking(TaskCome, _task_came),
    "task.verdict": cascade.taking(TaskVerdict, _task_judged),
    "case.answer": cascade.taking(CaseAnswer, _case_answered),
}
cascade.UNWANTED |= {"entry.report": _entry_unwanted, "case.send": _case_unwanted}
