"""Hosts that were seen in links and that no site has: the list, and what becomes of one."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.inspection.choices_registry import CandidateState
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.registry_forms import CandidateForm
from yunshu.domains.inspection.selectors import sites as selectors
from yunshu.domains.inspection.services import discovery as services
from yunshu.domains.inspection.views.pages import form_page
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page

CANDIDATES = Listing(
    name="candidates",
    title=_l("待登记域名"),
    rows=selectors.visible_candidates,
    default_sort="-first_seen",
    columns=(
        Column("host", _l("域名"), link=True, sort="host"),
        Column("state", _l("处理状态"), kind="choice", sort="state"),
        Column("site", _l("发现于网站"), sort="site__name"),
        Column("seen_on", _l("发现于网页")),
        Column("first_seen", _l("首次发现"), kind="instant", sort="first_seen"),
        Column("last_seen", _l("最近发现"), kind="instant", sort="last_seen"),
        Column("reason", _l("理由"), hidden=True),
        Column("decided_by", _l("处理人"), hidden=True),
    ),
    filters=(
        Search("host", "site__name", "reason"),
        Choice("state", _l("处理状态"), list(CandidateState.choices)),
        DateRange("first_seen", _l("首次发现")),
    ),
    row_url=lambda r: reverse("inspection:candidate", args=[r.host]),
    empty_title=_l("没有待登记的域名"),
    empty_text=_l("检查网站时，链接里出现本市域名下没有登记的网站，会列在这里。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The hosts seen on the sites in reach."""
    return list_page(request, CANDIDATES, template="inspection/candidates.html")


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, host: str) -> HttpResponse:
    """One host; said here whether it is registered or left out."""
    viewer = viewer_of(request)
    row = selectors.get_candidate(viewer, host)
    viewer.require(REGISTRY_EDIT, row.site.org.path)
    form = CandidateForm(request.POST or None, initial={"state": row.state, "reason": row.reason})
    if form.is_valid():
        with attempt(form):
            services.decide_candidate(actor=viewer, host=host, now=clock.now(), **form.cleaned_data)
            return redirect("inspection:candidates")
    crumbs = [(reverse("inspection:candidates"), _("待登记域名"))]
    lead = _("发现于 %(site)s：%(page)s") % {"site": row.site.name, "page": row.seen_on}
    return form_page(request, form, title=row.host, crumbs=crumbs, lead=lead)
