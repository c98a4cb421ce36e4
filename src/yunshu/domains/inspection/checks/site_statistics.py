"""统计数据不更新 (国办秘函〔2019〕19号, part 2: statistics within three months, else two points [V])."""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.fresh import Columns
from yunshu.domains.inspection.checks.seen import Kit, SiteCard, SiteView
from yunshu.domains.inspection.checks.site_updates import overdue
from yunshu.domains.inspection.choices import Check, ColumnKind
from yunshu.domains.inspection.contracts import Found
from yunshu.lib.kernel.clock import city_date


def conclude(view: SiteView, site: SiteCard, kit: Kit) -> Iterator[Found]:
    """Yield the columns of statistics that are older than promised, or than three months."""
    for state in Columns(view, site):
        if state.card.kind != ColumnKind.DATA:
            continue
        days = state.card.promise_days or kit.param("statistics_stale", "days")
        age = overdue(state, days, city_date(view.now))
        if age is not None and state.newest:
            yield on_site(
                Check.STATISTICS_STALE,
                site,
                key=state.card.url,
                words=f"统计数据“{state.card.name}”自 {state.newest} 起 {age} 天没有更新（期限 {days} 天）",
                url=state.card.url,
                place="list",
                detail={"newest": state.newest.isoformat(), "age_days": age, "days": days},
            )
