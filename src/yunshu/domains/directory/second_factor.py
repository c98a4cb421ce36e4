"""The second factor (GB/T 22239-2019 8.1.4.1 d): who must have one, and how its secret is kept.

allauth does the work (TOTP by RFC 6238, security keys by WebAuthn, recovery codes). What it keeps is sealed by SM4-GCM under a
key derived from the instance's secret key: a copy of the database alone makes no codes.
"""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.lib.crypto import sm4
from yunshu.lib.crypto.digests import hmac_sm3

MARK = "sm4:"
PURPOSE = b"yunshu second factor 1"
STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SealingAdapter(DefaultMFAAdapter):
    """Seals the secrets of authenticators; says what is wrong with a code."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _l("验证码不对。请输入验证器里正在显示的六位数字（手机时间要准），或一个没有用过的恢复码。")
    }

    def encrypt(self, text: str) -> str:
        """Return the sealed text."""
        return MARK + base64.b64encode(sm4.seal(_key(), text.encode(), PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text; one from before sealing is as it was."""
        if not encrypted_text.startswith(MARK):
            return encrypted_text
        return sm4.unseal(_key(), base64.b64decode(encrypted_text.removeprefix(MARK)), PURPOSE).decode()


def _key() -> bytes:
    return hmac_sm3(settings.SECRET_KEY.encode(), PURPOSE)[: sm4.KEY_BYTES]


def is_owed(viewer: Viewer) -> bool:
    """Say whether somebody must set up a second factor before anything else: an administrator (or all staff) who has none."""
    if settings.SECOND_FACTOR == "none" or not isinstance(viewer, Staff):
        return False
    if settings.SECOND_FACTOR == "administrators" and not rules.duties_of(g.permission for g in viewer.grants):
        return False
    return not Authenticator.objects.filter(user_id=viewer.account_id, type__in=STRONG).exists()
