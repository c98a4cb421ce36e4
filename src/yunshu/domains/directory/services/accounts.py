"""Accounts: opened by an administrator, closed at once everywhere, every sign-in on record."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import ORG_EDIT, Viewer
from yunshu.domains.directory.models import Account, Person, SignIn, UsedPassword
from yunshu.lib.kernel import clock
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
def give_account(*, actor: Viewer, number: str, username: str) -> tuple[Account, str]:
    """Open an account for a person who has none; return it with the first password, which is shown once.

    Raises NotFound (``person_not_found``), NotPermitted and Conflict (``account_exists``, ``username_taken``).
    """
    person = _person(actor, number)
    if person.account_id:
        raise Conflict("account_exists", _("该人员已有账号。"))
    password = first_password()
    account = open_account(actor=actor, username=username, password=password)
    person.account = account
    person.save(update_fields=["account"])
    return account, password


@transaction.atomic
def reset_password(*, actor: Viewer, number: str) -> tuple[Account, str]:
    """Give a person's account a new first password, to be changed at the next sign-in; return both.

    Sessions of the old password end. Raises NotFound (``person_not_found``, ``account_not_found``), NotPermitted
    and Refused (``own_account``).
    """
    person = _person(actor, number)
    if person.account is None:
        raise NotFound("account_not_found", _("该人员还没有账号。"))
    if getattr(actor, "account_id", None) == person.account_id:
        raise Refused("own_account", _("修改自己的密码请到“账号安全”。"))
    password = first_password()
    keep_used_password(person.account, clock.now())
    person.account.set_password(password)
    person.account.must_change_password = True
    person.account.save(update_fields=["password", "must_change_password"])
    return person.account, password


def keep_used_password(account: Account, now: datetime) -> None:
    """Keep the hash of the password that an account has now, before it gets another."""
    if account.pk and account.password:
        UsedPassword.objects.create(account=account, password=account.password, at=now)


def _person(actor: Viewer, number: str) -> Person:
    person = (
        Person.objects.select_for_update(of=("self",)).select_related("org", "account").filter(number=number).first()
    )
    if person is None:
        raise NotFound("person_not_found", _("人员不存在。"))
    actor.require(ORG_EDIT, person.org.path)
    return person


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


def record_sign_in(
    *, username: str, account: Account | None, outcome: str, method: str, origin: Origin, at: datetime
) -> SignIn:
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
