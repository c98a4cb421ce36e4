"""Writing the directory: one function, one use case, one transaction."""

from yunshu.domains.directory.services.access import (
    client_of_key,
    delegate,
    grant_role,
    issue_api_key,
    revoke_api_key,
    revoke_delegation,
    revoke_role,
    save_role,
)
from yunshu.domains.directory.services.accounts import (
    give_account,
    open_account,
    record_sign_in,
    reset_password,
    set_account_active,
)
from yunshu.domains.directory.services.calendar import remove_day, replace_segments, save_day, save_year
from yunshu.domains.directory.services.organisations import move_org, save_org, save_person

__all__ = [
    "client_of_key",
    "delegate",
    "give_account",
    "grant_role",
    "issue_api_key",
    "move_org",
    "open_account",
    "record_sign_in",
    "remove_day",
    "replace_segments",
    "reset_password",
    "revoke_api_key",
    "revoke_delegation",
    "revoke_role",
    "save_day",
    "save_org",
    "save_person",
    "save_role",
    "save_year",
    "set_account_active",
]
