"""站点无法访问 (国办秘函〔2019〕19号, part 1, item 2 [V]): what a week of visits amounts to (``rules.availability``), as a find."""

from collections.abc import Iterator

from yunshu.domains.inspection.checks.finding import on_site
from yunshu.domains.inspection.checks.seen import SiteCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.rules.availability import Verdict, Week
from yunshu.lib.kernel.clock import city_date


def conclude(week: Week, site: SiteCard) -> Iterator[Found]:
    """Yield the veto where the week is one; too few visits prove nothing."""
    if not week.is_veto:
        return
    start, end = city_date(week.start), city_date(week.end)
    words = f"{start} 至 {end} 访问 {week.all.visits} 次，{week.all.fails} 次打不开（{week.all.share or 0:.1%}）"
    if week.verdict is Verdict.OFFLINE:
        words += "，网站可能已临时关停，台账没有报备"
    yield on_site(
        Check.UNREACHABLE,
        site,
        key="",
        words=words,
        place="home",
        detail={
            "verdict": week.verdict.value,
            "visits": week.all.visits,
            "fails": week.all.fails,
            "ratio": week.all.share,
            "strict_visits": week.strict.visits,
            "strict_fails": week.strict.fails,
        },
    )
