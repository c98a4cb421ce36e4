"""个人信息泄露: identity numbers, mobiles, bank cards and home addresses in full (《个人信息保护法》; masked forms pass, sheet A5 [V]).

What is shown of a find is masked; the number itself is kept nowhere: the key is its salted digest.
"""

import hashlib
from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import excerpt, on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib import privacy

NAMES = {
    privacy.Kind.ID_NUMBER: "身份证号码",
    privacy.Kind.MOBILE: "手机号码",
    privacy.Kind.BANK_CARD: "银行卡号",
    privacy.Kind.HOME_ADDRESS: "家庭住址",
}


def look(seen: Seen, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield each number that stands in full on a page."""
    yield from in_text(seen.page.text, seen, site, kit)


def in_text(text: str, seen: Seen, site: SiteCard, kit: Kit, place: str = "", context: str = "") -> Iterator[Found]:
    """Yield each number in a text of a page or of a file that it leads to; ``context`` is a table's row of headings."""
    hits = privacy.scan(text, context=context, today=seen.at.date())
    least = kit.param(Check.PRIVACY_LEAK, "confidence")
    shown = privacy.masked(text, hits)
    for hit in hits:
        if hit.confidence < least:
            continue
        around, span = excerpt(shown, hit.start, hit.end)
        number = hashlib.sha256(f"{site.code}{text[hit.start : hit.end]}".encode()).hexdigest()[:16]
        yield on_page(
            Check.PRIVACY_LEAK,
            seen,
            site,
            key=f"{place} {hit.kind} {number}".strip(),
            words=f"公开了完整的{NAMES[hit.kind]} {hit.shown}",
            place=place or "正文",
            excerpt=around,
            span=span,
            detail={"kind": str(hit.kind)},
            confidence=hit.confidence,
        )
