"""Makes forms for tests: any form within the rules, one of the real form's shape, and its text with the real quirks."""

from decimal import Decimal

from hypothesis import strategies as st

from yunshu.domains.evaluation.contracts import Comparator, FundLine, Goal, Indicator, TableForm, Task, TaskKind
from yunshu.lib.kernel.money import from_wan, wan_text

WORDS = st.text("市县区系统平台网站建设运行维护数据服务热线监测评估培训采购验收", min_size=2, max_size=24)
WAN = st.decimals("0.01", "9999.99", places=2)


def funds(project: Decimal) -> tuple[FundLine, ...]:
    return (
        FundLine(side="expenditure", category="基本支出", amount_yuan=None),
        FundLine(side="expenditure", category="项目支出", amount_yuan=project, amount_text=wan_text(project)),
        FundLine(side="revenue", category="财政拨款", amount_yuan=None),
        FundLine(side="revenue", category="其他资金", amount_yuan=None),
    )


@st.composite
def forms(draw: st.DrawFn) -> TableForm:
    tasks = tuple(
        Task(kind=kind, ordinal=n, name=draw(WORDS), content=draw(WORDS), amount_yuan=from_wan(draw(WAN)))
        for kind, count in ((TaskKind.KEY, draw(st.integers(1, 2))), (TaskKind.OTHER, draw(st.integers(1, 5))))
        for n in range(1, count + 1)
    )
    indicators = tuple(
        Indicator(
            ordinal=n,
            level1=draw(st.sampled_from(["产出指标", "效益指标"])),
            level2=draw(st.sampled_from(["数量指标", "质量指标"])),
            name=draw(WORDS),
            explanation=draw(WORDS),
            comparator=draw(st.sampled_from(list(Comparator))),
            target=draw(st.integers(0, 1000).map(Decimal)),
            unit=draw(st.sampled_from(["个", "%", "次", "小时", "年"])),
        )
        for n in range(1, draw(st.integers(1, 6)) + 1)
    )
    return TableForm(
        year=draw(st.integers(2018, 2035)),
        title="某市2024年市直部门整体预算绩效目标表",
        department="某市政务服务数据管理局",
        fund_department="某市政务服务数据管理局",
        staff_count=draw(st.integers(1, 500)),
        subunit_count=draw(st.integers(0, 9)),
        funds=funds(sum((t.amount_yuan for t in tasks), Decimal(0))),
        goals=tuple(Goal(ordinal=n, text=draw(WORDS) + "。") for n in range(1, draw(st.integers(1, 5)) + 1)),
        tasks=tasks,
        indicators=indicators,
    )


def small_form() -> TableForm:
    """One key task, three others, two indicators; sums hold."""
    amounts = {"系统替代": "3600", "监测服务": "16.98", "线路费用": "116.40", "系统运维": "266.87"}
    tasks = tuple(
        Task(
            kind=TaskKind.KEY if n == 0 else TaskKind.OTHER,
            ordinal=max(n, 1),
            name=f"{name}项目",
            content=f"开展{name}，保障政务应用稳定运行。",
            amount_yuan=from_wan(wan),
            amount_text=wan,
        )
        for n, (name, wan) in enumerate(amounts.items())
    )
    return TableForm(
        year=2024,
        title="某市2024年市直部门整体预算绩效目标表",
        department="某市政务服务数据管理局（本级）",
        fund_department="某市政务服务数据管理局",
        staff_count=41,
        subunit_count=0,
        funds=funds(sum((t.amount_yuan for t in tasks), Decimal(0))),
        goals=(
            Goal(ordinal=1, text="完成办公终端国产化系统替代项目，实现基础设施共建共用和统一部署，保障业务协同。"),
            Goal(ordinal=2, text="开展监测服务、线路费用保障和系统运维项目，保证电子政务外网全年安全稳定运行。"),
        ),
        tasks=tasks,
        indicators=(
            _indicator(1, "产出指标", "数量指标", "办公终端系统替代", Comparator.EQ, "85", "个", "="),
            _indicator(2, "产出指标", "质量指标", "系统运维正常运行率", Comparator.GE, "99", "%", "》"),
            _indicator(3, "产出指标", "时效指标", "监测服务响应时间", Comparator.LE, "2", "小时", "《"),
            _indicator(4, "效益指标", "社会效益指标", "线路费用保障率", Comparator.EQ, "100", "%", "="),
        ),
    )


def _indicator(
    n: int, level1: str, level2: str, name: str, sign: Comparator, target: str, unit: str, typed: str
) -> Indicator:
    return Indicator(
        ordinal=n,
        level1=level1,
        level2=level2,
        name=name,
        explanation=f"{name}情况",
        comparator=sign,
        target=Decimal(target),
        unit=unit,
        comparator_text=typed,
        target_text=target,
    )


def as_published_text(form: TableForm) -> str:
    """Print ``form`` with the quirks of the published one: a late label, a page break, ``<p>`` cells, split labels."""
    key = [t for t in form.tasks if t.kind is TaskKind.KEY]
    other = [t for t in form.tasks if t.kind is TaskKind.OTHER]
    head = "序号\t名称\t主要实施内容\t拟投入金额 (万元)"
    project = form.project_expenditure or Decimal(0)
    lines = [
        "",
        form.title,
        "",
        f"部门名称\t{form.department}\t\t资金主管 部门\t{form.fund_department}",
        f"基本信息\t财政供养 人员数\t{form.staff_count}\t下属二级单 位数\t{form.subunit_count}",
        "预算整体 情况\t财政支出 分类\t预算金额（万元）\t收入来源\t预算金额（万元）",
        "\t基本支出\t\t财政拨款\t",
        f"\t项目支出\t{wan_text(project)}\t其他资金\t",
        "总体绩效 目标\t" + " ".join(f"<p>{g.ordinal}、{g.text}</p>" for g in form.goals) + "\t\t\t",
        f"年度重点 工作任务\t{head}",
        *(f"\t{t.ordinal}\t{t.name}\t{t.content}\t{t.amount_text}" for t in key),
        f"\t{head}",
        *(f"\t{t.ordinal}\t{t.name}\t{t.content}\t{t.amount_text}" for t in other[:2]),
        "",
        *(
            f"{'其他需完成任务' if n == 0 else ''}\t{t.ordinal}\t{t.name}\t{t.content}\t{t.amount_text}\t"
            for n, t in enumerate(other[2:])
        ),
        "\t绩效指标\t\t\t\t",
        "",
        "一级指标\t二级指标\t三级指标\t三级指标解释\t对比符号\t指标值\t计量单位",
        *(
            f"{'' if n and form.indicators[n - 1].level1 == i.level1 else i.level1}\t{i.level2}\t{i.name}\t"
            f"{i.explanation}\t{i.comparator_text}\t{i.target_text}\t{i.unit}"
            for n, i in enumerate(form.indicators)
        ),
    ]
    return "\n".join(lines)
