"""Where something happened: names from a gazetteer that the caller gives, and what reads like a place without being listed.

A listed name is certain and carries its code. What the pattern finds (…路, …小区, …镇) is a guess: its left border is where the
words before it stop being part of a name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import rjieba

from yunshu.lib.wording.automaton import Automaton


@dataclass(frozen=True, slots=True)
class Listed:
    """A place of the gazetteer: ``name`` and ``aliases`` are how people write it, ``code`` is the city's, ``inside`` its parent's."""

    name: str
    code: str
    inside: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in a text; ``code`` is empty where it is not in the gazetteer."""

    start: int
    end: int
    name: str
    code: str = ""


_LONG = (
    "街道办?|居委会|社区|小区|花园|花苑|家园|公寓|新村|嘉园|华庭|公馆|山庄|广场|大厦|商城|市场|商场|超市|酒店|工业园|产业园|开发区|园区|楼盘|工地|"
    "大道|公路|高速|国道|省道|县道|大桥|路口|立交桥?|隧道|地铁站|火车站|汽车站|公交站|收费站|加油站|"
    "中学|小学|幼儿园|大学|学院|学校|医院|卫生院|公园|水库|码头"
)
_SHORT = rf"[站路街巷道桥河湖江镇乡村组苑城湾里](?!{_LONG}|[区市县])"
_DOOR = r"(?:[\dA-Za-z一二三四五六七八九十]{1,4}(?:号|栋|期|区|组|段|村|街|幢|单元))*"
_PLACE = re.compile(rf"[A-Za-z]?\d*(?:市|区|县)?[\u4e00-\u9fffA-Za-z0-9]{{1,8}}?(?:{_LONG}|{_SHORT}){_DOOR}")
_ABOVE = re.compile(r"(?:[A-Za-z]\d*[市区县]|[\u4e00-\u9fff]{2,3}[市县]|[\u4e00-\u9fff]{2}区)+(?=.{3,})")
"""What a place lies in: left out of its name, because one caller says it and the next does not."""
_LEAD = re.compile(
    r"^.*(?:位于|坐落|住在|我是|我们是|反映|投诉|关于|举报|咨询|请求|建议|希望|请问|就是|的|在|从|到|至|与|和|及|对|于|把|将|是|由|向|往|沿|被|让|请|住|去|来|"
    r"附近|旁边|旁|边|了|个|有|没有|为|因|给|我|你|他|这|那|此|该|本|某|家|自|连接|整个|所在|一条|多条|新修|周边)"
)
_NOT_NAMES = frozenset(
    [
        "小区",
        "社区",
        "学校",
        "医院",
        "道路",
        "公路",
        "马路",
        "大道",
        "广场",
        "工地",
        "路口",
        "市场",
        "超市",
        "乡村",
        "农村",
        "街道",
        "花园",
        "楼盘",
        "家园",
        "商场",
        "幼儿园",
        "小学",
        "中学",
        "大学",
        "车站",
        "公园",
        "村",
        "镇",
        "站",
        "那里",
        "这里",
        "哪里",
        "家里",
        "夜里",
        "心里",
        "手里",
        "知道",
        "渠道",
        "管道",
        "通道",
        "报道",
        "轨道",
        "跑道",
        "车道",
        "人行道",
        "街",
        "路",
        "网站",
        "一路",
        "半路",
        "铁路",
        "高速",
        "高速公路",
        "上路",
        "走路",
        "修路",
        "出路",
        "城乡",
        "新城",
        "县城",
        "全城",
        "进城",
        "省城",
        "通城",
        "班组",
        "小组",
        "小村",
        "农民工",
        "江湖",
        "公交站",
        "地铁站",
        "加油站",
        "收费站",
        "水里",
        "屋里",
        "嘴里",
        "眼里",
        "当街",
        "逛街",
        "上街",
        "老街",
        "黑市场",
        "本村",
        "我村",
        "全村",
        "一里",
        "公里",
        "新村",
        "村村",
        "本镇",
        "同学院",
        "各乡",
        "下乡",
        "老乡",
        "家乡",
        "返乡",
        "进村",
        "机构",
        "赶路",
        "让路",
        "堵路",
        "铺路",
        "占道",
        "霸道",
        "味道",
        "频道",
        "遭",
        "难道",
        "公道",
        "国道",
        "省道",
        "县道",
        "隧道",
        "大桥",
        "房里",
        "店里",
        "校园里",
        "车里",
        "楼道",
        "临街",
        "门口",
        "路边",
    ]
)


class Gazetteer:
    """Listed places, all searched at once; the longest name wins."""

    def __init__(self, places: Iterable[Listed] = ()) -> None:
        self._named = {name: place for place in places for name in (place.name, *place.aliases)}
        self._names = Automaton(self._named) if self._named else None

    def find(self, text: str) -> list[Place]:
        """Return the places of ``text`` in order, listed ones first where both overlap."""
        taken = self._listed(text)
        guesses = [place for place in _guessed(text) if not any(_overlap(place, other) for other in taken)]
        return sorted([*taken, *guesses], key=lambda place: place.start)

    def _listed(self, text: str) -> list[Place]:
        hits = sorted(self._names.find(text), key=lambda hit: (hit[0], -hit[1])) if self._names else []
        kept: list[Place] = []
        for start, end, _ in hits:
            if not kept or start >= kept[-1].end:
                place = self._named[text[start:end]]
                kept.append(Place(start, end, place.name, place.code))
        return kept


def _guessed(text: str) -> list[Place]:
    """Return what reads like the name of a place and is in no list."""
    found = []
    for match in _PLACE.finditer(text):
        name = match.group()
        lead = _LEAD.match(name[:-1])
        start = match.start() + (lead.end() if lead else 0)
        name = text[start : match.end()]
        start, name = _from_border(text, start, name)
        above = _ABOVE.match(name)
        start, name = (start + above.end(), name[above.end() :]) if above else (start, name)
        if len(name) >= 3 and not _everyday(name):
            found.append(Place(start, match.end(), name))
    return found


def _everyday(name: str) -> bool:
    """Return whether a name is an everyday word, one with a single character before it (不知道, 新小区), or two of them."""
    return name in _NOT_NAMES or name[1:] in _NOT_NAMES or (name[:2] in _NOT_NAMES and name[2:] in _NOT_NAMES)


def _from_border(text: str, start: int, name: str) -> tuple[int, str]:
    """Return the name from its first noun on: a leading verb or adverb of the dictionary with two characters is cut off."""
    first = next(iter(rjieba.cut(name)), "")
    known = len(first) == 2 and len(name) - 2 >= 3 and rjieba.has_word(first)
    if known and rjieba.tag(first)[0][1][:1] in {"v", "d", "c", "p", "r", "u"}:
        return start + 2, name[2:]
    return start, name


def _overlap(one: Place, two: Place) -> bool:
    return one.start < two.end and two.start < one.end
