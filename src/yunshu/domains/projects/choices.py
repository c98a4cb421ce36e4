"""Choices of the tables of projects with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class ProjectKind(models.TextChoices):
    """What is paid for: 建设类 and 运维类 as the city's rule splits them; services, running costs, loans beside them."""

    BUILD = "build", _l("建设类")
    OPERATION = "operation", _l("运维类")
    SERVICE = "service", _l("服务类")
    EXPENSE = "expense", _l("日常经费")
    LOAN = "loan", _l("贷款偿还")


class Stage(models.TextChoices):
    """The life cycle of a municipal informatisation project (揭府办〔2019〕34号; the order beyond approval: usual practice)."""

    APPLICATION = "application", _l("需求申报")
    FORMAL_CHECK = "formal_check", _l("形式审查")
    REVIEW = "review", _l("第三方评审")
    MEETING = "meeting", _l("专家会")
    APPROVAL = "approval", _l("立项批复")
    BUDGET = "budget", _l("预算下达")
    PROCUREMENT = "procurement", _l("采购")
    CONTRACT = "contract", _l("合同备案")
    START = "start", _l("开工实施")
    PRELIMINARY = "preliminary", _l("初步验收")
    TRIAL = "trial", _l("试运行")
    ASSESSMENT = "assessment", _l("等保密评与软件测试")
    FINAL = "final", _l("竣工验收")
    SETTLEMENT = "settlement", _l("结算")
    PERFORMANCE = "performance", _l("绩效评价")
    OPERATION = "operation", _l("运行维护")
    RETIRED = "retired", _l("下线")
