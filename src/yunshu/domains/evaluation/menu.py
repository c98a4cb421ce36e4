"""What the global search finds in performance tables; what the attachments ask about evidence."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import EVIDENCE_KIND
from yunshu.domains.files import api as files
from yunshu.lib.ui.search import Hit


def search_tables(viewer: Viewer, query: str, limit: int) -> Sequence[Hit]:
    """Return tables whose title, number or department holds the words."""
    if not hasattr(viewer, "person_id"):
        return []
    found = selectors.visible_tables(viewer).filter(
        Q(title__icontains=query) | Q(number__icontains=query) | Q(org__name__icontains=query)
    )
    return [
        Hit(title=t.title, url=reverse("evaluation:table", args=[t.number]), summary=t.org.name, kind=_("绩效目标表"))
        for t in found[:limit]
    ]


EVIDENCE_FILES = files.Owner(
    kind=EVIDENCE_KIND,
    label=_l("绩效佐证"),
    may_view=selectors.may_see_evidence,
    may_add=selectors.may_prove,
    org_path=selectors.org_path_of_evidence,
    years=10,
    basis=_l(
        "参照会计档案定期保管的最短期限（财政部、国家档案局令第79号第十四条，凭记忆，待核）；绩效佐证未见专门规定"
    ),
)
