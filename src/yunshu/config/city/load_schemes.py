"""Inspection schemes that ship with the product: brought in once; what officials made of them since is left alone."""

from yunshu.config.city.load import ACTOR, Tally
from yunshu.domains.inspection.services.notices import add_due_rules
from yunshu.domains.inspection.services.shipped import load_schemes as bring_in
from yunshu.lib.kernel import clock


def load_schemes() -> Tally:
    """Bring in the schemes that are absent, each with its first version, and the time limits of rectification."""
    tally = Tally(file="inspection schemes")
    for is_new in bring_in(actor=ACTOR, now=clock.now()).values():
        tally.counts["created" if is_new else "same"] += 1
    for is_new in add_due_rules():
        tally.counts["created" if is_new else "same"] += 1
    return tally
