"""Who has a fault in hand, for the pages that show what is down."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors.incidents import open_by_target

STAGE_NAMES = {state.code: state.name for state in life.INCIDENT_LIFE.states}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The open incident of a target: its number, page, stage and who holds it, in words."""

    number: str
    url: str
    stage: str = ""
    who: str = ""


def holdings(targets: Collection[str]) -> dict[str, Holding]:
    """Return the open incident of each target that has one, by the target's number."""
    return {
        number: Holding(
            number=row.number,
            url=reverse("operations:incident", args=[row.number]),
            stage=_(STAGE_NAMES[row.stage]),
            who=row.holder.name if row.holder else row.org.name,
        )
        for number, row in open_by_target(targets).items()
    }
