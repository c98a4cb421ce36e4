"""The password policy beyond Django's own validators."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KINDS_DEMANDED = 3


class ThreeKindsValidator:
    """Demands three of: lower case, upper case, digits, other characters (GB/T 22239-2019, 8.1.4.1 asks for complexity)."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError (``too_few_kinds``) for a password of fewer kinds of characters."""
        kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
        if sum(any(kind(c) for c in password) for kind in kinds) < KINDS_DEMANDED:
            raise ValidationError(self.get_help_text(), code="too_few_kinds")

    def get_help_text(self) -> str:
        """Return the sentence shown beside the field."""
        return _("密码至少包含小写字母、大写字母、数字、符号中的三种。")
