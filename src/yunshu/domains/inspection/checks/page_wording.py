"""表述: serious and wrong wording and miswritings of the city's word lists, by the date of the text (sheet A2 W1, part C).

A text that speaks of a wrong form on purpose — a correction, a note for proof-readers, a former name — is none.
"""

import re
from collections.abc import Iterator
from datetime import date

import rjieba

from yunshu.domains.inspection.checks.finding import excerpt, on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.wording import Hit, How, Kind

CHECKS = {Kind.SERIOUS: Check.WORDING_SERIOUS, Kind.WRONG: Check.WORDING_WRONG, Kind.SPELLING: Check.SPELLING}
AROUND_WORDS = 12
"""How many characters on each side are cut into words."""
_SENTENCE_ENDS = "。！？!?\n"
_ON_PURPOSE = re.compile(r"误写|错写|误作|写成|错误写法|正确写法|规范写法|应为|更正|勘误|错别字|校对")
_FORMER = re.compile(r"[（(]\s*(?:原|原名|原为|前身为|曾用名)\s*[“\"]?$")
_OPENING, _CLOSING = "“‘「『\"'《", "”’」』\"'》"


def look(seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield each wording of the lists that stands on a page: in its text, its title and its keywords."""
    head = "\n".join(filter(None, (seen.page.title, seen.page.meta.get("keywords", ""))))
    yield from in_text(seen.page.text, seen, site, kit)
    for found in in_text(head, seen, site, kit, "标题与关键词"):
        if found.detail["term"] not in seen.page.text:
            yield found


def in_text(text: str, seen: Seen, site: SiteCard, kit: Kit, place: str = "") -> Iterator[Found]:
    """Yield each wording in a text of a page or of a file that it leads to."""
    on = seen.dated.on if seen.dated else None
    hits = kit.lexicon.scan(text, on=on) if kit.lexicon else []
    spelled = kit.speller.check(text) if kit.speller else []
    listed = [(hit.start, hit.end) for hit in hits]
    others = (hit for hit in spelled if not any(hit.start < end and start < hit.end for start, end in listed))
    for hit in [*hits, *others]:
        check = CHECKS[hit.entry.kind]
        if (
            hit.confidence >= kit.param(check, "confidence")
            and is_said(text, hit)
            and not is_on_purpose(text, hit.start, hit.end)
        ):
            yield _found(check, hit, text, seen, site, place, on)


def is_said(text: str, hit: Hit) -> bool:
    """Say whether a listed wording begins and ends where words do: ``一网通半岛`` does not say ``一网通半``.

    What somebody disguised, and what is a veto, is looked at by people wherever it stands.
    """
    if hit.entry.kind is Kind.SERIOUS or hit.how is not How.EXACT:
        return True
    begin, end = max(0, hit.start - AROUND_WORDS), min(len(text), hit.end + AROUND_WORDS)
    ends, at = {begin}, begin
    for word in rjieba.cut(text[begin:end], False):  # noqa: FBT003 - only words of the dictionary, none guessed
        at += len(word)
        ends.add(at)
    return hit.start in ends and hit.end in ends


def is_on_purpose(text: str, start: int, end: int) -> bool:
    """Say whether a sentence names a wrong form as one: quoted in a correction, or in brackets as a former name."""
    if _FORMER.search(text[max(0, start - 8) : start]):
        return True
    begin = max((text.rfind(mark, 0, start) for mark in _SENTENCE_ENDS), default=-1) + 1
    stops = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, end)) >= 0]
    sentence = text[begin : min(stops, default=len(text))]
    quoted = start > 0 and text[start - 1] in _OPENING and text[end : end + 1] in tuple(_CLOSING)
    return quoted and bool(_ON_PURPOSE.search(sentence))


def _found(check: Check, hit: Hit, text: str, seen: Seen, site: SiteCard, place: str, on: date | None) -> Found:
    around, span = excerpt(text, hit.start, hit.end)
    right = f"，应为“{hit.entry.right}”" if hit.entry.right else ""
    return on_page(
        check,
        seen,
        site,
        key=f"{place} {hit.entry.wrong}".strip(),
        words=f"“{text[hit.start : hit.end]}”{right}",
        place=place or "正文",
        excerpt=around,
        span=span,
        detail={"term": hit.entry.wrong, "right": hit.entry.right, "how": str(hit.how), "source": hit.entry.source}
        | ({"dated": on.isoformat()} if on else {}),
        confidence=hit.confidence,
    )
