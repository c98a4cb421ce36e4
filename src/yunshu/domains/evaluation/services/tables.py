"""The table itself: made from a reading, changed as a new version, moved through its life."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import scored, selectors
from yunshu.domains.evaluation.contracts import TABLE_EDIT, Finding, Severity, TableForm, form_digest, form_to_json
from yunshu.domains.evaluation.models import Binding, FindingNote, PerformanceTable, SubmittedScore, Version
from yunshu.domains.evaluation.rules.life import BUREAU, CODE, FINANCE, FROZEN_BY_SUBMIT, OWNER
from yunshu.domains.evaluation.rules.scoring import Scorecard
from yunshu.domains.evaluation.services import proof
from yunshu.domains.evaluation.services.locks import EDITABLE, locked_table
from yunshu.domains.evaluation.standing import findings_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

TO_MONITORING = ("submit", "pass_department", "pass_bureau", "approve", "monitor")
COUNTED_UNITS = frozenset({"个", "次", "台", "项", "人次", "场"})


@transaction.atomic
def create_table(*, actor: Viewer, org_code: str, form: TableForm, source: str, now: datetime) -> PerformanceTable:
    """Make the table of a department and year, its first version and its case.

    Every step is guarded by a permission over this department: the finance bureau's reviewers hold theirs from above.
    Raises NotFound (``org_not_found``), NotPermitted and Conflict (``table_exists``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": org_code})
    actor.require(TABLE_EDIT, org.path)
    if PerformanceTable.objects.filter(org=org, year=form.year).exists():
        raise Conflict("table_exists", _("该部门 %(year)s 年已有绩效目标表。") % {"year": form.year})
    table = PerformanceTable.objects.create(
        number=public_number("JX", clock.city_date(now)),
        year=form.year,
        org=org,
        title=form.title,
        rule_set="mof-2020",
        created_at=now,
    )
    _add_version(table, form, actor, _("首次导入"), source, now)
    for indicator in form.indicators:
        Binding.objects.create(table=table, indicator=indicator.ordinal, accumulates=indicator.unit in COUNTED_UNITS)
    subject = workflow.Subject(
        number=table.number,
        title=table.title,
        url=f"/console/tables/{table.number}/",
        parties=dict.fromkeys((OWNER, BUREAU, FINANCE), org.pk),
    )
    workflow.start(actor=actor, flow=CODE, subject=subject, now=now)
    return table


def _add_version(
    table: PerformanceTable, form: TableForm, actor: Viewer, reason: str, source: str, now: datetime
) -> Version:
    last = table.versions.order_by("-ordinal").first()
    row = Version.objects.create(
        table=table,
        ordinal=(last.ordinal if last else 0) + 1,
        form=form_to_json(form),
        digest=form_digest(form),
        reason=reason,
        source=source[:200],
        made_by=actor.name,
        made_at=now,
    )
    proof.of_version(row, actor, now)
    return row


@transaction.atomic
def save_version(
    *, actor: Viewer, number: str, form: TableForm, reason: str, expected: int, source: str, now: datetime
) -> Version:
    """Replace the draft by a new version, on top of version ``expected``.

    Raises NotFound, NotPermitted, Conflict (``version_stale``) and Refused (``table_not_editable``,
    ``reason_missing``, ``year_changed``, ``nothing_changed``).
    """
    table = locked_table(actor, number, TABLE_EDIT)
    if table.stage not in EDITABLE:
        raise Refused("table_not_editable", _("只有填报中或年中调整的绩效目标表可以修改。"))
    newest = selectors.newest_version(table)
    if newest.ordinal != expected:
        raise Conflict("version_stale", _("该表已被他人修改为第 %(n)s 版，请先查看再提交。") % {"n": newest.ordinal})
    if not reason.strip():
        raise Refused("reason_missing", _("请填写变更说明。"), where="reason")
    if form.year != table.year:
        raise Refused("year_changed", _("年度不能改变：应为 %(year)s 年。") % {"year": table.year}, where="title")
    if form_digest(form) == newest.digest:
        raise Refused("nothing_changed", _("内容没有变化。"))
    table.title = form.title
    table.save(update_fields=["title"])
    return _add_version(table, form, actor, reason.strip(), source, now)


@transaction.atomic
def move_table(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> PerformanceTable:
    """Take a step of the table's life. Submission is refused while a fill-in rule says error.

    A warning must have been explained, a score must lack nothing. Raises NotFound (``table_not_found``),
    NotPermitted, Conflict (``verb_not_possible``) and Refused (``rules_broken``, ``warnings_unexplained``,
    ``score_incomplete``, ``reason_missing``).
    """
    table = selectors.visible_tables(actor).select_for_update(of=("self",)).filter(number=number).first()
    if table is None:
        raise NotFound("table_not_found")
    if verb in FROZEN_BY_SUBMIT:
        _demand_sound(table)
    card = _demand_scored(table, clock.city_date(now)) if verb == "submit_score" else None
    before = table.stage
    case = workflow.act(actor=actor, flow=CODE, number=number, verb=verb, reason=reason, now=now)
    table.stage = case.state
    if verb == "approve":
        table.approved_at = now
    table.save(update_fields=["stage", "approved_at"])
    proof.of_step(table, verb, before, reason, actor, now)
    if card is not None:
        _keep_score(table, card, actor, now)
    return table


@transaction.atomic
def explain_finding(*, actor: Viewer, number: str, rule: str, where: str, reason: str, now: datetime) -> FindingNote:
    """Write down why a warning may stand. An error cannot be explained away.

    Raises NotFound (``table_not_found``, ``finding_not_found``), NotPermitted and Refused (``table_not_editable``,
    ``reason_missing``).
    """
    table = locked_table(actor, number, TABLE_EDIT)
    if table.stage not in EDITABLE:
        raise Refused("table_not_editable", _("只有填报中或年中调整的绩效目标表可以修改。"))
    found = next((f for f in warnings_of(table) if (f.rule, f.where) == (rule, where)), None)
    if found is None:
        raise NotFound("finding_not_found")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写核实说明。"), where="reason")
    return FindingNote.objects.create(
        table=table,
        rule=rule,
        where=where,
        message=found.message[:500],
        reason=reason.strip()[:500],
        made_by=actor.name,
        made_at=now,
    )


def warnings_of(table: PerformanceTable) -> list[Finding]:
    """Return the warnings about what the table says now."""
    form = selectors.form_of(selectors.newest_version(table))
    return [f for f in findings_of(form, table) if f.severity is Severity.WARNING]


def _demand_sound(table: PerformanceTable) -> None:
    found = findings_of(selectors.form_of(selectors.newest_version(table)), table)
    errors = [f for f in found if f.severity is Severity.ERROR]
    if errors:
        raise Refused(
            "rules_broken",
            _("有 %(n)s 处不符合填报要求：%(first)s") % {"n": len(errors), "first": errors[0].message},
        )
    noted = selectors.finding_notes(table)
    open_ones = [f for f in found if f.severity is Severity.WARNING and (f.rule, f.where, f.message[:500]) not in noted]
    if open_ones:
        raise Refused(
            "warnings_unexplained",
            _("有 %(n)s 处提示需要修改或写明核实说明：%(first)s")
            % {"n": len(open_ones), "first": open_ones[0].message},
        )


def _demand_scored(table: PerformanceTable, today: date) -> Scorecard:
    card = scored.scorecards(table, today).cards[0]
    if card.needs:
        raise Refused(
            "score_incomplete",
            _("自评还有 %(n)s 项没有完成：%(first)s") % {"n": len(card.needs), "first": card.needs[0]},
        )
    return card


def _keep_score(table: PerformanceTable, card: Scorecard, actor: Viewer, now: datetime) -> None:
    given = scored.self_evaluation(table)
    row = SubmittedScore.objects.create(
        table=table,
        version=selectors.newest_version(table),
        card=scored.SCORECARD.dump_python(card, mode="json"),
        total=card.total,
        grade=card.grade,
        reasons=given.reasons if given else {},
        summary=given.summary if given else "",
        made_by=actor.name,
        made_at=now,
    )
    proof.of_score(row, actor, now)


@transaction.atomic
def take_to_monitoring(*, actor: Viewer, number: str, explanation: str, reason: str, now: datetime) -> int:
    """Take a filled-in table through every review into monitoring, its warnings explained; return how many there were.

    For a table that was approved elsewhere before it came here, and for demonstrations. Raises as ``explain_finding`` and
    ``move_table``.
    """
    found = warnings_of(locked_table(actor, number, TABLE_EDIT))
    for one in found:
        explain_finding(actor=actor, number=number, rule=one.rule, where=one.where, reason=explanation, now=now)
    for verb in TO_MONITORING:
        move_table(actor=actor, number=number, verb=verb, reason=reason, now=now)
    return len(found)
