"""One object for each page of assets, the campaign, tests and trainings, in Latin letters; for the walk over all pages."""

from datetime import timedelta
from typing import Any

from tests.factories.directory import AssignmentFactory, PersonFactory, RoleFactory, viewer_of
from tests.operations.campaign_world import NOW, TODAY

from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import TERMINAL_SIGN
from yunshu.domains.operations.models import AssetModel, CampaignUnit, Defect, Terminal
from yunshu.domains.operations.rules.handing_over import fingerprint_of
from yunshu.domains.operations.services import assets, campaigns, exceptions, signing, stocktaking, terminals, testing
from yunshu.domains.operations.services import trainings as training
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm

SYSTEM = System(name="test")
WORDS: dict[str, Any] = {"actor": SYSTEM, "now": NOW}


def examples(org: Org) -> dict[str, Any]:
    """Return an argument for each page whose address names an object."""
    kept = _asset(org)
    take = stocktaking.start_stocktake(org=org.code, title="Count", with_below=False, **WORDS)
    of_asset = {f"operations:{name}": (kept,) for name in ("asset", "edit_asset", "seen")}
    of_take = {f"operations:{name}": (take.number,) for name in ("stocktake", "scan", "close_stocktake")}
    return of_asset | of_take | _campaign(org) | _test(org) | _training(org)


def _asset(org: Org, serial: str = "S1") -> str:
    AssetModel.objects.get_or_create(
        code="safe", defaults={"kind": "desktop", "maker": "Maker", "name": "Safe", "is_secure": True, "basis": "Basis"}
    )
    spec = assets.AssetSpec(kind="desktop", model="safe", serial=serial)
    return assets.register_asset(org=org.code, spec=spec, **WORDS).number


def _signed(unit: CampaignUnit, org: Org) -> tuple[Terminal, str]:
    """Return a terminal that waits for a signature after another one was signed for, and the handover of that one."""
    person = PersonFactory(org=org, name="Signer")
    AssignmentFactory(person=person, role=RoleFactory(permissions=[str(TERMINAL_SIGN)]))
    new = [_asset(org, serial) for serial in ("N1", "N2")]
    one, other = terminals.arrive(unit=unit.number, assets=new, on=TODAY, **WORDS)
    for verb in ("prepare", "deliver"):
        spec = terminals.StepSpec(verb=verb, on=TODAY)
        terminals.take_steps(numbers=[one.number, other.number], spec=spec, **WORDS)
    words: dict[str, Any] = {"unit": unit.number, "numbers": [one.number], "received_on": TODAY, "now": NOW}
    return other, signing.sign(actor=viewer_of(person), **words).number


def _campaign(org: Org) -> dict[str, Any]:
    row = campaigns.create_campaign(org=org.code, spec=campaigns.CampaignSpec(name="Replacement"), **WORDS)
    unit = campaigns.add_unit(campaign=row.number, org=org.code, **WORDS)
    campaigns.plan_terminals(unit=unit.number, amount=2, **WORDS)
    campaigns.freeze_base(campaign=row.number, planned_on=TODAY, accept_unlisted=True, **WORDS)
    terminal, handover = _signed(unit, org)
    change = campaigns.propose_change(unit=unit.number, kind="add", amount=1, reason="New posts", **WORDS)
    until = TODAY + timedelta(days=30)
    asked = exceptions.request_exception(unit=unit.number, reason="Old software", expires_on=until, **WORDS)
    public = keys.generate(Algorithm.SM2).public.raw.hex()
    words = {"person": PersonFactory(org=org, name="Keeper").number, "public_key": public}
    key = signing.enrol_key(fingerprint=fingerprint_of(public), **words, **WORDS)
    pages = {
        row.number: ("campaign", "units", "add_units", "freeze", "claim"),
        unit.number: ("unit", "propose_change", "request_exception", "sign"),
        terminal.number: ("terminal",),
        handover: ("handover",),
        change.number: ("base_change",),
        asked.number: ("exception",),
        key.pk: ("key", "retire_key"),
    }
    return {f"operations:{name}": (argument,) for argument, names in pages.items() for name in names}


def _test(org: Org) -> dict[str, Any]:
    plan = testing.create_plan(org=org.code, spec=testing.PlanSpec(title="Deployment"), **WORDS).number
    spec = testing.CaseSpec(code="f1", title="Sign in", kind="function", steps="Sign in", expected="Home page")
    testing.add_case(actor=SYSTEM, plan=plan, spec=spec)
    run = testing.RunSpec(result="fail", actual="Blank page", severity="minor")
    testing.record_run(plan=plan, case="f1", spec=run, **WORDS)
    defect = Defect.objects.get(case__plan__number=plan).number
    return {
        **{f"operations:{name}": (plan,) for name in ("test_plan", "add_test_case", "sign_off")},
        **{f"operations:{name}": (plan, defect) for name in ("mend_defect", "accept_defect")},
        "operations:test_case": (plan, "f1"),
    }


def _training(org: Org) -> dict[str, Any]:
    spec = training.TrainingSpec(
        title="Training", trainer="Trainer", starts_at=NOW, ends_at=NOW + timedelta(hours=2), scope="12345"
    )
    row = training.arrange_training(org=org.code, spec=spec, **WORDS)
    training.set_question(actor=SYSTEM, number=row.number, text="Which?", options="One\nTwo", right=1)
    return {
        **{f"operations:{name}": (row.number,) for name in ("training", "training_material", "sign_in_sheet")},
        "operations:sign_in": (row.code,),
    }
