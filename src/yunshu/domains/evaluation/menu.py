"""What the global search finds in performance tables."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.evaluation import selectors
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
