"""Which documents a step demands where the city has not corrected them (table ``DocumentRule``).

Usual practice of municipal informatisation projects; none was read in 揭府办〔2019〕34号 itself, so each is data to be checked.
"""

from dataclasses import dataclass

from yunshu.lib.kernel.labels import label


@dataclass(frozen=True)
class Demand:
    """One document at one step."""

    code: str
    verb: str
    name: str


DEFAULTS = (
    Demand("submit-plan", "submit", label("项目建设方案（含需求分析）")),
    Demand("submit-costs", "submit", label("项目投资概算书")),
    Demand("submit-security", "submit", label("网络安全与密码应用方案")),
    Demand("pass_review-report", "pass_review", label("第三方评审报告")),
    Demand("pass_meeting-opinion", "pass_meeting", label("专家评审意见")),
    Demand("approve-document", "approve", label("立项批复文件")),
    Demand("fund-document", "fund", label("预算批复文件")),
    Demand("award-notice", "award", label("中标（成交）通知书")),
    Demand("begin-contract", "begin", label("合同文本")),
    Demand("begin-plan", "begin", label("实施计划")),
    Demand("ask_preliminary-report", "ask_preliminary", label("初步验收申请")),
    Demand("try_out-opinion", "try_out", label("初步验收意见")),
    Demand("ask_assessment-report", "ask_assessment", label("试运行报告")),
    Demand("ask_final-security", "ask_final", label("等级保护测评报告")),
    Demand("ask_final-cipher", "ask_final", label("商用密码应用安全性评估报告")),
    Demand("ask_final-software", "ask_final", label("软件测试报告")),
    Demand("accept-opinion", "accept", label("竣工验收意见")),
    Demand("settle-report", "settle", label("结算审核报告")),
    Demand("evaluate-report", "evaluate", label("绩效评价报告")),
    Demand("retire-approval", "retire", label("下线审批与数据处置记录")),
)
SOURCE = "市级信息化项目通行做法，未见于揭府办〔2019〕34号原文，待核"
