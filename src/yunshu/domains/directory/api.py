"""The door of the directory for higher domains and channels."""

from yunshu.domains.directory.models import Account
from yunshu.domains.directory.rules import duties_of
from yunshu.domains.directory.selectors import (
    org_card,
    people_holding,
    people_with,
    person_card,
    places_with,
    viewer_for_account,
    working_calendar,
)
from yunshu.domains.directory.selectors.trail import ALGORITHM as TRAIL_ALGORITHM
from yunshu.domains.directory.selectors.trail import day_of_trail, first_day_of_trail, trail_tables
from yunshu.domains.directory.services.access import GrantSpec, RoleSpec, client_of_key, grant_role, save_role
from yunshu.domains.directory.services.accounts import first_password, open_account
from yunshu.domains.directory.services.calendar import DaySpec, replace_segments, save_year
from yunshu.domains.directory.services.organisations import OrgSpec, PersonSpec, save_org, save_person
from yunshu.domains.directory.services.separation import NAMES as DUTY_NAMES
from yunshu.domains.directory.signins import note_look

__all__ = [
    "DUTY_NAMES",
    "TRAIL_ALGORITHM",
    "Account",
    "DaySpec",
    "GrantSpec",
    "OrgSpec",
    "PersonSpec",
    "RoleSpec",
    "client_of_key",
    "day_of_trail",
    "duties_of",
    "first_day_of_trail",
    "first_password",
    "grant_role",
    "note_look",
    "open_account",
    "org_card",
    "people_holding",
    "people_with",
    "person_card",
    "places_with",
    "replace_segments",
    "save_org",
    "save_person",
    "save_role",
    "save_year",
    "trail_tables",
    "viewer_for_account",
    "working_calendar",
]
