"""Keeping the list of what is watched: entered, changed, put to work, retired; what each needs."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.choices import Boundaries, TargetKind, TargetState
from yunshu.domains.operations.contracts import PROOF_KIND, TARGET_EDIT, TARGET_VIEW, Proven
from yunshu.domains.operations.models import Need, Target
from yunshu.domains.operations.selectors.targets import get_target
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number

SHORTEST_S, LONGEST_S = 5, 3600
OPENLY = (
    "kind",
    "interval_s",
    "timeout_s",
    "confirm",
    "boundary",
    "slow_ms",
    "promise",
    "in_service_on",
    "retired_on",
    "state",
)
"""What goes to the ledger: all by which a figure is judged; no address, no secret."""


@dataclass(frozen=True, kw_only=True)
class TargetSpec:
    """What is said of a target. ``check_form`` is a kept form (``checks.stored``), empty where no address is known."""

    org: str
    name: str
    kind: str
    code: str = ""
    users: Sequence[str] = ()
    check_form: Mapping[str, Any] = field(default_factory=dict)
    interval_s: int = 30
    timeout_s: int = 5
    confirm: int = 1
    boundary: str = Boundaries.MIDPOINT.value
    slow_ms: int | None = None
    promise: Decimal | None = None
    scopes: Sequence[str] = ()
    contract: str = ""
    provider: str = ""
    note: str = ""
    source: str = ""
    is_public: bool = False
    in_service_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class NeedSpec:
    """One need: the number of what is needed; those of one group stand in for each other, ``least`` are enough."""

    upstream: str
    group: str = ""
    least: int = 1


@transaction.atomic
def add_target(*, actor: Viewer, spec: TargetSpec, now: datetime) -> Target:
    """Enter a target; it is looked at from now on if its address is known.

    Raises NotFound (``org_not_found``), NotPermitted and Refused (``code_taken``, ``target_incomplete``, ``interval_bad``).
    """
    org = _org(actor, spec.org)
    _sensible(spec)
    number = public_number("JC", clock.city_date(now))
    code = spec.code or slugify(spec.name) or number.lower()
    if Target.objects.filter(code=code).exists():
        raise Refused("code_taken", _("代码 %(code)s 已被使用。") % {"code": code}, where="code")
    row = Target(number=number, code=code, created_at=now, org=org)
    _fill(row, spec)
    row.state = TargetState.ACTIVE if spec.check_form else TargetState.PLANNED
    row.save()
    _users(row, spec)
    _prove(row, "added", actor, now)
    return row


@transaction.atomic
def change_target(*, actor: Viewer, number: str, spec: TargetSpec, now: datetime) -> Target:
    """Change a target; one without an address is looked at once it has one. Raises as ``add_target``, and ``target_retired``."""
    row = _locked(actor, number)
    org = _org(actor, spec.org)
    _sensible(spec)
    if row.state == TargetState.RETIRED:
        raise Refused("target_retired", _("监测对象已停用，不能修改。"))
    if spec.code and spec.code != row.code and Target.objects.filter(code=spec.code).exists():
        raise Refused("code_taken", _("代码 %(code)s 已被使用。") % {"code": spec.code}, where="code")
    before = _words(row)
    row.org, row.code = org, spec.code or row.code
    _fill(row, spec)
    composite = row.needs.exists()
    row.state = (
        TargetState.ACTIVE
        if spec.check_form or (composite and row.state == TargetState.ACTIVE)
        else TargetState.PLANNED
    )
    row.save()
    _users(row, spec)
    if _words(row) != before:
        _prove(row, "changed", actor, now)
    return row


@transaction.atomic
def retire_target(*, actor: Viewer, number: str, on: date, reason: str, now: datetime) -> Target:
    """Take a target out of service from the beginning of ``on``; what was measured stays. Raises NotFound, NotPermitted, Refused."""
    row = _locked(actor, number)
    if row.state == TargetState.RETIRED:
        raise Refused("target_retired", _("监测对象已停用，不能修改。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明停用原因。"), where="reason")
    if row.in_service_on and on < row.in_service_on:
        raise Refused("dates_crossed", _("停用日期早于投入使用日期。"), where="on")
    row.state, row.retired_on = TargetState.RETIRED, on
    why = _("停用：%(why)s") % {"why": reason.strip()}
    row.note = f"{row.note}\n{why}".strip()
    row.save()
    _prove(row, "retired", actor, now)
    return row


@transaction.atomic
def set_needs(*, actor: Viewer, number: str, needs: Sequence[NeedSpec], now: datetime) -> Target:
    """Say anew what a target needs. Raises NotFound and Refused (``needs_circle``, ``needs_twice``, ``needs_least``)."""
    row = _locked(actor, number)
    wanted = {spec.upstream: spec for spec in needs}
    if len(wanted) != len(needs):
        raise Refused("needs_twice", _("同一个对象填了两次。"), where="needs")
    upstreams = {number: get_target(actor, number) for number in wanted}
    _enough(needs)
    Need.objects.filter(target=row).exclude(upstream__number__in=wanted).delete()
    try:
        with transaction.atomic():
            for upstream, spec in wanted.items():
                Need.objects.update_or_create(
                    target=row,
                    upstream=upstreams[upstream],
                    defaults={"group": spec.group.strip(), "least": spec.least if spec.group.strip() else 1},
                )
    except IntegrityError as error:
        raise Refused("needs_circle", _("依赖关系成了环：对象不能直接或间接依赖自己。"), where="needs") from error
    if row.state == TargetState.PLANNED and wanted:
        row.state = TargetState.ACTIVE
        row.save(update_fields=["state"])
    words = {"needs": [asdict(spec) for _n, spec in sorted(wanted.items())]}
    ledger.record(kind=f"{PROOF_KIND}{Proven.TARGET.value}", subject=row.number, payload=words, by=actor, now=now)
    return row


@transaction.atomic
def new_push_key(*, actor: Viewer, number: str, now: datetime) -> str:
    """Return a fresh secret by which a target reports; it is shown once, the one before is void."""
    row = _locked(actor, number)
    secret = secrets.token_urlsafe(32)
    row.push_key = digest_of(secret)
    row.save(update_fields=["push_key"])
    return secret


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _org(actor: Viewer, code: str) -> Org:
    org = Org.objects.filter(code=code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("没有这个机构：%(code)s") % {"code": code}, where="org")
    actor.require(TARGET_EDIT, org.path)
    return org


def _locked(actor: Viewer, number: str) -> Target:
    get_target(actor, number)
    row = Target.objects.select_for_update(of=("self",)).select_related("org").get(number=number)
    actor.require(TARGET_EDIT, row.org.path)
    return row


def _sensible(spec: TargetSpec) -> None:
    if not spec.name.strip() or spec.kind not in TargetKind.values:
        raise Refused("target_incomplete", _("请填写名称和类别。"), where="name")
    if not SHORTEST_S <= spec.interval_s <= LONGEST_S:
        raise Refused("interval_bad", _("探测间隔应在 5 秒到 1 小时之间。"), where="interval_s")
    if not 1 <= spec.timeout_s <= spec.interval_s:
        raise Refused("interval_bad", _("超时不能超过探测间隔。"), where="timeout_s")
    if spec.promise is not None and not 0 < spec.promise < 100:
        raise Refused("promise_bad", _("承诺可用率应大于 0、小于 100。"), where="promise")


def _enough(needs: Sequence[NeedSpec]) -> None:
    groups: dict[str, list[int]] = {}
    for spec in needs:
        if spec.group.strip():
            groups.setdefault(spec.group.strip(), []).append(spec.least)
    for name, wanted in groups.items():
        if len(set(wanted)) > 1 or not 1 <= wanted[0] <= len(wanted):
            words = {"name": name, "n": len(wanted)}
            raise Refused(
                "needs_least",
                _("互备组“%(name)s”有 %(n)s 个对象，各行“至少几个”应相同，且在 1 到 %(n)s 之间。") % words,
                where="needs",
            )


def _fill(row: Target, spec: TargetSpec) -> None:
    plain = replace(spec, check_form={}, users=(), scopes=())
    for name in ("name", "kind", "interval_s", "timeout_s", "confirm", "boundary", "slow_ms", "promise", "contract"):
        setattr(row, name, getattr(plain, name))
    for name in ("provider", "note", "source", "is_public", "in_service_on"):
        setattr(row, name, getattr(plain, name))
    row.name, row.check_form, row.scopes = spec.name.strip(), dict(spec.check_form), sorted(set(spec.scopes))


def _users(row: Target, spec: TargetSpec) -> None:
    row.users.set(Org.objects.filter(code__in=spec.users))


def _words(row: Target) -> dict[str, Any]:
    return {name: getattr(row, name) for name in OPENLY} | {"name": row.name, "org": row.org.code}


def _prove(row: Target, deed: str, actor: Viewer, now: datetime) -> None:
    words = {"deed": deed, **_words(row), "probed": str(row.check_form.get("kind", ""))}
    ledger.record(kind=f"{PROOF_KIND}{Proven.TARGET.value}", subject=row.number, payload=words, by=actor, now=now)


__all__ = [
    "TARGET_VIEW",
    "NeedSpec",
    "TargetSpec",
    "add_target",
    "change_target",
    "digest_of",
    "new_push_key",
    "retire_target",
    "set_needs",
]
