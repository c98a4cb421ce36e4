"""The words of the official form: labels, headers, known categories, in the spellings that forms use.

Labels are compared folded (``texts.fold``): half-width, without white space, so ``财政供养 人员数`` is found too.
"""

from __future__ import annotations

import re

from yunshu.domains.evaluation.contracts import TaskKind

TITLE_WORDS = ("绩效目标表", "绩效目标申报表")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年)")
CHINESE_YEAR = re.compile(r"([一二][〇零○OＯ九][〇零○一二三四五六七八九]{2})(?=年)")
CHINESE_DIGITS = {**dict.fromkeys("〇零○OＯ", "0"), **{c: str(n) for n, c in enumerate("一二三四五六七八九", 1)}}

DEPARTMENT = frozenset({"部门名称", "部门(单位)名称", "预算部门", "预算部门名称"})
FUND_DEPARTMENT = frozenset({"资金主管部门", "主管部门"})
BASIC = frozenset({"基本信息"})
STAFF = frozenset({"财政供养人员数", "财政供养人员数量", "财政供养人数"})
SUBUNITS = frozenset({"下属二级单位数", "下属二级预算单位数", "下属二级单位数量", "下属单位数"})
HEAD = DEPARTMENT | FUND_DEPARTMENT | BASIC | STAFF | SUBUNITS

FUNDS = frozenset({"预算整体情况"})
EXPENDITURE, REVENUE = frozenset({"财政支出分类", "支出分类"}), frozenset({"收入来源"})
FUND_AMOUNT = re.compile(r"预算金额(?:\((?P<unit>亿元|万元|元)\))?")
CATEGORIES = {"expenditure": ("基本支出", "项目支出"), "revenue": ("财政拨款", "其他资金")}
PROJECT = "项目支出"

GOALS = frozenset({"总体绩效目标", "年度总体绩效目标", "年度总体目标", "总体目标"})

KEY_TASKS = frozenset({"年度重点工作任务", "重点工作任务"})
OTHER_TASKS = frozenset({"其他需完成任务", "其他需完成的任务", "其他工作任务"})
PARTS = {TaskKind.KEY: "年度重点工作任务", TaskKind.OTHER: "其他需完成任务"}
TASK_COLUMNS = {"ordinal": "序号", "name": "名称", "content": "主要实施内容", "amount": "拟投入金额"}
TASK_AMOUNT = re.compile(r"拟投入金额(?:\((?P<unit>亿元|万元|元)\))?")
TOTALS = frozenset({"合计", "总计", "小计"})

INDICATORS = frozenset({"绩效指标"})
INDICATOR_COLUMNS = {
    "level1": "一级指标",
    "level2": "二级指标",
    "name": "三级指标",
    "explanation": "三级指标解释",
    "comparator": "对比符号",
    "target": "指标值",
    "unit": "计量单位",
}
LEVEL1 = frozenset({"产出指标", "效益指标", "满意度指标", "成本指标"})
LEVEL2 = frozenset(
    {
        *("数量指标", "质量指标", "时效指标", "成本指标"),
        *("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"),
        *("满意度指标", "服务对象满意度指标", "服务对象满意度", "社会公众满意度指标"),
        *("经济成本指标", "社会成本指标", "生态环境成本指标"),
    }
)
"""Levels of 财预〔2020〕10号 annex and of 财预〔2021〕101号 (cost as a first level)."""

REQUIREMENTS = re.compile(r"填报(?:要求|说明)\s*[:：]?\s*")
CHECK = "校验"
