"""Answers a list's requests: the page or its part, the export, the action on the rows ticked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused, TooMany
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.lists.export import cell_value, csv_response, xlsx_response
from yunshu.lib.ui.lists.filters import Chip, Control
from yunshu.lib.ui.lists.keyset import Slice, keys_for, slice_of
from yunshu.lib.ui.lists.listing import BulkAction, Column, Listing
from yunshu.lib.ui.pages import is_partial, show
from yunshu.lib.ui.throttle import Throttle

MINUTE_S = 60

EXACT_UP_TO = 10_000
PAGING = ("after", "before", "format")


def list_page(
    request: HttpRequest,
    listing: Listing,
    *,
    template: str = "ui/list.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """Answer GET with the page (``?format=csv|xlsx``: the export), POST with a bulk action.

    ``template`` may extend ``ui/list.html``. Raises NotFound (``action_not_found``) and Refused
    (``nothing_ticked``).
    """
    if request.method == "POST":
        return _act(request, listing)
    view = ListView(request, listing)
    if request.GET.get("format") in {"csv", "xlsx"}:
        return view.export(request.GET["format"])
    # a template that extends the usual one inherits its frame, not its partial
    whole = "ui/list.html" if is_partial(request) else template
    response = show(request, whole, {"list": view, "now": clock.now(), **(context or {})}, part="list")
    if is_partial(request):
        response["HX-Push-Url"] = view.address(keep_page=True)
    if "cols" in request.GET:
        chosen = ",".join(c.name for c in view.columns)
        response.set_cookie(view.cookie, chosen, 365 * 86400, samesite="Lax", path=request.path, httponly=True)
    return response


@dataclass(frozen=True)
class Head:
    """A column's head: the address that sorts by it, and how it is sorted now."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True)
class Row:
    """A row as the template draws it."""

    record: Any
    url: str
    cells: list[tuple[Column, Any]]


class ListView:
    """One request's view of a listing: everything the template asks for."""

    def __init__(self, request: HttpRequest, listing: Listing) -> None:
        self.request, self.listing, self.data = request, listing, request.GET
        self.viewer = viewer_of(request)
        self.cookie = f"cols_{listing.name}"
        columns = self.data.getlist("cols") or request.COOKIES.get(self.cookie, "").split(",")
        self.columns = listing.shown(columns)
        self.asked_sort = self.data.get("sort", "")
        asked = listing.sort_of(self.asked_sort)
        self.best = None if asked else listing.best(self.viewer, self.data)
        self.sort = asked or listing.default_sort
        self.found = self.best.found() if self.best else listing.narrowed(self.viewer, self.data)

    @cached_property
    def page(self) -> Slice:
        """The rows of this page, fetched once."""
        after, before = self.data.get("after", ""), self.data.get("before", "")
        if self.best:
            return self.best.slice_of(self.listing.page_size, after or before)
        return slice_of(self.found, self.sort, self.listing.page_size, after=after, before=before)

    @property
    def rows(self) -> Iterator[Row]:
        """Rows with their cells."""
        for record in self.page.rows:
            url = self.listing.row_url(record) if self.listing.row_url else ""
            yield Row(record, url, [(column, column.of(record)) for column in self.columns])

    @property
    def is_empty(self) -> bool:
        """Nothing on this page."""
        return not self.page.rows

    @property
    def heads(self) -> Iterator[Head]:
        """The heads, each with the address that sorts by it."""
        for column in self.columns:
            direction = ""
            if column.sort and not self.best and column.sort == self.sort.removeprefix("-"):
                direction = "descending" if self.sort.startswith("-") else "ascending"
            asked = f"-{column.name}" if direction == "ascending" else column.name
            yield Head(column, self.address(sort=asked) if column.sort else "", direction)

    @cached_property
    def controls(self) -> list[Control]:
        """The filters' controls."""
        return [one.control(self.data, self.viewer) for one in self.listing.filters]

    @cached_property
    def chips(self) -> list[tuple[Chip, str]]:
        """Filters at work, each with the address without it."""
        found = [chip for one in self.listing.filters for chip in one.chips(self.data, self.viewer)]
        return [(chip, self.address(keep_page=False, **dict.fromkeys(chip.names, ""))) for chip in found]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parts of the address that the filter form must carry along."""
        own = {name for c in self.controls for name in (c.name, f"{c.name}_from", f"{c.name}_to")} | {*PAGING, "cols"}
        return [(name, value) for name in self.data if name not in own for value in self.data.getlist(name)]

    @property
    def kept_for_columns(self) -> list[tuple[str, str]]:
        """Parts of the address that the choice of columns must carry along."""
        return [(n, v) for n in self.data if n not in {*PAGING, "cols"} for v in self.data.getlist(n)]

    @cached_property
    def actions(self) -> list[BulkAction]:
        """Bulk actions this viewer may use."""
        return [a for a in self.listing.bulk if a.permission is None or self.viewer.may(a.permission)]

    @property
    def previous_url(self) -> str:
        """Address of the page before."""
        return self.address(before=self.page.previous) if self.page.previous else ""

    @property
    def next_url(self) -> str:
        """Address of the page after."""
        return self.address(after=self.page.next) if self.page.next else ""

    @property
    def csv_url(self) -> str:
        """Address of the export as CSV."""
        return self.address(format="csv")

    @property
    def xlsx_url(self) -> str:
        """Address of the export as XLSX."""
        return self.address(format="xlsx")

    @cached_property
    def count(self) -> str:
        """How many rows there are: exact up to ten thousand, beyond that the planner's estimate."""
        exact = self.found.order_by()[: EXACT_UP_TO + 1].count()
        if exact <= EXACT_UP_TO:
            return _("共 %(n)s 条") % {"n": f"{exact:,}"}
        estimate = max(_estimate(self.found), EXACT_UP_TO)
        unit = 10 ** (len(str(estimate)) - 2)
        return _("约 %(n)s 条") % {"n": f"{round(estimate / unit) * unit:,}"}

    def address(self, *, keep_page: bool = False, **changes: str) -> str:
        """Return this page's address with ``changes``; paging starts over, a blank value takes a part away."""
        query: QueryDict = self.data.copy()
        blanks = [name for name in query if not any(query.getlist(name))]
        for name in (*blanks, *(() if keep_page else PAGING)):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def export(self, form: str) -> HttpResponseBase:
        """Return what is filtered, sorted and chosen as a file, up to the listing's limit. Raises TooMany (``too_often``)."""
        most = settings.EXPORTS_PER_MINUTE
        who = getattr(viewer_of(self.request), "label", "") or str(self.request.META.get("REMOTE_ADDR", ""))
        if most and not Throttle("export", most, MINUTE_S).count(who):
            raise TooMany("too_often", _("一分钟内导出的文件过多，请稍后再试。"), retry_after_s=MINUTE_S)
        name = f"{self.listing.title}-{clock.city_date(clock.now()):%Y%m%d}"
        if form == "csv":
            return csv_response(self.request, self._records(), name)
        return xlsx_response(self._records(), name, str(self.listing.title))

    def _records(self) -> Iterator[Sequence[Any]]:
        yield [_head(column) for column in self.columns]
        order = [key.ordering(backwards=False) for key in keys_for(self.found, self.sort)]
        limit = self.listing.export_limit
        for n, record in enumerate(self.found.order_by(*order)[: limit + 1].iterator(chunk_size=1000)):
            if n == limit:
                yield [_("只导出前 %(n)s 条，请缩小筛选范围。") % {"n": f"{limit:,}"}]
                return
            yield [cell_value(column.kind, column.of(record)) for column in self.columns]


def _head(column: Column) -> str:
    return _("%(label)s（万元）") % {"label": column.label} if column.kind == "wan" else str(column.label)


def _estimate(rows: QuerySet[Any]) -> int:
    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _act(request: HttpRequest, listing: Listing) -> HttpResponse:
    viewer = viewer_of(request)
    action = next((a for a in listing.bulk if a.name == request.POST.get("action")), None)
    if action is None:
        raise NotFound("action_not_found")
    if action.permission is not None:
        viewer.require(action.permission)
    ids = [text for text in request.POST.getlist("id") if text.isdigit()]
    chosen = listing.rows(viewer).filter(pk__in=ids)
    if not ids or not chosen.exists():
        raise Refused("nothing_ticked", _("请先勾选要处理的行。"))
    if action.confirm and "confirmed" not in request.POST:
        asked = {"listing": listing, "action": action, "ids": ids, "count": chosen.count()}
        return show(request, "ui/list_confirm.html", asked)
    messages.success(request, action.run(viewer, chosen, clock.now()))
    return redirect(request.get_full_path())
