"""Letters on the sites: the list, and one on which a person says whether it had to be answered."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.registry_forms import LetterForm, answer_of
from yunshu.domains.inspection.selectors import media as selectors
from yunshu.domains.inspection.services import media as services
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

LETTERS = Listing(
    name="letters",
    title=_l("网民留言"),
    rows=selectors.visible_messages,
    default_sort="-asked_at",
    columns=(
        Column("title", _l("标题"), link=True),
        Column("site", _l("政府网站"), sort="site__name"),
        Column("asked_at", _l("留言时间"), kind="instant", sort="asked_at"),
        Column("replied_at", _l("答复时间"), kind="instant", sort="replied_at"),
        Column("is_valid", _l("有效留言"), kind="yesno", sort="is_valid"),
        Column("is_public", _l("公开"), kind="yesno", hidden=True),
        Column("message_id", _l("留言标识"), hidden=True),
        Column("url", _l("网址"), hidden=True),
    ),
    filters=(
        Search("title", "text", "site__name", "message_id"),
        YesNo("is_valid", _l("有效留言")),
        DateRange("asked_at", _l("留言时间")),
    ),
    row_url=lambda r: reverse("inspection:letter", args=[r.pk]),
    empty_title=_l("没有留言"),
    empty_text=_l("检查网站的互动栏目时，公开的留言和答复会列在这里。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The letters of the sites in reach."""
    return list_page(request, LETTERS)


@staff(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter with its reply; POST says whether it had to be answered."""
    viewer = viewer_of(request)
    row = selectors.get_message(viewer, pk)
    may_edit = viewer.may(REGISTRY_EDIT, row.site.org.path)
    form = LetterForm(request.POST or None, initial={"verdict": answer_of(row.is_valid)})
    if request.method == "POST" and form.is_valid():
        services.judge_message(actor=viewer, message=pk, is_valid=form.cleaned_data["verdict"])
        return redirect("inspection:letter", pk)
    context = {"row": row, "form": form if may_edit else None}
    return show(request, "inspection/letter.html", context, status=422 if form.errors else 200)
