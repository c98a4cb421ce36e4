"""Identity numbers, mobiles and bank cards: the form, the check, and the words around it that decide."""

import re
from collections.abc import Iterator
from datetime import date

from yunshu.lib.identifiers import ric, uscc
from yunshu.lib.privacy.bins import Bins, luhn, of
from yunshu.lib.privacy.hits import Hit, Kind, hidden

_AROUND = 30
_D = "[0-9０-９]"
_GAP = "[ \u00a0\u2009\u3000-]?"
_FREE, _ENDS = r"(?<![0-9A-Za-z０-９*＊_/=])(?<![0-9][.-])", r"(?![0-9A-Za-z０-９*＊])"
_ID = re.compile(f"{_FREE}{_D}{{6}}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}{_GAP}{_D}{{3}}[0-9０-９XxＸｘ]{_ENDS}")
_OLD_ID = re.compile(f"{_FREE}{_D}{{15}}{_ENDS}")
_MOBILE = re.compile(
    f"(?:(?<![0-9])(?:[+＋]?86|0086)[ -]?|(?<![0-9A-Za-z０-９*＊_/=.])(?<![0-9]-))"
    f"([1１][3-9３-９]{_D}(?:{_GAP}{_D}{{4}}){{2}}){_ENDS}(?![.．]{_D})"
)
_CARD = re.compile(f"{_FREE}(?:{_D}{{4}}{_GAP}){{3,4}}{_D}{{1,7}}{_ENDS}")
_ID_WORDS = re.compile("身份证|公民身份|证件号|身份号")
_CARD_WORDS = re.compile(
    "银行|卡号|账号|帐号|账户|帐户|开户|一卡通|存折|社保卡|工资卡|借记卡|信用卡|储蓄|\\b(?:card|bank|account|a/c)\\b",
    re.IGNORECASE,
)
_CODE_WORDS = re.compile("信用代码|机构代码|索引号|税号|注册号|证照编号|许可证号")
_INDEX_TAIL = re.compile(r"[/／][0-9]{4}[-－—][0-9]+")
# a number of eleven digits after these words is no telephone
_NOT_MOBILE = re.compile(
    "(?:编号|单号|订单号?|流水号?|QQ群?|群号|案号|文号|许可证号?|备案号|代码|批号|合同号|凭证号?|索引号|条形?码|工单)[:：\\s]*[A-Za-z]*$"
)
_UNITS = re.compile(r"\s*(?:元|万元|亿|吨|千瓦|平方米|立方|公里|人次|%|％|株|度)")


def found_in(text: str, context: str, bins: Bins, today: date | None) -> Iterator[Hit]:
    """Yield the numbers of ``text``; a number is one thing only: identity before card before mobile."""
    taken: list[tuple[int, int]] = []
    for finder in (_ids(text, context, today), _cards(text, context, bins), _mobiles(text)):
        for hit in finder:
            if not any(start < hit.end and hit.start < end for start, end in taken):
                taken.append((hit.start, hit.end))
                yield hit


def _ids(text: str, context: str, today: date | None) -> Iterator[Hit]:
    for match in _ID.finditer(text):
        number = _plain(match[0])
        verdict = ric.check(number, today=today)
        if not verdict.ok or verdict.warnings or int(number[6:10]) < 1880 or _is_code(match, number):
            continue
        yield _hit(Kind.ID_NUMBER, match.start(), match.end(), match[0], 0.99)
    for match in _OLD_ID.finditer(text):
        number = _plain(match[0])
        old = ric.check(number, today=today)
        if old.ok and ric.Doubt.AREA not in old.warnings and _ID_WORDS.search(_near(match) + context):
            yield _hit(Kind.ID_NUMBER, match.start(), match.end(), match[0], 0.9)


def _cards(text: str, context: str, bins: Bins) -> Iterator[Hit]:
    for match in _CARD.finditer(text):
        number = _plain(match[0])
        if not (16 <= len(number) <= 19 and of(number, bins) and luhn(number)):
            continue
        if _CARD_WORDS.search(_near(match) + context) and not _CODE_WORDS.search(_before(match)):
            yield _hit(Kind.BANK_CARD, match.start(), match.end(), match[0], 0.95)


def _mobiles(text: str) -> Iterator[Hit]:
    for match in _MOBILE.finditer(text):
        start, end = match.span(1)
        if _NOT_MOBILE.search(text[max(0, start - 12) : start]) or _UNITS.match(text, end):
            continue
        yield _hit(Kind.MOBILE, start, end, match[1], 0.95)


def _is_code(match: re.Match[str], number: str) -> bool:
    """A social credit code may be all digits and pass as an identity number by chance; an index number has a tail."""
    if _INDEX_TAIL.match(match.string, match.end()):
        return True
    return bool(uscc.check(number).ok and _CODE_WORDS.search(_before(match)))


def _plain(found: str) -> str:
    return ric.normal(found).replace("-", "")


def _near(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _AROUND) : match.end() + _AROUND]


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _AROUND // 2) : match.start()]


def _hit(kind: Kind, start: int, end: int, found: str, confidence: float) -> Hit:
    return Hit(kind, start, end, hidden(kind, found), confidence)
