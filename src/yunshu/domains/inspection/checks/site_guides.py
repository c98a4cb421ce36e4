"""办事指南要素不全 (国办秘函〔2019〕19号, part 1, item 6: key elements of guides [V in part]; which and how many missing [R])."""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import Kit, SiteCard, SiteView
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found

NAME = "事项名称"
"""A guide's title names its matter as well."""


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield the guides that lack so many elements as count. A site without a duty of service is not asked for guides [V]."""
    if not site.has_service_duty:
        return
    elements, most = kit.param("guide_incomplete", "elements"), kit.param("guide_incomplete", "missing")
    for page in view.pages:
        if page.role != "guide" or "elements" not in page.facts:
            continue
        title = str(page.facts.get("title", ""))
        there = {*page.facts["elements"], *([NAME] if title else [])}
        missing = [name for name in elements if name not in there]
        if len(missing) >= most:
            yield on_site(
                Check.GUIDE_INCOMPLETE,
                site,
                key=page.url,
                words=f"办事指南“{title}”缺少要素：{'、'.join(missing)}",
                url=page.url,
                place="page",
                detail={"missing": missing},
            )
