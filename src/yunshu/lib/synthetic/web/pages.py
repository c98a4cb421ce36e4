"""The pages of one site: home, lists, texts, guides, letters. ``pages_of`` names them all; ``page_at`` writes one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from posixpath import relpath

from yunshu.lib.synthetic.web.frame import Page, sections
from yunshu.lib.synthetic.web.model import Article, Attachment, Column, Guide, Letter, Shape, Site

PER_LIST = 15


@dataclass(frozen=True)
class Pages:
    """The addresses of a site at one visit, each with its writer."""

    site: Site
    stage: int
    writers: dict[str, Callable[[], Page]]


def pages_of(site: Site, stage: int) -> Pages:
    """Return all pages of ``site`` as visit ``stage`` finds them; those of /gkmlpt and /hdjlpt are not among them."""
    writers: dict[str, Callable[[], Page]] = {"/": lambda: _home(site, stage)}
    for column in site.columns:
        shown = visible(column, stage)
        if not column.api:
            for number in range(1, max(1, -(-len(shown) // PER_LIST)) + 1):
                writers[_list_path(column, number)] = _list_writer(site, column, shown, number)
        for article in shown:
            writers[article.path] = _article_writer(site, column, article)
    for guide in site.guides:
        writers[guide.path] = _guide_writer(site, guide)
    if site.guides:
        writers["/bsfw/index.html"] = lambda: _guides(site)
    if site.letters and site.shape is not Shape.GKMLPT:
        writers["/hdjl/index.html"] = lambda: _letters(site)
    for letter in site.letters:
        writers[letter.path] = _letter_writer(site, letter)
    return Pages(site, stage, writers)


def visible(column: Column, stage: int) -> list[Article]:
    """Return the articles that visit ``stage`` sees, the newest first."""
    return [article for article in column.articles if article.stage <= stage]


def _list_path(column: Column, number: int) -> str:
    return column.path if number == 1 else column.path.replace("index.html", f"index_{number}.html")


def _list_writer(site: Site, column: Column, shown: list[Article], number: int) -> Callable[[], Page]:
    return lambda: _list(site, column, shown, number)


def _article_writer(site: Site, column: Column, article: Article) -> Callable[[], Page]:
    return lambda: _article(site, column, article)


def _guide_writer(site: Site, guide: Guide) -> Callable[[], Page]:
    return lambda: _guide(site, guide)


def _letter_writer(site: Site, letter: Letter) -> Callable[[], Page]:
    return lambda: _letter(site, letter)


def _day(site: Site, at: datetime) -> str:
    if site.shape is Shape.TRS:
        return f"[{at:%Y-%m-%d}]"
    if site.shape is Shape.SCRIPT:
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at:%Y-%m-%d}"


def _items(site: Site, here: str, articles: list[Article]) -> str:
    def href(article: Article) -> str:
        if site.shape is Shape.TRS and here != "/":
            return "./" + relpath(article.path, here.rsplit("/", 1)[0])
        return article.path

    rows = (
        f'<li><a href="{href(a)}" title="{escape(a.title)}">{escape(a.title)}</a><span>{_day(site, a.published_at)}</span></li>'
        for a in articles
    )
    return f'<ul class="list">{"".join(rows)}</ul>'


def _home(site: Site, stage: int) -> Page:
    parts = []
    for column in site.columns:
        if column.slug in ("xw", "tpxw", "tzgg", "zcwj") and not site.navigation_only:
            heading = f'<h2><a href="{column.path}">{column.name}</a></h2>'
            parts.append(heading + _items(site, "/", visible(column, stage)[:6]))
    if site.navigation_only:
        links = [(c.name, c.path) for c in site.columns if not c.children] + sections(site)
        parts.append("".join(f'<div class="tile"><a href="{path}">{name}</a></div>' for name, path in links))
    friends = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in site.friends)
    main = f"<h1>{escape(site.name)}</h1>{''.join(parts)}{''.join(site.home_extra)}<ul class='friends'>{friends}</ul>"
    return Page("/", site.name, main, [("ColumnType", "首页")], frozenset(site.home_drop))


def _list(site: Site, column: Column, shown: list[Article], number: int) -> Page:
    path = _list_path(column, number)
    some = shown[(number - 1) * PER_LIST : number * PER_LIST]
    pages = max(1, -(-len(shown) // PER_LIST))
    more = "".join(f'<a href="{_list_path(column, n)}">{n}</a> ' for n in range(1, pages + 1)) if pages > 1 else ""
    children = "".join(f'<li><a href="{c.path}">{c.name}</a></li>' for c in column.children)
    listed = _items(site, path, some) if some else f"<p>{column.note}</p>"
    main = f"<h1>{column.name}</h1>{f'<ul>{children}</ul>' if children else listed}<p>{more}</p>"
    return Page(path, f"{column.name}-{site.name}", main, column_labels(site, column), frozenset(column.drop))


def column_labels(site: Site, column: Column) -> list[tuple[str, str]]:
    """Return the labels of a column page."""
    about = f"{site.name}{column.name}栏目"
    return [
        ("ColumnName", column.name),
        ("ColumnDescription", about),
        ("ColumnKeywords", f"{column.name},{site.short}"),
        ("ColumnType", column.type),
    ]


def article_labels(site: Site, column: Column, article: Article) -> list[tuple[str, str]]:
    """Return the labels of a text; where dates are in lists only, it has none."""
    said = article.labels.get("pub_date", f"{article.published_at:%Y-%m-%d %H:%M}")
    return [
        *column_labels(site, column),
        ("ArticleTitle", article.title),
        ("PubDate", "" if site.list_dates_only else said),
        ("ContentSource", article.source),
        ("Author", article.source),
        ("Keywords", column.name),
    ]


def content(article: Article) -> str:
    """Return a text's paragraphs, what is added to it, its files and its relatives."""
    parts = [f"<p>{p}</p>" for p in article.paragraphs] + article.extra
    parts += [_attached(a) for a in article.attachments]
    if article.related:
        links = "".join(f'<li><a href="{path}">{escape(title)}</a></li>' for title, path in article.related)
        parts.append(f"<div class='related'><h3>相关文件</h3><ul>{links}</ul></div>")
    return "".join(parts)


def _attached(file: Attachment) -> str:
    """Return a link to a file; every other picture is shown on the page itself."""
    if file.form == "png" and file.number % 2:
        return f'<p><img src="{file.path}" alt="{escape(file.name)}"></p>'
    return f'<p><a href="{file.path}">{escape(file.name)}.{file.form}</a></p>'


def _article(site: Site, column: Column, article: Article) -> Page:
    said = f"来源：{escape(article.source)}"
    if not site.list_dates_only:
        said = f"发布时间：{article.published_at:%Y-%m-%d %H:%M}　{said}"
    number = f"<p class='number'>{article.document_number}</p>" if article.document_number else ""
    main = f"<h1>{escape(article.title)}</h1><div class='info'>{said}</div>{number}<div class='content'>{content(article)}</div>"
    return Page(
        article.path, f"{article.title}-{site.name}", main, article_labels(site, column, article),
        frozenset(article.drop), frozenset(article.labels),
    )  # fmt: skip


def _guides(site: Site) -> Page:
    rows = "".join(f'<li><a href="{g.path}">{g.name}</a></li>' for g in site.guides)
    column = Column(0, "bsfw", "办事服务", "办事服务", None)
    return Page(
        "/bsfw/index.html", f"办事服务-{site.name}", f"<h1>办事服务</h1><ul>{rows}</ul>", column_labels(site, column)
    )


def _guide(site: Site, guide: Guide) -> Page:
    if guide.table:
        inner = "".join(f"<tr><th>{name}</th><td>{text}</td></tr>" for name, text in guide.elements.items())
        inner = f"<table>{inner}</table>"
    else:
        inner = "".join(f"<h3>{name}</h3><p>{text}</p>" for name, text in guide.elements.items())
    column = Column(0, "bsfw", "办事服务", "办事服务", None)
    return Page(guide.path, f"{guide.name}-{site.name}", f"<h1>{guide.name}</h1>{inner}", column_labels(site, column))


def _letters(site: Site) -> Page:
    rows = "".join(
        f'<tr><td><a href="{x.path}">{escape(x.title)}</a></td><td>{x.asked_at:%Y-%m-%d}</td>'
        f"<td>{f'{x.replied_at:%Y-%m-%d}' if x.replied_at else ''}</td><td>{'已答复' if x.replied_at else '办理中'}</td></tr>"
        for x in site.letters
    )
    head = "<tr><th>标题</th><th>来信时间</th><th>答复时间</th><th>状态</th></tr>"
    column = Column(0, "hdjl", "咨询投诉", "咨询投诉", None)
    main = f"<h1>咨询投诉</h1><p>欢迎咨询、建议。</p><table>{head}{rows}</table>"
    return Page("/hdjl/index.html", f"咨询投诉-{site.name}", main, column_labels(site, column))


def _letter(site: Site, letter: Letter) -> Page:
    answer = (
        f"<p>答复时间：{letter.replied_at:%Y-%m-%d %H:%M}</p><div class='reply'>{letter.reply}</div>"
        if letter.replied_at
        else "<p>状态：办理中</p>"
    )
    main = (
        f"<h1>{escape(letter.title)}</h1><p>来信时间：{letter.asked_at:%Y-%m-%d %H:%M}</p>"
        f"<div>{escape(letter.text)}</div>{answer}"
    )
    column = Column(0, "hdjl", "咨询投诉", "咨询投诉", None)
    return Page(letter.path, f"{letter.title}-{site.name}", main, column_labels(site, column))
