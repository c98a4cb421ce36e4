"""The reference-list engine: lists that clerks keep, declared in a domain's ``reference.py``.

About six lines give a list, search, filter, add, edit, retire and restore, CSV/XLSX both ways, JSON,
permission and history::

    register(ReferenceList(
        slug="holidays", model=CalendarDay, key="on", fields=("on", "kind", "name", "source"),
        search=("name", "source"), view=CALENDAR_EDIT, edit=CALENDAR_EDIT, help=_("国务院办公厅每年公布。"),
    ))

Audit is the model's own history (django-pghistory). Start with ``declaration``.
"""

from yunshu.lib.ui.reference.declaration import ReferenceList, autodiscover, lists, register

__all__ = ["ReferenceList", "autodiscover", "lists", "register"]
