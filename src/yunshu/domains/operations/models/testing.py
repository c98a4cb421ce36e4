"""Acceptance evidence: test plans, their cases, every run, defects, who signed off."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.models.assets import KEPT
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.models.targets import Target
from yunshu.domains.operations.rules import testing as rules

_STILL = """
    PERFORM 1 FROM operations_testplan WHERE id = {plan} AND state <> 'signed_off' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the test plan is signed off'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_plan_still_open';
    END IF;
    RETURN NEW;
"""
_OF_CASE = "(SELECT plan_id FROM operations_testcase WHERE id = NEW.case_id)"


def _still_open(plan: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="still_open",
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        func=_STILL.format(plan=plan),
    )


@pghistory.track()
class TestPlan(models.Model):
    """测试方案. What of a system is tried before it is accepted; closed by its sign-off."""

    __test__ = False  # no test of ours, whatever pytest thinks of its name

    number = models.CharField(_l("方案编号"), max_length=24, unique=True)
    title = models.CharField(_l("方案名称"), max_length=100)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("建设单位"))
    system = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("信息系统")
    )
    scope = models.SlugField(_l("指标范围"), max_length=40, blank=True, db_index=True)
    contract = models.CharField(_l("合同编号"), max_length=40, blank=True)
    builder = models.CharField(_l("承建单位"), max_length=80, blank=True)
    state = models.CharField(_l("状态"), max_length=10, choices=choices_of(rules.STATES), default=rules.DRAFT)
    created_by = models.CharField(_l("编制人"), max_length=80)
    created_at = models.DateTimeField(_l("编制时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("测试方案")
        ordering = ["-created_at", "-pk"]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="signed_off_stays",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.state = 'signed_off' OR (NEW.state = 'signed_off' AND NOT EXISTS (
                        SELECT 1 FROM operations_signoff s WHERE s.plan_id = NEW.id))
                    THEN RAISE EXCEPTION 'a test plan is signed off by its sign-off, and stays so'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_plan_signed_off';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class TestCase(models.Model):
    """测试用例. What is done, what must come of it."""

    __test__ = False

    plan = models.ForeignKey(TestPlan, models.PROTECT, related_name="cases", verbose_name=_l("测试方案"))
    code = models.SlugField(_l("用例编号"), max_length=20)
    title = models.CharField(_l("用例名称"), max_length=120)
    kind = models.CharField(_l("测试类别"), max_length=14, choices=choices_of(rules.KINDS))
    steps = models.TextField(_l("操作步骤"))
    expected = models.TextField(_l("预期结果"))
    is_required = models.BooleanField(_l("验收必测"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("测试用例")
        ordering = ["plan", "code"]
        constraints = [models.UniqueConstraint(name="operations_case_once", fields=["plan", "code"])]
        triggers = [KEPT, _still_open("NEW.plan_id")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class TestRun(models.Model):
    """测试执行. One try of a case and what came of it; the newest counts. Append-only."""

    __test__ = False

    number = models.CharField(_l("执行编号"), max_length=24, unique=True)
    case = models.ForeignKey(TestCase, models.PROTECT, related_name="runs", verbose_name=_l("测试用例"))
    result = models.CharField(_l("结果"), max_length=8, choices=choices_of(rules.RESULTS))
    actual = models.TextField(_l("实际结果"))
    version = models.CharField(_l("被测版本"), max_length=40, blank=True)
    by = models.CharField(_l("测试人"), max_length=80)
    at = models.DateTimeField(_l("执行时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("测试执行")
        ordering = ["case", "-pk"]
        triggers = [APPEND_ONLY, _still_open(_OF_CASE)]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Defect(models.Model):
    """缺陷. Found by a run that failed; settled by a retest that passes, or accepted with a reason by somebody else."""

    number = models.CharField(_l("缺陷编号"), max_length=24, unique=True)
    case = models.ForeignKey(TestCase, models.PROTECT, related_name="defects", verbose_name=_l("测试用例"))
    run = models.ForeignKey(TestRun, models.PROTECT, related_name="+", verbose_name=_l("发现于"))
    retest = models.ForeignKey(TestRun, models.PROTECT, null=True, related_name="+", verbose_name=_l("复测执行"))
    severity = models.CharField(_l("严重程度"), max_length=8, choices=choices_of(rules.SEVERITIES))
    description = models.TextField(_l("缺陷描述"))
    state = models.CharField(_l("状态"), max_length=10, choices=choices_of(rules.DEFECTS), default=rules.OPEN)
    fix = models.TextField(_l("修复说明"), blank=True)
    reporter = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("提出人员"))
    reported_by = models.CharField(_l("提出人"), max_length=80)
    reported_at = models.DateTimeField(_l("提出时间"))
    accepted_by = models.CharField(_l("接受人"), max_length=80, blank=True)
    accepter = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("接受人员"))
    settled_at = models.DateTimeField(_l("销号时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("缺陷")
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="operations_defect_settled",
                condition=Q(state__in=["open", "fixed"], settled_at__isnull=True)
                | Q(state="closed", retest__isnull=False, settled_at__isnull=False)
                | (
                    Q(state="accepted", severity__in=sorted(rules.ACCEPTABLE), settled_at__isnull=False)
                    & ~Q(accepted_by="")
                ),
            ),
            models.CheckConstraint(
                name="operations_defect_two_people",
                condition=Q(reporter__isnull=True) | Q(accepter__isnull=True) | ~Q(reporter=F("accepter")),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="retest_passed",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.state = 'closed' AND NOT EXISTS (SELECT 1 FROM operations_testrun r WHERE r.id = NEW.retest_id
                        AND r.case_id = NEW.case_id AND r.result = 'pass' AND r.id > NEW.run_id)
                    THEN RAISE EXCEPTION 'a defect is closed by a later run of its case that passed'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_defect_retest';
                    END IF;
                    RETURN NEW;
                """,
            ),
            _still_open(_OF_CASE),
        ]

    def __str__(self) -> str:
        return self.number


class SignOff(models.Model):
    """测试签认. The statement that every demanded case passed; the database takes it only where it is true. Append-only."""

    plan = models.OneToOneField(TestPlan, models.PROTECT, related_name="sign_off", verbose_name=_l("测试方案"))
    passed = models.PositiveIntegerField(_l("通过数"))
    demanded = models.PositiveIntegerField(_l("必测数"))
    opinion = models.CharField(_l("签认意见"), max_length=500)
    digest = models.CharField(_l("结果摘要值"), max_length=64)
    by = models.CharField(_l("签认人"), max_length=80)
    at = models.DateTimeField(_l("签认时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("测试签认")
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="all_passed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    PERFORM 1 FROM operations_testplan WHERE id = NEW.plan_id FOR UPDATE;
                    IF NOT EXISTS (SELECT 1 FROM operations_testcase WHERE plan_id = NEW.plan_id AND is_required)
                       OR EXISTS (SELECT 1 FROM operations_testcase c WHERE c.plan_id = NEW.plan_id AND c.is_required
                            AND coalesce((SELECT r.result FROM operations_testrun r WHERE r.case_id = c.id
                                ORDER BY r.id DESC LIMIT 1), '') <> 'pass')
                       OR EXISTS (SELECT 1 FROM operations_defect d JOIN operations_testcase c ON c.id = d.case_id
                            WHERE c.plan_id = NEW.plan_id AND d.settled_at IS NULL)
                    THEN RAISE EXCEPTION 'a case has not passed or a defect is open'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_signoff_all_passed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.plan)
