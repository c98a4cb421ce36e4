"""Red flags in what a caller says: gas, fire, suicide, minors, wages of many, food poisoning …, with the scope of a negation.

A flag only ever raises the urgency; no model lowers it. Words are data (``FLAGS``): which calls must be handed over at once
comes from 国办发〔2020〕53号 (emergencies belong to 110, 119, 120 and 122); the word lists themselves are ours, to be corrected.
A negation counts where it governs the flag in the same clause (没有闻到煤气味); where it governs somebody's doing
(没有人管煤气泄漏) it does not. What might happen (万一着火), what is over (已扑灭) and what is about prevention (消防演练) is
a risk, not an emergency.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How fast: hand over at once; today; an ordinary report with a risk that must be seen."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    RISK = "risk"


_ORDER = {Level.EMERGENCY: 0, Level.URGENT: 1, Level.RISK: 2}


@dataclass(frozen=True, slots=True)
class FlagWords:
    """A kind of danger: ``pattern`` finds it, ``line`` is the emergency line that must hear of it."""

    kind: str
    level: Level
    pattern: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A danger found at ``start``–``end``; ``why`` is the word that lowered it to a risk, if one did."""

    kind: str
    level: Level
    start: int
    end: int
    text: str
    line: str = ""
    why: str = ""


FLAGS = (
    FlagWords(
        "gas",
        Level.EMERGENCY,
        r"(?:煤气|天然气|燃气|液化气|管道气)[^，。；！？]{0,8}?(?:泄漏|泄露|漏气|外泄|爆炸|中毒)|(?:煤气|燃气|天然气)味|煤气罐[^，。]{0,4}漏",
        "119",
    ),
    FlagWords("fire", Level.EMERGENCY, r"着火|起火|火灾|失火|冒浓烟|火势|自燃|被困火", "119"),
    FlagWords("explosion", Level.EMERGENCY, r"爆炸(?!性)|炸药|雷管", "110"),
    FlagWords(
        "collapse",
        Level.EMERGENCY,
        r"(?:房屋|楼|墙|桥|路面|边坡|山体|脚手架|塔吊)[^，。；！？]{0,6}?(?:坍塌|倒塌|垮塌|塌陷|滑坡)|泥石流|决堤|溃坝",
        "119",
    ),
    FlagWords(
        "suicide",
        Level.EMERGENCY,
        r"自杀|轻生|寻短见|跳楼|跳河|跳江|不想活|活不下去|割腕|喝农药|以死相逼|同归于尽|死给你",
        "110",
    ),
    FlagWords(
        "violence", Level.EMERGENCY, r"持刀|持械|砍人|绑架|劫持|家暴|非法拘禁|被囚禁|打伤|殴打|强奸|性侵|猥亵", "110"
    ),
    FlagWords(
        "minors",
        Level.URGENT,
        r"(?:未成年人?|儿童|小孩|孩子|幼儿|学生|婴儿|女童|男童|小学生|中学生)[^，。；！？]{0,12}?(?:虐待|体罚|殴打|打骂|性侵|猥亵|走失|失踪|溺水|被困|欺凌|霸凌|遗弃|拐卖|扎针|受伤|中毒)|校园(?:欺凌|霸凌|暴力)|童工|拐卖儿童",
        "110",
    ),
    FlagWords(
        "food_poisoning",
        Level.EMERGENCY,
        r"食物中毒|(?:吃了|食用|就餐|用餐|饭后|聚餐)[^。；！？]{0,20}?(?:上吐下泻|呕吐|腹泻|拉肚子|中毒)|集体(?:腹泻|呕吐|中毒)",
        "120",
    ),
    FlagWords(
        "medical", Level.EMERGENCY, r"昏迷|休克|大出血|心脏骤停|生命危险|抢救|救命|触电|溺水|一氧化碳中毒", "120"
    ),
    FlagWords(
        "wages",
        Level.URGENT,
        r"(?:\d{1,4}|几|数|多|[一二三四五六七八九十百]{1,3})(?:十|百|来|多|余|几)?(?:名|个|位)?(?:农民工|工人|民工|员工|工友|职工|教师|司机)[^。；！？]{0,30}?(?:欠薪|拖欠|没发|未发|讨薪|血汗钱|拿不到)|(?:拖欠|欠)[^，。；！？]{0,10}?(?:农民工|民工|工人|工友|员工们)[^，。；！？]{0,6}?(?:工资|薪|血汗钱)|集体讨薪|血汗钱",
    ),
    FlagWords("crowd", Level.URGENT, r"集体上访|群体性?事件|聚众|堵路|拉横幅|罢工|罢课|集体维权"),
    FlagWords(
        "infrastructure",
        Level.URGENT,
        r"(?:电线|高压线|电缆)[^，。；！？]{0,6}?(?:掉落|断落|裸露|垂落|脱落)|漏电|井盖[^，。；！？]{0,6}?(?:缺失|丢失|不见|没有|没了|破损|塌陷)|电梯[^，。；！？]{0,6}?(?:困人|被困|坠落|下坠|失控)|被困电梯|水管[^，。；！？]{0,3}?爆裂|爆管",
    ),
    FlagWords(
        "pollution",
        Level.URGENT,
        r"(?:毒气|有毒气体|氨气|氯气)[^，。；！？]{0,6}?泄[漏露]|危化品|(?:饮用水|自来水|水源)[^，。；！？]{0,8}?(?:污染|有毒|发臭|异味)|大量死鱼",
    ),
)

_CLAUSE = re.compile(r"[，。；！？,;!?\n：:]")
_NEGATOR = re.compile(r"(?:没有|没|未|无|并未|并非|不是|不存在|不会|排除|从未|未曾|不属于)(?P<gap>[^，。；！？]{0,6})$")
_SOMEBODY = re.compile(r"人|管|处理|解决|回复|回应|重视|整改|监管|部门|安装|设|配|采取|防护|得到|及时|到位|制止")
_MAYBE = re.compile(
    r"(?:万一|如果|要是|假如|一旦|若是|可能|容易|易|恐怕|怕|担心|防止|避免|以免|预防|导致|引发|造成|引起|存在|会)[^，。；！？]{0,10}$"
)
_BEFORE = re.compile(r"(?:防|反|灭|消|预防|杜绝|去年|前年|多年前)$")
_AFTER = re.compile(
    r"^(?:隐患|风险|演练|演习|宣传|知识|预防|防范|报警|警报|器|险|应急|自救|案例|保险|逃生|培训|疏散|报警器|已(?:经)?(?:被)?扑灭|怎么办|的?可能)"
)


def flags(text: str, table: Iterable[FlagWords] = FLAGS) -> list[Flag]:
    """Return the red flags of ``text``, the most urgent first; negated ones are left out, uncertain ones lowered."""
    found = [
        flag
        for words in table
        for match in re.finditer(words.pattern, text)
        if (flag := _weighed(text, words, match.start(), match.end())) is not None
    ]
    return sorted(found, key=lambda flag: (_ORDER[flag.level], flag.start))


def urgency(text: str, table: Iterable[FlagWords] = FLAGS) -> Level | None:
    """Return the highest level that ``text`` gives rise to; None for an ordinary report."""
    return next((flag.level for flag in flags(text, table)), None)


def _weighed(text: str, words: FlagWords, start: int, end: int) -> Flag | None:
    """Return the flag at its level, lowered where the clause says so; None where it is negated."""
    clause = _CLAUSE.split(text[max(0, start - 24) : start])[-1]
    negated = _NEGATOR.search(clause)
    if negated and not _SOMEBODY.search(negated["gap"]):
        return None
    lowering = _MAYBE.search(clause) or _BEFORE.search(clause) or _AFTER.search(text[end : end + 6])
    level = Level.RISK if lowering else words.level
    return Flag(words.kind, level, start, end, text[start:end], words.line, lowering.group() if lowering else "")
