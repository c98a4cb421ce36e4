"""Numbers of rules as they hold where the city has not corrected them (table ``Limit``); each with where it is from.

``verified`` False: recalled, not read in the original; an official looks it up and corrects the row.
"""

from dataclasses import dataclass
from decimal import Decimal

from yunshu.lib.kernel.labels import label


@dataclass(frozen=True)
class LimitFact:
    """One number with its unit and source."""

    code: str
    name: str
    value: Decimal
    unit: str
    source: str
    verified: bool = False


RECALLED = "凭记忆，待核"
DEFAULTS = (
    LimitFact(
        "change_reapproval_percent",
        label("合同累计增加超过此比例须重新报批"),
        Decimal(10),
        "%",
        f"概算调整超过10%重新报批的通行做法（{RECALLED}）",
    ),
    LimitFact(
        "performance_bond_percent",
        label("履约保证金占合同金额的上限"),
        Decimal(10),
        "%",
        f"政府采购法实施条例第四十八条（{RECALLED}）",
    ),
    LimitFact(
        "small_supplier_days",
        label("中小企业款项的付款期限"),
        Decimal(30),
        "天",
        f"保障中小企业款项支付条例：交付之日起30日内（{RECALLED}）",
    ),
    LimitFact(
        "small_supplier_days_most",
        label("中小企业款项约定付款期限的上限"),
        Decimal(60),
        "天",
        f"保障中小企业款项支付条例：约定最长60日（{RECALLED}）",
    ),
    LimitFact("experts_least", label("评审专家最少人数（须为奇数）"), Decimal(5), "人", f"通行做法（{RECALLED}）"),
    LimitFact(
        "expert_conflict_years", label("专家与单位、供应商关系的回避年限"), Decimal(3), "年", f"通行做法（{RECALLED}）"
    ),
    LimitFact("score_spread", label("偏离其他专家几个标准差须复核"), Decimal(2), "倍", "本平台默认值，可调整"),
    LimitFact("score_floor", label("复核时标准差的下限"), Decimal(5), "分", "本平台默认值，可调整"),
    LimitFact("score_pass", label("各项评分的及格线"), Decimal(60), "分", "本平台默认值，可调整"),
    LimitFact("duplicate_likeness", label("疑似重复建设的相似度"), Decimal("0.3"), "", "本平台默认值，可调整"),
    LimitFact(
        "review_fee_yuan",
        label("全市年度第三方评审服务费上限"),
        Decimal(1_000_000),
        "元",
        "2022年市直部门整体预算绩效目标表：实际服务费用按实结算，最多不超过100万元",
        verified=True,
    ),
    LimitFact("days_formal_check", label("形式审查工作日"), Decimal(5), "工作日", "本平台默认值，可调整"),
    LimitFact("days_review", label("第三方评审工作日"), Decimal(20), "工作日", "本平台默认值，可调整"),
    LimitFact("days_meeting", label("专家会工作日"), Decimal(10), "工作日", "本平台默认值，可调整"),
    LimitFact("days_approval", label("批复工作日"), Decimal(10), "工作日", "本平台默认值，可调整"),
    LimitFact("reminder_days", label("付款和担保到期前几天提醒"), Decimal(15), "天", "本平台默认值，可调整"),
)
BY_CODE = {fact.code: fact for fact in DEFAULTS}
