"""A small campaign: a bureau that leads it, an approver, two units with a signer each; machines in stock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.operations import contracts
from yunshu.domains.operations.models import Asset, AssetModel, Campaign, CampaignUnit, Terminal
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import assets, campaigns, signing, terminals
from yunshu.domains.operations.services.terminals import StepSpec

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
TODAY = date(2026, 3, 2)
LEADS = (
    contracts.ASSET_VIEW,
    contracts.ASSET_EDIT,
    contracts.CAMPAIGN_VIEW,
    contracts.CAMPAIGN_EDIT,
)
APPROVES = (contracts.ASSET_VIEW, contracts.CAMPAIGN_VIEW, contracts.CAMPAIGN_APPROVE)
"""The city pack gives leading and approving to two people: whoever approves need not be able to lead."""


class CampaignWorld:
    """Organisations, people and what is done with them; the database is the test's."""

    def __init__(self, *, units: int = 2) -> None:
        WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="08:30", ends_at="17:30")
        self.city = OrgFactory(kind=Org.Kind.CITY)
        self.bureau = OrgFactory(kind=Org.Kind.BUREAU, parent=self.city)
        self.clerk = staff(LEADS, org=self.city)
        self.chief = staff(APPROVES, org=self.city)
        self.orgs = [OrgFactory(kind=Org.Kind.DEPARTMENT, parent=self.city) for _each in range(units)]
        self.signers = [staff((contracts.TERMINAL_SIGN,), org=org) for org in self.orgs]
        AssetModel.objects.create(
            code="safe", kind="desktop", maker="Maker", name="Safe", is_secure=True, basis="Announcement"
        )
        spec = campaigns.CampaignSpec(name="国产化替代", source="绩效目标表")
        self.campaign: Campaign = campaigns.create_campaign(actor=self.clerk, org=self.bureau.code, spec=spec, now=NOW)
        self.units: list[CampaignUnit] = [
            campaigns.add_unit(actor=self.clerk, campaign=self.campaign.number, org=org.code, now=NOW)
            for org in self.orgs
        ]
        self._serial = 0

    def planned(self, unit: int = 0, amount: int = 1) -> list[Terminal]:
        """Terminals on the list of a unit that is not frozen yet."""
        return campaigns.plan_terminals(actor=self.clerk, unit=self.units[unit].number, amount=amount, now=NOW)

    def frozen(self, *amounts: int, on: date = TODAY) -> "CampaignWorld":
        """The campaign with so many terminals in its units, its base frozen."""
        for unit, amount in enumerate(amounts):
            self.planned(unit, amount)
        words = {"campaign": self.campaign.number, "planned_on": on, "accept_unlisted": True, "now": NOW}
        self.campaign = campaigns.freeze_base(actor=self.chief, **words)
        return self

    def machine(self, *, org: Org | None = None, model: str = "safe", **more: Any) -> Asset:
        """A new machine in stock at the bureau, or an old one that somebody holds at ``org``."""
        self._serial += 1
        spec = assets.AssetSpec(kind="desktop", model=model, serial=f"S{self._serial:04}")
        where = (org or self.bureau).code
        return assets.register_asset(actor=self.clerk, org=where, spec=spec, now=NOW, **more)

    def arrived(self, unit: int = 0, *, on: date = TODAY, now: datetime = NOW) -> Terminal:
        """A terminal of a unit whose new machine has come."""
        asset = self.machine().number
        number = self.units[unit].number
        return terminals.arrive(actor=self.clerk, unit=number, assets=[asset], on=on, now=now)[0]

    def step(
        self, terminal: Terminal, *verbs: str, on: date = TODAY, now: datetime = NOW, reason: str = ""
    ) -> Terminal:
        """Take steps of the bureau with a terminal."""
        for verb in verbs:
            spec = StepSpec(verb=verb, on=on, reason=reason)
            terminals.take_steps(actor=self.clerk, numbers=[terminal.number], spec=spec, now=now)
        terminal.refresh_from_db()
        return terminal

    def delivered(self, unit: int = 0, *, on: date = TODAY, now: datetime = NOW) -> Terminal:
        """A terminal that waits for the unit to sign."""
        return self.step(self.arrived(unit, on=on, now=now), "prepare", "deliver", on=on, now=now)

    def signed(self, unit: int = 0, *, on: date = TODAY, now: datetime = NOW) -> Terminal:
        """A terminal that the unit has signed for."""
        terminal = self.delivered(unit, on=on, now=now)
        signing.sign(
            actor=self.signers[unit], unit=self.units[unit].number, numbers=[terminal.number], received_on=on, now=now
        )
        terminal.refresh_from_db()
        return terminal

    def standing(self, day: date = TODAY, known_at: datetime | None = None) -> rules.Standing:
        """How the campaign stood."""
        return selectors.standing(self.campaign, day, known_at)


def later(days: int) -> dict[str, Any]:
    """The day and the instant so many days after."""
    return {"on": TODAY + timedelta(days=days), "now": NOW + timedelta(days=days)}
