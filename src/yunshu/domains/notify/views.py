"""The inbox and the wishes."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.notify import registry, selectors, services
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import BulkAction, Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show


def _read(_viewer: object, rows: object, now: object) -> str:
    return _t("已标为已读：%(n)s 条。") % {"n": services.mark_read(rows, now)}  # type: ignore[arg-type]


def _unread(_viewer: object, rows: object, _now: object) -> str:
    return _t("已标为未读：%(n)s 条。") % {"n": services.mark_unread(rows)}  # type: ignore[arg-type]


INBOX = Listing(
    name="notices",
    title=_("通知"),
    rows=selectors.own_notices,
    columns=(
        Column("title", _("通知"), template="notify/_title.html"),
        Column("kind", _("类别"), value=lambda n: registry.name_of(n.kind)),
        Column("sent_at", _("时间"), kind="instant", sort="sent_at"),
    ),
    filters=(
        Search("title", "body"),
        Choice(
            "state",
            _("状态"),
            (("unread", _("未读")), ("read", _("已读"))),
            where=lambda _viewer, value: Q(read_at__isnull=value == "unread"),
        ),
        Choice("kind", _("类别"), lambda _viewer: [(kind.code, kind.name) for kind in registry.kinds()]),
        DateRange("sent_at", _("时间")),
    ),
    default_sort="-sent_at",
    bulk=(
        BulkAction(name="read", label=_("标为已读"), run=_read),
        BulkAction(name="unread", label=_("标为未读"), run=_unread),
    ),
    empty_title=_("没有通知"),
    empty_text=_("轮到您办理的事、快到期的待办，会在这里告诉您。"),
)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponseBase:
    """The viewer's notices, the newest first."""
    return list_page(request, INBOX, template="notify/inbox.html")


@staff()
@require_http_methods(["POST"])
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    done = services.mark_read(selectors.own_notices(viewer_of(request)), clock.now())
    messages.success(request, _t("已标为已读：%(n)s 条。") % {"n": done})
    return redirect("notify:inbox")


@staff()
@require_safe
def follow(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Go to what a notice is about; it is read then."""
    viewer = viewer_of(request)
    notice = selectors.get_notice(viewer, notice_id)
    services.mark_read(selectors.own_notices(viewer).filter(pk=notice.pk), clock.now())
    if notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None):
        return redirect(notice.url)
    return redirect("notify:inbox")


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Which kinds of notice the viewer wants."""
    viewer = viewer_of(request)
    if request.method == "POST":
        services.choose(actor=viewer, wanted=request.POST.getlist("kind"), now=clock.now())
        messages.success(request, _t("通知偏好已保存。"))
        return redirect("notify:preferences")
    return show(request, "notify/preferences.html", {"wishes": selectors.wishes(viewer)})
