"""留言超期未回复、答复超时 (国办秘函〔2019〕19号, part 1, item 5 [V]: a valid message unanswered for more than three months in
the last year; part 2 [V]: replies published within two months). How late a reply may come is recalled [R].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from yunshu.domains.inspection.checks.facts import iso
from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.crawl import urls
from yunshu.lib.kernel.clock import city_date

UNJUDGED_CONFIDENCE = 0.9
"""Whether a message was valid a person has yet to say."""


@dataclass(frozen=True)
class Letter:
    """A message from either source."""

    url: str
    title: str
    asked_at: datetime
    replied_at: datetime | None
    is_public: bool = True
    is_valid: bool | None = None


def letters_of(view: SiteView) -> list[Letter]:
    """Return the messages of a site, each once: an interface's own rows, then pages that it does not list."""
    found: dict[str, Letter] = {}
    for card in view.letters:
        if card.asked_at is not None:
            key = urls.canonical(card.url) or card.url or card.id
            found[key] = Letter(key, card.title, card.asked_at, card.replied_at, card.is_public, card.is_valid)
    for page in view.pages:
        said = page.facts.get("letter") or {}
        asked_at = iso(said.get("asked"))
        if asked_at is not None and page.url not in found:
            title = str(page.facts.get("title", ""))
            found[page.url] = Letter(page.url, title, asked_at, iso(said.get("replied")), is_public=True, is_valid=None)
    return list(found.values())


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield messages that wait too long, replies that came too late, and a site whose last published reply is old."""
    letters = [letter for letter in letters_of(view) if letter.is_valid is not False]
    for letter in letters:
        if letter.replied_at is None:
            yield from _waiting(letter, view, site, kit)
        else:
            yield from _late(letter, letter.replied_at, view, site, kit)
    yield from _newest_reply(letters, view, site, kit)


def _waiting(letter: Letter, view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    due_at = letter.asked_at + timedelta(days=kit.param("message_unanswered", "days"))
    since = view.now - timedelta(days=kit.param("message_unanswered", "look_back_days"))
    if since <= due_at < view.now:
        age = (view.now - letter.asked_at).days
        asked_on = city_date(letter.asked_at)
        words = f"留言“{letter.title}”（{asked_on}）{age} 天没有回复"
        confidence = 1.0 if letter.is_valid else UNJUDGED_CONFIDENCE
        yield _found(
            Check.MESSAGE_UNANSWERED,
            site,
            letter,
            words,
            {"asked_on": asked_on.isoformat(), "age_days": age},
            confidence,
        )


def _late(letter: Letter, replied_at: datetime, view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    taken, most = replied_at - letter.asked_at, kit.param("message_late", "reply_days")
    recent = replied_at >= view.now - timedelta(days=kit.param("message_late", "look_back_days"))
    if recent and taken > timedelta(days=most):
        asked_on, replied_on = city_date(letter.asked_at), city_date(replied_at)
        words = f"留言“{letter.title}”（{asked_on}）于 {replied_on} 答复，用时 {taken.days} 天（期限 {most} 天）"
        detail = {"asked_on": asked_on.isoformat(), "replied_on": replied_on.isoformat(), "taken_days": taken.days}
        yield _found(Check.MESSAGE_LATE, site, letter, words, detail)


def _newest_reply(letters: list[Letter], view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    replies = [letter.replied_at for letter in letters if letter.replied_at and letter.is_public]
    if not replies or not view.is_whole:
        return
    newest, days = max(replies), kit.param("message_late", "days")
    if newest < view.now - timedelta(days=days):
        words = f"最近公开的留言答复是 {city_date(newest)} 的，{days} 天内没有新的答复"
        detail = {"newest": city_date(newest).isoformat(), "days": days}
        yield on_site(Check.MESSAGE_LATE, site, key="newest", words=words, detail=detail)


def _found(
    check: str, site: SiteCard, letter: Letter, words: str, detail: dict[str, object], confidence: float = 1.0
) -> Found:
    return on_site(
        check, site, key=letter.url, words=words, url=letter.url, place="page", detail=detail, confidence=confidence
    )
