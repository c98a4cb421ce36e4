"""Accounts: entered and corrected; what ends one stands in its state."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.models import Account
from yunshu.domains.inspection.selectors.media import visible_accounts
from yunshu.domains.inspection.selectors.reach import org_of
from yunshu.domains.inspection.services.saving import save_checked
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class AccountSpec:
    """What is known of an account; ``org`` is a code, None: not known."""

    platform: str
    handle: str
    name: str
    org: str
    is_main: bool = True
    is_certified: bool | None = None
    has_interaction: bool | None = None
    registered_no: str = ""
    state: str = SiteState.RUNNING
    url: str = ""
    feed: str = ""
    note: str = ""
    source: str = ""


@transaction.atomic
def register_account(*, actor: Viewer, spec: AccountSpec, now: datetime) -> Account:
    """Enter an account. Raises NotPermitted, NotFound (``org_not_found``) and Refused (``account_taken``, ``account_wrong``)."""
    number = public_number("XM", clock.city_date(now))
    row = Account(number=number, created_by=actor.name[:80], created_at=now)
    _write(actor, row, spec)
    return row


@transaction.atomic
def change_account(*, actor: Viewer, number: str, spec: AccountSpec) -> Account:
    """Correct what is known of an account. Raises as ``register_account``, and NotFound (``account_not_found``)."""
    row = locked_account(actor, number)
    if spec != spec_of(row):
        _write(actor, row, spec)
    return row


def spec_of(row: Account) -> AccountSpec:
    """Return what stands of an account."""
    return AccountSpec(
        org=row.org.code, **{f.name: getattr(row, f.name) for f in fields(AccountSpec) if f.name != "org"}
    )


def locked_account(actor: Viewer, number: str) -> Account:
    """Return an account to be written, locked. Raises NotFound (``account_not_found``) and NotPermitted."""
    known = visible_accounts(actor).filter(number=number).values_list("pk", flat=True).first()
    if known is None:
        raise NotFound("account_not_found")
    row = Account.objects.select_for_update(of=("self",)).select_related("org").get(pk=known)
    actor.require(REGISTRY_EDIT, row.org.path)
    return row


def _write(actor: Viewer, row: Account, spec: AccountSpec) -> None:
    actor.require(REGISTRY_EDIT)
    for name in {f.name for f in fields(spec)} - {"org"}:
        value: Any = getattr(spec, name)
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.org = org_of(actor, REGISTRY_EDIT, spec.org)
    if Account.objects.filter(platform=row.platform, handle=row.handle).exclude(pk=row.pk).exists():
        raise Refused("account_taken", _("该平台已登记账号标识 %(handle)s。") % {"handle": row.handle}, where="handle")
    save_checked(row, "account_wrong")
