"""Before a ticket is closed: does the reply answer what was asked, with law, measure, date and contact, in enough words, and is it no
copy?

Seven checks, each with the places in the reply that satisfy it, or the sentence of the caller that stays without an answer. The
checks advise the clerk who reviews. People call a reply complete mostly when it says enough: 120 characters beside politeness is where
most complete replies begin and half of the others end (100 human labels). What the checks are worth beside human labels is in ``bench/replies.py``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from yunshu.lib.text import Span, pairs, sentences, squeezed, terms
from yunshu.lib.triage.summary import requests


class Check(StrEnum):
    """What is looked at."""

    ANSWERS = "answers"
    LAW = "law"
    MEASURE = "measure"
    DATE = "date"
    CONTACT = "contact"
    SUBSTANCE = "substance"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``spans`` are places in the reply; ``missing`` are the caller's sentences without an answer."""

    check: Check
    passed: bool
    spans: tuple[Span, ...] = ()
    missing: tuple[str, ...] = ()
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings; ``score`` (0 to 1) orders replies for review, ``ready`` is the gate."""

    findings: tuple[Finding, ...]
    score: float
    ready: bool

    def finding(self, check: Check) -> Finding:
        """Return the finding of one check."""
        return next(finding for finding in self.findings if finding.check is check)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A reply that was given before, to another ticket."""

    number: str
    reply: str


_LAW = re.compile(
    r"(?:(?:依据|根据|按照|依照)[^，。；《]{0,10})?《[^》]{3,60}》(?:第[一二三四五六七八九十百零\d]+条)?|[\u4e00-\u9fff]{1,8}[〔\[(（]\d{4}[〕\])）]\d{1,4}号|(?:依据|根据|按照|依照)[^，。；《]{2,40}(?:规定|办法|条例|法|政策|标准|通知|文件)"
)
_MEASURE = re.compile(
    r"(?:已(?:经)?|现已|立即|当场|责令|要求|督促|安排|组织|约谈|下达|下发|采取|将|拟|计划|正在)[^，。；]{0,24}?"
    r"(?:整改|维修|修复|查处|处罚|立案|拆除|清理|清运|整治|巡查|检查|调查|核实|停工|停业|关闭|取缔|退还|退款|支付|发放|办理|协调|约谈|调解|施工|建设|规划|完成|落实|加强|改造|安装|更换|开通|增设|设置|移交|备案|验收|通知)"
)
_DATE = re.compile(
    r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{0,2}[日底初中]?|(?:本|下|上)(?:周|月|季度)|年底前|近期内|\d+个?工作日"
)
_CONTACT = re.compile(
    r"(?:0\d{2,3}[-—]?)?\d{7,8}(?!\d)|1[3-9]\d{9}|\d{3,4}\*{2,}\d*|12345|12\d{3}|联系(?:人|电话|方式)|咨询电话|来电|致电|拨打|前往[^，。]{2,30}(?:窗口|大厅|中心|办公室)|\*{5,}"
)
_POLITE = re.compile(r"感谢|您好|你好|收悉|答复如下|回复如下|特此|谢谢|欢迎|支持与|监督|关心|理解")
_ANSWERED, _LEAST_SHARE, _COPIED = 0.22, 0.34, 0.6
_SHORT, _LONG = 120, 400
_SHINGLE = 8


def examine(message: str, reply: str, *, earlier: Sequence[Earlier] = ()) -> Examination:
    """Look at ``reply`` to ``message``; ``earlier`` are replies to other tickets that it must not repeat."""
    text = squeezed(reply)
    core = substance(text)
    findings = (
        _answers(squeezed(message), text),
        _found(Check.LAW, _LAW, text),
        _found(Check.MEASURE, _MEASURE, text),
        _found(Check.DATE, _DATE, text),
        _found(Check.CONTACT, _CONTACT, text),
        Finding(Check.SUBSTANCE, passed=len(core) >= _SHORT),
        _own(text, earlier),
    )
    passed = {finding.check: finding.passed for finding in findings}
    share = _share(findings[0], squeezed(message))
    score = 0.3 * share + 0.5 * min(1.0, len(core) / _LONG) + 0.1 * passed[Check.LAW] + 0.1 * passed[Check.MEASURE]
    ready = passed[Check.OWN] and passed[Check.SUBSTANCE] and share >= _LEAST_SHARE
    return Examination(findings, round(score if passed[Check.OWN] else score / 2, 4), ready)


def substance(reply: str) -> str:
    """Return the sentences of a reply that do more than be polite."""
    return "".join(span.text for span in sentences(reply) if len(span.text) > 30 or not _POLITE.search(span.text))


def _answers(message: str, reply: str) -> Finding:
    """Return which questions find words of theirs in the reply, and where; a caller who asks nothing is asked for by the whole."""
    asked = [span.text for span in requests(message)] or [message[:120]]
    spans, missing = [], []
    pieces = [(span, set(terms(span.text)) | set(pairs(span.text))) for span in sentences(reply)]
    whole: set[str] = set().union(*(words for _, words in pieces)) if pieces else set()
    for question in asked:
        words = {term for term in terms(question) if len(term) > 1}
        hit = {word for word in words if word in whole}
        if words and len(hit) / len(words) < _ANSWERED:
            missing.append(question)
        elif pieces:
            spans.append(max(pieces, key=lambda piece: len(words & piece[1]))[0])
    unique = tuple(dict.fromkeys(spans))
    return Finding(Check.ANSWERS, not missing and bool(pieces), unique, tuple(missing))


def _share(answers: Finding, message: str) -> float:
    """Return the share of the caller's questions that are answered."""
    asked = max(1, len(requests(message)))
    return max(0.0, 1 - len(answers.missing) / asked)


def _found(check: Check, pattern: re.Pattern[str], reply: str) -> Finding:
    spans = tuple(Span(match.start(), match.end(), match.group()) for match in pattern.finditer(reply))
    return Finding(check, bool(spans), spans[:5])


def _own(reply: str, earlier: Sequence[Earlier]) -> Finding:
    """Return whether the reply is its own: not mostly pieces of an earlier one, politeness aside."""
    core = substance(reply)
    mine = _shingles(core)
    for other in earlier:
        theirs = _shingles(substance(squeezed(other.reply)))
        if mine and len(mine & theirs) / len(mine) >= _COPIED:
            at = next(at for at in range(len(core)) if core[at : at + _SHINGLE] in theirs)
            piece = core[at : at + 60]
            start = max(0, reply.find(piece))
            return Finding(
                check=Check.OWN, passed=False, spans=(Span(start, start + len(piece), piece),), ref=other.number
            )
    return Finding(check=Check.OWN, passed=True)


def _shingles(text: str) -> set[str]:
    return {text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)}
