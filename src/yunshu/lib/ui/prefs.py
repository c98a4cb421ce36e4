"""What a visitor chose for the eyes: theme, letter size, contrast, density. Kept in cookies, no account needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

COOKIE_AGE_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Preference:
    """One choice: cookie ``ui_<name>``; the first option is the default."""

    name: str
    label: Any
    options: Mapping[str, Any]

    def chosen(self, cookies: Mapping[str, str]) -> str:
        """Return the visitor's option, or the default."""
        value = cookies.get(f"ui_{self.name}", "")
        return value if value in self.options else next(iter(self.options))


PREFERENCES = (
    Preference("theme", _("外观"), {"auto": _("跟随系统"), "light": _("浅色"), "dark": _("深色")}),
    Preference("size", _("字号"), {"normal": _("标准"), "large": _("大字")}),
    Preference("contrast", _("对比度"), {"normal": _("标准"), "high": _("高对比")}),
    Preference("density", _("疏密"), {"cosy": _("舒适"), "compact": _("紧凑")}),
)
