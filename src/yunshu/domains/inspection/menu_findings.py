"""What findings tell the frame: entries of the menu, their flow, files and notices."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.files import api as files
from yunshu.domains.inspection.contracts import RECTIFY, REPORT_EDIT, REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.rules import notice_life
from yunshu.domains.inspection.selectors import rectification
from yunshu.domains.inspection.services import telling
from yunshu.domains.notify.api import declare
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel.permissions import Permission

FINDING_ENTRIES: tuple[tuple[str, Any, str, str, Permission], ...] = (
    ("inspection:queue", _l("问题复核"), "list-checks", "g v", REVIEW),
    ("inspection:findings", _l("检查问题"), "search", "", VIEW),
    ("inspection:notices", _l("整改通知"), "mail", "", SUPERVISE),
    ("inspection:mending", _l("本单位整改"), "wrench", "", RECTIFY),
    ("inspection:appeals", _l("问题申诉"), "gavel", "", SUPERVISE),
    ("inspection:reports", _l("网民找错"), "message-square", "", REPORT_EDIT),
    ("inspection:terms", _l("认可词"), "book-open", "", VIEW),
)
FILES = files.Owner(
    kind=rectification.ANSWER_FILES,
    label=_l("整改与申诉材料"),
    may_view=rectification.may_see_answer,
    may_add=rectification.may_add_to_answer,
    org_path=rectification.org_path_of_answer,
    years=10,
    basis=_l("整改材料未见专门的保管期限，参照会计档案最短期限，待核"),
)


def register() -> None:
    """Register what other floors ask for."""
    workflow.register(notice_life.NOTICE_LIFE)
    files.register(FILES)
    declare(telling.RECTIFICATION)
    declare(telling.REPORTS)
