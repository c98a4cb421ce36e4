"""A file is fetched here, and only through its record; the archivist holds and erases, and reads no content."""

from collections.abc import AsyncIterator
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import registry, selectors, services
from yunshu.domains.files.contracts import FILE_ERASE
from yunshu.domains.files.forms import EraseForm, HoldForm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import signed_in, staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

log = structlog.get_logger()


class Download(FileResponse):
    """A file piece by piece; Django itself would read all of it into memory before the first byte leaves (ASGI)."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield each piece, read off the event loop."""
        file = self.file_to_stream
        while file is not None and (piece := await sync_to_async(file.read)(self.block_size)):
            yield piece


@signed_in
@require_safe
def download(request: HttpRequest, number: str) -> Download:
    """Send one attachment to the browser."""
    return send(viewer_of(request), number)


def send(viewer: Viewer, number: str) -> Download:
    """Answer with a file to be saved: never shown in our origin, never guessed at by the browser.

    Raises NotFound (``attachment_not_found``, ``file_missing``).
    """
    card, path = selectors.open_attachment(viewer, number)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("file_missing", "文件内容不在存储中，请联系系统管理员。") from error
    log.info("files.opened", number=number, by=viewer.label)
    response = Download(file, as_attachment=True, filename=card.name, content_type=card.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


STATES = {
    "kept": Q(erased_at__isnull=True, held_because=""),
    "held": ~Q(held_because=""),
    "erased": Q(erased_at__isnull=False),
}


def _state(row: Any) -> Any:
    if row.erased_at:
        return _("已销毁")
    return _("暂缓销毁") if row.held_because else _("保存中")


def _term(row: Any) -> Any:
    return f"{row.keep_until:%Y-%m-%d}" if row.keep_until else _("永久")


ARCHIVE = Listing(
    name="attachments",
    title=_("附件档案"),
    rows=selectors.archived,
    columns=(
        Column("name", _("文件名"), link=True),
        Column("number", _("附件编号")),
        Column("owner", _("所属类别"), value=lambda a: selectors.label_of(a.owner_kind)),
        Column("owner_id", _("所属记录")),
        Column("added_at", _("上传时间"), kind="instant", sort="added_at"),
        Column("keep_until", _("保存期限"), value=_term),
        Column("state", _("状态"), value=_state, template="files/_state.html"),
    ),
    filters=(
        Search("name", "number", "owner_id"),
        Choice(
            "kind", _("所属类别"), lambda _viewer: [(o.kind, o.label) for o in registry.owners()], path="owner_kind"
        ),
        Choice(
            "state",
            _("状态"),
            (("kept", _("保存中")), ("held", _("暂缓销毁")), ("erased", _("已销毁"))),
            where=lambda _viewer, value: STATES[value],
        ),
        DateRange("keep_until", _("保存期限")),
    ),
    default_sort="-added_at",
    row_url=lambda a: f"/files/archive/{a.number}/",
    empty_title=_("没有附件"),
    empty_text=_("本单位的记录有了附件，会列在这里；内容只能从所属记录打开。"),
)


@staff(FILE_ERASE)
@require_safe
def archive(request: HttpRequest) -> HttpResponseBase:
    """The attachments of the organisations whose archivist the viewer is."""
    return list_page(request, ARCHIVE)


@staff(FILE_ERASE)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, number: str) -> HttpResponse:
    """One attachment's marks; POST holds it or lets its term run again."""
    form = HoldForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        services.hold(actor=viewer_of(request), number=number, because=form.cleaned_data["because"])
        return redirect("files:record", number)
    return _record_page(request, number, hold=form)


@staff(FILE_ERASE)
@require_POST
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Erase one attachment for good; a refusal comes back in the form."""
    form = EraseForm(request.POST)
    if form.is_valid():
        because = form.cleaned_data["because"]
        with attempt(form, otherwise="because"):
            services.erase(actor=viewer_of(request), number=number, because=because, now=clock.now())
            return redirect("files:record", number)
    return _record_page(request, number, erase=form)


def _record_page(
    request: HttpRequest, number: str, *, hold: HoldForm | None = None, erase: EraseForm | None = None
) -> HttpResponse:
    row = selectors.get_archived(viewer_of(request), number)
    context = {
        "file": row,
        "kind": selectors.label_of(row.owner_kind),
        "trail": selectors.trail(row),
        "hold": hold or HoldForm(initial={"because": row.held_because}),
        "erase": erase or EraseForm(),
    }
    return show(request, "files/record.html", context, status=422 if hold or erase else 200)
