"""Visits: what vantages found when they looked at home pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yunshu.domains.inspection.models import Site, Visit


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One look: ``site`` is an identification code; ``ms`` is until the whole page had come, None if it never came."""

    site: str
    vantage: str
    at: datetime
    ok: bool
    status: int | None = None
    ms: int | None = None
    reason: str = ""


@transaction.atomic
def keep(visits: Iterable[Seen]) -> int:
    """Keep visits; return how many were not kept already. The same look twice is kept once; unknown sites are left out."""
    found = list(visits)
    sites = dict(Site.objects.filter(id_code__in={v.site for v in found}).values_list("id_code", "pk"))
    rows = [
        Visit(
            site_id=sites[v.site],
            vantage=v.vantage[:40],
            at=v.at,
            ok=v.ok,
            status=v.status,
            ms=v.ms,
            reason=v.reason[:60],
        )
        for v in found
        if v.site in sites
    ]
    before = _known(rows)
    Visit.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len({(r.site_id, r.at, r.vantage) for r in rows} - before)


def _known(rows: list[Visit]) -> set[tuple[int, datetime, str]]:
    if not rows:
        return set()
    times = [r.at for r in rows]
    known = Visit.objects.filter(site__in={r.site_id for r in rows}, at__range=(min(times), max(times)))
    return set(known.values_list("site_id", "at", "vantage"))
