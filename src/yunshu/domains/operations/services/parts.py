"""Yunshu's own parts as targets: registered by the probers' process at the addresses that the instance has."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import TargetKind, TargetState
from yunshu.domains.operations.models import Target
from yunshu.domains.operations.services.targets import NeedSpec, TargetSpec, add_target, set_needs
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Check, Http, Tcp

WATCHER = System(name="运行监测")
SCOPE = "yunshu"
WEB, READY, DATABASE, MESSAGES, HUB = "yunshu-web", "yunshu-ready", "yunshu-postgres", "yunshu-nats", "yunshu-hub"


def _names() -> dict[str, str]:
    return {
        WEB: _("云数网站"),
        READY: _("云数网站（含数据库与消息）"),
        DATABASE: "PostgreSQL",
        MESSAGES: "NATS",
        HUB: _("数据交换枢纽 NATS"),
    }


@transaction.atomic
def keep(addresses: Mapping[str, str], now: datetime) -> None:
    """Enter the parts that are not known yet; follow an address that changed. A part that a person retired stays so."""
    bureau = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("pk").first()
    if bureau is None:
        return
    known = {t.code: t for t in Target.objects.select_for_update().filter(code__in=_names())}
    for code, name in _names().items():
        check = _check(code, addresses)
        if check is None:
            continue
        form, row = checks.stored(check), known.get(code)
        if row is None:
            spec = TargetSpec(
                org=bureau.code,
                name=name,
                kind=TargetKind.PART,
                code=code,
                check_form=form,
                interval_s=15,
                scopes=(SCOPE,),
                in_service_on=clock.city_date(now),
                source="yunshu up",
            )
            known[code] = add_target(actor=WATCHER, spec=spec, now=now)
        elif row.check_form != form and row.state != TargetState.RETIRED:
            row.check_form, row.state = form, TargetState.ACTIVE
            row.save(update_fields=["check_form", "state"])
    _needs(known, now)


def _check(code: str, addresses: Mapping[str, str]) -> Check | None:
    if code in (WEB, READY):
        base = addresses.get(WEB)
        return Http(f"{base}/{'healthz' if code == WEB else 'readyz'}") if base else None
    host, _colon, port = addresses.get(code, "").rpartition(":")
    return Tcp(host.strip("[]"), int(port)) if host and port.isdigit() else None


def _needs(known: Mapping[str, Target], now: datetime) -> None:
    ready = known.get(READY)
    wanted = [known[code] for code in (WEB, DATABASE, MESSAGES) if code in known]
    if ready and wanted and ready.state == TargetState.ACTIVE and not ready.needs.exists():
        specs = [NeedSpec(upstream=t.number) for t in wanted]
        set_needs(actor=WATCHER, number=ready.number, needs=specs, now=now)
