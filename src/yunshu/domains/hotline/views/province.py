"""The province's line as its operator sees it: is it there, how far behind, what is stuck, what differs; sending again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.choices import LetterState, Way
from yunshu.domains.hotline.contracts import TICKET_MANAGE
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.selectors import province as selectors
from yunshu.domains.hotline.services import province, province_counts
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

STATE_TEMPLATE = "hotline/province/_state.html"


def _kind(row: Any) -> str:
    return _(rules.KIND_NAMES.get(row.kind, row.kind))


LETTERS = Listing(
    name="hotline-letters",
    title=_l("省平台报文"),
    rows=selectors.visible_letters,
    default_sort="-made_at",
    columns=(
        Column("kind", _l("种类"), link=True, value=_kind),
        Column("way", _l("方向"), value=lambda r: r.get_way_display()),
        Column("stream", _l("来源单号")),
        Column("version", _l("版次"), kind="number"),
        Column("ticket", _l("工单编号"), value=lambda r: r.ticket.number if r.ticket else ""),
        Column("state", _l("状态"), template=STATE_TEMPLATE, value=lambda r: r),
        Column("tries", _l("尝试次数"), kind="number"),
        Column("trouble", _l("说明")),
        Column("made_at", _l("时间"), kind="instant", sort="made_at"),
    ),
    filters=(
        Search("stream", "ticket__number", "trouble"),
        Choice("way", _l("方向"), Way.choices),
        Choice("state", _l("状态"), LetterState.choices),
        Choice("kind", _l("种类"), [(code, _l(name)) for code, name in rules.KIND_NAMES.items()]),
        DateRange("made_at", _l("时间")),
    ),
    row_url=lambda r: reverse("hotline:letter", args=[r.pk]),
    empty_title=_l("还没有报文"),
    empty_text=_l("工单上报或由省平台转来后，往来的报文列在这里。"),
)


@staff(TICKET_MANAGE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The line: state, lag, what is stuck, the last reconciliation."""
    viewer, now = viewer_of(request), clock.now()
    context = {
        "line": selectors.line(),
        "queue": selectors.queue(viewer, now),
        "stuck": selectors.visible_letters(viewer).filter(state__in=(LetterState.DEAD, LetterState.REFUSED))[:20],
        "kind_names": rules.KIND_NAMES,
        "manages": selectors.manages(viewer),
    }
    return show(request, "hotline/province/line.html", context)


@staff(TICKET_MANAGE)
@require_safe
def letters(request: HttpRequest) -> HttpResponseBase:
    """Every letter both ways: the replay log."""
    return list_page(request, LETTERS)


@staff(TICKET_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter; what is stuck is tried again. Raises NotFound."""
    viewer = viewer_of(request)
    row = selectors.get_letter(viewer, letter_id)
    trying = attempt()
    if request.method == "POST":
        with trying:
            tried = province.try_again(actor=viewer, letter_id=letter_id, now=clock.now())
            said = _("仍未成功：%(why)s") % {"why": tried.trouble}
            is_stuck = tried.state == LetterState.REFUSED
            messages.add_message(
                request, messages.WARNING if is_stuck else messages.SUCCESS, said if is_stuck else _("已重试。")
            )
            return redirect("hotline:letter", letter_id)
    context = {
        "row": row,
        "kind_name": _kind(row),
        "words": [(_(rules.FIELD_NAMES.get(name, name)), value) for name, value in row.body.items()],
        "refusal": trying.refusal,
        "is_stuck": row.state in (LetterState.DEAD, LetterState.REFUSED),
    }
    return show(request, "hotline/province/letter.html", context, status=422 if trying.refusal else 200)


@staff(TICKET_MANAGE)
@require_POST
def mend(request: HttpRequest) -> HttpResponse:
    """Send again what the province lacks."""
    count = province_counts.mend(actor=viewer_of(request), now=clock.now())
    messages.success(request, _("%(n)s 份报文将重新发送，下次对账时核对。") % {"n": count})
    return redirect("hotline:province")
