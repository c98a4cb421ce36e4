"""Locked names are let in again by the security administrator; a lost second factor is taken off."""

from datetime import datetime

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import SECURITY_EDIT, Viewer
from yunshu.domains.directory.models import Account
from yunshu.domains.directory.selectors import require_everywhere
from yunshu.domains.directory.services.accounts import Origin, record_sign_in
from yunshu.lib.kernel.errors import NotFound, Refused

RELEASED = "released"


def attempts_key(username: str) -> str:
    """Return the key under which failures of a name are counted."""
    return f"yunshu:{username.strip().lower()}"


def release_lock(*, actor: Viewer, username: str, request: HttpRequest, origin: Origin, now: datetime) -> None:
    """Forget the failures of a name, so that it may sign in before the lock's time is over; written into the sign-in log.

    Raises NotFound (``account_not_found``) and NotPermitted unless held in the whole city.
    """
    require_everywhere(actor, SECURITY_EDIT)
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise NotFound("account_not_found", _("账号不存在。"))
    ratelimit.clear(request, app="allauth.account", action="login_failed", key=attempts_key(username))
    by = f"{actor.label}"[:20]
    record_sign_in(username=username, account=account, outcome=RELEASED, method=by, origin=origin, at=now)


@transaction.atomic
def remove_second_factor(*, actor: Viewer, username: str, origin: Origin, now: datetime) -> int:
    """Take the authenticators off an account whose owner has lost the device; a new one is set up at the next sign-in.

    Nobody does it for oneself. Raises NotFound, NotPermitted and Refused (``own_account``).
    """
    require_everywhere(actor, SECURITY_EDIT)
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise NotFound("account_not_found", _("账号不存在。"))
    if getattr(actor, "account_id", None) == account.pk:
        raise Refused("own_account", _("自己的双因素请到“账号安全”管理，或请另一位安全管理员办理。"))
    taken: int = Authenticator.objects.filter(user_id=account.pk).delete()[0]
    record_sign_in(username=username, account=account, outcome=RELEASED, method="mfa", origin=origin, at=now)
    return taken
