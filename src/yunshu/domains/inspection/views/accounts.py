"""Pages of accounts and of what they publish."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.inspection.choices import Platform, SiteState
from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.registry_forms import AccountForm, PostForm
from yunshu.domains.inspection.rules import accounts as rules
from yunshu.domains.inspection.selectors import media as selectors
from yunshu.domains.inspection.services import accounts as services
from yunshu.domains.inspection.services import media
from yunshu.domains.inspection.services.watching import judging
from yunshu.domains.inspection.views.pages import form_page, orgs_for
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

ACCOUNTS = Listing(
    name="accounts",
    title=_l("政务新媒体账号"),
    rows=selectors.visible_accounts,
    default_sort="name",
    columns=(
        Column("name", _l("账号名称"), link=True, sort="name"),
        Column("platform", _l("平台"), kind="choice", sort="platform"),
        Column("org", _l("主办单位"), sort="org__name"),
        Column("state", _l("运行状态"), kind="choice", sort="state"),
        Column("last_post_at", _l("最近发布"), kind="instant", sort="last_post_at"),
        Column("posts_checked_at", _l("发文最近核对"), kind="instant", sort="posts_checked_at"),
        Column("open_findings", _l("未销号问题"), kind="number", sort="open_findings"),
        Column("handle", _l("账号标识"), sort="handle", hidden=True),
        Column("is_main", _l("主账号"), kind="yesno", hidden=True),
        Column("is_certified", _l("已认证"), kind="yesno", hidden=True),
        Column("has_interaction", _l("有互动功能"), kind="yesno", hidden=True),
        Column("registered_no", _l("备案编号"), hidden=True),
        Column("number", _l("账号编号"), hidden=True),
    ),
    filters=(
        Search("name", "handle", "org__name", "number", "registered_no"),
        Choice("platform", _l("平台"), list(Platform.choices)),
        Choice("state", _l("运行状态"), list(SiteState.choices)),
        YesNo("is_certified", _l("已认证")),
        DateRange("last_post_at", _l("最近发布")),
    ),
    row_url=lambda r: reverse("inspection:account", args=[r.number]),
    empty_title=_l("没有新媒体账号"),
    empty_text=_l("逐个登记，或导入账号名录（XLSX、CSV）。"),
)
POSTS = Listing(
    name="posts",
    title=_l("账号发文"),
    rows=selectors.visible_posts,
    default_sort="-at",
    columns=(
        Column("title", _l("标题"), link=True, value=str),
        Column("account", _l("账号"), sort="account__name"),
        Column("platform", _l("平台"), value=lambda r: r.account.get_platform_display()),
        Column("at", _l("发布时间"), kind="instant", sort="at"),
        Column("origin", _l("来源"), kind="choice", sort="origin"),
        Column("taken_at", _l("导入时间"), kind="instant", sort="taken_at", hidden=True),
        Column("post_id", _l("发文标识"), hidden=True),
        Column("url", _l("网址"), hidden=True),
    ),
    filters=(
        Search("title", "text", "account__name", "post_id"),
        Choice("platform", _l("平台"), list(Platform.choices), path="account__platform"),
        Choice("origin", _l("来源"), list(PostOrigin.choices)),
        DateRange("at", _l("发布时间")),
    ),
    row_url=lambda r: reverse("inspection:post", args=[r.account.number, r.pk]),
    empty_title=_l("没有发文"),
    empty_text=_l("导入平台导出的表格、JSON 或 RSS，或在账号页面登记，也可以通过接口推送。"),
)


@staff(VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The accounts in reach."""
    context = {"may_edit": viewer_of(request).may(REGISTRY_EDIT)}
    return list_page(request, ACCOUNTS, template="inspection/accounts.html", context=context)


@staff(VIEW)
@require_safe
def posts(request: HttpRequest) -> HttpResponseBase:
    """The posts of the accounts in reach."""
    context = {"may_edit": viewer_of(request).may(REGISTRY_EDIT)}
    return list_page(request, POSTS, template="inspection/posts.html", context=context)


@staff(VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One account: facts, what they say is wrong, its latest posts."""
    viewer = viewer_of(request)
    row = selectors.get_account(viewer, number)
    terms = judging.terms()
    context = {
        "row": row,
        "faults": rules.judge(selectors.facts_of(row), terms),
        "publishes": row.platform in rules.POSTING,
        "terms": terms,
        "feed": selectors.feed_state_of(row),
        "findings": selectors.open_findings_of(viewer, row),
        "posts": selectors.visible_posts(viewer).filter(account=row)[:20],
        "may_edit": viewer.may(REGISTRY_EDIT, row.org.path),
        "now": clock.now(),
    }
    return show(request, "inspection/account.html", context)


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter an account."""
    viewer = viewer_of(request)
    form = AccountForm(request.POST or None, offers={"org": orgs_for(viewer)})
    if form.is_valid():
        with attempt(form):
            row = services.register_account(actor=viewer, spec=form.spec, now=clock.now())
            return redirect("inspection:account", row.number)
    crumbs = [(reverse("inspection:accounts"), _("政务新媒体账号"))]
    return form_page(request, form, title=_("登记账号"), crumbs=crumbs, submit=_("登记"))


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Correct what is known of an account."""
    viewer = viewer_of(request)
    row = selectors.get_account(viewer, number)
    viewer.require(REGISTRY_EDIT, row.org.path)
    initial = AccountForm.shown(services.spec_of(row))
    form = AccountForm(request.POST or None, offers={"org": orgs_for(viewer)}, initial=initial)
    if form.is_valid():
        with attempt(form):
            services.change_account(actor=viewer, number=number, spec=form.spec)
            return redirect("inspection:account", number)
    return form_page(request, form, title=_("更正账号信息"), crumbs=_crumbs(row))


@staff(REGISTRY_EDIT)
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Enter one post by hand."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_account(viewer, number)
    viewer.require(REGISTRY_EDIT, row.org.path)
    form = PostForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            media.write_post(actor=viewer, account=number, spec=form.spec, now=now)
            messages.success(request, _("已登记。"))
            return redirect("inspection:account", number)
    return form_page(request, form, title=_("登记发文"), crumbs=_crumbs(row), submit=_("登记"))


@staff(VIEW)
@require_safe
def post(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """One post as it was brought in."""
    viewer = viewer_of(request)
    row = selectors.get_post(viewer, number, pk)
    context = {"row": row, "reading": selectors.reading_of(row), "findings": selectors.findings_of_post(viewer, row)}
    return show(request, "inspection/post.html", context)


def _crumbs(row: Any) -> list[tuple[str, Any]]:
    return [
        (reverse("inspection:accounts"), _("政务新媒体账号")),
        (reverse("inspection:account", args=[row.number]), row.name),
    ]
