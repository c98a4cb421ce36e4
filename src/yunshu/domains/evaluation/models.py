"""Tables of the performance table. A ``Version`` is never changed; the draft is replaced as a whole.

The form itself is kept as the plain values of ``contracts.TableForm`` (one JSON document a version): what
was signed stays letter by letter what it was. Rows exist for what grows beside it: evidence, payments, scores.
"""

import pghistory
import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
TWO_PEOPLE = (Q(asker__isnull=False, decider__isnull=False) & ~Q(asker=F("decider"))) | (
    (Q(asker__isnull=True) | Q(decider__isnull=True)) & ~Q(asked_by=F("decided_by"))
)
"""By person, or by name where a program asked or decided."""


@pghistory.track()
class PerformanceTable(models.Model):
    """绩效目标表。One department, one year; its life is a case of the workflow."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    year = models.PositiveSmallIntegerField(_l("年度"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("部门"))
    title = models.CharField(_l("表名"), max_length=200)
    stage = models.CharField(_l("阶段"), max_length=24, default="draft")
    rule_set = models.CharField(_l("评分规则"), max_length=40, default="mof-2020")
    created_at = models.DateTimeField(_l("创建时间"))
    approved_at = models.DateTimeField(_l("批复时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("绩效目标表")
        ordering = ("-year", "org")
        constraints = [
            models.UniqueConstraint(name="evaluation_table_once", fields=["org", "year"]),
            models.CheckConstraint(name="evaluation_table_year", condition=Q(year__gte=2000) & Q(year__lte=2100)),
        ]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """版本。What the table said from one moment on; append-only by trigger."""

    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="versions", verbose_name=_l("绩效目标表"))
    ordinal = models.PositiveIntegerField(_l("版次"))
    form = models.JSONField(_l("内容"), encoder=DjangoJSONEncoder)
    digest = models.CharField(_l("摘要"), max_length=64)
    reason = models.CharField(_l("变更说明"), max_length=300)
    source = models.CharField(_l("来源"), max_length=200, blank=True)
    made_by = models.CharField(_l("编制人"), max_length=80)
    made_at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("版本")
        ordering = ("table", "-ordinal")
        constraints = [models.UniqueConstraint(name="evaluation_version_once", fields=["table", "ordinal"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"第{self.ordinal}版"


@pghistory.track()
class Binding(models.Model):
    """指标绑定。How an indicator is measured: by a metric of a domain, or by hand."""

    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="bindings", verbose_name=_l("绩效目标表"))
    indicator = models.PositiveSmallIntegerField(_l("指标序号"))
    metric = models.CharField(_l("度量"), max_length=80, blank=True)
    accumulates = models.BooleanField(_l("逐次累计"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _l("指标绑定")
        constraints = [models.UniqueConstraint(name="evaluation_binding_once", fields=["table", "indicator"])]

    def __str__(self) -> str:
        return self.metric or "人工佐证"


@pghistory.track()
class BindingChange(models.Model):
    """测量方式变更。How an approved table's indicator is to be measured from now on: asked for by one, decided by another."""

    class State(models.TextChoices):
        ASKED = "asked", _l("待审批")
        APPROVED = "approved", _l("已批准")
        REFUSED = "refused", _l("未批准")

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="binding_changes", verbose_name=_l("绩效目标表")
    )
    indicator = models.PositiveSmallIntegerField(_l("指标序号"))
    before = models.CharField(_l("原度量"), max_length=80, blank=True)
    metric = models.CharField(_l("度量"), max_length=80, blank=True)
    accumulates = models.BooleanField(_l("逐次累计"), default=False)
    reason = models.CharField(_l("变更理由"), max_length=500)
    state = models.CharField(_l("状态"), max_length=8, choices=State, default=State.ASKED)
    asked_by = models.CharField(_l("申请人"), max_length=80)
    asker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("申请人员")
    )
    asked_at = models.DateTimeField(_l("申请时间"))
    decided_by = models.CharField(_l("审批人"), max_length=80, blank=True)
    decider = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("审批人员")
    )
    decided_at = models.DateTimeField(_l("审批时间"), null=True, blank=True)
    opinion = models.CharField(_l("审批意见"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("测量方式变更")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="evaluation_binding_change_open", fields=["table", "indicator"], condition=Q(state="asked")
            ),
            models.CheckConstraint(
                name="evaluation_binding_change_decided",
                condition=Q(state="asked", decided_at__isnull=True)
                | Q(state__in=("approved", "refused"), decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="evaluation_binding_change_four_eyes", condition=~Q(state="approved") | TWO_PEOPLE
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.number


class Evidence(models.Model):
    """佐证。A value entered by hand with its proof; a correction is a new row that names the old one."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="evidence", verbose_name=_l("绩效目标表"))
    indicator = models.PositiveSmallIntegerField(_l("指标序号"))
    on = models.DateField(_l("发生日期"))
    value = models.DecimalField(_l("数值"), max_digits=18, decimal_places=4)
    statement = models.CharField(_l("说明"), max_length=500)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_l("更正")
    )
    withdrawn = models.BooleanField(_l("撤销原记录"), default=False)
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("佐证")
        ordering = ("-on", "-made_at")
        indexes = [models.Index(fields=["table", "indicator", "on"], name="evaluation_evidence_by")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


class MeasurementRow(models.Model):
    """测量。A figure at a moment, with the code and the data that made it; append-only."""

    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="measurements", verbose_name=_l("绩效目标表")
    )
    indicator = models.PositiveSmallIntegerField(_l("指标序号"))
    at = models.DateTimeField(_l("时间"))
    value = models.DecimalField(_l("数值"), max_digits=20, decimal_places=6, null=True)
    low = models.DecimalField(_l("下界"), max_digits=20, decimal_places=6, null=True)
    high = models.DecimalField(_l("上界"), max_digits=20, decimal_places=6, null=True)
    light = models.CharField(_l("灯号"), max_length=8)
    made_by = models.CharField(_l("程序"), max_length=120)
    made_from = models.CharField(_l("数据摘要"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _l("测量")
        ordering = ("table", "indicator", "-at")
        indexes = [models.Index(fields=["table", "indicator", "-at"], name="evaluation_measurement_by")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"


@pghistory.track()
class PlannedPayment(models.Model):
    """付款计划。One instalment of a task: what is due, when, by which fact of the contract."""

    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="planned", verbose_name=_l("绩效目标表"))
    task_kind = models.CharField(_l("任务类别"), max_length=8)
    task_ordinal = models.PositiveSmallIntegerField(_l("任务序号"))
    ordinal = models.PositiveSmallIntegerField(_l("期次"))
    due_on = models.DateField(_l("应付日期"), null=True, blank=True)
    amount_yuan = models.DecimalField(_l("应付金额（元）"), max_digits=18, decimal_places=2)
    basis = models.CharField(_l("依据"), max_length=300, blank=True)
    carried_over = models.BooleanField(_l("上年结转"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _l("付款计划")
        ordering = ("table", "task_kind", "task_ordinal", "ordinal")
        constraints = [
            models.UniqueConstraint(
                name="evaluation_planned_once", fields=["table", "task_kind", "task_ordinal", "ordinal"]
            ),
            models.CheckConstraint(name="evaluation_planned_positive", condition=Q(amount_yuan__gt=0)),
        ]

    def __str__(self) -> str:
        return f"第{self.ordinal}期"


@pghistory.track()
class TaskProject(models.Model):
    """任务对应项目。A project whose book of payments counts for a task; such a task has no payments of the table's own.

    A row stays when the two are taken apart (``is_linked`` off), so that no loader joins again what people parted.
    """

    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="task_projects", verbose_name=_l("绩效目标表")
    )
    task_kind = models.CharField(_l("任务类别"), max_length=8)
    task_ordinal = models.PositiveSmallIntegerField(_l("任务序号"))
    project = models.CharField(_l("项目编号"), max_length=24)
    is_linked = models.BooleanField(_l("对应中"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("任务对应项目")
        ordering = ("table", "task_kind", "task_ordinal", "project")
        constraints = [models.UniqueConstraint(name="evaluation_task_project_once", fields=["table", "project"])]

    def __str__(self) -> str:
        return self.project


class Payment(models.Model):
    """付款。Money that left; a mistake is reversed by a row of the opposite amount."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="payments", verbose_name=_l("绩效目标表"))
    task_kind = models.CharField(_l("任务类别"), max_length=8)
    task_ordinal = models.PositiveSmallIntegerField(_l("任务序号"))
    on = models.DateField(_l("付款日期"))
    amount_yuan = models.DecimalField(_l("付款金额（元）"), max_digits=18, decimal_places=2)
    voucher = models.CharField(_l("凭证号"), max_length=60)
    statement = models.CharField(_l("说明"), max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_l("冲销")
    )
    made_by = models.CharField(_l("登记人"), max_length=80)
    made_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("付款")
        ordering = ("-on", "-made_at")
        constraints = [
            models.CheckConstraint(
                name="evaluation_payment_sign",
                condition=Q(reverses__isnull=True, amount_yuan__gt=0) | Q(reverses__isnull=False, amount_yuan__lt=0),
            ),
            models.UniqueConstraint(
                name="evaluation_payment_voucher_once", fields=["table", "voucher"], condition=Q(reverses__isnull=True)
            ),
            models.CheckConstraint(name="evaluation_payment_not_itself", condition=~Q(reverses=F("id"))),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class SelfEvaluation(models.Model):
    """自评。What people add to the computed score: reasons for deviation and a summary; one a table."""

    table = models.OneToOneField(
        PerformanceTable, models.PROTECT, related_name="self_evaluation", verbose_name=_l("绩效目标表")
    )
    reasons = models.JSONField(_l("偏差原因"), default=dict)
    summary = models.TextField(_l("总体情况"), blank=True)
    changed_at = models.DateTimeField(_l("修改时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("自评")

    def __str__(self) -> str:
        return str(self.table)


class ImportDraft(models.Model):
    """导入稿。A file being imported: kept until it becomes a version, so that nothing typed is lost."""

    number = models.CharField(_l("编号"), max_length=24, unique=True)
    source = models.CharField(_l("来源文件"), max_length=200)
    content = models.BinaryField(_l("内容"))
    corrections = models.JSONField(_l("更正"), default=dict)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("部门"))
    made_by = models.CharField(_l("导入人"), max_length=80)
    made_at = models.DateTimeField(_l("时间"))
    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("绩效目标表")
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("导入稿")

    def __str__(self) -> str:
        return self.number


class LineDecision(models.Model):
    """评分认定。What a person decided about one line of a score; append-only, the newest of its kind counts."""

    class Kind(models.TextChoices):
        WEIGHT = "weight", _l("分值")
        JUDGEMENT = "judgement", _l("定性评定")
        INAPPLICABLE = "inapplicable", _l("不适用")
        TARGET = "target", _l("年初指标值是否偏低")

    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="decisions", verbose_name=_l("绩效目标表"))
    rule_set = models.CharField(_l("评分规则"), max_length=40)
    line = models.CharField(_l("评分项"), max_length=80)
    kind = models.CharField(_l("认定事项"), max_length=12, choices=Kind)
    choice = models.CharField(_l("认定结果"), max_length=20, blank=True)
    points = models.DecimalField(_l("分值或比例"), max_digits=8, decimal_places=4, null=True)
    basis = models.CharField(_l("依据"), max_length=500)
    made_by = models.CharField(_l("认定人"), max_length=80)
    made_at = models.DateTimeField(_l("认定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("评分认定")
        ordering = ("-pk",)
        indexes = [models.Index(name="evaluation_decision", fields=["table", "rule_set", "line", "kind", "-id"])]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.line} {self.kind} {self.choice}"


class SubmittedScore(models.Model):
    """提交的得分。The score as it stood when the self-evaluation was submitted; append-only, the newest counts.

    What is paid or measured later moves the live score, never this one.
    """

    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="submitted_scores", verbose_name=_l("绩效目标表")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name=_l("版本"))
    card = models.JSONField(_l("逐项得分"))
    total = models.DecimalField(_l("得分"), max_digits=6, decimal_places=2)
    grade = models.CharField(_l("等级"), max_length=8)
    reasons = models.JSONField(_l("偏差原因"), default=dict)
    summary = models.TextField(_l("总体情况"), blank=True)
    made_by = models.CharField(_l("提交人"), max_length=80)
    made_at = models.DateTimeField(_l("提交时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("提交的得分")
        ordering = ("-pk",)
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.table_id} {self.total}"


class FindingNote(models.Model):
    """核实说明。Why a warning of the fill-in rules may stand; append-only, valid while the warning says the same."""

    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="finding_notes", verbose_name=_l("绩效目标表")
    )
    rule = models.CharField(_l("填报规则"), max_length=60)
    where = models.CharField(_l("位置"), max_length=60)
    message = models.CharField(_l("提示"), max_length=500)
    reason = models.CharField(_l("说明"), max_length=500)
    made_by = models.CharField(_l("说明人"), max_length=80)
    made_at = models.DateTimeField(_l("说明时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("核实说明")
        ordering = ("-pk",)
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.rule} {self.where}"


class LinkSet(models.Model):
    """关联确认。Which goals and indicators belong to which tasks, as a person confirmed it; append-only, the newest counts."""

    table = models.ForeignKey(PerformanceTable, models.PROTECT, related_name="link_sets", verbose_name=_l("绩效目标表"))
    ordinal = models.PositiveIntegerField(_l("版次"))
    pairs = models.JSONField(_l("关联"))
    known = models.JSONField(_l("已确认的条目"))
    reason = models.CharField(_l("依据"), max_length=500)
    made_by = models.CharField(_l("确认人"), max_length=80)
    made_at = models.DateTimeField(_l("确认时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("关联确认")
        ordering = ("-pk",)
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.table_id} {self.ordinal}"


class MonitoringStatement(models.Model):
    """监控报告。What was reported at a node of the year: figures as computed then, and what people decided; append-only."""

    table = models.ForeignKey(
        PerformanceTable, models.PROTECT, related_name="statements", verbose_name=_l("绩效目标表")
    )
    through_month = models.PositiveSmallIntegerField(_l("监控期末月份"))
    rate = models.DecimalField(_l("预算执行率"), max_digits=8, decimal_places=4, null=True)
    progress = models.DecimalField(_l("目标进度"), max_digits=8, decimal_places=4, null=True)
    light = models.CharField(_l("灯号"), max_length=8)
    deviations = models.JSONField(_l("偏差"), default=list)
    choice = models.CharField(_l("处置"), max_length=20, blank=True)
    statement = models.CharField(_l("情况说明"), max_length=1000)
    made_by = models.CharField(_l("报告人"), max_length=80)
    made_at = models.DateTimeField(_l("报告时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("监控报告")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="evaluation_statement_month", condition=Q(through_month__gte=1) & Q(through_month__lte=12)
            )
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"1—{self.through_month}月"


class RuleChange(models.Model):
    """规则调整。An official's correction of a fill-in rule; append-only, the newest of a rule counts, defaults stay in data."""

    rule_set = models.CharField(_l("填报规则集"), max_length=40)
    rule = models.CharField(_l("填报规则"), max_length=60)
    version = models.PositiveIntegerField(_l("版次"))
    is_on = models.BooleanField(_l("启用"), default=True)
    severity = models.CharField(_l("级别"), max_length=8)
    parameters = models.JSONField(_l("参数"), default=dict)
    document = models.CharField(_l("核对的文件"), max_length=300, blank=True)
    reason = models.CharField(_l("调整依据"), max_length=500)
    made_by = models.CharField(_l("调整人"), max_length=80)
    made_at = models.DateTimeField(_l("调整时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("规则调整")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(name="evaluation_rule_change_once", fields=["rule_set", "rule", "version"])
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.rule} {self.version}"
