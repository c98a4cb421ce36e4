"""Fills each site with columns, articles, guides and letters, each as fresh as planned. Start at ``fill_sites``."""

from datetime import datetime, timedelta
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web import prose
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.model import Article, Column, Kind, Shape, Site

# slug, name, ColumnType (of the closed list in the sheet, A5), promised freshness in days
_NEWS = ("xw", "工作动态", "工作动态", 14)
_PICTURES = ("tpxw", "图片新闻", "工作动态", 14)
_NOTICES = ("tzgg", "通知公告", "信息公开目录", 183)
_POLICY = ("zcwj", "政策文件", "政策文件", 183)
_READING = ("zcjd", "政策解读", "政策解读", None)
_STATISTICS = ("sjfb", "数据发布", "数据发布", 92)
_STANDING = (
    ("gk", "概况信息", "概况信息", None), ("jgzn", "机构职能", "机构职能", None), ("fzr", "负责人信息", "负责人信息", None),
)  # fmt: skip
_EXTRA = (
    "防汛专题",
    "普法专栏",
    "文明创建",
    "健康科普",
    "双拥工作",
    "安全生产专题",
    "志愿服务",
    "档案天地",
    "科普园地",
    "地方风物",
)
# ages in days of the newest article: as it should be, nearly too old, too old
AGES = {
    14: ((1.2, 6), (12.1, 12.9), (17, 60)),
    183: ((5, 120), (165, 176), (195, 420)),
    92: ((10, 70), (80, 87), (100, 300)),
}
FRESH, NEARLY, STALE = 0, 1, 2


def fill_sites(draft: Draft) -> None:
    """Make the columns of every site; say which are too old, which only nearly, and which homes."""
    ages = _planned_ages(draft)
    for site in draft.sites:
        rng = draft.rng("columns", site.code)
        for row in _layout(site, rng):
            _add_column(draft, rng, site, row, ages.get((site.code, row[0]), FRESH))
        _pair_policies(draft, rng, site)
        _standing(draft, rng, site)
        address(site)


def _planned_ages(draft: Draft) -> dict[tuple[str, str], int]:
    """Return how old columns are. On two sites the home page falls silent, on two it nearly does."""
    rng = draft.rng("ages")
    plan: dict[tuple[str, str], int] = {}
    homes = sorted([s for s in draft.lively if not s.navigation_only], key=lambda _: rng.random())
    for i, site in enumerate(homes[:5]):
        for slug in ("xw", "tpxw"):
            plan[site.code, slug] = STALE if i < 2 else NEARLY
        draft.say("home_stale", site, "/", "home", site.name, "silent" if i < 2 else "nearly", innocent=i >= 2)
    rest = homes[5:]
    for i, site in enumerate(rest):
        plan[site.code, pick(rng, ("xw", "tpxw"))] = (STALE, NEARLY, FRESH)[i % 3]
    for i, site in enumerate(sorted(draft.lively, key=lambda _: rng.random())):
        plan[site.code, ("tzgg", "zcwj")[i % 2]] = (STALE, NEARLY)[i // 2 % 2]
        plan[site.code, "sjfb"] = (STALE, NEARLY, FRESH)[i % 3]
    for site in draft.lively:
        if site.navigation_only:
            draft.say("home_stale", site, "/", "home", site.name, "navigation_only", innocent=True)
    return plan


def _layout(site: Site, rng: Random) -> list[tuple[str, str, str, int | None]]:
    if site.quiet:
        return [_NEWS, _PICTURES, _NOTICES]
    rows = [_NEWS, _PICTURES, _NOTICES, _POLICY, _READING]
    if site.kind is not Kind.SPECIAL or rng.random() < 0.5:
        rows.append(_STATISTICS)
    names = sorted(_EXTRA, key=lambda _: rng.random())[:3]
    return rows + [(f"zt{i}", name, "回应关切", None) for i, name in enumerate(names)]


def _add_column(draft: Draft, rng: Random, site: Site, row: tuple[str, str, str, int | None], age: int) -> None:
    slug, name, kind, promise = row
    column = Column(4000 + len(site.columns) + int(site.code[-4:]) * 20, slug, name, kind, promise)
    column.api = site.shape is Shape.GKMLPT and slug in ("tzgg", "zcwj", "zcjd", "sjfb")
    site.columns.append(column)
    if slug == "zcjd":
        return  # written beside the policies
    low, high = AGES[promise or 183][age]
    if slug in ("tzgg", "zcwj") and age == FRESH:
        low = 16  # never what keeps a home page fresh
    at = draft.now - timedelta(days=low + rng.random() * (high - low))
    count = _count(rng, slug)
    for _ in range(count):
        column.articles.append(_article(draft, rng, site, column, at))
        at -= timedelta(days=(promise or 60) / 14 * (1 + 6 * rng.random()), minutes=int(rng.random() * 300))
    if slug == "tzgg":
        for _ in range(3):  # the archive: older than any renaming of the dictionary
            old = draft.now - timedelta(days=1700 + rng.random() * 900)
            column.articles.append(_article(draft, rng, site, column, old))
    if slug == "xw" and age == FRESH and not site.quiet:
        later = draft.now - timedelta(hours=2 + rng.random() * 18)
        fresh = _article(draft, rng, site, column, later)
        fresh.stage = 1
        column.articles.insert(0, fresh)


def _count(rng: Random, slug: str) -> int:
    low, high = {"xw": (14, 26), "tpxw": (6, 10), "tzgg": (9, 16), "zcwj": (4, 9), "sjfb": (5, 8)}.get(slug, (3, 6))
    return low + int(rng.random() * (high - low))


def _article(draft: Draft, rng: Random, site: Site, column: Column, at: datetime) -> Article:
    about, at = prose.topic(rng), at.replace(second=0, microsecond=0)
    number = draft.number()
    if column.slug == "zcwj":
        title = prose.policy_title(site.short, about, number)
    elif column.slug == "tzgg":
        title = prose.notice_title(rng, site.short, about)
    elif column.slug == "sjfb":
        title = f"{site.short}{at.year}年{about}数据（第{number}期）"
    else:
        title = prose.news_title(rng, site.short, about)
    text = prose.paragraphs(rng, site.short, about, prose.day_words(at.month, at.day), 3 + int(rng.random() * 3))
    article = Article(number, title, text, at, site.short)
    if column.slug == "zcwj":
        article.document_number = f"{site.short[:2]}办〔{at.year}〕{1 + int(rng.random() * 90)}号"
    return article


def _pair_policies(draft: Draft, rng: Random, site: Site) -> None:
    """Write an interpretation of each policy document; both point to each other."""
    policy, reading = site.column("zcwj"), site.column("zcjd")
    if policy is None or reading is None:
        return
    for document in policy.articles:
        at = document.published_at + timedelta(days=min(3.0, (draft.first_visit - document.published_at).days / 2))
        text = _article(draft, rng, site, reading, at)
        text.title = f"《{document.title}》解读"
        reading.articles.append(text)


def _standing(draft: Draft, rng: Random, site: Site) -> None:
    """Add the columns that stand for years: overview, duties, leaders. They promise nothing."""
    for row in _STANDING if not site.quiet else ():
        at = draft.now - timedelta(days=400 + rng.random() * 900)
        column = Column(4000 + len(site.columns) + int(site.code[-4:]) * 20, *row)
        article = _article(draft, rng, site, column, at)
        article.title = f"{site.short}{column.name}"
        column.articles.append(article)
        site.columns.append(column)
        draft.say("column_stale", site, f"/{column.slug}/index.html", "list", column.name, "no_promise", innocent=True)


def address(site: Site) -> None:
    """Give each column and article its path, in the manner of the site's shape, and link documents to interpretations."""
    for column in site.columns:
        column.path = f"/gkmlpt/index#{column.number}" if column.api else f"/{column.slug}/index.html"
        for article in column.articles:
            article.path = path_of(site, column, article)
    policy, reading = site.column("zcwj"), site.column("zcjd")
    if policy and reading:
        for document, text in zip(policy.articles, reading.articles, strict=True):
            document.related.append((text.title, text.path))
            text.related.append((document.title, document.path))


def path_of(site: Site, column: Column, article: Article) -> str:
    """Return where an article lies."""
    n, at = article.number, article.published_at
    if site.shape is Shape.TRS:
        return f"/{column.slug}/{at:%Y%m}/t{at:%Y%m%d}_{n}.html"
    if site.shape is Shape.SCRIPT:
        return f"/{column.slug}/detail_{n}.html"
    if site.shape is Shape.GKMLPT:
        return f"/gkmlpt/content/0/{n // 1000}/post_{n}.html" if column.api else f"/{column.slug}/content/post_{n}.html"
    return f"/{column.slug}/content_{n}.html"


def say_ages(draft: Draft) -> None:
    """Say which columns are older than promised, and which are only nearly; read off the articles themselves."""
    for site in draft.lively:
        for column in site.columns:
            if column.promise_days is None or not column.articles:
                continue
            age = (draft.now - max(a.published_at for a in column.articles)) / timedelta(days=1)
            check = "statistics_stale" if column.slug == "sjfb" else "column_stale"
            if age > column.promise_days:
                draft.say(check, site, column.path, "list", column.name, "too_old", innocent=False)
            elif age > column.promise_days * 0.86:
                draft.say(check, site, column.path, "list", column.name, "nearly", innocent=True)
