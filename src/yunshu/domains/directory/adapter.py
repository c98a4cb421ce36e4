"""How allauth behaves here: nobody registers a staff account; sign-in goes where the account belongs."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.domains.directory import signins
from yunshu.domains.directory.selectors import is_staff_account, was_used
from yunshu.domains.directory.services.accounts import keep_used_password
from yunshu.domains.directory.services.locks import attempts_key
from yunshu.lib.kernel import clock


class AccountAdapter(DefaultAccountAdapter):
    """Closes registration by form; accounts are made by administrators or by the portal's own journey."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to their day, everybody else to the front page."""
        return "/console/" if is_staff_account(request.user) else "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a change one goes on where one's day begins."""
        return self.get_login_redirect_url(request)

    def clean_password(self, password: str, user: Any = None) -> str:
        """Apply the policy; the password one already has is not a new one, nor are the last before it."""
        if user is not None and user.pk and user.check_password(password):
            raise ValidationError(_("新密码不能与当前密码相同。"), code="password_unchanged")
        if user is not None and user.pk and was_used(user, password):
            number = settings.LIMITS["password_history"]
            raise ValidationError(_("新密码不能是最近 %(n)s 个用过的密码。") % {"n": number}, code="password_used")
        return str(super().clean_password(password, user=user))

    def set_password(self, user: Any, password: str) -> None:
        """Set the password and note when; a first password is used up by it, and the one before it does not come back."""
        keep_used_password(user, clock.now())
        user.must_change_password, user.password_changed_at = False, clock.now()
        super().set_password(user, password)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; one that comes while the name is locked is on record as such."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            signins.locked(request, str(credentials.get("username", "")))
            raise

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts by the name alone: another address of this server gives nobody more of them."""
        return attempts_key(str(credentials.get("username", "")))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Signs in people known to the unified identity provider; it never makes staff accounts by itself."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        """No: an administrator links the identity to an account first."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: object) -> str:
        """Back to the list of connected identities."""
        return reverse("socialaccount_connections")
