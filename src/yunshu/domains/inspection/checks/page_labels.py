"""页面标签: site, column and article labels (国办发〔2017〕47号, annex on page labels; which are mandatory: sheet A5 [V]).

Labels are looked for whatever the case of their names and the order of their attributes.
"""

import re
from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_page
from yunshu.domains.inspection.checks.seen import Kit, Seen, SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

SITE = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
_FURTHER = re.compile(r"_\d+\.\w+$|[?&]page=\d+")
"""The second and further pages of a list: its first page stands for them."""
ARTICLE = ("ArticleTitle", "PubDate", "ContentSource")


def look(seen: Seen, site: SiteCard, _kit: Kit) -> Iterator[Found]:
    """Yield one find for each label that a page of its role lacks, and for a site code that is another's."""
    meta = seen.page.meta
    for label in _demanded(seen):
        if not meta.get(label.lower(), "").strip():
            yield on_page(
                Check.LABEL_MISSING,
                seen,
                site,
                key=label,
                words=f"缺少标签 {label}",
                place="head",
                detail={"label": label},
            )
    code = meta.get("siteidcode", "").strip()
    if code and code != site.code:
        words = f"标签 SiteIDCode 为 {code}，登记的标识码为 {site.code}"
        yield on_page(Check.LABEL_MISSING, seen, site, key="SiteIDCode=", words=words, place="head")


def _demanded(seen: Seen) -> tuple[str, ...]:
    if seen.role == "article":
        return (*SITE, *ARTICLE)
    if seen.role == "column" and not _FURTHER.search(seen.url):
        return (*SITE, *COLUMN)
    return SITE
