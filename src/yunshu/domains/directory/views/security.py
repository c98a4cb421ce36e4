"""Pages of the duties of level 3: the security administrator's, and the record of looks at personal data."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from yunshu.domains.directory import selectors
from yunshu.domains.directory.contracts import AUDIT_VIEW, ORG_VIEW, PERSON_PHONE, SECURITY_EDIT, look_name
from yunshu.domains.directory.selectors import security as reading
from yunshu.domains.directory.services import locks
from yunshu.domains.directory.signins import note_look, origin
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show
from yunshu.lib.ui.personal import reason_of, revealed

LOOKS = Listing(
    name="personal-looks",
    title=_l("个人信息查看记录"),
    rows=selectors.personal_looks,
    columns=(
        Column("at", _l("时间"), kind="instant", sort="at"),
        Column("actor", _l("查看人")),
        Column("kind", _l("内容"), value=lambda row: _(look_name(row.kind))),
        Column("subject", _l("对象")),
        Column("reason", _l("事由")),
        Column("address", _l("来源地址")),
        Column("request_id", _l("请求编号"), hidden=True),
    ),
    filters=(Search("actor", "subject", "reason", label=_l("查看人、对象或事由")), DateRange("at", _l("时间"))),
    default_sort="-at",
    empty_title=_l("还没有查看记录"),
)


@staff(AUDIT_VIEW)
@require_GET
def looks(request: HttpRequest) -> HttpResponseBase:
    """Who had personal data shown in the clear, and why."""
    return list_page(request, LOOKS)


@staff(ORG_VIEW)
@require_POST
def person_phone(request: HttpRequest, number: str) -> HttpResponse:
    """Show a person's telephone for a reason."""
    row = selectors.get_person(viewer_of(request), number)
    with transaction.atomic():
        note_look(request, kind=PERSON_PHONE, subject=row.number, reason=reason_of(request))
    return revealed(request, [(_("联系电话"), row.phone)], back=reverse("directory:person", args=[row.number]))


@staff(SECURITY_EDIT)
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """The limits that hold, names that are locked, administrators and their second factor."""
    viewer, now, who = viewer_of(request), clock.now(), request.GET.get("who", "").strip()
    context = {
        "who": who,
        "holders": reading.holders(viewer, who),
        "limits": [(limit, settings.LIMITS[name]) for name, limit in settings.LIMITS_DECLARED.items()],
        "locks": reading.locked_names(viewer, now),
        "administrators": reading.administrators(viewer, now),
        "second_factor": settings.SECOND_FACTOR,
    }
    return show(request, "directory/security.html", context)


@staff(SECURITY_EDIT)
@require_POST
def lock_release(request: HttpRequest, username: str) -> HttpResponse:
    """Let a locked name sign in again."""
    locks.release_lock(
        actor=viewer_of(request), username=username, request=request, origin=origin(request), now=clock.now()
    )
    messages.success(request, _("已解除“%(name)s”的登录锁定。") % {"name": username})
    return redirect("directory:security")


@staff(SECURITY_EDIT)
@require_POST
def factor_remove(request: HttpRequest, username: str) -> HttpResponse:
    """Take the second factor off an account whose device is lost."""
    locks.remove_second_factor(actor=viewer_of(request), username=username, origin=origin(request), now=clock.now())
    messages.success(request, _("已取下“%(name)s”的双因素，下次登录须重新绑定。") % {"name": username})
    return redirect("directory:security")
