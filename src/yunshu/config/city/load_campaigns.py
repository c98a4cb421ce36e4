"""Replacement campaigns of the pack: the units of a scope, listed and not frozen; a campaign that exists is left as people have it."""

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.domains.operations import api
from yunshu.lib.kernel import clock


def load_campaigns(pack: Pack) -> Tally:
    """Load the campaigns of city.toml, each with all its units or not at all."""
    tally = Tally(file="campaigns")
    for facts in pack.city.campaigns:
        units = [org.code for org in pack.organisations if facts.scope in org.scopes]
        spec = api.CampaignSpec(name=facts.name, source=facts.source)
        is_new = api.add_missing_campaign(actor=ACTOR, org=facts.org, spec=spec, units=units, now=clock.now())
        tally.counts["created" if is_new else "same"] += 1
    return tally
