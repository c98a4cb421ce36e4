"""How allauth behaves here: nobody registers a staff account; sign-in goes where the account belongs."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes registration by form; accounts are made by administrators or by the portal's own journey."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """No."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Signs in people known to the unified identity provider; it never makes staff accounts by itself."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002
        """No: an administrator links the identity to an account first."""
        return False
