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

    REGISTERED = "registered", _l("已登记，阶段待补")
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
    DROPPED = "dropped", _l("不予立项或已撤销")


class Steps(models.TextChoices):
    """Steps of the life that may demand documents (``rules.life.DOCUMENTED``; a test compares)."""

    SUBMIT = "submit", _l("提交申报")
    PASS_CHECK = "pass_check", _l("形式审查通过")
    PASS_REVIEW = "pass_review", _l("评审通过，报专家会")
    PASS_MEETING = "pass_meeting", _l("专家会通过")
    APPROVE = "approve", _l("同意立项")
    FUND = "fund", _l("预算已落实")
    AWARD = "award", _l("采购完成")
    BEGIN = "begin", _l("合同已备案，开工")
    ASK_PRELIMINARY = "ask_preliminary", _l("申请初步验收")
    TRY_OUT = "try_out", _l("初步验收通过，试运行")
    ASK_ASSESSMENT = "ask_assessment", _l("试运行结束")
    ASK_FINAL = "ask_final", _l("申请竣工验收")
    ACCEPT = "accept", _l("竣工验收通过")
    SETTLE = "settle", _l("结算完成")
    EVALUATE = "evaluate", _l("绩效评价完成")
    RETIRE = "retire", _l("下线")


class CostBasis(models.TextChoices):
    """By what a price is known."""

    QUOTES = "quotes", _l("三家以上报价")
    PAST = "past", _l("同类合同")
    NORM = "norm", _l("定额标准")
    DOCUMENT = "document", _l("文件规定")


class ContractState(models.TextChoices):
    """A contract is prepared, then filed (备案) and in force, then settled or ended early."""

    DRAFT = "draft", _l("未备案")
    FILED = "filed", _l("已备案")
    SETTLED = "settled", _l("已结算")
    ENDED = "ended", _l("已终止")


class InstalmentKind(models.TextChoices):
    """What an instalment waits for: nothing but a confirmed advance, an acceptance, or the end of the warranty."""

    ADVANCE = "advance", _l("预付款")
    PROGRESS = "progress", _l("按验收支付")
    RETENTION = "retention", _l("质保金")


class ConfirmationKind(models.TextChoices):
    """Why money may be paid."""

    ADVANCE = "advance", _l("确认预付")
    ACCEPTANCE = "acceptance", _l("验收通过")
    WARRANTY = "warranty", _l("质保期满无质量问题")


FITTING: dict[InstalmentKind, tuple[ConfirmationKind, ...]] = {
    InstalmentKind.ADVANCE: (ConfirmationKind.ADVANCE, ConfirmationKind.ACCEPTANCE),
    InstalmentKind.PROGRESS: (ConfirmationKind.ACCEPTANCE,),
    InstalmentKind.RETENTION: (ConfirmationKind.WARRANTY,),
}
"""Why an instalment of a kind may be paid, the usual reason first (``migrations/0003`` holds it: ``projects_confirmation_kind``)."""


class AcceptanceKind(models.TextChoices):
    """What was looked at."""

    FUNCTION_TEST = "function_test", _l("功能测试")
    SOFTWARE_TEST = "software_test", _l("软件测试")
    SECURITY = "security", _l("等级保护测评")
    CIPHER = "cipher", _l("商用密码应用安全性评估")
    PERIOD = "period", _l("服务期验收")
    PRELIMINARY = "preliminary", _l("初步验收")
    FINAL = "final", _l("竣工验收")


class MoveKind(models.TextChoices):
    """How a budget line's amount changes."""

    GRANTED = "granted", _l("下达")
    ADJUSTED = "adjusted", _l("调整")
    CARRIED_OUT = "carried_out", _l("结转至下年")
    CARRIED_IN = "carried_in", _l("上年结转")
    RECALLED = "recalled", _l("收回")


class GuaranteeKind(models.TextChoices):
    """What a guarantee is for."""

    PERFORMANCE = "performance", _l("履约保证金")
    ADVANCE = "advance", _l("预付款担保")
    QUALITY = "quality", _l("质量保证金担保")


class GuaranteeForm(models.TextChoices):
    """In what it was given."""

    TRANSFER = "transfer", _l("转账")
    LETTER = "letter", _l("银行保函")
    INSURANCE = "insurance", _l("保险保函")
    OTHER = "other", _l("其他非现金形式")


class Criteria(models.TextChoices):
    """The five criteria of the city's rule (揭府办〔2019〕34号 article 5)."""

    NECESSITY = "necessity", _l("必要性")
    NORMATIVITY = "normativity", _l("规范性")
    FEASIBILITY = "feasibility", _l("可行性")
    SECURITY = "security", _l("安全性")
    COST = "cost", _l("资金概算的合理性")


class Verdicts(models.TextChoices):
    """What an expert, or all of them, say."""

    PASS = "pass", _l("通过")
    CONDITIONAL = "conditional", _l("有条件通过")
    FAIL = "fail", _l("不通过")


class ReviewState(models.TextChoices):
    """A review is committed to (the draw is fixed but hidden), drawn, and concluded."""

    COMMITTED = "committed", _l("已承诺，待给出随机词")
    WORDED = "worded", _l("待揭示抽取结果")
    DRAWN = "drawn", _l("评审中")
    CONCLUDED = "concluded", _l("已出结论")
