"""Software and function tests of a deployment: planned, run, defects mended or accepted, signed off where all demanded passed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import TEST_APPROVE, TEST_EDIT, Proven
from yunshu.domains.operations.models import Defect, SignOff, Target, TestCase, TestPlan, TestRun
from yunshu.domains.operations.rules import testing as rules
from yunshu.domains.operations.selectors import testing as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import org_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class PlanSpec:
    """What is tried before acceptance; ``scope`` is what an indicator asks for (``oa``)."""

    title: str
    scope: str = ""
    system: str = ""
    contract: str = ""
    builder: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseSpec:
    """One case."""

    code: str
    title: str
    kind: str
    steps: str
    expected: str
    is_required: bool = True


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One try of a case; a failure names its defect."""

    result: str
    actual: str
    version: str = ""
    severity: str = ""


@transaction.atomic
def create_plan(*, actor: Viewer, org: str, spec: PlanSpec, now: datetime) -> TestPlan:
    """Begin a plan. Raises NotFound (``org_not_found``, ``target_not_found``), NotPermitted and Refused (``title_missing``)."""
    unit = org_of(org)
    actor.require(TEST_EDIT, unit.path)
    if not spec.title.strip():
        raise Refused("title_missing", _("请填写方案名称。"), where="title")
    system = Target.objects.filter(number=spec.system).first() if spec.system else None
    if spec.system and system is None:
        raise NotFound("target_not_found")
    row = TestPlan.objects.create(
        number=public_number("CS", clock.city_date(now)),
        org=unit,
        system=system,
        title=spec.title.strip()[:100],
        scope=spec.scope.strip(),
        contract=spec.contract.strip(),
        builder=spec.builder.strip(),
        created_by=actor.name[:80],
        created_at=now,
    )
    proof.of(Proven.TEST, row.number, {"verb": "plan", "title": row.title, "scope": row.scope}, actor, now)
    return row


@transaction.atomic
def add_case(*, actor: Viewer, plan: str, spec: CaseSpec) -> TestCase:
    """Add a case. Raises NotFound, NotPermitted, Conflict (``plan_signed_off``, ``case_known``) and Refused (``case_faulty``)."""
    row = _open(actor, plan)
    if spec.kind not in rules.KINDS or not spec.code.strip() or not spec.title.strip():
        raise Refused("case_faulty", _("请填写用例编号、名称和类别。"), where="code")
    if not spec.steps.strip() or not spec.expected.strip():
        raise Refused("case_faulty", _("请写明操作步骤和预期结果。"), where="steps")
    if row.cases.filter(code=spec.code).exists():
        raise Conflict("case_known", _("用例编号已有：%(code)s") % {"code": spec.code})
    return TestCase.objects.create(plan=row, **vars(spec))


@transaction.atomic
def record_run(*, actor: Viewer, plan: str, case: str, spec: RunSpec, now: datetime) -> TestRun:
    """Record a try of a case. A failure opens a defect; a pass closes the case's defects that were mended.

    Raises NotFound (``plan_not_found``, ``case_not_found``), NotPermitted, Conflict (``plan_signed_off``) and Refused
    (``result_unknown``, ``actual_missing``, ``severity_missing``).
    """
    row = _open(actor, plan)
    which = selectors.get_case(row, case)
    if spec.result not in rules.RESULTS:
        raise Refused("result_unknown", _("请选择结果。"), where="result")
    if not spec.actual.strip():
        raise Refused("actual_missing", _("请写明实际结果。"), where="actual")
    if spec.result == rules.FAIL and spec.severity not in rules.SEVERITIES:
        raise Refused("severity_missing", _("不通过的须选择缺陷的严重程度。"), where="severity")
    run = TestRun.objects.create(
        number=public_number("ZX", clock.city_date(now)),
        case=which,
        result=spec.result,
        actual=spec.actual.strip(),
        version=spec.version.strip()[:40],
        by=actor.name[:80],
        at=now,
    )
    if spec.result == rules.FAIL:
        _open_defect(run, spec, actor, now)
    if spec.result == rules.PASS:
        which.defects.filter(state=rules.FIXED).update(state=rules.CLOSED, retest=run, settled_at=now)
    if row.state == rules.DRAFT:
        row.state = rules.RUNNING
        row.save(update_fields=["state"])
    words = {"verb": "run", "case": which.code, "run": run.number, "result": run.result, "version": run.version}
    digest = hashlib.sha256(run.actual.encode()).hexdigest()
    proof.of(Proven.TEST, row.number, words | {"actual": digest}, actor, now)
    return run


@transaction.atomic
def mend_defect(*, actor: Viewer, plan: str, number: str, fix: str, now: datetime) -> Defect:
    """Say how a defect was mended; it is settled by a later run that passes. Raises NotFound, NotPermitted, Conflict and Refused (``fix_missing``)."""
    row, defect = _defect(actor, plan, number)
    if defect.state != rules.OPEN:
        raise Conflict("verb_not_possible", _("缺陷已经修复或销号。"))
    if not fix.strip():
        raise Refused("fix_missing", _("请写明怎样修复。"), where="words")
    defect.state, defect.fix = rules.FIXED, fix.strip()
    defect.save(update_fields=["state", "fix"])
    proof.of(Proven.TEST, row.number, {"verb": "mend", "defect": number}, actor, now)
    return defect


@transaction.atomic
def accept_defect(*, actor: Viewer, plan: str, number: str, reason: str, now: datetime) -> Defect:
    """Accept a minor defect for good, by somebody else than who reported it.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``too_severe``, ``own_proposal``, ``reason_missing``).
    """
    row, defect = _defect(actor, plan, number)
    actor.require(TEST_APPROVE, row.org.path)
    if defect.settled_at is not None:
        raise Conflict("verb_not_possible", _("缺陷已经修复或销号。"))
    if defect.severity not in rules.ACCEPTABLE:
        raise Refused("too_severe", _("致命和严重的缺陷不能带着验收。"))
    me = getattr(actor, "person_id", None)
    if defect.reporter_id is not None and defect.reporter_id == me:
        raise Refused("own_proposal", _("不能接受自己提出的缺陷。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请填写接受的理由。"), where="words")
    defect.state, defect.fix, defect.settled_at = rules.ACCEPTED, reason.strip(), now
    defect.accepted_by, defect.accepter_id = actor.name[:80], me
    defect.save()
    words = {"verb": "accept", "defect": number, "severity": defect.severity, "reason": defect.fix}
    proof.of(Proven.TEST, row.number, words, actor, now)
    return defect


@transaction.atomic
def sign_off(*, actor: Viewer, plan: str, opinion: str, now: datetime) -> SignOff:
    """State that every demanded case passed; the digest of all runs goes to the ledger.

    Raises NotFound, NotPermitted, Conflict (``plan_signed_off``) and Refused (``no_cases``, ``cases_not_passed``,
    ``defects_open``, ``reason_missing``).
    """
    row = _open(actor, plan)
    actor.require(TEST_APPROVE, row.org.path)
    lines = selectors.lines_of(row)
    facts = [line.facts for line in lines]
    if objections := rules.objections(facts):
        raise Refused(objections[0], objection_text(objections[0]))
    if not opinion.strip():
        raise Refused("reason_missing", _("请填写签认意见。"), where="words")
    passed, demanded = rules.passed(facts)
    runs = [[line.case.code, line.last.number if line.last else "", line.facts.result] for line in lines]
    digest = hashlib.sha256(json.dumps(runs).encode()).hexdigest()
    try:
        with transaction.atomic():
            made = SignOff.objects.create(
                plan=row,
                passed=passed,
                demanded=demanded,
                opinion=opinion.strip()[:500],
                digest=digest,
                by=actor.name[:80],
                at=now,
            )
    except IntegrityError as error:
        raise Refused("cases_not_passed", _("数据库核对未通过，请刷新后查看未通过的用例。")) from error
    row.state = rules.SIGNED_OFF
    row.save(update_fields=["state"])
    words = {"verb": "sign_off", "passed": passed, "demanded": demanded, "digest": digest}
    proof.of(Proven.TEST, row.number, words, actor, now)
    return made


def objection_text(code: str) -> str:
    """Return in a sentence what stands against signing off."""
    return {
        "no_cases": _("没有必测的用例，不能签认。"),
        "cases_not_passed": _("还有必测用例没有通过，不能签认。"),
        "defects_open": _("还有缺陷没有销号，不能签认。"),
    }[code]


def _open_defect(run: TestRun, spec: RunSpec, actor: Viewer, now: datetime) -> Defect:
    return Defect.objects.create(
        number=public_number("QX", clock.city_date(now)),
        case=run.case,
        run=run,
        severity=spec.severity,
        description=spec.actual.strip(),
        reporter_id=getattr(actor, "person_id", None),
        reported_by=actor.name[:80],
        reported_at=now,
    )


def _open(actor: Viewer, number: str) -> TestPlan:
    seen = selectors.get_plan(actor, number)
    row = TestPlan.objects.select_for_update(of=("self",)).select_related("org").get(pk=seen.pk)
    if not actor.may(TEST_APPROVE, row.org.path):
        actor.require(TEST_EDIT, row.org.path)
    if row.state == rules.SIGNED_OFF:
        raise Conflict("plan_signed_off", _("测试方案已经签认。"))
    return row


def _defect(actor: Viewer, plan: str, number: str) -> tuple[TestPlan, Defect]:
    row = _open(actor, plan)
    defect = Defect.objects.select_for_update(of=("self",)).filter(case__plan=row, number=number).first()
    if defect is None:
        raise NotFound("defect_not_found")
    return row, defect
