"""Plants what is wrong with labels, foot marks and accessibility of pages, with look-alikes."""

from collections.abc import Callable
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.hosts import REPORT_ELSEWHERE
from yunshu.lib.synthetic.web.model import Article, Site

_ARTICLE_LABELS = ("ArticleTitle", "PubDate", "ContentSource", "SiteName", "SiteIDCode", "SiteDomain")
_COLUMN_LABELS = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")


def plant_labels(draft: Draft) -> None:
    """Take labels off pages; elsewhere write them in other letters or order, or leave out only optional ones."""
    rng = draft.rng("labels")
    for label in _ARTICLE_LABELS * 2:
        site, _, article = draft.take(lambda s, c, a: not s.list_dates_only)
        article.drop.add(label)
        draft.say("label_missing", site, article.path, "head", label, "article_label", innocent=False)
    for recipe in ("lower_case", "content_first", "no_author", "single_quotes") * 4:
        site, _, article = draft.take(lambda s, c, a: not s.list_dates_only)
        article.labels[recipe] = "1"
        draft.say("label_missing", site, article.path, "head", "PubDate", recipe, innocent=True)
    columns = [(s, c) for s in draft.lively for c in s.columns if not c.api and c.slug.startswith(("xw", "zt1", "zt2"))]
    for (site, column), label in zip(sorted(columns, key=lambda _: rng.random()), _COLUMN_LABELS * 2, strict=False):
        column.drop.add(label)
        draft.say("label_missing", site, column.path, "head", label, "column_label", innocent=False)
    homes = sorted(draft.lively, key=lambda _: rng.random())
    for site, label in zip(homes, ("SiteName", "SiteIDCode"), strict=False):
        site.home_drop.add(label)
        draft.say("label_missing", site, "/", "head", label, "site_label", innocent=False)
    for site in draft.lively:
        for article in (a for c in site.columns for a in c.articles) if site.list_dates_only else ():
            draft.say(
                "label_missing",
                site,
                article.path,
                "head",
                "PubDate",
                "list_only_date",
                innocent=False,
                stage=article.stage,
            )


def plant_footers(draft: Draft) -> None:
    """Spoil one mark in the foot of each of ten sites; write it in another allowed form in the others."""
    rng = draft.rng("footers")
    sites = sorted(draft.lively, key=lambda _: rng.random())
    wrong, other = [*_WRONG.items()], [*_OTHER.items()]
    for site, (recipe, change) in zip(sites, wrong, strict=False):
        words = change(rng, site)
        draft.say("footer_mark", site, "/", "footer", words, recipe, innocent=False)
    for i, site in enumerate(sites[len(wrong) :]):
        recipe, change = other[i % len(other)]
        words = change(rng, site)
        draft.say("footer_mark", site, "/", "footer", words, recipe, innocent=True)


def _set(name: str, value: str) -> Callable[[Random, Site], str]:
    """Return a change that writes ``value`` into a mark and tells the words to look for: the mark's, or its name if gone."""

    def change(rng: Random, site: Site) -> str:
        footer = site.footer
        text = value.format(code=footer.code, host=site.host, digits=footer.police.split()[-1].rstrip("号"))
        setattr(footer, name, text)
        return text or name

    return change


def _other_code(rng: Random, site: Site) -> str:
    site.footer.code = f"44990{int(rng.random() * 1e5):05d}"
    return site.footer.code


def _other_police(rng: Random, site: Site) -> str:
    site.footer.police_link = site.footer.police_link[:-3] + f"{int(rng.random() * 1000):03d}"
    if site.footer.police_link.endswith(site.footer.police.rstrip("号")[-3:]):
        site.footer.police_link = site.footer.police_link[:-1] + "x"
    return site.footer.police_link


_WRONG: dict[str, Callable[[Random, Site], str]] = {
    "no_code": _set("code", ""),
    "other_code": _other_code,
    "no_report_entrance": _set("report", ""),
    "report_elsewhere": _set("report", f"http://{REPORT_ELSEWHERE}/exposure/jiucuo.html?site_code={{code}}"),
    "report_of_another": _set("report", "http://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4499000099"),
    "no_party_mark": _set("conac", ""),
    "no_icp": _set("icp", ""),
    "malformed_icp": _set("icp", "粤ICP备12345号"),
    "police_mismatch": _other_police,
    "no_host_unit": _set("host_unit", ""),
}
_OTHER: dict[str, Callable[[Random, Site], str]] = {
    "report_by_script": _set("report", "http://zfwzgl.www.gov.cn/exposure/jiucuo.js?sitecode={code}"),
    "party_mark_by_script": _set("conac", "http://dcs.conac.cn/js/20/300/0000/60000000/CA203000000600000000001.js"),
    "new_police_address": _set("police_link", "https://beian.mps.gov.cn/#/query/webSearch?code={digits}"),
    "icp_with_number": _set("icp", "粤ICP备12345678号-1"),
}

_BAD = {
    "picture_without_text": '<p><img src="/static/photo{n}.png" width="320" height="200"></p>',
    "field_without_label": '<form action="/s" method="get"><input type="text" name="q{n}"></form>',
    "empty_link": '<p><a href="/?n={n}"></a></p>',
    "button_without_name": '<p><button type="button" id="b{n}"></button></p>',
}
_GOOD = {
    "decoration": '<p><img src="/static/line{n}.png" alt="" width="320" height="2"></p>',
    "labelled_by_attribute": '<form action="/s" method="get"><input type="text" name="q{n}" aria-label="关键词"></form>',
    "icon_link": '<p><a href="/?n={n}" aria-label="返回首页"><span aria-hidden="true"></span></a></p>',
    "wrapped_label": '<form action="/s" method="get"><label>关键词 <input type="text" name="q{n}"></label></form>',
}


def plant_barriers(draft: Draft) -> None:
    """Put barriers to screen readers into texts, and good forms that look like them."""
    for recipes, innocent in ((_BAD, False), (_GOOD, True)):
        for recipe, html in recipes.items():
            for _ in range(4):
                site, _, article = draft.take()
                n = draft.number()
                article.extra.append(html.format(n=n))
                draft.say("accessibility", site, article.path, "body", str(n), recipe, innocent=innocent)


_SEEN_BAD = {
    "faint_text": '<p style="color:#c2c2c2;background:#fff">本站支持无障碍浏览</p>',
    "list_of_divisions": "<ul><div>便民信息</div></ul>",
    "picture_role_without_name": '<div role="img" style="width:40px;height:40px;background:#246"></div>',
}
_SEEN_GOOD = {
    "dark_text": '<p style="color:#595959;background:#fff">本站支持无障碍浏览</p>',
    "list_of_items": "<ul><li>便民信息</li></ul>",
    "picture_role_with_name": '<div role="img" aria-label="市徽" style="width:40px;height:40px;background:#246"></div>',
}


def plant_drawn_barriers(draft: Draft) -> None:
    """Put barriers that only a drawn page shows on home pages, and what looks like them on others."""
    recipes = [(each, True) for each in _SEEN_GOOD.items()] + [(each, False) for each in _SEEN_BAD.items()]
    rng = draft.rng("drawn barriers")
    sites = sorted(draft.lively, key=lambda _: rng.random())
    for site, ((recipe, html), innocent) in zip(sites, recipes * 2, strict=False):
        site.home_extra.append(html)
        draft.say("barrier", site, "/", "home", recipe, recipe, innocent=innocent)


def plant_reposts(draft: Draft) -> None:
    """Post the same text twice; elsewhere only the same title, the same sentences with other figures, or quote a site."""
    rng = draft.rng("reposts")
    for i in range(10):
        site, first, second = _two(draft)
        second.title, second.paragraphs = first.title, [*first.paragraphs]
        if i % 3 == 1:
            second.title += "（图）"
        draft.say("repost", site, second.path, "body", first.path, "same_text", innocent=False)
    for i in range(10):
        site, first, second = _two(draft)
        second.title = first.title
        if i % 2:
            _bulletins(rng, site, first, second, week=1 + i)
        recipe = "same_form_other_figures" if i % 2 else "same_title"
        draft.say("repost", site, second.path, "body", first.path, recipe, innocent=True)


def _two(draft: Draft) -> tuple[Site, Article, Article]:
    """Take two news of one site."""
    site, _, first = draft.take(lambda s, c, a: c.slug in ("xw", "tpxw"))
    _, _, second = draft.take(lambda s, c, a: s is site and c.slug in ("xw", "tpxw"))
    return site, first, second


def _bulletins(rng: Random, site: Site, first: Article, second: Article, *, week: int) -> None:
    """Make two weekly bulletins of the same sentences and other figures."""
    acid, place = f"{6 + rng.random() * 2:.2f}", pick(rng, ("东桥", "西桥", "北闸"))
    for article, n in ((first, week), (second, week + 1)):
        article.title = f"{site.short}第{n}周水质公报"
        article.paragraphs = [
            f"第{n}周{place}断面水质监测结果：酸碱度{acid}，溶解氧{5 + n * 0.13:.2f}毫克每升，氨氮{0.2 + n * 0.017:.3f}毫克每升，"
            f"高锰酸盐指数{2 + n * 0.11:.2f}毫克每升，水质达到第{1 + n % 3}类标准。"
        ]
