"""Declarative list pages: a ``Listing`` says what; ``list_page`` does the rest.

Filters and sort live in the address, paging is by key (no row lost or doubled, at any depth), columns are
chosen by the reader, what is shown can be exported, rows ticked can be acted on. Start with ``listing``::

    TABLES = Listing(
        name="tables", title=_("绩效目标表"), rows=selectors.visible_tables, default_sort="-year",
        columns=(Column("title", _("名称"), link=True), Column("year", _("年度"), sort="year")),
        filters=(Search("title", "department"), Choice("status", _("状态"), Status.choices)),
        row_url=lambda t: reverse("evaluation:table", args=[t.number]),
    )

    @staff(TABLE_VIEW)
    def tables(request): return list_page(request, TABLES)
"""

from yunshu.lib.ui.lists.filters import Choice, DateRange, Filter, Search, YesNo
from yunshu.lib.ui.lists.listing import BulkAction, Column, Listing
from yunshu.lib.ui.lists.page import list_page

__all__ = ["BulkAction", "Choice", "Column", "DateRange", "Filter", "Listing", "Search", "YesNo", "list_page"]
