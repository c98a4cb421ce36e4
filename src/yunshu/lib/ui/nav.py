"""The console's navigation: domains register entries in ``AppConfig.ready``; a viewer sees what is permitted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from yunshu.lib.kernel.permissions import Permission
from yunshu.lib.ui.access import is_staff, viewer_of

Visible = Callable[[Any], bool]
Entry = tuple[str, Any, str, str, Permission | None]
"""(address, name, icon, shortcut, permission)."""


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One entry. ``shortcut`` is pressed in sequence (``g e``); ``icon`` is a name of ``frontend/icons.txt``.

    Shown to whoever holds ``permission`` (None: all staff) and passes ``visible(viewer)``, if given;
    ``badge(viewer)`` counts what waits there. ``pages`` names pages that belong to it although their addresses do not begin as its own:
    by view (``operations:asset``), or by view and what its address says (``inspection:import/posts``).
    """

    section: Any
    label: Any
    url_name: str
    permission: Permission | None = None
    order: int = 100
    icon: str = "circle"
    shortcut: str = ""
    badge: Callable[[Any], int] | None = None
    visible: Visible | None = None
    pages: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry as one page shows it. ``count`` comes from the entry's ``badge(viewer)``, if it has one."""

    label: str
    url: str
    icon: str
    shortcut: str
    current: bool
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Section:
    """Entries under one heading."""

    label: str
    links: tuple[Link, ...]


_ITEMS: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Add ``item``; a second one of the same address is a programming error."""
    if item.url_name in _ITEMS:
        raise ValueError(f"navigation: {item.url_name} is registered twice")
    _ITEMS[item.url_name] = item


def register_section(
    section: Any,
    entries: Iterable[Entry],
    first: int,
    visible: Visible | None = None,
    pages: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Add a section's entries in their order, the first at ``first``; ``visible`` is asked where an entry has no permission.

    ``pages`` are further pages of entries, by the entry's address name.
    """
    for order, (url_name, label, icon, shortcut, permission) in enumerate(entries, first):
        register(
            NavItem(
                section=section,
                label=label,
                url_name=url_name,
                permission=permission,
                visible=visible if permission is None else None,
                order=order,
                icon=icon,
                shortcut=shortcut,
                pages=frozenset((pages or {}).get(url_name, ())),
            )
        )


def shared_shortcuts() -> dict[str, list[str]]:
    """Return shortcuts that more than one entry claims: a mistake that a test reports; the first one works."""
    claimed: dict[str, list[str]] = {}
    for item in items():
        if item.shortcut:
            claimed.setdefault(item.shortcut, []).append(item.url_name)
    return {shortcut: names for shortcut, names in claimed.items() if len(names) > 1}


def items() -> tuple[NavItem, ...]:
    """Return all entries in order; a section stands where its first entry stands."""
    first: dict[str, int] = {}
    for item in sorted(_ITEMS.values(), key=lambda i: i.order):
        first.setdefault(str(item.section), len(first))
    return tuple(sorted(_ITEMS.values(), key=lambda i: (first[str(i.section)], i.order)))


def sections(request: HttpRequest) -> tuple[Section, ...]:
    """Return what the request's viewer may open, the present page marked."""
    viewer = viewer_of(request)
    if not is_staff(viewer):
        return ()
    seen = [(item, url) for item in items() if _may(viewer, item) and (url := _address(item))]
    here = _present(request, seen)
    return tuple(
        Section(label=label, links=tuple(_link(viewer, item, url, here) for item, url in group))
        for label, group in groupby(seen, key=lambda pair: str(pair[0].section))
    )


def _present(request: HttpRequest, seen: Sequence[tuple[NavItem, str]]) -> str:
    """Return the address of the entry that a page belongs to: the one that names it, else the longest that its own begins with."""
    match = request.resolver_match
    page = match.view_name if match else ""
    names = {page, "/".join((page, *map(str, match.kwargs.values())))} if match else set()
    named = next((url for item, url in seen if names & item.pages), "")
    return named or max((url for _, url in seen if request.path.startswith(url)), key=len, default="")


def _may(viewer: Any, item: NavItem) -> bool:
    permitted = item.permission is None or viewer.may(item.permission)
    return permitted and (item.visible is None or item.visible(viewer))


def _address(item: NavItem) -> str:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return ""


def _link(viewer: Any, item: NavItem, url: str, here: str) -> Link:
    return Link(
        label=str(item.label),
        url=url,
        icon=item.icon,
        shortcut=item.shortcut,
        current=url == here,
        count=item.badge(viewer) if item.badge else 0,
    )
