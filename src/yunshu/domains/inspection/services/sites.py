"""Sites: entered, corrected, opened, suspended, merged, closed; maintenance registered beforehand."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, Proven
from yunshu.domains.inspection.models import MaintenanceWindow, Site, SiteChange
from yunshu.domains.inspection.rules import changes, hosts
from yunshu.domains.inspection.selectors.reach import org_of
from yunshu.domains.inspection.selectors.sites import visible_sites
from yunshu.domains.inspection.services import proof, reachability
from yunshu.domains.inspection.services.saving import save_checked
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

LONGEST_WINDOW = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class SiteSpec:
    """What is known of a site besides its state; ``org`` is a code, ``aliases`` are hosts. The main host is the home page's."""

    id_code: str
    name: str
    org: str
    kind: str
    home_url: str
    aliases: tuple[str, ...] = ()
    has_service_duty: bool = True
    icp: str = ""
    police: str = ""
    rate_per_s: Decimal = Decimal(2)
    page_limit: int = 20_000
    note: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeSpec:
    """What happens to a site: ``merged_into`` is a site's number; ``reported_on`` None if nobody reported it up."""

    verb: str
    on: date
    reason: str
    document: str = ""
    reported_on: date | None = None
    merged_into: str = ""


@transaction.atomic
def register_site(*, actor: Viewer, spec: SiteSpec, state: str = SiteState.RUNNING, now: datetime) -> Site:
    """Enter a site that is planned or runs already.

    Raises NotPermitted, NotFound (``org_not_found``) and Refused (``site_state_wrong``, ``site_taken``, ``site_wrong``).
    """
    if state not in (SiteState.PLANNED, SiteState.RUNNING):
        raise Refused("site_state_wrong", _("新登记的网站只能是待开设或运行中。"), where="state")
    row = Site(
        number=public_number("WZ", clock.city_date(now)), state=state, created_by=actor.name[:80], created_at=now
    )
    _write(actor, row, spec)
    return row


@transaction.atomic
def change_site(*, actor: Viewer, number: str, spec: SiteSpec, now: datetime) -> Site:
    """Correct what is known of a site. Raises as ``register_site``, and NotFound (``site_not_found``)."""
    row = locked_site(actor, number)
    if spec != spec_of(row):
        _write(actor, row, spec)
    return row


def spec_of(row: Site) -> SiteSpec:
    """Return what stands of a site."""
    names = {f.name for f in fields(SiteSpec)} - {"org", "aliases"}
    return SiteSpec(org=row.org.code, aliases=tuple(row.aliases), **{name: getattr(row, name) for name in names})


@transaction.atomic
def record_change(*, actor: Viewer, number: str, spec: ChangeSpec, now: datetime) -> SiteChange:
    """Record that a site was opened, suspended, resumed, merged or closed, and prove it on the ledger.

    That nobody reported it up beforehand does not keep it from being recorded: it is kept as a finding.
    Raises NotFound (``site_not_found``), NotPermitted, Conflict (``verb_not_possible``) and Refused (``reason_missing``,
    ``target_missing``, ``dates_wrong``).
    """
    row = locked_site(actor, number)
    target = changes.target_of(row.state, spec.verb)
    if not target:
        state = row.get_state_display()
        raise Conflict("verb_not_possible", _("网站状态为“%(state)s”，不能执行该变更。") % {"state": state})
    if not spec.reason.strip():
        raise Refused("reason_missing", _("请填写事由。"), where="reason")
    if max(spec.on, spec.reported_on or spec.on) > clock.city_date(now):
        raise Refused("dates_wrong", _("生效日期和报备日期不能晚于今天。"), where="on")
    into = _other(actor, row, spec.merged_into) if spec.verb == changes.MERGE else None
    seq = row.changes.count() + 1
    words = {**{k: str(v or "") for k, v in asdict(spec).items()}, "seq": seq, "id_code": row.id_code}
    record = proof.of(Proven.SITE_CHANGE, number, words, actor, now)
    made = SiteChange.objects.create(
        site=row,
        seq=seq,
        verb=spec.verb,
        source=row.state,
        target=target,
        on=spec.on,
        document=spec.document.strip()[:120],
        reported_on=spec.reported_on,
        merged_into=into,
        reason=spec.reason.strip()[:300],
        by=actor.name[:80],
        at=now,
        record=record,
    )
    row.state, row.merged_into = target, into
    row.save(update_fields=["state", "merged_into"])
    reachability.keep_unreported(row, made, now)
    return made


@transaction.atomic
def register_window(
    *, actor: Viewer, number: str, starts_at: datetime, ends_at: datetime, reason: str, now: datetime
) -> MaintenanceWindow:
    """Register maintenance of a site before it begins.

    Raises NotFound (``site_not_found``), NotPermitted and Refused (``window_late``, ``window_wrong``, ``reason_missing``).
    """
    row = locked_site(actor, number)
    if starts_at < now:
        raise Refused("window_late", _("维护须在开始之前登记；已经开始的不能排除。"), where="starts_at")
    if not starts_at < ends_at <= starts_at + LONGEST_WINDOW:
        words = {"n": LONGEST_WINDOW.days}
        raise Refused("window_wrong", _("结束须晚于开始，最长 %(n)s 天。") % words, where="ends_at")
    if not reason.strip():
        raise Refused("reason_missing", _("请填写事由。"), where="reason")
    return MaintenanceWindow.objects.create(
        number=public_number("WH", clock.city_date(now)),
        site=row,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        registered_at=now,
        registered_by=actor.name[:80],
    )


@transaction.atomic
def call_off_window(*, actor: Viewer, number: str, window: str, now: datetime) -> MaintenanceWindow:
    """Call off maintenance that has not begun. Raises NotFound (``window_not_found``), NotPermitted and Conflict (``window_begun``)."""
    site = locked_site(actor, number)
    row = site.windows.select_for_update().filter(number=window, called_off_at__isnull=True).first()
    if row is None:
        raise NotFound("window_not_found")
    if row.starts_at <= now:
        raise Conflict("window_begun", _("维护已经开始，不能取消。"))
    row.called_off_at = now
    row.save(update_fields=["called_off_at"])
    return row


def locked_site(actor: Viewer, number: str) -> Site:
    """Return a site to be written, locked. Raises NotFound (``site_not_found``) and NotPermitted."""
    known = visible_sites(actor).filter(number=number).values_list("pk", flat=True).first()
    if known is None:
        raise NotFound("site_not_found")
    row = Site.objects.select_for_update(of=("self",)).select_related("org").get(pk=known)
    actor.require(REGISTRY_EDIT, row.org.path)
    return row


def _write(actor: Viewer, row: Site, spec: SiteSpec) -> None:
    actor.require(REGISTRY_EDIT)
    for name in {f.name for f in fields(spec)} - {"org", "aliases"}:
        value: Any = getattr(spec, name)
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.org = org_of(actor, REGISTRY_EDIT, spec.org)
    row.host = hosts.tidy(urlsplit(row.home_url).hostname or "")
    if not row.host:
        raise Refused("site_wrong", _("首页网址要写全，例如 https://www.example.gov.cn/。"), where="home_url")
    row.aliases = sorted({hosts.tidy(a) or a for a in spec.aliases} - {row.host})
    _only_one(row)
    save_checked(row, "site_wrong")


def _only_one(row: Site) -> None:
    others = Site.objects.exclude(pk=row.pk)
    if others.filter(id_code=row.id_code).exists():
        raise Refused("site_taken", _("标识码 %(code)s 已登记。") % {"code": row.id_code}, where="id_code")
    for host in (row.host, *row.aliases):
        if others.filter(host=host).exists() or others.filter(aliases__contains=[host]).exists():
            where = "home_url" if host == row.host else "aliases"
            raise Refused("site_taken", _("域名 %(host)s 已登记在其他网站。") % {"host": host}, where=where)


def _other(actor: Viewer, row: Site, number: str) -> Site:
    found = visible_sites(actor).filter(number=number).exclude(pk=row.pk).first() if number else None
    if found is None:
        raise Refused("target_missing", _("请选择整合到哪个网站。"), where="merged_into")
    return Site.objects.get(pk=found.pk)
