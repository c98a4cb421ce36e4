"""What a crawl saw of a site: its columns, and hosts that nobody registered. What a person fixed stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import ColumnKind
from yunshu.domains.inspection.choices_registry import CandidateState
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.models import Candidate, Column, Site
from yunshu.domains.inspection.rules import columns as rules
from yunshu.domains.inspection.rules import hosts
from yunshu.domains.inspection.selectors.sites import get_candidate, get_column
from yunshu.lib.kernel.errors import NotFound, Refused

FIXABLE = ("name", "path", "level", "kind", "promise_days")
"""What a person fixes; the rest is what was seen last."""


@dataclass(frozen=True, kw_only=True)
class ColumnSeen:
    """A column as a crawl saw it; ``items`` and ``last_item_at`` None: not known. ``path`` is parts with ``/`` between."""

    url: str
    name: str
    path: str = ""
    kind: str = ColumnKind.OTHER
    items: int | None = None
    last_item_at: datetime | None = None


@dataclass(frozen=True)
class Tally:
    """How many columns were new, changed, gone, or came back."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0


@dataclass(frozen=True, kw_only=True)
class ColumnSpec:
    """What a person says of a column."""

    name: str
    path: str
    kind: str
    promise_days: int | None = None
    is_ignored: bool = False


@transaction.atomic
def take_columns(*, site: str, seen: Sequence[ColumnSeen], now: datetime, is_complete: bool = True) -> Tally:
    """Bring the columns of a site (by its identification code) up to what a crawl saw.

    With ``is_complete`` a column that was not seen is marked gone. Raises NotFound (``site_not_found``).
    """
    row = Site.objects.select_for_update().filter(id_code=site).first()
    if row is None:
        raise NotFound("site_not_found")
    known = {c.url: c for c in row.columns.select_for_update()}
    new = changed = back = 0
    fresh: dict[str, ColumnSeen] = {one.url[:500]: one for one in seen if one.url}
    for url, one in fresh.items():
        column = known.get(url) or Column(site=row, url=url)
        is_new, was_gone = column.pk is None, column.gone_at is not None
        differs = _fill(column, one)
        column.seen_at, column.gone_at = now, None
        column.save()
        new, back = new + is_new, back + was_gone
        changed += differs and not is_new
    lost = [c for url, c in known.items() if url not in fresh and c.gone_at is None] if is_complete else []
    for column in lost:
        column.gone_at = now
        column.save(update_fields=["gone_at"])
    return Tally(new, changed, len(lost), back)


def _fill(column: Column, one: ColumnSeen) -> bool:
    """Write what was seen into a column; say whether anything but the time differs."""
    path = (one.path or one.name)[:300]
    kind = one.kind if one.kind in ColumnKind.values else ColumnKind.OTHER
    words = {
        "name": one.name[:80],
        "path": path,
        "level": rules.level_of(path),
        "kind": kind,
        "promise_days": rules.promise_of(kind),
        "items": one.items if one.items is not None else column.items,
        "last_item_at": one.last_item_at or column.last_item_at,
    }
    kept = {k: v for k, v in words.items() if not (column.is_fixed and k in FIXABLE)}
    differs = any(getattr(column, k) != v for k, v in kept.items())
    for name, value in kept.items():
        setattr(column, name, value)
    return differs


@transaction.atomic
def fix_column(*, actor: Viewer, number: str, column: int, spec: ColumnSpec, now: datetime) -> Column:
    """Say what a column is; crawls leave it so from then on. Raises NotFound (``column_not_found``) and NotPermitted."""
    row = get_column(actor, number, column)
    actor.require(REGISTRY_EDIT, row.site.org.path)
    row = Column.objects.select_for_update().get(pk=row.pk)
    row.name, row.path, row.kind = spec.name.strip(), spec.path.strip() or spec.name.strip(), spec.kind
    row.level, row.promise_days, row.is_ignored = rules.level_of(row.path), spec.promise_days, spec.is_ignored
    row.is_fixed = True
    row.save()
    return row


@transaction.atomic
def take_hosts(*, site: str, seen: Mapping[str, str], now: datetime) -> list[str]:
    """Keep hosts in links (host → page) that are below a domain of the city and that no site has; return the new ones.

    Raises NotFound (``site_not_found``).
    """
    row = Site.objects.filter(id_code=site).first()
    if row is None:
        raise NotFound("site_not_found")
    known = [h for host, aliases in Site.objects.values_list("host", "aliases") for h in (host, *aliases)]
    pages = {hosts.tidy(host): page for host, page in seen.items()}
    fresh = []
    for host in sorted(hosts.candidates(seen.keys(), known)):
        words = {"site": row, "seen_on": pages[host][:2000], "first_seen": now, "last_seen": now}
        found, is_new = Candidate.objects.get_or_create(host=host, defaults=words)
        if is_new:
            fresh.append(host)
        elif found.last_seen < now:
            found.last_seen = now
            found.save(update_fields=["last_seen"])
    return fresh


@transaction.atomic
def decide_candidate(*, actor: Viewer, host: str, state: str, reason: str, now: datetime) -> Candidate:
    """Say what becomes of a host that was seen: registered or ignored (with a reason), or to be looked at again.

    Raises NotFound (``candidate_not_found``), NotPermitted and Refused (``state_unknown``, ``reason_missing``).
    """
    row = get_candidate(actor, host)
    actor.require(REGISTRY_EDIT, row.site.org.path)
    if state not in CandidateState.values:
        raise Refused("state_unknown", _("请选择处理方式。"), where="state")
    if state == CandidateState.IGNORED and not reason.strip():
        raise Refused("reason_missing", _("不纳入的请写明理由。"), where="reason")
    row = Candidate.objects.select_for_update().get(pk=row.pk)
    row.state, row.reason, row.decided_by, row.decided_at = state, reason.strip()[:200], actor.name[:80], now
    row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return row
