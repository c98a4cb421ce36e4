"""Terminals of a campaign: every step the bureau and the unit take with them; assets move along, waiting units are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, TERMINAL_SIGN, Proven
from yunshu.domains.operations.models import Asset, CampaignUnit, Handover, Terminal, TerminalStep
from yunshu.domains.operations.rules import assets as asset_rules
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import campaign_flows as flows
from yunshu.domains.operations.rules.steps import Step
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import MoveSpec, carry
from yunshu.domains.operations.services.lines import judge_all
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

OLD_VERBS = frozenset({"recover", "erase", "dispose"})
MOST_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """A step on the day on which it happened."""

    verb: str
    on: date
    reason: str = ""


@transaction.atomic
def arrive(*, actor: Viewer, unit: str, assets: Sequence[str], on: date, now: datetime) -> list[Terminal]:
    """Give new machines (asset or serial numbers) to the planned terminals of a unit, in order.

    Raises NotFound (``unit_not_found``, ``asset_not_found``), NotPermitted, Conflict (``not_frozen``, ``too_few_terminals``) and
    Refused (``asset_not_terminal``, ``model_not_secure``, ``asset_not_at_hand``, ``asset_taken``, ``asset_twice``, ``line_faulty``,
    ``date_wrong``, ``nothing_chosen``).
    """
    row = selectors.get_unit(actor, unit)
    actor.require(CAMPAIGN_EDIT, row.campaign.org.path)
    wanted = list(dict.fromkeys(text.strip() for text in assets if text.strip()))
    if not wanted:
        raise Refused("nothing_chosen", _("请填写到货终端的资产编号或序列号。"), where="assets")
    free = Terminal.objects.select_for_update().filter(unit=row, until__isnull=True, state=rules.PLANNED)
    terminals = list(free.order_by("number")[: len(wanted)])
    if len(terminals) < len(wanted):
        words = {"free": len(terminals), "wanted": len(wanted)}
        raise Conflict("too_few_terminals", _("该单位只有 %(free)s 台待到货，却登记了 %(wanted)s 台。") % words)
    machines = judge_all(wanted, _fitting, where="assets")
    for at, machine in enumerate(machines):
        if machine in machines[:at]:
            raise Refused("asset_twice", _("资产 %(number)s 写了两遍。") % {"number": machine.number}, where="assets")
    for terminal, new in zip(terminals, machines, strict=True):
        terminal.new = new
        terminal.save(update_fields=["new"])
        _take(terminal, StepSpec(verb="arrive", on=on), actor, now)
    return terminals


@transaction.atomic
def take_steps(*, actor: Viewer, numbers: Iterable[str], spec: StepSpec, now: datetime) -> int:
    """Take the same step with terminals, all or none; return how many. ``arrive`` and ``sign`` have their own services.

    Raises NotFound (``terminal_not_found``), NotPermitted, Conflict (``verb_not_possible``, ``not_in_base``, ``not_frozen``) and
    Refused (``reason_missing``, ``date_wrong``, ``old_missing``, ``old_known``, ``dual_run``, ``nothing_chosen``, ``too_many``).
    """
    chosen = sorted(set(numbers))
    if not chosen:
        raise Refused("nothing_chosen", _("请选择终端。"), where="terminals")
    if len(chosen) > MOST_AT_ONCE:
        raise Refused("too_many", _("一次最多处理 %(n)s 件。") % {"n": MOST_AT_ONCE})
    if spec.verb in {"arrive", "sign"}:
        raise Conflict("verb_not_possible", _("到货和签收请在单位页面登记。"))
    units: dict[int, CampaignUnit] = {}
    for number in chosen:
        terminal = _locked(actor, number, spec.verb)
        units[terminal.unit_id] = terminal.unit
        _take(terminal, spec, actor, now)
    for unit in units.values():
        tell_unit(unit, actor, now)
    return len(chosen)


@transaction.atomic
def link_old(*, actor: Viewer, number: str, asset: str, now: datetime) -> Terminal:
    """Say which old machine a terminal replaces (blank: none known).

    Raises NotFound (``terminal_not_found``, ``asset_not_found``), NotPermitted, Conflict (``old_recovered``) and Refused
    (``asset_not_terminal``, ``old_elsewhere``, ``asset_taken``).
    """
    terminal = _locked(actor, number, "recover")
    if terminal.state in (rules.RECOVERED, rules.ERASED, rules.DISPOSED):
        raise Conflict("old_recovered", _("旧机已经回收或处置，不能再更改。"))
    old = None
    if asset.strip():
        old = _asset_of(asset)
        if not old.org.path.startswith(terminal.unit.org.path):
            raise Refused("old_elsewhere", _("该资产不在本单位名下。"), where="asset")
        if Terminal.objects.filter(old=old).exclude(pk=terminal.pk).exists() or old == terminal.new:
            raise Refused("asset_taken", _("该资产已用于另一台终端的替代。"), where="asset")
    terminal.old = old
    terminal.save(update_fields=["old"])
    words = {"verb": "link_old", "asset": old.number if old else ""}
    proof.of(Proven.TERMINAL, terminal.number, words, actor, now)
    return terminal


def tell_unit(unit: CampaignUnit, actor: Viewer, now: datetime) -> None:
    """Open or end the unit's task to sign, by whether terminals wait for it; in the caller's transaction."""
    case = workflow.get_case(flows.HANDOVER, unit.number)
    waits = Terminal.objects.filter(unit=unit, until__isnull=True, state=rules.DELIVERED).exists()
    verb = {(True, flows.RESTING): "deliver", (False, flows.TO_SIGN): "settle"}.get((waits, case.state))
    if verb:
        workflow.act(actor=actor, flow=flows.HANDOVER, number=unit.number, verb=verb, reason="", now=now)


def sign_for(terminal: Terminal, handover: Handover, actor: Viewer, now: datetime) -> None:
    """Take the step ``sign`` by a handover, in the caller's transaction, with the terminal locked."""
    _take(terminal, StepSpec(verb="sign", on=handover.received_on), actor, now, handover)


def _take(terminal: Terminal, spec: StepSpec, actor: Viewer, now: datetime, handover: Handover | None = None) -> None:
    step = _demand(terminal, spec, now)
    reason = spec.reason.strip()[:300]
    last = terminal.steps.order_by("-seq").first()
    if spec.on > clock.city_date(now) or (last is not None and spec.on < last.on):
        raise Refused("date_wrong", _("日期不能晚于今天，也不能早于上一步。"), where="on")
    _move_assets(terminal, spec, handover, actor, now)
    made = TerminalStep.objects.create(
        terminal=terminal,
        seq=terminal.taken + 1,
        verb=spec.verb,
        source=terminal.state,
        target=step.target,
        on=spec.on,
        handover=handover,
        reason=reason,
        by=actor.name[:80],
        at=now,
    )
    terminal.refresh_from_db(fields=["state", "taken"])
    if spec.verb == "send_back":
        terminal.new = None
        terminal.save(update_fields=["new"])
    words = {"verb": made.verb, "from": made.source, "to": made.target, "on": made.on, "reason": reason}
    words |= {"new": terminal.new.number if terminal.new else "", "old": terminal.old.number if terminal.old else ""}
    words |= {"handover": handover.number if handover else ""}
    proof.of(Proven.TERMINAL, terminal.number, words, actor, now)


def _demand(terminal: Terminal, spec: StepSpec, now: datetime) -> Step:
    if terminal.unit.campaign.frozen_at is None:
        raise Conflict("not_frozen", _("请先锁定基数，再登记到货和签收。"))
    if terminal.until is not None:
        raise Conflict("not_in_base", _("终端 %(number)s 已移出基数。") % {"number": terminal.number})
    step = rules.WAY.step(terminal.state, spec.verb)
    if step is None:
        words = {"number": terminal.number, "state": _(rules.STATES[terminal.state])}
        raise Conflict("verb_not_possible", _("终端 %(number)s 的状态为“%(state)s”，不能执行该操作。") % words)
    if step.needs_reason and not spec.reason.strip():
        raise Refused("reason_missing", _("请填写说明。"), where="reason")
    if spec.verb == "recover" and terminal.old is None:
        raise Refused("old_missing", _("终端 %(number)s 没有登记旧机。") % {"number": terminal.number})
    if spec.verb == "no_old" and terminal.old is not None:
        raise Refused("old_known", _("终端 %(number)s 登记了旧机，请回收它。") % {"number": terminal.number})
    if spec.verb == "recover":
        _demand_dual_run_over(terminal, spec.on)
    return step


def _demand_dual_run_over(terminal: Terminal, on: date) -> None:
    signed = terminal.steps.filter(verb="sign").order_by("-seq").first()
    days = terminal.unit.campaign.dual_run_days
    if signed is not None and days and on <= rules.dual_run_ends(signed.on, days):
        until = rules.dual_run_ends(signed.on, days)
        raise Refused("dual_run", _("双轨运行至 %(until)s，届时才能回收旧机。") % {"until": until}, where="on")


def _move_assets(terminal: Terminal, spec: StepSpec, handover: Handover | None, actor: Viewer, now: datetime) -> None:
    if handover is not None and terminal.new is not None:
        new = Asset.objects.select_for_update(of=("self",)).select_related("org").get(pk=terminal.new.pk)
        move = MoveSpec(verb="issue", location=terminal.place, holder=handover.name, reference=handover.number)
        carry(new, move, actor, now, org=terminal.unit.org)
    if spec.verb in OLD_VERBS and terminal.old is not None:
        old = Asset.objects.select_for_update(of=("self",)).select_related("org").get(pk=terminal.old.pk)
        reason = spec.reason.strip() or _("终端替代 %(number)s") % {"number": terminal.number}
        move = MoveSpec(verb=spec.verb, reason=reason, reference=terminal.number)
        carry(old, move, actor, now, org=old.org)


def _fitting(text: str) -> Asset:
    asset = _asset_of(text)
    if asset.state not in (asset_rules.IN_STOCK, asset_rules.IDLE):
        raise Refused("asset_not_at_hand", _("资产 %(number)s 不在库。") % {"number": asset.number}, where="assets")
    if asset.model is None or asset.model.is_secure is not True:
        words = {"number": asset.number}
        raise Refused("model_not_secure", _("资产 %(number)s 的型号未核对为安全可靠。") % words, where="assets")
    if Terminal.objects.filter(new=asset).exists() or Terminal.objects.filter(old=asset).exists():
        words = {"number": asset.number}
        raise Refused("asset_taken", _("资产 %(number)s 已用于另一台终端的替代。") % words, where="assets")
    return asset


def _asset_of(text: str) -> Asset:
    number = asset_rules.number_in(text)
    rows = Asset.objects.select_for_update(of=("self",)).select_related("model", "org")
    found = list(rows.filter(number=number) if number else rows.filter(serial=text.strip())[:2])
    if len(found) != 1:
        raise NotFound("asset_not_found", _("没有找到唯一的资产：%(text)s") % {"text": text.strip()[:60]})
    if found[0].kind not in asset_rules.TERMINALS:
        words = {"number": found[0].number}
        raise Refused("asset_not_terminal", _("资产 %(number)s 不是办公终端。") % words, where="assets")
    return found[0]


def _locked(actor: Viewer, number: str, verb: str) -> Terminal:
    row = selectors.visible_terminals(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("terminal_not_found")
    if verb in rules.UNIT_VERBS:
        actor.require(TERMINAL_SIGN, row.unit.org.path)
    else:
        actor.require(CAMPAIGN_EDIT, row.unit.campaign.org.path)
    return row
