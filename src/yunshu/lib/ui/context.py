"""What every template may use as ``ui``: navigation, the visitor's preferences, the city's face, notices."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from yunshu.lib.kernel import clock
from yunshu.lib.ui import nav
from yunshu.lib.ui.access import is_signed_in, is_staff, viewer_of
from yunshu.lib.ui.city import City, city
from yunshu.lib.ui.prefs import PREFERENCES

MOST_SHOWN = 99
_NOTICES: list[tuple[Callable[[Any], int], str]] = []


def register_notices(count: Callable[[Any], int], url_name: str) -> None:
    """Let ``count(viewer)`` say how many notices are unread; the bell leads to ``url_name``."""
    _NOTICES[:] = [(count, url_name)]


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: one lazy object, so a page pays only for what it shows."""
    return {"ui": Page(request)}


class Page:
    """One page's surroundings, each worked out when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.prefs = {p.name: p.chosen(request.COOKIES) for p in PREFERENCES}
        self.preferences = PREFERENCES
        self.language = get_language() or settings.LANGUAGE_CODE
        self.languages = settings.LANGUAGES

    @cached_property
    def viewer(self) -> Any:
        """The viewer, or None on an error page of the outermost layer."""
        return viewer_of(self._request)

    @cached_property
    def is_signed_in(self) -> bool:
        """Somebody has signed in."""
        return is_signed_in(self.viewer)

    @cached_property
    def is_staff(self) -> bool:
        """A member of staff has signed in."""
        return is_staff(self.viewer)

    @cached_property
    def watermark(self) -> str:
        """Who looks and when, to be laid over a staff page; empty for others."""
        if not self.is_staff:
            return ""
        account = getattr(self._request.user, "username", "")
        return f"{self.viewer.name} {account} {self.now.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M}"

    @cached_property
    def shell(self) -> str:
        """The frame for pages that have no face of their own (refusals, the account's pages)."""
        return "ui/console.html" if self.is_staff else "ui/portal.html"

    @cached_property
    def nav(self) -> tuple[nav.Section, ...]:
        """The console's navigation for this viewer."""
        return nav.sections(self._request)

    @cached_property
    def city(self) -> City:
        """The city's face."""
        return city()

    @cached_property
    def notices(self) -> int:
        """Unread notices."""
        return _NOTICES[0][0](self.viewer) if _NOTICES and self.is_signed_in else 0

    @cached_property
    def notices_shown(self) -> str:
        """How many, as the bell shows and says it."""
        return f"{MOST_SHOWN}+" if self.notices > MOST_SHOWN else str(self.notices)

    @cached_property
    def notices_url(self) -> str:
        """Where the bell leads; empty without a register."""
        return address(_NOTICES[0][1]) if _NOTICES else ""

    @cached_property
    def home_url(self) -> str:
        """The first page of the face the viewer belongs to."""
        return (address("console:home") if self.is_staff else "") or address("portal:home") or "/"

    @cached_property
    def search_url(self) -> str:
        """Where the search field sends its words; empty without a search page."""
        return address("console:search")

    @cached_property
    def now(self) -> Any:
        """The present instant."""
        return clock.now()

    @property
    def path(self) -> str:
        """The address of this page, for coming back."""
        return self._request.get_full_path()


def address(url_name: str) -> str:
    """Return the address of ``url_name``, or an empty string where it does not exist."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
