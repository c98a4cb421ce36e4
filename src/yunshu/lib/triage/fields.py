"""Who, when, where and how to reach them: what fills the form of a ticket while somebody is speaking.

A found name is a guess that the clerk sees marked in the text. Numbers are found by ``lib.privacy``; they are personal data.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from yunshu.lib.privacy import Hit, scan
from yunshu.lib.text import Span
from yunshu.lib.triage.moments import Moment, moments
from yunshu.lib.triage.places import Gazetteer, Place
from yunshu.lib.triage.summary import Summary, summarise

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹"
    "熊白孟秦邱侯江尹薛阎雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤洪翁"
)
_CALLED = re.compile(
    rf"(?:我叫|我是|本人|姓名[：:是为]?|名叫|联系人[：:是为]?|叫做?)(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[，。、；,（(\s]|$|的|，|电话|手机|身份证|今年|是|住)"
)
_TITLED = re.compile(
    rf"(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?)(?P<title>先生|女士|小姐|阿姨|大爷|老师|医生|师傅|律师|老板|某某?)"
)
_NOT_NAMES = frozenset(
    [
        "高中",
        "小学",
        "初中",
        "大学",
        "金牌",
        "方面",
        "于是",
        "任何",
        "何时",
        "任课",
        "高级",
        "石材",
        "江湖",
        "白天",
        "万分",
        "黄金",
        "马上",
        "周边",
        "周末",
        "余下",
        "高层",
        "成都",
        "沈阳",
    ]
)


@dataclass(frozen=True, slots=True)
class Person:
    """A name as it was said; ``said`` is the words around that make it one (我叫, 先生)."""

    start: int
    end: int
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Fields:
    """All that was read from one report, each with its place in the text."""

    people: tuple[Person, ...]
    moments: tuple[Moment, ...]
    places: tuple[Place, ...]
    numbers: tuple[Hit, ...]
    summary: Summary

    @property
    def request(self) -> Span | None:
        """What the caller asks for."""
        return self.summary.request


def fields(text: str, *, said: datetime, gazetteer: Gazetteer) -> Fields:
    """Read everything at once; ``said`` is when the report was made."""
    return Fields(
        people=tuple(people(text)),
        moments=tuple(moments(text, said)),
        places=tuple(gazetteer.find(text)),
        numbers=tuple(scan(text, today=said.date())),
        summary=summarise(text),
    )


def people(text: str) -> list[Person]:
    """Return the persons who are named, in the text's order: after 我叫, 姓名, 联系人, or before 先生, 女士, 某."""
    found = [
        Person(
            match.start("name"), match.end("name"), match["name"], match.group()[: match.start("name") - match.start()]
        )
        for match in _CALLED.finditer(text)
        if match["name"] not in _NOT_NAMES
    ]
    found += [
        Person(match.start("name"), match.end("name"), match["name"], match["title"])
        for match in _TITLED.finditer(text)
        if not any(person.start <= match.start("name") < person.end for person in found)
    ]
    return sorted(found, key=lambda person: person.start)
