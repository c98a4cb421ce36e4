"""Reading the operation log: the append-only steps of tickets in sight, words masked, no sealed identity among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Anonymous, Viewer
from yunshu.domains.hotline.models import TicketStep
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.selectors.tickets import reach_of
from yunshu.lib.ui.lists.filters import Chip, Control, Untiered

UNTOLD = frozenset({"register", "supplement", "rate"})
"""Steps whose words are a caller's own: of a confidential ticket the log does not repeat them."""


def visible_steps(viewer: Viewer) -> QuerySet[TicketStep]:
    """Return the steps of the tickets in sight."""
    rows = TicketStep.objects.filter(reach_of(viewer).sight("ticket__"))
    return rows.select_related("ticket", "ticket__unit").defer(
        "ticket__search", "ticket__content", "ticket__answer", "data"
    )


def who_did(row: TicketStep) -> str:
    """Return who took a step; somebody who did not sign in is a citizen."""
    return _("市民") if row.actor == Anonymous.name else row.actor


def words_of(row: TicketStep) -> str:
    """Return what was said, numbers masked; a confidential caller's own words are left out."""
    if row.ticket.is_confidential and row.verb in UNTOLD:
        return _("（身份保密，不显示诉求人的话）") if row.words else ""
    return words.mask_text(row.words)


@dataclass(frozen=True)
class Exactly(Untiered):
    """A field that must be met exactly: answered from an index, whatever the number of rows."""

    name: str
    label: Any
    path: str

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A search field."""
        return Control("search", self.name, str(self.label), (data.get(self.name, ""),))

    def apply(self, rows: QuerySet[Any], data: Mapping[str, str], viewer: Any) -> QuerySet[Any]:
        """Keep what is equal."""
        text = data.get(self.name, "").replace("\x00", "").strip()
        return rows.filter(Q((self.path, text))) if text else rows

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The text."""
        if text := data.get(self.name, "").strip():
            yield Chip(f"{self.label}：{text}", (self.name,))
