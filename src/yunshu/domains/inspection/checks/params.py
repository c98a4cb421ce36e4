"""Parameters of checks: their shipped values with the source of each; an official changes them as data.

[V] was read in a public source, [R] is recalled and not confirmed, [I] is inferred (``inspection.md`` of the domain sheets).
"""

from collections.abc import Mapping
from typing import Any

SHIPPED: Mapping[str, Mapping[str, Any]] = {
    # 国办秘函〔2019〕19号, part 1, item 3 [V]
    "home_stale": {"days": 14},
    # item 4 [V]: news in two weeks, notices and policy files in six months
    "column_stale": {"news_days": 14, "policy_days": 183},
    "column_blank": {"words": ("暂无", "更新中", "建设中", "敬请期待", "没有内容", "无数据")},
    # item 5 [V]: three months; part 2 [V]: published replies within two months
    "message_unanswered": {"days": 90, "look_back_days": 365},
    # 15 working days without holidays [R]: the five working days of [V] hold for simple questions, which people judge
    "message_late": {"days": 61, "reply_days": 21, "look_back_days": 365},
    # item 6 [V in part], [R] for the last six; of a guide, four classes missing count [R]
    "guide_incomplete": {
        "elements": {
            "事项名称": ("事项名称", "服务名称", "服务事项", "办理事项"),
            "设定依据": ("设定依据", "办理依据", "法律依据", "实施依据"),
            "申请条件": ("申请条件", "受理条件", "办理条件"),
            "办理材料": ("办理材料", "申请材料", "申报材料", "提交材料", "所需材料"),
            "办理地点": ("办理地点", "受理地点", "办公地点", "办公地址", "办理窗口"),
            "办理时间": ("办理时间", "办公时间", "受理时间", "工作时间"),
            "联系电话": ("联系电话", "咨询电话", "咨询方式", "联系方式"),
            "办理流程": ("办理流程", "办理程序", "办事流程", "审批流程"),
            "办理时限": ("办理时限", "办结时限", "承诺时限", "法定时限"),
            "收费标准": ("收费标准", "收费情况", "收费依据", "是否收费"),
        },
        "missing": 4,
    },
    # part 2 [V Zhuzhou 2022-Q4]: five documents are sampled, here the newest
    "interpretation_missing": {"documents": 5, "words": ("解读", "读懂", "图解")},
    # part 2 [V]: within three months
    "statistics_stale": {"days": 92},
    # part 1, item 1 [V] names forged dates; days and shares are ours [I]: more than ``bulk`` old pages at once are a move
    "date_forged": {"days": 3, "bulk": 30, "share": 0.8},
    # Guangdong 2025-Q2 [V]; share and length are ours [I]
    "repost": {"share": 0.7, "characters": 60},
    # the mirror in the sheet's A7 [V]; shares are ours [I]
    "impersonation": {"share": 0.5, "paths": 8, "blocks": 12},
    # sheet A5 [V]: 30 days, TLS 1.2; whether plain HTTP must lead to HTTPS is for the city to say
    "tls": {"days_left": 30, "version": "TLSv1.2", "redirect": False},
    # percent; the portal's own targets are not known here [R]
    "ipv6": {"opened": 100, "second": 100, "third": 100},
    "account_stale": {"days": 14},
    "account_zombie": {"months": 3},
    "wording_serious": {"confidence": 0.5},
    "wording_wrong": {"confidence": 0.5},
    "spelling": {"confidence": 0.8},
    "privacy_leak": {"confidence": 0.6},
}
