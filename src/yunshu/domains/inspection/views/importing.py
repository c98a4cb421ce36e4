"""Sites, accounts and posts as files: templates, exports, imports in two steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.registry_forms import PostUploadForm, UploadForm
from yunshu.domains.inspection.selectors import media
from yunshu.domains.inspection.services import post_sheets, sheets
from yunshu.domains.inspection.services.registry_sheets import ACCOUNTS, SITES
from yunshu.domains.inspection.views import accounts as account_pages
from yunshu.domains.inspection.views import sites as site_pages
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Listing
from yunshu.lib.ui.lists.export import xlsx_response
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.reference.transfer import MAX_ROWS, Trial, table_of

LARGEST_BYTES = 10 * 1024 * 1024
FEEDS = (".xml", ".rss", ".atom")


@dataclass(frozen=True)
class Desk:
    """One kind of import: its sheet, its list, its form, how a file becomes lines."""

    sheet: sheets.Sheet
    listing: Listing
    form: Callable[..., Form]
    lines: Callable[[Form], list[sheets.Line]]


def _sheet_lines(sheet: sheets.Sheet) -> Callable[[Form], list[sheets.Line]]:
    return lambda form: sheets.lines_of(sheet, table_of(form.cleaned_data["file"]))


def _post_lines(form: Form) -> list[sheets.Line]:
    file, account = form.cleaned_data["file"], form.cleaned_data["account"]
    name = str(file.name).lower()
    if name.endswith(".json"):
        lines, origin = post_sheets.from_json(file.read()), "json"
    elif name.endswith(FEEDS):
        if not account:
            raise Refused("account_missing", _("RSS 里没有账号，请选择归到哪个账号。"), where="account")
        lines, origin = post_sheets.from_feed(file.read()), "feed"
    else:
        lines, origin = sheets.lines_of(post_sheets.POSTS, table_of(file)), "sheet"
    return post_sheets.for_account(lines, account, origin)


def _upload_form(_viewer: Any, *args: Any) -> Form:
    return UploadForm(*args)


def _post_form(viewer: Any, *args: Any) -> Form:
    rows = media.visible_accounts(viewer).order_by("name")
    offered = [("", "—"), *((a.number, f"{a.name} · {a.get_platform_display()}") for a in rows)]
    return PostUploadForm(*args, offers={"account": offered})


DESKS: Mapping[str, Desk] = {
    "sites": Desk(SITES, site_pages.SITES, _upload_form, _sheet_lines(SITES)),
    "accounts": Desk(ACCOUNTS, account_pages.ACCOUNTS, _upload_form, _sheet_lines(ACCOUNTS)),
    "posts": Desk(post_sheets.POSTS, account_pages.POSTS, _post_form, _post_lines),
}


def _desk(what: str) -> Desk:
    if what not in DESKS:
        raise NotFound("sheet_not_found")
    return DESKS[what]


@staff(VIEW)
@require_safe
def export(request: HttpRequest, what: str) -> HttpResponse:
    """Return what the list shows now, whole, as the sheet that the import reads."""
    desk = _desk(what)
    rows = desk.listing.narrowed(viewer_of(request), request.GET).order_by(desk.listing.default_sort, "pk")
    records = sheets.records_of(desk.sheet, rows[:MAX_ROWS])
    return xlsx_response(records, what, str(desk.sheet.title))


@staff(REGISTRY_EDIT)
@require_safe
def template(request: HttpRequest, what: str) -> HttpResponse:
    """Return an empty workbook with the head that the import reads."""
    desk = _desk(what)
    return xlsx_response(sheets.records_of(desk.sheet, ()), _("%(name)s导入模板") % {"name": desk.sheet.title}, what)


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, what: str) -> HttpResponse:
    """Read a file, show what confirming would do, then do it."""
    desk, viewer = _desk(what), viewer_of(request)
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request, what, desk)
    form = desk.form(viewer, request.POST or None, request.FILES or None)
    trial: Trial | None = None
    if form.is_valid():
        with attempt(form, otherwise="file"):
            if form.cleaned_data["file"].size > LARGEST_BYTES:
                raise Refused("too_large", _("文件超过 10 MB。"))
            trial = sheets.try_out(desk.sheet, viewer, desk.lines(form), clock.now())
    is_bad = bool(form.errors) or bool(trial and trial.count("bad"))
    return _page(request, what, desk, {"form": form, "trial": trial}, status=422 if is_bad else 200)


def _confirm(request: HttpRequest, what: str, desk: Desk) -> HttpResponse:
    viewer = viewer_of(request)
    with attempt() as confirming:
        lines = sheets.unseal(desk.sheet, request.POST["confirm"])
        made = sheets.write(desk.sheet, viewer, lines, clock.now())
        messages.success(request, _("已导入：新增 %(new)s 条，更新 %(changed)s 条。") % made.counts)
        return redirect(f"inspection:{what}")
    return _page(request, what, desk, {"form": desk.form(viewer), "refusal": confirming.refusal}, status=422)


def _page(request: HttpRequest, what: str, desk: Desk, context: dict[str, Any], status: int) -> HttpResponse:
    words = {"what": what, "sheet": desk.sheet, "back": reverse(f"inspection:{what}")}
    return show(request, "inspection/import.html", context | words, status=status)
