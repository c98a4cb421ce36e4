"""Plants forged dates, and a second visit's honest changes of dates; and who imitates the portal."""

from datetime import timedelta
from random import Random

from yunshu.lib.synthetic.web import prose
from yunshu.lib.synthetic.web.columns import path_of
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.model import Article, Column, Shape, Site


def plant_forged_dates(draft: Draft) -> None:
    """Let texts appear at the second visit under days long before the first, or say one day in the label and another on the page."""
    rng = draft.rng("forged")
    places = sorted(_fresh(draft), key=lambda _: rng.random())
    for i, (site, column) in enumerate(places[:12]):
        forged = i % 2 == 0
        article = _appear(draft, rng, site, column, days=5 + rng.random() * 40 if forged else -0.5)
        if forged:
            article.modified_at = draft.now - timedelta(hours=1 + rng.random() * 10)
        recipe, day = "backdated" if forged else "new_today", f"{article.published_at:%Y-%m-%d}"
        draft.say("date_forged", site, article.path, "list", day, recipe, innocent=not forged, stage=1)
    for i in range(12):
        site, _, article = draft.take(
            lambda s, c, a: not s.list_dates_only and s.shape is not Shape.GKMLPT and not a.drop and not a.labels
        )
        if i < 5:
            other = article.published_at + timedelta(days=30 + rng.random() * 200)
            article.labels["pub_date"] = f"{other:%Y-%m-%d %H:%M}"
            words, recipe = f"{other:%Y-%m-%d %H:%M}", "label_against_page"
        else:
            article.modified_at = draft.now - timedelta(days=2, hours=rng.random() * 9)
            words, recipe = f"{article.published_at:%Y-%m-%d}", "template_written_anew"
        draft.say("date_forged", site, article.path, "page", words, recipe, innocent=i >= 5)


def _fresh(draft: Draft) -> list[tuple[Site, Column]]:
    """Return news columns that a new text makes no fresher than they are said to be."""
    week = draft.now - timedelta(days=7)
    return [
        (site, column)
        for site in draft.lively
        for column in site.columns
        if column.slug in ("xw", "tpxw")
        and not site.list_dates_only
        and max(a.published_at for a in column.articles) > week
    ]


def _appear(draft: Draft, rng: Random, site: Site, column: Column, days: float) -> Article:
    """Add an article that the second visit is the first to see, dated ``days`` before the first visit."""
    at = (draft.first_visit - timedelta(days=days)).replace(second=0, microsecond=0)
    about, number = prose.topic(rng), draft.number()
    text = prose.paragraphs(rng, site.short, about, prose.day_words(at.month, at.day), 4)
    article = Article(number, prose.news_title(rng, site.short, about), text, at, site.short, stage=1)
    article.path = path_of(site, column, article)
    column.articles.append(article)
    column.articles.sort(key=lambda a: a.published_at, reverse=True)
    return article


def plant_imitations(draft: Draft) -> dict[str, tuple[str, str]]:
    """Return hosts that answer with a site's pages: host -> (host imitated, how). Two imitate, three have the right to.

    ``clone`` swaps the city's name for an advert, ``old_clone`` is a copy under an abandoned name; ``alias`` and ``mobile``
    are the site's own registered names, ``archive`` quotes one text with its source.
    """
    portal, county = (
        draft.sites[0],
        next(s for s in draft.lively if s.host.startswith("www.") and s is not draft.sites[0]),
    )
    label = draft.label
    hosts = {
        f"www.{label}-gov.example": (portal.host, "clone"),
        f"{county.host.split('.')[1]}.old-town.example": (county.host, "old_clone"),
        f"{label}.gov.cn": (portal.host, "alias"),
        f"m.{label}.gov.cn": (portal.host, "mobile"),
        f"archive.{label}-news.example": (portal.host, "archive"),
    }
    for host, (of, how) in hosts.items():
        owner = portal if of == portal.host else county
        if how in ("alias", "mobile"):
            owner.aliases.append(host)
        if how in ("old_clone", "archive"):
            owner.friends.append(("旧版网站" if how == "old_clone" else "资料库", f"http://{host}/"))
        innocent = how not in ("clone", "old_clone")
        draft.say("impersonation", owner, "/", "site", host, how, innocent=innocent)
    return hosts
