"""Accounts: opened by an administrator, closed at once everywhere, every sign-in on record."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import ORG_EDIT, Viewer
from yunshu.domains.directory.models import Account, Person, SignIn
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def first_password() -> str:
    """Return a random password that meets the policy and can be read aloud (about 80 bits)."""
    return f"Ys-{''.join(secrets.choice(_ALPHABET) for _ in range(13))}7"


@transaction.atomic
def open_account(
    *, actor: Viewer, username: str, password: str, kind: str = Account.Kind.STAFF, must_change: bool = True
) -> Account:
    """Open an account with its first password.

    Raises NotPermitted, Conflict (``username_taken``) and Refused (``password_weak``).
    """
    actor.require(ORG_EDIT)
    if Account.objects.filter(username=username).exists():
        raise Conflict("username_taken", _("登录名已被使用：%(name)s") % {"name": username})
    account = Account(username=username, kind=kind, must_change_password=must_change)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused("password_weak", " ".join(error.messages), where="password") from error
    account.set_password(password)
    account.save()
    return account


@transaction.atomic
def set_account_active(*, actor: Viewer, username: str, active: bool) -> Account:
    """Close or reopen an account; a closed one is out of every session with its next request.

    Raises NotFound (``account_not_found``), NotPermitted and Refused (``own_account``).
    """
    account = Account.objects.select_for_update().filter(username=username).first()
    if account is None:
        raise NotFound("account_not_found")
    person = Person.objects.select_related("org").filter(account=account).first()
    actor.require(ORG_EDIT, person.org.path if person else "/")
    if getattr(actor, "account_id", None) == account.pk:
        raise Refused("own_account", _("不能停用自己的账号。"))
    account.is_active = active
    account.save(update_fields=["is_active"])
    return account


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a sign-in came from."""

    address: str | None
    agent: str
    request_id: str


def record_sign_in(*, username: str, account: Account | None, outcome: str, method: str, origin: Origin, at: datetime) -> SignIn:
    """Append one line to the sign-in log."""
    return SignIn.objects.create(
        at=at,
        username=username[:64],
        account=account,
        outcome=outcome,
        method=method,
        address=origin.address or None,
        agent=origin.agent[:300],
        request_id=origin.request_id[:40],
    )
