"""Marks of state secrets in published text. Start at ``scan``.

Source: the mark is written 密级★保密期限, "★" standing between the grade and its term (保守国家秘密法实施条例 and
国家秘密定密管理暂行规定 [R]; inspection.md A2 W1 names `机密★` and `秘密★N年` [V]).
"""

import re

from yunshu.lib.wording.entries import Category, Entry, Hit, How, Kind

SOURCE = "国办秘函〔2019〕19号 W1 泄密；国家秘密标志 [R]"
_STAR = "[★☆✩✭⭐*＊]"
_MARK = re.compile(
    f"(?P<grade>绝\\s?密|机\\s?密|秘\\s?密)\\s{{0,3}}{_STAR}\\s{{0,3}}"
    "(?P<term>长期|启用前|解密前|[0-9０-９一二三四五六七八九十]{1,3}\\s?(?:年|个月|月|天|日)|[12][0-9]{3}年[^\\s，。]{0,8})?"
)
_GRADE = re.compile("密级\\s?[:：]\\s?(?P<grade>绝密|机密|秘密)(?!文件|资料|信息)")
_INTERNAL = re.compile(
    "(?:内部(?:文件|资料|材料)|工作秘密)[，,、；;：: （(]{0,2}(?:请?注意保存|不得外传|严禁外传|请勿外传|妥善保管)"
)
# a text that explains the mark quotes it
_TOLD = re.compile("标志|标注|标明|字样|样式|例如|如下|格式|表示|形式|以“|如“|“$|「$")
_REACH = 12


def scan(text: str) -> list[Hit]:
    """Return the marks: surest with a term, doubtful where the text explains marks or an exam paper bears one."""
    hits = []
    for match in _MARK.finditer(text):
        confidence = 0.95 if match["term"] else 0.8
        if match["term"] in ("启用前", "解密前"):
            confidence = 0.4
        hits.append(_hit(match, confidence))
    hits += [_hit(match, 0.6) for pattern in (_GRADE, _INTERNAL) for match in pattern.finditer(text)]
    return sorted(hits, key=lambda hit: hit.start)


def _hit(match: re.Match[str], confidence: float) -> Hit:
    before = match.string[max(0, match.start() - _REACH) : match.start()]
    after = match.string[match.end() : match.end() + _REACH]
    told = bool(_TOLD.search(before) or re.match("[”」]", after))
    entry = Entry(wrong=match[0], kind=Kind.SERIOUS, category=Category.PHRASES, source=SOURCE)
    return Hit(match.start(), match.end(), match[0], entry, How.RULE, min(confidence, 0.3) if told else confidence)
