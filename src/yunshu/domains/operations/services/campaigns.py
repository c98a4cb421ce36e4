"""A campaign: planned, frozen, its base changed by approved entries, claimed as complete only where it is."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import CAMPAIGN_APPROVE, CAMPAIGN_EDIT, Proven
from yunshu.domains.operations.models import Announcement, BaseChange, Campaign, CampaignUnit, Claim, Terminal
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import campaign_flows as flows
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import org_of
from yunshu.domains.operations.services.lines import judge_all
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.kernel.permissions import Permission

MOST_TERMINALS = 2000


@dataclass(frozen=True, kw_only=True)
class CampaignSpec:
    """What is known of a campaign at its plan."""

    name: str
    planned_on: date | None = None
    dual_run_days: int = 0
    contract: str = ""
    source: str = ""


@transaction.atomic
def create_campaign(*, actor: Viewer, org: str, spec: CampaignSpec, now: datetime) -> Campaign:
    """Begin a campaign led by an organisation. Raises NotFound, NotPermitted and Refused (``name_missing``)."""
    unit = org_of(org)
    actor.require(CAMPAIGN_EDIT, unit.path)
    if not spec.name.strip():
        raise Refused("name_missing", _("请填写任务名称。"), where="name")
    return Campaign.objects.create(
        number=public_number("TD", clock.city_date(now)),
        name=spec.name.strip()[:80],
        org=unit,
        planned_on=spec.planned_on,
        dual_run_days=spec.dual_run_days,
        contract=spec.contract.strip(),
        source=spec.source.strip(),
        created_at=now,
    )


@transaction.atomic
def add_unit(*, actor: Viewer, campaign: str, org: str, announced: int | None = None, now: datetime) -> CampaignUnit:
    """Put a unit on the list while it is planned. Raises NotFound, NotPermitted and Conflict (``base_frozen``, ``unit_known``)."""
    row = _planned(actor, campaign)
    unit = org_of(org)
    if row.units.filter(org=unit).exists():
        raise Conflict("unit_known", _("“%(name)s”已在任务中。") % {"name": unit.name})
    made = CampaignUnit.objects.create(
        campaign=row, number=public_number("DW", clock.city_date(now)), org=unit, announced=announced
    )
    if announced is not None:
        Announcement.objects.create(unit=made, amount=announced, by=actor.name[:80], at=now)
    subject = workflow.Subject(
        number=made.number,
        title=_("%(org)s签收办公终端") % {"org": unit.name},
        url=f"/console/operations/sign/{made.number}/",
        parties={flows.BUREAU: row.org_id, flows.UNIT: unit.pk},
    )
    workflow.start(actor=actor, flow=flows.HANDOVER, subject=subject, now=now)
    return made


@transaction.atomic
def add_units(*, actor: Viewer, campaign: str, lines: Sequence[str], now: datetime) -> int:
    """Put units on the list, one a line: code or name, after a comma how many terminals; all or none, every faulty line named.

    Raises as ``add_unit``, and Refused (``line_faulty``, ``nothing_chosen``).
    """
    wanted = judge_all(lines, _line, where="lines")
    for unit, announced in wanted:
        add_unit(actor=actor, campaign=campaign, org=unit.code, announced=announced, now=now)
    return len(wanted)


def _line(line: str) -> tuple[Org, int | None]:
    name, _comma, amount = line.replace("，", ",").partition(",")
    found = list(Org.objects.filter(Q(code=name.strip()) | Q(name=name.strip()), is_active=True)[:2])
    if len(found) != 1 or not (amount.strip().isdecimal() or not amount.strip()):
        raise Refused("line_faulty", _("看不懂这一行，或机构不唯一：%(line)s") % {"line": line[:80]}, where="lines")
    announced = int(amount) if amount.strip() else None
    if announced is not None and announced > MOST_TERMINALS:
        raise Refused("line_faulty", _("终端数过大，请核对。"), where="lines")
    return found[0], announced


@transaction.atomic
def announce(*, actor: Viewer, unit: str, announced: int | None, contact: str = "", now: datetime) -> CampaignUnit:
    """Write down how many terminals a unit says it has (None: 待补). Raises NotFound, NotPermitted, Conflict (``already_claimed``)
    and Refused (``too_many``).
    """
    row = _unit(actor, unit)
    if announced is not None and announced > MOST_TERMINALS:
        raise Refused("too_many", _("终端数过大，请核对。"), where="announced")
    if Claim.objects.filter(campaign=row.campaign).exists():
        raise Conflict("already_claimed", _("该任务已经认定完成。"))
    before = row.announced
    row.contact = contact.strip()[:80]
    row.save(update_fields=["contact"])
    if before != announced:
        Announcement.objects.create(unit=row, amount=announced, by=actor.name[:80], at=now)
        row.announced = announced
        words = {"verb": "announce", "unit": row.org.code, "from": before, "to": announced}
        proof.of(Proven.CAMPAIGN, row.campaign.number, words, actor, now)
    return row


@transaction.atomic
def plan_terminals(*, actor: Viewer, unit: str, amount: int, place: str = "", now: datetime) -> list[Terminal]:
    """List terminals of a unit while it is planned. Raises NotFound, NotPermitted, Conflict (``base_frozen``) and Refused (``too_many``)."""
    row = _unit(actor, unit)
    _planned(actor, row.campaign.number)
    _demand_amount(amount)
    return _terminals(row, amount, place, now)


@transaction.atomic
def drop_terminal(*, actor: Viewer, number: str) -> None:
    """Take a terminal off the list while it is planned. Raises NotFound, NotPermitted and Conflict (``base_frozen``)."""
    terminal = selectors.get_terminal(actor, number)
    _planned(actor, terminal.unit.campaign.number)
    terminal.delete()


@transaction.atomic
def freeze_base(
    *, actor: Viewer, campaign: str, planned_on: date, accept_unlisted: bool = False, now: datetime
) -> Campaign:
    """Freeze the list of units and terminals as of the plan date; its digest goes to the ledger.

    ``accept_unlisted``: units whose terminals are not listed (in full) stand in the base all the same.
    Raises NotFound, NotPermitted, Conflict (``base_frozen``) and Refused (``no_units``, ``date_ahead``, ``units_unlisted``).
    """
    row = _planned(actor, campaign, CAMPAIGN_APPROVE)
    if not row.units.exists():
        raise Refused("no_units", _("任务还没有单位，不能锁定基数。"))
    if planned_on > clock.city_date(now):
        raise Refused("date_ahead", _("基数日期不能晚于今天。"), where="planned_on")
    unlisted = selectors.standing(row, planned_on).unknown
    if unlisted and not accept_unlisted:
        said = _("还有 %(n)s 个单位的终端清单待补：请先列全，或勾选照此锁定（锁定后只能按批准的基数变更补）。")
        raise Refused("units_unlisted", said % {"n": unlisted}, where="accept_unlisted")
    Terminal.objects.filter(unit__campaign=row).update(since=planned_on)
    row.planned_on, row.frozen_at, row.frozen_by = planned_on, now, actor.name[:80]
    row.base_digest = base_digest(row)
    row.save()
    words = {"verb": "freeze", "digest": row.base_digest, "planned_on": planned_on, "units": row.units.count()}
    words |= {"terminals": Terminal.objects.filter(unit__campaign=row).count()}
    proof.of(Proven.CAMPAIGN, row.number, words, actor, now)
    return row


def base_digest(campaign: Campaign) -> str:
    """Return the digest of the base as planned: units with what they announced, and their terminals."""
    planned = Terminal.objects.filter(unit__campaign=campaign, added_by__isnull=True).order_by("number")
    units = campaign.units.order_by("org__code").values_list("org__code", "announced")
    words = {"units": list(units), "terminals": list(planned.values_list("number", "unit__org__code"))}
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def propose_change(
    *, actor: Viewer, unit: str, kind: str, amount: int = 0, terminals: tuple[str, ...] = (), reason: str, now: datetime
) -> BaseChange:
    """Ask for terminals to be added to a frozen base, or named ones to be taken out.

    Raises NotFound, NotPermitted, Conflict (``not_frozen``, ``already_claimed``) and Refused (``reason_missing``, ``amount_wrong``,
    ``terminals_wrong``).
    """
    row = _unit(actor, unit)
    if Claim.objects.filter(campaign=row.campaign).exists():
        raise Conflict("already_claimed", _("该任务已经认定完成。"))
    if row.campaign.frozen_at is None:
        raise Conflict("not_frozen", _("基数尚未锁定，可以直接修改终端清单。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明变更理由。"), where="reason")
    if kind == rules.ADD:
        _demand_amount(amount)
    else:
        named = row.terminals.filter(number__in=terminals, until__isnull=True)
        if kind != rules.REMOVE or not terminals or named.count() != len(set(terminals)):
            raise Refused("terminals_wrong", _("请选择本单位在基数中的终端。"), where="terminals")
        amount = named.count()
    made = BaseChange.objects.create(
        number=public_number("JB", clock.city_date(now)),
        campaign=row.campaign,
        kind=kind,
        org=row.org,
        amount=amount,
        terminals=sorted(set(terminals)),
        reason=reason.strip()[:500],
        proposed_by=actor.name[:80],
        proposer_id=getattr(actor, "person_id", None),
        proposed_at=now,
    )
    subject = workflow.Subject(
        number=made.number,
        title=_("%(org)s的替代基数变更") % {"org": row.org.name},
        url=f"/console/operations/changes-of-base/{made.number}/",
        parties={flows.BUREAU: row.campaign.org_id},
    )
    workflow.start(actor=actor, flow=flows.CHANGE, subject=subject, now=now)
    _prove_change(made, "propose", actor, now)
    return made


@transaction.atomic
def decide_change(*, actor: Viewer, number: str, verb: str, opinion: str, now: datetime) -> BaseChange:
    """Approve a change of the base (it counts from today) or refuse it; never one's own.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``, ``terminals_changed``, ``terminals_delivered``,
    ``already_claimed``) and Refused (``own_proposal``, ``reason_missing``).
    """
    row = selectors.visible_changes(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("change_not_found")
    if row.proposer_id is not None and row.proposer_id == getattr(actor, "person_id", None):
        raise Refused("own_proposal", _("不能审批自己提出的变更。"))
    if not opinion.strip():
        raise Refused("reason_missing", _("请填写审批意见。"), where="reason")
    workflow.act(actor=actor, flow=flows.CHANGE, number=number, verb=verb, reason=opinion, now=now)
    row.decision = BaseChange.Decision.APPROVED if verb == "approve" else BaseChange.Decision.REFUSED
    row.decided_by, row.decider_id = actor.name[:80], getattr(actor, "person_id", None)
    row.decided_at, row.opinion = now, opinion.strip()[:500]
    row.save()
    if row.decision == BaseChange.Decision.APPROVED:
        _apply(row, now)
    _prove_change(row, verb, actor, now)
    return row


@transaction.atomic
def claim_complete(*, actor: Viewer, campaign: str, now: datetime) -> Claim:
    """State that a campaign stands at 100 %: refused while a terminal is unsigned or unlisted, or an exception open.

    Raises NotFound, NotPermitted, Conflict (``already_claimed``) and Refused (``not_frozen``, ``no_units``, ``exceptions_open``,
    ``terminals_unknown``, ``terminals_unsigned``).
    """
    row = _locked(actor, campaign)
    actor.require(CAMPAIGN_APPROVE, row.org.path)
    if Claim.objects.filter(campaign=row).exists():
        raise Conflict("already_claimed", _("该任务已经认定完成。"))
    if row.frozen_at is None:
        raise Refused("not_frozen", _("基数尚未锁定，不能认定完成。"))
    standing = selectors.standing(row, clock.city_date(now))
    if objections := standing.objections():
        raise Refused(objections[0], objection_text(objections[0], standing))
    words = [[u.code, u.terminals, u.replaced] for u in standing.units]
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    try:
        with transaction.atomic():
            made = Claim.objects.create(
                campaign=row,
                units=len(standing.units),
                terminals=standing.terminals,
                digest=digest,
                by=actor.name[:80],
                at=now,
            )
    except IntegrityError as error:
        raise Refused("terminals_unsigned", _("数据库核对未通过，请刷新后查看未完成的单位。")) from error
    for unit in row.units.all():
        workflow.act(actor=actor, flow=flows.HANDOVER, number=unit.number, verb="finish", reason="", now=now)
    proof.of(Proven.CLAIM, row.number, {"units": made.units, "terminals": made.terminals, "digest": digest}, actor, now)
    return made


def objection_text(code: str, standing: rules.Standing) -> str:
    """Return in a sentence what stands against claiming 100 %."""
    words: dict[str, int] = {
        "exceptions": standing.exceptions,
        "unknown": standing.unknown,
        "unsigned": standing.terminals - standing.replaced,
    }
    sentences = {
        "no_units": _("任务还没有单位。"),
        "exceptions_open": _("有 %(exceptions)s 个替代例外尚未销案，不能认定 100%%。"),
        "terminals_unknown": _("有 %(unknown)s 个单位的终端清单待补，不能认定 100%%。"),
        "terminals_unsigned": _("还有 %(unsigned)s 台终端没有签收，不能认定 100%%。"),
    }
    return str(sentences[code] % words)


def _apply(row: BaseChange, now: datetime) -> None:
    if Claim.objects.filter(campaign=row.campaign).exists():
        raise Conflict("already_claimed", _("该任务已经认定完成。"))
    today = clock.city_date(now)
    unit = row.campaign.units.get(org=row.org)
    if row.kind == rules.ADD:
        _terminals(unit, row.amount, "", now, change=row)
        return
    named = Terminal.objects.select_for_update().filter(unit=unit, number__in=row.terminals, until__isnull=True)
    if named.count() != row.amount:
        raise Conflict("terminals_changed", _("其中有终端已移出基数，请重新提出变更。"))
    if named.filter(state=rules.DELIVERED).exists():
        raise Conflict("terminals_delivered", _("其中有终端正待单位签收，请先由单位退回。"))
    named.update(until=today, removed_by=row)


def _terminals(
    unit: CampaignUnit, amount: int, place: str, now: datetime, change: BaseChange | None = None
) -> list[Terminal]:
    today = clock.city_date(now)
    return Terminal.objects.bulk_create(
        Terminal(
            number=public_number("ZD", today),
            unit=unit,
            place=place.strip()[:120],
            since=today if change else None,
            added_by=change,
        )
        for _each in range(amount)
    )


def _demand_amount(amount: int) -> None:
    if not 0 < amount <= MOST_TERMINALS:
        raise Refused("amount_wrong", _("终端数应为 1 到 %(n)s。") % {"n": MOST_TERMINALS}, where="amount")


def _prove_change(row: BaseChange, verb: str, actor: Viewer, now: datetime) -> None:
    words: dict[str, Any] = {"verb": verb, "campaign": row.campaign.number, "unit": row.org.code, "kind": row.kind}
    words |= {"amount": row.amount, "terminals": row.terminals, "reason": row.reason, "decision": row.decision}
    proof.of(Proven.BASE_CHANGE, row.number, words, actor, now)


def _unit(actor: Viewer, number: str) -> CampaignUnit:
    row = selectors.visible_units(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("unit_not_found")
    actor.require(CAMPAIGN_EDIT, row.campaign.org.path)
    return row


def _locked(actor: Viewer, number: str) -> Campaign:
    row = selectors.visible_campaigns(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("campaign_not_found")
    return row


def _planned(actor: Viewer, number: str, permission: Permission = CAMPAIGN_EDIT) -> Campaign:
    row = _locked(actor, number)
    actor.require(permission, row.org.path)
    if row.frozen_at is not None:
        raise Conflict("base_frozen", _("基数已锁定，请提出基数变更。"))
    return row
