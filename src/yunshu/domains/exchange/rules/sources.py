"""一数一源: each data element has one department that collects it; who else claims to collect it is found.

Source: 政务数据共享条例 (数源部门, no repeated collection), 粤府令290 第三条. How alike two names are is our own measure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yunshu.domains.exchange.contracts import EntryForm, Fault, Severity
from yunshu.domains.exchange.rules import words
from yunshu.lib.kernel.labels import label

BASIS = "政务数据共享条例；粤府令第290号第三条"
SYNONYMS = {
    "身份证号": "公民身份号码",
    "身份证号码": "公民身份号码",
    "身份证件号码": "公民身份号码",
    "居民身份证号码": "公民身份号码",
    "身份号码": "公民身份号码",
    "sfzh": "公民身份号码",
    "社会信用代码": "统一社会信用代码",
    "信用代码": "统一社会信用代码",
    "tyshxydm": "统一社会信用代码",
    "手机号": "联系电话",
    "手机号码": "联系电话",
    "电话": "联系电话",
    "电话号码": "联系电话",
    "住址": "地址",
    "家庭住址": "地址",
    "现住址": "地址",
    "住所": "地址",
    "出生年月": "出生日期",
    "出生年月日": "出生日期",
    "生日": "出生日期",
    "企业名称": "单位名称",
    "公司名称": "单位名称",
    "法人名称": "单位名称",
    "法定代表人姓名": "法定代表人",
    "法人代表": "法定代表人",
}
"""Usual other names of the commonest elements: data to grow, from practice and not from a standard."""
_NOISE = re.compile(r"[\s（）()【】\[\]·:：,，、_\-]+")
_AFFIXES = ("公民", "居民", "人员", "当事人", "申请人", "户主")
ALIKE = 0.6


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One item that says what it holds and who collected it. ``key`` is the item's public address."""

    key: str
    title: str
    name: str
    data_type: str
    org: str
    element: str = ""


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Several organisations seem to collect the same element."""

    element: str
    claims: tuple[Claim, ...]


def normal(title: str) -> str:
    """Return a title as its usual name: noise removed, synonyms replaced."""
    bare = _NOISE.sub("", title).lower()
    if bare in SYNONYMS:
        return SYNONYMS[bare]
    for affix in _AFFIXES:
        rest = bare.removeprefix(affix)
        if len(rest) >= 2 and rest != bare:
            return SYNONYMS.get(rest, rest)
    return bare


def likeness(one: str, other: str) -> float:
    """Return the share of words (Jaccard) two normal names have in common: 0 to 1."""
    a, b = set(words.words(one)), set(words.words(other))
    return len(a & b) / len(a | b) if a | b else 0.0


def duplicates(claims: Iterable[Claim]) -> list[Duplicate]:
    """Return groups of items of different organisations that seem to be one element: same element code, or names that
    are the same once made usual and types that agree."""
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        key = (claim.element, "") if claim.element else (normal(claim.title), _family(claim.data_type))
        groups[key].append(claim)
    return [
        Duplicate(element=name, claims=tuple(found))
        for (name, _type), found in sorted(groups.items())
        if len({claim.org for claim in found}) > 1
    ]


def _family(data_type: str) -> str:
    families = {"N": "number", "Y": "number", "I": "number", "B": "number", "D": "time", "T": "time"}
    return families.get(data_type, "text")


def element_faults(form: EntryForm, known: Mapping[str, tuple[str, str, str]]) -> list[Fault]:
    """Return what is wrong with the elements an entry names; ``known`` is code → (name, source org code, its name)."""
    found: list[Fault] = []
    for item in form.items:
        where = f"items.{item.ordinal}.element"
        if not item.element:
            continue
        if item.element not in known:
            message = label("没有这个数据元编码，请在数据元目录中选择。")
            found.append(Fault(rule="element_unknown", severity=Severity.ERROR, where=where, message=message))
            continue
        _name, source, source_name = known[item.element]
        collected_by = item.source_org or form.org
        if source and collected_by != source:
            found.append(
                Fault(
                    rule="second_source",
                    severity=Severity.WARNING,
                    where=where,
                    message=label("该数据元的数源部门是 %(name)s，请改为从数源部门共享获取，不要重复采集。"),
                    values=(("name", source_name),),
                    source=BASIS,
                )
            )
    return found
