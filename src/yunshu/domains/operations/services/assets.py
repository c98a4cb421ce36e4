"""Assets: registered, changed, moved. A movement carries the asset with it (in the database, too)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import ASSET_EDIT, Proven
from yunshu.domains.operations.models import Asset, AssetModel, Movement
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.selectors import assets as selectors
from yunshu.domains.operations.services import proof
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

MOST_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class AssetSpec:
    """What is known of an asset besides where it is; blank stays blank (待补)."""

    kind: str
    model: str = ""
    serial: str = ""
    bought_on: date | None = None
    warranty_until: date | None = None
    contract: str = ""
    supplier: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class MoveSpec:
    """What happens to an asset; blank ``org``, ``location`` and ``holder`` leave these as they are."""

    verb: str
    reason: str = ""
    org: str = ""
    location: str = ""
    holder: str = ""
    reference: str = ""


@transaction.atomic
def register_asset(
    *, actor: Viewer, org: str, spec: AssetSpec, location: str = "", holder: str = "", now: datetime
) -> Asset:
    """Take an asset into the books: in use where somebody holds it, else in stock.

    Raises NotFound (``org_not_found``, ``model_not_found``), NotPermitted and Refused (``kind_unknown``, ``serial_taken``, ``dates_wrong``).
    """
    row = enter(actor, org, spec, location, holder, now)
    words = {"verb": "register", "org": row.org.code, "kind": row.kind, "model": spec.model, "serial": row.serial}
    proof.of(Proven.ASSET, row.number, words | {"state": row.state}, actor, now)
    return row


def enter(actor: Viewer, org: str, spec: AssetSpec, location: str, holder: str, now: datetime) -> Asset:
    """Write a new asset and its first movement, in the caller's transaction; the caller puts it on the ledger."""
    unit = org_of(org)
    actor.require(ASSET_EDIT, unit.path)
    row = Asset(number=public_number("ZC", clock.city_date(now)), org=unit, state=rules.IN_STOCK, created_at=now)
    _write(row, spec)
    move = MoveSpec(verb="register_used" if holder.strip() else "register", location=location, holder=holder)
    carry(row, move, actor, now, org=unit)
    return row


@transaction.atomic
def change_asset(*, actor: Viewer, number: str, spec: AssetSpec, now: datetime) -> Asset:
    """Correct what is known of an asset. Raises NotFound, NotPermitted and Refused (``kind_unknown``, ``serial_taken``, ``dates_wrong``)."""
    row = _locked(actor, number)
    before = {field.name: str(getattr(row, field.name) or "") for field in fields(spec)}
    _write(row, spec)
    after = {field.name: str(getattr(row, field.name) or "") for field in fields(spec)}
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changed:
        proof.of(Proven.ASSET, number, {"verb": "change", "changed": changed}, actor, now)
    return row


@transaction.atomic
def move_asset(*, actor: Viewer, number: str, move: MoveSpec, now: datetime) -> Asset:
    """Take a step of an asset's life.

    Raises NotFound (``asset_not_found``, ``org_not_found``), NotPermitted, Conflict (``verb_not_possible``) and Refused
    (``reason_missing``, ``place_missing``).
    """
    row = _locked(actor, number)
    org = org_of(move.org) if move.org else row.org
    actor.require(ASSET_EDIT, org.path)
    if move.verb == "transfer" and org == row.org:
        raise Refused("place_missing", _("请选择调入单位。"), where="org")
    if move.verb == "relocate" and not move.location.strip():
        raise Refused("place_missing", _("请填写新的存放地点。"), where="location")
    made = carry(row, move, actor, now, org=org)
    words = {"verb": made.verb, "from": made.source, "to": made.target, "org": org.code, "reason": made.reason}
    proof.of(Proven.ASSET, number, words, actor, now)
    return row


@transaction.atomic
def move_assets(*, actor: Viewer, numbers: Sequence[str], move: MoveSpec, now: datetime) -> int:
    """Take the same step with several assets, all or none; return how many. Raises as ``move_asset``, and Refused (``too_many``)."""
    if len(numbers) > MOST_AT_ONCE:
        raise Refused("too_many", _("一次最多处理 %(n)s 件。") % {"n": MOST_AT_ONCE})
    for number in sorted(set(numbers)):
        try:
            move_asset(actor=actor, number=number, move=move, now=now)
        except Conflict as error:
            raise Conflict(error.code, _("%(number)s：%(why)s") % {"number": number, "why": error.message}) from error
    return len(set(numbers))


def carry(row: Asset, move: MoveSpec, actor: Viewer, now: datetime, *, org: Org) -> Movement:
    """Append a movement (which moves the asset), in the caller's transaction, with the asset locked or new."""
    source = row.state if row.moves else ""
    step = rules.LIFE.step(source, move.verb)
    if step is None:
        name = _(rules.STATES[row.state])
        raise Conflict("verb_not_possible", _("资产状态为“%(state)s”，不能执行该操作。") % {"state": name})
    if step.needs_reason and not move.reason.strip():
        raise Refused("reason_missing", _("请填写事由。"), where="reason")
    leaves = step.target in (rules.IN_STOCK, rules.RECOVERED) and source != ""
    made = Movement.objects.create(
        asset=row,
        seq=row.moves + 1,
        verb=move.verb,
        source=source,
        target=step.target,
        org_before=row.org if source else None,
        org=org,
        location=move.location.strip()[:120] or row.location,
        holder=move.holder.strip()[:60] or ("" if leaves else row.holder),
        reason=move.reason.strip()[:300],
        reference=move.reference,
        by=actor.name[:80],
        at=now,
    )
    row.refresh_from_db()
    return made


def org_of(code: str) -> Org:
    """Return an organisation by its code; raise NotFound (``org_not_found``)."""
    org = Org.objects.filter(code=code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": code})
    return org


def _write(row: Asset, spec: AssetSpec) -> None:
    if spec.kind not in rules.KINDS:
        raise Refused("kind_unknown", _("请选择资产类别。"), where="kind")
    if spec.bought_on and spec.warranty_until and spec.warranty_until < spec.bought_on:
        raise Refused("dates_wrong", _("保修截止不能早于购置日期。"), where="warranty_until")
    row.model = _model_of(spec.model) if spec.model else None
    for name in ("kind", "serial", "bought_on", "warranty_until", "contract", "supplier", "note"):
        value = getattr(spec, name)
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "operations_asset_serial_once" not in str(error):
            raise
        raise Refused("serial_taken", _("该型号已有相同序列号的资产。"), where="serial") from error


def _model_of(code: str) -> AssetModel:
    found = AssetModel.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise NotFound("model_not_found", _("型号不存在：%(code)s") % {"code": code})
    return found


def _locked(actor: Viewer, number: str) -> Asset:
    row = selectors.visible_assets(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("asset_not_found")
    actor.require(ASSET_EDIT, row.org.path)
    return row
