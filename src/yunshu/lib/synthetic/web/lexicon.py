"""A neutral dictionary invented for the test web, and ways to write its words so that a plain search misses them.

Serious wordings are an invented programme's fixed phrases, invented institutions renamed on a date, and real slips from
published circulars ([V] in the inspection's sheet, A7). Advert words are made-up brands. Nothing in it is sensitive.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.kinds import Word

_SOURCE = "合成词库（虚构）"
_CIRCULAR = "公开检查通报中的错例"
_SERIOUS = (
    ("中国入民", "中国人民", "用字", _CIRCULAR), ("革命烈土", "革命烈士", "用字", _CIRCULAR),
    ("人民代表大人", "人民代表大会", "用字", _CIRCULAR), ("五岭同辉工程", "五岭同晖工程", "固定表述", _SOURCE),
    ("六清七建行动", "七清六建行动", "固定表述", _SOURCE), ("三河四岸方略", "四河三岸方略", "固定表述", _SOURCE),
    ("百榕千溪计化", "百榕千溪计划", "固定表述", _SOURCE), ("和谐新云港决议", "和美新云港决议", "固定表述", _SOURCE),
)  # fmt: skip
_WRONG = (
    ("全市各族市名", "全市各族市民"), ("不惜一切代驾", "不惜一切代价"), ("群众利益无大事", "群众利益无小事"),
    ("最多跑两趟改革", "最多跑一次改革"), ("一网通半", "一网通办"), ("放管伏改革", "放管服改革"),
    ("营商坏境", "营商环境"), ("乡村震兴", "乡村振兴"),
)  # fmt: skip
_SPELLING = (
    ("布署", "部署"), ("按装", "安装"), ("竟争", "竞争"), ("迫不急待", "迫不及待"), ("再接再励", "再接再厉"),
    ("走头无路", "走投无路"), ("一愁莫展", "一筹莫展"), ("松驰", "松弛"), ("重迭", "重叠"), ("针贬", "针砭"),
    ("坐阵", "坐镇"), ("寒喧", "寒暄"), ("粗旷", "粗犷"), ("脉博", "脉搏"),
)  # fmt: skip
# right sentences in which a wrong form stands by chance, across two words
CHANCE = (
    ("按装", "请各施工班组按装配图核对构件编号。"), ("竟争", "会议开到很晚，双方竟争着为对方让路。"),
    ("布署", "公布署名文章的作者须经本人同意。"), ("坐阵", "游客坐阵列式座椅观看演出。"),
    ("一网通半", "这条光缆一网通半岛各渔村。"), ("重迭", "该组件权重迭代三次后收敛。"),
)  # fmt: skip
_RENAMED = (
    ("信息产业和数务局", "数据和政务服务管理局"), ("云港开发促进办公室", "云港新区管理委员会"), ("水务河道管理处", "河湖保护中心"),
)  # fmt: skip
_HEAD = "金玺鲸虎鹰彩星钻"
_MID = "沙湾堡塔洲港门桥"
_TAIL = ("喜签", "乐筹", "彩局", "欢押", "博趣")


def renamed_on(rng: Random, year: int) -> date:
    """Return the made-up day on which institutions got other names, some two or three years ago."""
    return date(year - 2 - int(rng.random() * 2), 1 + int(rng.random() * 12), 1)


def lexicon(rng: Random, year: int) -> tuple[Word, ...]:
    """Return the dictionary of a city: the common rows, its renamed institutions with their day, its advert brands."""
    day = renamed_on(rng, year)
    rows = [Word(w, r, "wording_serious", c, None, None, s) for w, r, c, s in _SERIOUS]
    rows += [Word(w, r, "wording_serious", "机构名称", day, None, _SOURCE) for w, r in _RENAMED]
    rows += [Word(w, r, "wording_wrong", "常见错误", None, None, _SOURCE) for w, r in _WRONG]
    rows += [Word(w, r, "spelling", "错别字", None, None, "通用规范汉字的常见误写") for w, r in _SPELLING]
    brands: list[str] = []
    while len(brands) < 8:
        brand = pick(rng, _HEAD) + pick(rng, _MID) + pick(rng, _TAIL)
        if brand not in brands:
            brands.append(brand)
    rows += [Word(b, "", "advert", "虚构博彩品牌", None, None, _SOURCE) for b in brands]
    return tuple(rows)


def zero_width(text: str) -> str:
    """Return ``text`` with a zero-width space after each character but the last."""
    return "\u200b".join(text)


def dotted(text: str) -> str:
    """Return ``text`` with stars between characters."""
    return "*".join(text)


def spaced(text: str) -> str:
    """Return ``text`` with full-width spaces between characters."""
    return "\u3000".join(text)


def tagged(text: str) -> str:
    """Return ``text`` with an element around its second character: whole on the screen, broken in the source."""
    return f"{text[0]}<span>{text[1]}</span>{text[2:]}"


def references(text: str) -> str:
    """Return ``text`` as numeric character references."""
    return "".join(f"&#{ord(c)};" for c in text)


def plain(text: str) -> str:
    """Return ``text``."""
    return text


OBFUSCATIONS: dict[str, Callable[[str], str]] = {
    "plain": plain, "zero_width": zero_width, "dotted": dotted, "spaced": spaced, "tagged": tagged, "references": references,
}  # fmt: skip
