"""The replacement campaign: from plan to signature, a base that stays, a rate that can be computed again, a claim that must be true."""

import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.directory import staff
from tests.operations.campaign_world import LEADS, NOW, TODAY, CampaignWorld, later

from yunshu.domains.directory.models import Person
from yunshu.domains.ledger.models import Record
from yunshu.domains.operations import contracts
from yunshu.domains.operations.models import BaseChange, Claim, Handover, ReplacementException, Terminal
from yunshu.domains.operations.rules import campaign_flows as flows
from yunshu.domains.operations.rules import handing_over
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import campaigns, exceptions, signing, terminals
from yunshu.domains.workflow import api as workflow
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm, PrivateKey
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> CampaignWorld:
    return CampaignWorld()


def sign(world: CampaignWorld, terminal: Terminal, unit: int = 0, **more: Any) -> Handover:
    words: dict[str, Any] = {"actor": world.signers[unit], "received_on": TODAY, "now": NOW} | more
    return signing.sign(unit=world.units[unit].number, numbers=[terminal.number], **words)


def waits(world: CampaignWorld, unit: int = 0) -> str:
    return workflow.get_case(flows.HANDOVER, world.units[unit].number).state


# -- a terminal's way


def test_a_terminal_goes_from_plan_to_the_disposal_of_the_old_machine(world: CampaignWorld) -> None:
    world.frozen(1)
    old = world.machine(org=world.orgs[0], holder="示例")
    terminal = world.delivered()
    assert waits(world) == flows.TO_SIGN
    handover = sign(world, terminal)
    assert waits(world) == flows.RESTING
    terminals.link_old(actor=world.clerk, number=terminal.number, asset=old.serial, now=NOW)
    world.step(terminal, "recover")
    world.step(terminal, "erase", "dispose", reason="按介质清除记录")
    old.refresh_from_db()
    assert (terminal.state, old.state) == ("disposed", "disposed")
    assert terminal.new is not None
    new = terminal.new
    new.refresh_from_db()
    assert (new.state, new.org_id, new.holder) == ("in_use", world.orgs[0].pk, world.signers[0].name)
    verbs = [s.verb for s in selectors.steps_of(terminal)][::-1]
    assert verbs == ["arrive", "prepare", "deliver", "sign", "recover", "erase", "dispose"]
    assert Record.objects.filter(kind="operations.terminal", subject=terminal.number).count() == 8
    assert Record.objects.filter(kind="operations.handover", subject=handover.number).count() == 1


def test_what_the_unit_gives_back_is_prepared_again_and_no_longer_waits(world: CampaignWorld) -> None:
    world.frozen(1)
    terminal = world.delivered()
    spec = terminals.StepSpec(verb="refuse", on=TODAY, reason="打印机不能用")
    terminals.take_steps(actor=world.signers[0], numbers=[terminal.number], spec=spec, now=NOW)
    terminal.refresh_from_db()
    assert (terminal.state, waits(world)) == ("prepared", flows.RESTING)


def test_a_machine_sent_back_to_the_supplier_leaves_the_terminal_planned(world: CampaignWorld) -> None:
    world.frozen(1)
    terminal = world.step(world.arrived(), "send_back", reason="开机故障")
    assert (terminal.state, terminal.new) == ("planned", None)


@pytest.mark.parametrize(
    ("model", "code"),
    [("unchecked", "model_not_secure"), ("unsafe", "model_not_secure"), ("safe", "asset_not_at_hand")],
)
def test_only_a_checked_model_from_stock_replaces(world: CampaignWorld, model: str, code: str) -> None:
    models = {"unchecked": None, "unsafe": False}
    kind = type(world.machine().model)
    for name, is_secure in models.items():
        kind.objects.create(code=name, kind="desktop", maker="M", name=name, is_secure=is_secure, basis="B")
    world.frozen(1)
    asset = world.machine(model=model, holder="示例" if model == "safe" else "")
    with pytest.raises(Refused) as refused:
        terminals.arrive(actor=world.clerk, unit=world.units[0].number, assets=[asset.number], on=TODAY, now=NOW)
    assert refused.value.code == code


def test_each_faulty_machine_of_a_list_is_named_at_once(world: CampaignWorld) -> None:
    world.frozen(3)
    good, unit = world.machine(), world.units[0].number
    with pytest.raises(Refused, match=r"第 1 行：.*无此资产.*第 3 行：.*也没有") as refused:
        terminals.arrive(actor=world.clerk, unit=unit, assets=["无此资产", good.number, "也没有"], on=TODAY, now=NOW)
    assert refused.value.code == "line_faulty"
    with pytest.raises(Refused, match="写了两遍"):
        terminals.arrive(actor=world.clerk, unit=unit, assets=[good.number, good.serial], on=TODAY, now=NOW)


def test_no_machine_serves_twice_and_no_more_come_than_are_planned(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    terminal = world.arrived()
    assert terminal.new is not None
    with pytest.raises(Refused) as refused:
        terminals.arrive(actor=world.clerk, unit=world.units[1].number, assets=[terminal.new.number], on=TODAY, now=NOW)
    assert refused.value.code == "asset_taken"
    with pytest.raises(Conflict, match="只有 0 台"):
        world.arrived()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_step_happens_neither_before_the_last_nor_after_today(world: CampaignWorld, days: int) -> None:
    world.frozen(1)
    terminal = world.arrived()
    with pytest.raises(Refused) as refused:
        world.step(terminal, "prepare", on=TODAY + timedelta(days=days))
    assert refused.value.code == "date_wrong"


def test_nothing_arrives_before_the_base_is_frozen(world: CampaignWorld) -> None:
    world.planned()
    with pytest.raises(Conflict, match="锁定基数"):
        world.arrived()


def test_the_old_machine_stays_while_both_run(world: CampaignWorld) -> None:
    type(world.campaign).objects.filter(pk=world.campaign.pk).update(dual_run_days=7)
    world.frozen(1)
    terminal = world.signed()
    old = world.machine(org=world.orgs[0], holder="示例").number
    terminals.link_old(actor=world.clerk, number=terminal.number, asset=old, now=NOW)
    with pytest.raises(Refused, match="双轨"):
        world.step(terminal, "recover", **later(7))
    assert world.step(terminal, "recover", **later(8)).state == "recovered"


def test_no_old_machine_is_said_with_a_reason_and_not_where_there_is_one(world: CampaignWorld) -> None:
    world.frozen(1)
    terminal = world.signed()
    with pytest.raises(Refused, match="没有登记旧机"):
        world.step(terminal, "recover")
    with pytest.raises(Refused, match="说明"):
        world.step(terminal, "no_old")
    assert world.step(terminal, "no_old", reason="新增岗位").state == "disposed"


def test_terminals_move_together_or_not_at_all(world: CampaignWorld) -> None:
    world.frozen(2)
    one, other = world.arrived(), world.step(world.arrived(), "prepare")
    spec = terminals.StepSpec(verb="prepare", on=TODAY)
    with pytest.raises(Conflict):
        terminals.take_steps(actor=world.clerk, numbers=[one.number, other.number], spec=spec, now=NOW)
    one.refresh_from_db()
    assert one.state == "arrived"


# -- who signs, and how


def test_only_a_person_of_the_unit_signs(world: CampaignWorld) -> None:
    world.frozen(1)
    terminal = world.delivered()
    above = staff((contracts.TERMINAL_SIGN, contracts.CAMPAIGN_VIEW), org=world.city)
    for actor, error in ((above, NotPermitted), (world.chief, NotPermitted), (world.signers[1], NotFound)):
        with pytest.raises(error):
            sign(world, terminal, actor=actor)
    assert sign(world, terminal).method == "account"


def number_of(world: CampaignWorld, unit: int = 0) -> str:
    return Person.objects.get(pk=world.signers[unit].person_id).number


def enrolled(world: CampaignWorld, public: str, unit: int = 0) -> None:
    signing.enrol_key(
        actor=world.clerk,
        person=number_of(world, unit),
        public_key=public,
        fingerprint=handing_over.fingerprint_of(public),
        now=NOW,
    )


@pytest.fixture
def pair() -> PrivateKey:
    return keys.generate(Algorithm.SM2)


def test_who_has_a_key_signs_by_it_and_by_nothing_else(world: CampaignWorld, pair: PrivateKey) -> None:
    world.frozen(1)
    terminal = world.delivered()
    enrolled(world, pair.public.raw.hex())
    words = {"unit": world.units[0].number, "numbers": [terminal.number], "received_on": TODAY}
    text = signing.statement_text(actor=world.signers[0], **words)
    for signature, code in (("", "key_demanded"), (pair.sign(b"other").hex(), "signature_wrong")):
        with pytest.raises(Refused) as refused:
            sign(world, terminal, signature=signature)
        assert refused.value.code == code
    made = sign(world, terminal, signature=pair.sign(text.encode()).hex())
    assert (made.method, made.statement) == ("sm2", text)
    assert handing_over.is_signed(pair.public.raw.hex(), made.signature, made.statement)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is absent")
def test_a_signature_made_by_openssl_counts(world: CampaignWorld, tmp_path: Path) -> None:
    key, text, out = tmp_path / "key.pem", tmp_path / "text", tmp_path / "signature"
    openssl = ["openssl"]
    subprocess.run([*openssl, "ecparam", "-genkey", "-name", "SM2", "-noout", "-out", key], check=True)
    der = subprocess.run([*openssl, "ec", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True)
    public = der.stdout[-65:].hex()
    world.frozen(1)
    terminal = world.delivered()
    enrolled(world, public)
    words = {"unit": world.units[0].number, "numbers": [terminal.number], "received_on": TODAY}
    text.write_text(signing.statement_text(actor=world.signers[0], **words))
    how = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-inkey", key, "-in", text, "-out", out]
    subprocess.run([*openssl, "pkeyutl", "-sign", *how], check=True)
    assert sign(world, terminal, signature=out.read_bytes().hex()).method == "sm2"


def test_a_key_counts_only_after_its_fingerprint_was_compared(world: CampaignWorld, pair: PrivateKey) -> None:
    words = {"actor": world.clerk, "person": number_of(world), "now": NOW}
    with pytest.raises(Refused, match="指纹"):
        signing.enrol_key(public_key=pair.public.raw.hex(), fingerprint="0000", **words)
    enrolled(world, pair.public.raw.hex())
    with pytest.raises(Conflict):
        enrolled(world, keys.generate(Algorithm.SM2).public.raw.hex())


# -- the base and the rate


def test_the_base_stays_as_frozen_and_changes_by_approved_entries_only(world: CampaignWorld) -> None:
    world.frozen(1)
    with pytest.raises(Conflict, match="已锁定"):
        world.planned()
    made = propose(world, kind="add", amount=2)
    with pytest.raises(Refused, match="自己"):
        campaigns.decide_change(actor=world.clerk, number=made.number, verb="approve", opinion="同意", now=NOW)
    assert world.standing().terminals == 1
    campaigns.decide_change(actor=world.chief, number=made.number, verb="approve", opinion="同意", now=NOW)
    assert world.standing().terminals == 3
    assert world.standing(TODAY - timedelta(days=1)).terminals == 0


def propose(world: CampaignWorld, **more: Any) -> BaseChange:
    words = {"actor": world.clerk, "unit": world.units[0].number, "reason": "新增岗位", "now": NOW} | more
    return campaigns.propose_change(**words)


def decide(world: CampaignWorld, made: BaseChange, verb: str = "approve", **more: Any) -> None:
    campaigns.decide_change(
        **({"actor": world.chief, "number": made.number, "verb": verb, "opinion": "意见", "now": NOW} | more)
    )


def test_a_refused_change_changes_nothing(world: CampaignWorld) -> None:
    world.frozen(1)
    decide(world, propose(world, kind="add", amount=2), "refuse")
    assert world.standing().terminals == 1


def test_the_rate_of_a_past_day_is_the_same_whatever_happens_later(world: CampaignWorld) -> None:
    world.frozen(2, 1)
    world.signed(1)
    first = world.signed(0)
    day = TODAY + timedelta(days=3)
    before = world.standing(day, NOW + timedelta(days=3))
    assert (before.complete, before.unit_rate, before.terminal_rate) == (1, 50, Decimal("66.66"))
    world.signed(0, **later(5))
    request(world, now=NOW + timedelta(days=6))
    added = propose(world, kind="add", amount=4, now=NOW + timedelta(days=6))
    decide(world, added, now=NOW + timedelta(days=6))
    campaigns.announce(actor=world.clerk, unit=world.units[1].number, announced=9, now=NOW + timedelta(days=6))
    removed = propose(world, kind="remove", terminals=(first.number,), now=NOW + timedelta(days=7))
    decide(world, removed, now=NOW + timedelta(days=7))
    assert world.standing(day) == before
    assert world.standing(day, NOW + timedelta(days=3)) == before
    assert world.standing(TODAY + timedelta(days=7)) != before


def test_a_fact_recorded_late_is_not_in_what_was_known_before(world: CampaignWorld) -> None:
    world.frozen(1)
    world.signed(0, on=TODAY, now=NOW + timedelta(days=9))
    assert world.standing(TODAY, NOW + timedelta(days=8)).replaced == 0
    assert world.standing(TODAY).replaced == 1


def test_a_unit_whose_terminals_nobody_listed_does_not_count(world: CampaignWorld) -> None:
    campaigns.announce(actor=world.clerk, unit=world.units[0].number, announced=2, now=NOW)
    world.frozen(1)
    world.signed()
    standing = world.standing()
    assert (standing.complete, standing.unknown, standing.terminal_rate) == (0, 2, 100)


# -- exceptions and the claim


def request(world: CampaignWorld, unit: int = 0, **more: Any) -> ReplacementException:
    expires = (more.get("now", NOW) + timedelta(days=90)).date()
    words = {"actor": world.signers[unit], "unit": world.units[unit].number, "reason": "专用软件", "now": NOW}
    return exceptions.request_exception(**(words | {"expires_on": expires} | more))


def move(world: CampaignWorld, row: ReplacementException, verb: str, actor: Any = None) -> None:
    exceptions.move_exception(actor=actor or world.chief, number=row.number, verb=verb, reason="意见", now=NOW)


def claim(world: CampaignWorld) -> Claim:
    return campaigns.claim_complete(actor=world.chief, campaign=world.campaign.number, now=NOW)


@pytest.mark.parametrize("verbs", [(), ("approve",)])
def test_no_hundred_percent_while_an_exception_is_open(world: CampaignWorld, verbs: tuple[str, ...]) -> None:
    world.frozen(1, 1)
    for unit in (0, 1):
        world.signed(unit)
    assert world.standing().unit_rate == 100
    row = request(world)
    for verb in verbs:
        move(world, row, verb)
    assert world.standing().unit_rate == 50
    with pytest.raises(Refused) as refused:
        claim(world)
    assert refused.value.code == "exceptions_open"


@pytest.mark.parametrize("verbs", [("refuse",), ("approve", "close")])
def test_a_settled_exception_no_longer_stands_against_it(world: CampaignWorld, verbs: tuple[str, ...]) -> None:
    world.frozen(1, 1)
    for unit in (0, 1):
        world.signed(unit)
    row = request(world)
    for verb in verbs:
        move(world, row, verb, world.clerk if verb == "close" else world.chief)
    made = claim(world)
    assert (made.units, made.terminals, waits(world)) == (2, 2, flows.OVER)
    assert Record.objects.filter(kind="operations.claim").count() == 1


def test_an_exception_is_not_decided_by_who_asked(world: CampaignWorld) -> None:
    world.frozen(1)
    both = staff((*LEADS, contracts.CAMPAIGN_APPROVE), org=world.city)
    row = request(world, actor=both)
    with pytest.raises(Refused, match="自己"):
        move(world, row, "approve", both)
    other = staff((contracts.CAMPAIGN_VIEW, contracts.CAMPAIGN_APPROVE), org=world.city)
    move(world, row, "approve", other)


def test_a_claimed_campaign_takes_nothing_new(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    for unit in (0, 1):
        world.signed(unit)
    waiting = propose(world, kind="add", amount=1)
    claim(world)
    for act in (
        lambda: request(world),
        lambda: propose(world, kind="add", amount=1),
        lambda: decide(world, waiting),
        lambda: campaigns.announce(actor=world.clerk, unit=world.units[0].number, announced=5, now=NOW),
        lambda: claim(world),
    ):
        with pytest.raises(Conflict, match="认定完成"):
            act()


def test_the_database_takes_no_claim_that_is_untrue(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    world.signed(0)
    words = {"units": 2, "terminals": 2, "digest": "0" * 64, "by": "x", "at": NOW}
    with pytest.raises(DatabaseError, match="not signed for"), transaction.atomic():
        Claim.objects.create(campaign=world.campaign, **words)
    world.signed(1)
    row = request(world)
    with pytest.raises(DatabaseError, match="open exception"), transaction.atomic():
        Claim.objects.create(campaign=world.campaign, **words)
    move(world, row, "refuse")
    Claim.objects.create(campaign=world.campaign, **words)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations_terminal SET state = 'signed'",
        "UPDATE operations_terminal SET until = now()",
        "UPDATE operations_terminal SET since = since - 100",
        "DELETE FROM operations_terminal",
        "DELETE FROM operations_terminalstep",
        'UPDATE operations_terminalstep SET "on" = "on" - 100',
        "UPDATE operations_handover SET name = 'another'",
        "UPDATE operations_campaign SET planned_on = planned_on - 100",
        "UPDATE operations_campaign SET base_digest = '0'",
        "INSERT INTO operations_campaignunit (campaign_id, number, org_id, contact)"
        " SELECT campaign_id, 'DW-x', campaign_id, '' FROM operations_campaignunit LIMIT 1",
        "INSERT INTO operations_terminal (number, unit_id, place, state, taken, since)"
        " SELECT 'ZD-x', unit_id, '', 'planned', 0, since FROM operations_terminal LIMIT 1",
        'INSERT INTO operations_terminalstep (terminal_id, seq, verb, source, target, "on", reason, by, at)'
        " SELECT id, taken + 1, 'sign', 'delivered', 'signed', since, '', 'x', now() FROM operations_terminal"
        " WHERE state = 'delivered'",
        "DELETE FROM operations_replacementexception",
        "UPDATE operations_replacementexception SET expires_on = expires_on + 100",
    ],
)
def test_the_database_keeps_base_steps_and_signatures(world: CampaignWorld, statement: str) -> None:
    world.frozen(2, 1)
    world.signed()
    world.delivered()
    request(world)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_strangers_and_other_units_see_nothing_of_a_unit(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    row = request(world)
    assert list(selectors.visible_units(world.signers[1])) == [world.units[1]]
    assert not selectors.visible_exceptions(world.signers[1]).filter(pk=row.pk).exists()
    assert not selectors.visible_campaigns(staff((contracts.CAMPAIGN_VIEW,))).exists()


def test_what_works_is_noted_once_for_each_thing(world: CampaignWorld) -> None:
    words = {"actor": world.signers[0], "unit": world.units[0].number, "now": NOW}
    for result in ("unknown", "works"):
        spec = exceptions.CheckSpec(kind="printer", name="P1", result=result)
        row = exceptions.note_compatibility(spec=spec, **words)
    assert [r.result for r in selectors.compatibility_of(world.units[0])] == ["works"]
    assert row.checked_at == NOW
