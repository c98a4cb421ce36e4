"""What the telephones tell the frame: entries in the navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import PHONE_ANSWER, PHONE_RIGHTS, PHONE_SUPERVISE
from yunshu.domains.hotline.selectors import calls, quality
from yunshu.lib.ui import nav

ENTRIES: tuple[nav.Entry, ...] = (
    ("hotline:phone_desk", _l("电话座席"), "headphones", "", PHONE_ANSWER),
    ("hotline:missed_calls", _l("来电回拨"), "undo-2", "", PHONE_ANSWER),
    ("hotline:phone_board", _l("话务看板"), "gauge", "", PHONE_SUPERVISE),
    ("hotline:calls", _l("通话记录"), "history", "", None),
)
FIRST = 44
PAGES = {"hotline:phone_board": ("hotline:agent_skills",), "hotline:missed_calls": ("hotline:missed_call",)}


def works_at_phones(viewer: Viewer) -> bool:
    """Say whether the viewer sees calls."""
    return any(viewer.reach(permission) for permission in PHONE_RIGHTS)


def register(section: Any) -> None:
    """Register what other floors ask for."""
    nav.register_section(section, ENTRIES, FIRST, works_at_phones, PAGES)
    quality.register_calls(calls.pieces)
