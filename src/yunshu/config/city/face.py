"""The city's face for the frames, from the pack that the instance runs with."""

import tomllib
from functools import cache

from pydantic import ValidationError

from yunshu.config import env
from yunshu.config.city.schema import City as CityFacts
from yunshu.lib.ui.city import City


@cache
def face() -> City:
    """Return names and marks of ``city.toml``; blank where the pack is absent or wrong (``city check`` says why)."""
    try:
        facts = CityFacts.model_validate(tomllib.loads((env.path("YUNSHU_CITY") / "city.toml").read_text()))
    except (OSError, ValidationError, tomllib.TOMLDecodeError):
        return City()
    return City(
        name=facts.city.name,
        portal_name=facts.portal.site_name,
        organiser=facts.portal.sponsor,
        undertaker=facts.portal.organiser,
        phone=facts.contacts.phone,
        address=facts.contacts.address,
        site_code=facts.portal.site_code,
        icp=facts.portal.icp_number,
        police=facts.portal.police_number,
    )
