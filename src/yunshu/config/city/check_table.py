"""Do the figures of a pack's performance table agree with each other?"""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from yunshu.config.city.pack import Pack
from yunshu.config.city.problems import Problem
from yunshu.config.city.schema import Part, Payment, TableFacts, TaskFacts
from yunshu.config.city.tables import form_of
from yunshu.lib.kernel.measure import metrics
from yunshu.lib.kernel.money import wan_text, yuan


def check(pack: Pack) -> Iterator[Problem]:
    """Yield what does not agree in any table of the pack."""
    for file, table in pack.tables.items():
        yield from _frame(file, table, pack)
        yield from _sum(file, table)
        yield from _numbering(file, table)
        yield from _references(file, table, pack)
        for task in table.tasks:
            for message in _payment(task, table.year):
                advice = _("请对照原表核对金额。")
                yield Problem(file=file, place=f"tasks {task.ref} payment", message=message, advice=advice)


def _frame(file: str, table: TableFacts, pack: Pack) -> Iterator[Problem]:
    if file != f"tables/{table.year}.toml":
        message = _("文件名与 year = %(year)s 不符。") % {"year": table.year}
        yield Problem(file=file, place="year", message=message, advice=_("请改文件名或年份。"))
    if table.org not in {o.code for o in pack.organisations}:
        message = _("机构 %(code)s 不在 organisations.csv 中。") % {"code": table.org}
        yield Problem(file=file, place="org", message=message, advice=_("请改为表中已有的编码。"))
    if table.requirements and not table.requirements.startswith("填报要求"):
        message = _("填报要求须以“填报要求”开头，否则导出以后读不回来。")
        yield Problem(file=file, place="requirements", message=message, advice=_("请在开头补上“填报要求：”。"))


def _sum(file: str, table: TableFacts) -> Iterator[Problem]:
    """项目支出 = Σ 拟投入金额: the form's own fill-in requirement 3."""
    form = form_of(table)
    if form.project_expenditure is None:
        yield Problem(file=file, place="funds", message=_("没有填写项目支出。"), advice=_("请填写 amount_wan。"))
    elif form.project_expenditure != form.task_total:
        message = _("项目支出 %(planned)s 万元，各项任务合计 %(total)s 万元，相差 %(difference)s 万元。") % {
            "planned": wan_text(form.project_expenditure),
            "total": wan_text(form.task_total),
            "difference": wan_text(form.task_total - form.project_expenditure),
        }
        yield Problem(file=file, place="funds", message=message, advice=_("请核对各项任务的 amount_wan。"))


def _numbering(file: str, table: TableFacts) -> Iterator[Problem]:
    lists: dict[str, Iterable[int]] = {
        "goals": (g.ordinal for g in table.goals),
        "indicators": (i.ordinal for i in table.indicators),
        "tasks key": (t.ordinal for t in table.tasks if t.kind == "key"),
        "tasks other": (t.ordinal for t in table.tasks if t.kind == "other"),
    }
    for place, ordinals in lists.items():
        numbers = list(ordinals)
        if numbers != list(range(1, len(numbers) + 1)):
            message = _("序号应从 1 连续编排，现为 %(numbers)s。") % {"numbers": "、".join(map(str, numbers))}
            yield Problem(file=file, place=place, message=message, advice=_("请改正 ordinal。"))


def _references(file: str, table: TableFacts, pack: Pack) -> Iterator[Problem]:
    known = {t.ref for t in table.tasks}
    named = [(f"goals {g.ordinal}", g.tasks) for g in table.goals]
    named += [(f"indicators {i.ordinal}", i.tasks) for i in table.indicators]
    for place, refs in named:
        for ref in sorted(set(refs) - known):
            message = _("任务 %(ref)s 不存在。") % {"ref": ref}
            yield Problem(file=file, place=place, message=message, advice=_("请改正 tasks。"))
    yield from _metrics(file, table)
    counted = Counter(code for org in pack.organisations for code in org.scopes)
    for indicator in table.indicators:
        if indicator.scope and counted[indicator.scope] != indicator.target:
            message = _("指标值 %(target)s，范围 %(scope)s 有 %(count)s 个单位。") % {
                "target": indicator.target,
                "scope": indicator.scope,
                "count": counted[indicator.scope],
            }
            advice = _("请核对 organisations.csv 的 scopes 列。")
            yield Problem(file=file, place=f"indicators {indicator.ordinal}", message=message, advice=advice)


def _metrics(file: str, table: TableFacts) -> Iterator[Problem]:
    offered = metrics()
    for indicator in table.indicators:
        metric, place = offered.get(indicator.metric), f"indicators {indicator.ordinal} metric"
        if indicator.metric and metric is None:
            message = _("没有这个度量：%(code)s。") % {"code": indicator.metric}
            yield Problem(file=file, place=place, message=message, advice="、".join(sorted(offered)))
        elif metric is not None and metric.unit != indicator.unit:
            message = _("度量单位为“%(metric)s”，指标单位为“%(promise)s”，不能绑定。") % {
                "metric": metric.unit,
                "promise": indicator.unit,
            }
            yield Problem(file=file, place=place, message=message)


def _payment(task: TaskFacts, year: int) -> Iterator[str]:
    pay = task.payment
    if pay.starts_on and pay.ends_on and pay.ends_on < pay.starts_on:
        yield _("合同期限的止日早于起日。")
    if pay.cap_yuan is not None and task.amount_yuan > pay.cap_yuan:
        yield _("拟投入金额超过上限 %(cap)s 元。") % {"cap": pay.cap_yuan}
    if pay.carried_over_yuan is not None and pay.total_yuan is not None:
        left = pay.total_yuan - (pay.arranged_before_yuan or Decimal(0))
        if pay.carried_over_yuan != left:
            yield _("结转 %(carried)s 元，应为总额减已安排的 %(left)s 元。") % {
                "carried": pay.carried_over_yuan,
                "left": left,
            }
    yield from _instalments(pay, year)
    yield from _parts(pay)


def _instalments(pay: Payment, year: int) -> Iterator[str]:
    this_year = [i.amount_yuan for i in pay.instalments if i.year == year]
    if pay.due_yuan is not None and this_year and sum(this_year) != pay.due_yuan:
        yield _("%(year)s 年各期合计 %(sum)s 元，应付 %(due)s 元。") % {
            "year": year,
            "sum": sum(this_year),
            "due": pay.due_yuan,
        }
    if pay.total_yuan is None:
        return
    if sum(i.amount_yuan for i in pay.instalments) > pay.total_yuan:
        yield _("各期合计超过合同总额 %(total)s 元。") % {"total": pay.total_yuan}
    for instalment in pay.instalments:
        share = instalment.share_percent
        if share is not None and yuan(pay.total_yuan * share / 100) != instalment.amount_yuan:
            yield _("%(year)s 年一期 %(amount)s 元，不等于总额的 %(share)s%%。") % {
                "year": instalment.year,
                "amount": instalment.amount_yuan,
                "share": share,
            }


def _parts(pay: Payment) -> Iterator[str]:
    for part in pay.parts:
        product = _product(part)
        if product is not None and product != part.amount_yuan:
            yield _("“%(name)s”数量×单价×月数为 %(product)s 元，写的是 %(amount)s 元。") % {
                "name": part.name,
                "product": product,
                "amount": part.amount_yuan,
            }
    for whole, in_contract in ((pay.due_yuan, False), (pay.total_yuan, True)):
        amounts = [p.amount_yuan for p in pay.parts if p.contract is in_contract and p.amount_yuan is not None]
        if whole is not None and amounts and sum(amounts) != whole:
            yield _("各分项合计 %(sum)s 元，应为 %(whole)s 元。") % {"sum": sum(amounts), "whole": whole}


def _product(part: Part) -> Decimal | None:
    if part.unit_price_yuan is None:
        return None
    return part.unit_price_yuan * (part.quantity or 1) * (part.months or 1)
