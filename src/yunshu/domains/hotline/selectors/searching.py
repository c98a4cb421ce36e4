"""Finding tickets by Chinese words: pairs of characters against the index, as a filter of lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.rules import words
from yunshu.lib.ui.lists.filters import Chip, Control, Untiered


def found(rows: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Narrow to the tickets that hold every word of ``text``; all, if it has none."""
    asked = words.query(text.replace("\x00", ""))
    return rows.filter(search=SearchQuery(asked, search_type="raw", config="simple")) if asked else rows


@dataclass(frozen=True)
class Words(Untiered):
    """The search field of the list of tickets."""

    name: str = "q"

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A search field."""
        return Control("search", self.name, _("搜索"), (data.get(self.name, ""),))

    def apply(self, rows: QuerySet[Any], data: Mapping[str, str], viewer: Any) -> QuerySet[Any]:
        """Keep what holds every word."""
        return found(rows, data.get(self.name, ""))

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The words."""
        if text := data.get(self.name, "").strip():
            yield Chip(_("含“%(text)s”") % {"text": text}, (self.name,))
