"""Filters of the lists of calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.models import CallQueue
from yunshu.domains.hotline.selectors import phone
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel import clock
from yunshu.lib.ui.lists.filters import Chip, Control, Untiered

SHORTEST_NUMBER = 5


@dataclass(frozen=True)
class CallSearch(Untiered):
    """The search field: a call's or a ticket's number, or an outside number written out in full (parts would give masked numbers away)."""

    name: str = "q"

    def control(self, data: Mapping[str, str], viewer: Any) -> Control:
        """A search field."""
        return Control("search", self.name, _("通话编号、工单编号或完整号码"), (data.get(self.name, ""),))

    def apply(self, rows: QuerySet[Any], data: Mapping[str, str], viewer: Any) -> QuerySet[Any]:
        """Keep what bears the number."""
        word = data.get(self.name, "").replace("\x00", "").strip()
        if not word:
            return rows
        mine = Q(number__istartswith=word) | Q(ticket__number__istartswith=word)
        return rows.filter(mine | Q(caller=word) if len(word) >= SHORTEST_NUMBER else mine)

    def chips(self, data: Mapping[str, str], viewer: Any) -> Iterable[Chip]:
        """The words."""
        if text := data.get(self.name, "").strip():
            yield Chip(_("含“%(text)s”") % {"text": text}, (self.name,))


def queue_choices(_viewer: Any) -> list[tuple[str, str]]:
    """Return every queue, those out of use as well."""
    return list(CallQueue.objects.values_list("code", "name"))


def agent_choices(_viewer: Any) -> list[tuple[str, str]]:
    """Return who may answer the telephone."""
    return [(str(one.person.id), one.person.name) for one in phone.agents(desk_org().path, clock.now())]


def has_ticket(_viewer: Any, value: str) -> Q:
    """Return the condition: with a ticket, without, or owing one."""
    if value == "2":
        return Q(direction="in", answered_at__isnull=False, settled_at__isnull=True)
    return Q(ticket__isnull=value == "0")


class missed_state:  # noqa: N801 - a name for two things that belong together
    """States of who is to be called back."""

    CHOICES = (("open", _l("待回拨")), ("late", _l("已超期")), ("closed", _l("已了结")))

    @staticmethod
    def where(_viewer: Any, value: str) -> Q:
        """Return the condition."""
        if value == "closed":
            return Q(closed_at__isnull=False)
        late = Q(due_at__lt=clock.now()) if value == "late" else Q()
        return Q(closed_at__isnull=True) & late
