"""What the writers share: the official words of the form, exact amounts, indicators in runs of equal levels."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from yunshu.domains.evaluation.contracts import Indicator, TableForm, Task, TaskKind
from yunshu.domains.evaluation.rules.fill_in_hits import number, wan

TASK_HEADS = ("序号", "名称", "主要实施内容", "拟投入金额（万元）")
INDICATOR_HEADS = ("一级指标", "二级指标", "三级指标", "三级指标解释", "对比符号", "指标值", "计量单位")
PARTS = ((TaskKind.KEY, "年度重点工作任务"), (TaskKind.OTHER, "其他需完成任务"))
FUND_ROWS = (("基本支出", "财政拨款"), ("项目支出", "其他资金"))


def exact_wan(amount_yuan: Decimal | None) -> str:
    """Return 万元 to the fen, at least two decimals, thousands parted (``5,195.75``, ``95.424``); blank for None."""
    return "" if amount_yuan is None else wan(amount_yuan)


def tasks_of(form: TableForm, kind: TaskKind) -> list[Task]:
    """Return one part's tasks in their order."""
    return [t for t in form.tasks if t.kind is kind]


def fund_text(form: TableForm, category: str) -> str:
    """Return what the form says of one line of its funds."""
    return exact_wan(next((f.amount_yuan for f in form.funds if f.category == category), None))


def indicator_texts(indicator: Indicator) -> tuple[str, str, str, str, str]:
    """Return name, explanation, comparator, target, unit as they are printed."""
    return (
        indicator.name,
        indicator.explanation,
        indicator.comparator.value,
        number(indicator.target),
        indicator.unit,
    )


def runs(keys: Sequence[object]) -> list[tuple[int, int]]:
    """Return (first, last) of each stretch of equal neighbours."""
    begins = [n for n, key in enumerate(keys) if n == 0 or key != keys[n - 1]]
    return [(first, last - 1) for first, last in zip(begins, [*begins[1:], len(keys)], strict=True)]


def lines_needed(text: str, width: float) -> int:
    """Return how many lines ``text`` takes in a column ``width`` digits wide; a Chinese letter takes two."""
    return sum(max(1, -(-_letters(part) // max(int(width), 2))) for part in text.split("\n"))


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)
