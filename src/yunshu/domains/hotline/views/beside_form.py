"""What stands beside the form of a verb: the demand, the answer it is about, whom to call, whether it is its turn."""

from typing import Any

from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import callers, pages
from yunshu.domains.hotline.selectors import tickets as selectors
from yunshu.domains.workflow import api as workflow

WITH_REPLY = frozenset({"pass", "call", "judgement", "meet_again"})
"""Forms about the unit's answer."""
NO_VERBS = frozenset({"call", "minutes", "regrade", "assign", "supervise", "judgement", "note"})
"""Forms that are no verbs of the flow: their own service says when."""


def beside(viewer: Viewer, row: Any, verb: str) -> dict[str, Any]:
    """Return what a page shows beside the form of ``verb``; numbers in the demand are masked as on the ticket."""
    return {
        "state_name": _(life.STATE_NAMES[row.state]),
        "not_now": not row.is_past and not is_its_turn(viewer, row, verb),
        "content": callers.content_of(viewer, row),
        "place": pages.division_name(row.division),
        "attachments": files.attachments_of(selectors.TICKET_FILES, [row.number]).get(row.number, []),
        "reply": row.replies.select_related("unit").order_by("-version").first() if verb in WITH_REPLY else None,
        "caller": callers.caller_of(viewer, row) if verb == "call" else None,
        "running": selectors.running_clock(row) if verb == "ask_extension" else None,
    }


def is_its_turn(viewer: Viewer, row: Any, verb: str) -> bool:
    """Say whether the flow offers ``verb`` to the viewer now: what is sent all the same is refused."""
    if verb in NO_VERBS:
        return True
    return verb in {each.verb for each in workflow.verbs_for(viewer, workflow.get_case(life.CODE, row.number))}
