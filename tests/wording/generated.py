"""Disguises of ten families and clean official sentences, from a seed. The words are neutral samples: small frauds."""

import random
from collections.abc import Callable
from functools import cache

import opencc
from pypinyin import lazy_pinyin

HIDDEN = [
    "刷单返利",
    "代办证件",
    "套现养卡",
    "高仿手表",
    "包过考试",
    "高息揽储",
    "代开发票",
    "网上赌场",
    "私家侦探",
    "免押快贷",
    "代写论文",
    "伪造印章",
    "虚假中奖",
    "非法集资",
    "抽奖诈骗",
    "倒卖车票",
    "盗号软件",
    "假冒药品",
    "裸奔贷款",
    "作弊耳机",
]
LOOKALIKES = {
    "刷": "涮",
    "代": "伐",
    "场": "埸",
    "赌": "睹",
    "免": "兔",
    "贷": "货",
    "网": "冈",
    "假": "暇",
    "证": "诬",
    "考": "老",
    "返": "迈",
    "现": "规",
    "开": "幵",
    "办": "协",
    "票": "粟",
    "侦": "贞",
    "品": "晶",
    "药": "葯",
}
EMOJI = "😀🔥💰⭐🎁👉"
MARKS = "，。、！；"
SUBJECTS = [
    "市自然资源局",
    "区教育局",
    "县住房和城乡建设局",
    "镇人民政府",
    "市市场监督管理局",
    "街道办事处",
    "市生态环境局",
    "县交通运输局",
]
ACTIONS = [
    "组织工作人员到现场核实",
    "会同有关部门进行了调查",
    "认真研究并制定整改方案",
    "督促施工单位限期整改",
    "加强日常巡查力度",
    "安排专人负责跟进",
]
TAILS = [
    "目前问题已得到解决",
    "现将有关情况答复如下",
    "感谢您对我们工作的关心和支持",
    "下一步将持续加强监管",
    "如有疑问请拨打电话咨询",
    "预计年底前完成",
]


_TRADITIONAL = opencc.OpenCC("s2t")


class Disguiser:
    """Makes disguised words and clean sentences."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def between(self, word: str, choose: Callable[[], str]) -> str:
        return "".join(c + choose() for c in word[:-1]) + word[-1]

    def at_one(self, word: str, change: Callable[[str], str]) -> str:
        at = self.chance.randrange(len(word))
        return word[:at] + change(word[at]) + word[at + 1 :]

    def invisible(self, word: str) -> str:
        return self.between(word, lambda: self.chance.choice(["\u200b", "\u200c", "\u2060", "\ufeff", ""])) + "\u200b"

    def separated(self, word: str) -> str:
        separator = self.chance.choice("*_|+-~·# ")
        return separator.join(word)

    def wide(self, word: str) -> str:
        """Latin letters and digits go wide; characters get their compatibility form where there is one."""
        return "".join(chr(ord(c) + 0xFEE0) if c.isascii() else c for c in word)

    def traditional(self, word: str) -> str:
        return _TRADITIONAL.convert(word)

    def homophone(self, word: str) -> str:
        return self.at_one(word, self._same_sound)

    def pinyin(self, word: str) -> str:
        return self.at_one(word, lambda c: lazy_pinyin(c)[0])

    def punctuated(self, word: str) -> str:
        mark = self.chance.choice(MARKS)
        if self.chance.random() < 0.5:
            return mark.join(word)
        return self.at_one(word[:-1], lambda c: c + mark * self.chance.choice([2, 3])) + word[-1]

    def lookalike(self, word: str) -> str:
        at = self.chance.choice([i for i, c in enumerate(word) if c in LOOKALIKES] or [0])
        return word[:at] + LOOKALIKES.get(word[at], word[at]) + word[at + 1 :]

    def entity(self, word: str) -> str:
        if self.chance.random() < 0.3:
            return self.at_one(word[:-1], lambda c: c + self.chance.choice(["&zwj;", "&nbsp;", "&shy;"])) + word[-1]
        return self.at_one(word, lambda c: self.chance.choice([f"&#{ord(c)};", f"&#x{ord(c):x};", f"\\u{ord(c):04x}"]))

    def symbols(self, word: str) -> str:
        if self.chance.random() < 0.5:
            return self.at_one(word[:-1], lambda c: c + self.chance.choice(EMOJI)) + word[-1]
        return self.chance.choice(["  ", "\u3000", " \n "]).join(word)

    def sentence(self) -> str:
        parts = [self.chance.choice(words) for words in (SUBJECTS, ACTIONS, TAILS)]
        return f"{parts[0]}于{self.chance.randrange(1, 13)}月{self.chance.randrange(1, 29)}日{parts[1]}，{parts[2]}。"

    def _same_sound(self, character: str) -> str:
        return self.chance.choice([c for c in _by_sound()[lazy_pinyin(character)[0]] if c != character] or [character])


@cache
def _by_sound() -> dict[str, list[str]]:
    """Return the characters of GB 2312 by their sound."""
    sounds: dict[str, list[str]] = {}
    for character in (chr(code) for code in range(0x4E00, 0x9FA6)):
        if character.encode("gb2312", "ignore"):
            sounds.setdefault(lazy_pinyin(character)[0], []).append(character)
    return sounds


FAMILIES = (
    "invisible",
    "separated",
    "traditional",
    "homophone",
    "pinyin",
    "punctuated",
    "lookalike",
    "entity",
    "symbols",
)
