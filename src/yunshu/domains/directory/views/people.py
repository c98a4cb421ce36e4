"""Pages of people and their accounts."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import ORG_EDIT, ORG_VIEW, ROLE_EDIT
from yunshu.domains.directory.forms import AccountForm, PersonForm
from yunshu.domains.directory.services.organisations import PersonSpec
from yunshu.lib.kernel import clock
from yunshu.lib.privacy.masking import mask_phone
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

PEOPLE = Listing(
    name="people",
    title=_l("人员与账号"),
    rows=selectors.visible_people,
    columns=(
        Column("name", _l("姓名"), sort="pinyin", link=True),
        Column("number", _l("编号"), sort="number"),
        Column("org", _l("机构"), sort="org__path", value=lambda p: p.org.name),
        Column("title", _l("职务")),
        Column("username", _l("登录名"), sort="account__username", value=lambda p: p.account and p.account.username),
        Column(
            "state",
            _l("状态"),
            value=lambda p: _("在岗") if p.is_active else _("离岗"),
            template="directory/_person_state.html",
        ),
    ),
    filters=(
        Search("name", "pinyin", "number", label=_l("姓名、拼音或编号")),
        Choice("org", _l("机构"), lambda viewer: selectors.org_choices(viewer), path="org__code"),
        Choice(
            "state",
            _l("状态"),
            (("1", _l("在岗")), ("0", _l("离岗"))),
            where=lambda _viewer, value: Q(is_active=value == "1"),
        ),
    ),
    default_sort="org__path,number",
    row_url=lambda p: reverse("directory:person", args=[p.number]),
    empty_title=_l("还没有人员"),
    empty_text=_l("请添加人员。"),
)


@staff(ORG_VIEW)
@require_GET
def people(request: HttpRequest) -> HttpResponseBase:
    """The people of the visible organisations."""
    may_edit = viewer_of(request).may(ORG_EDIT)
    return list_page(request, PEOPLE, template="directory/people.html", context={"may_edit": may_edit})


@staff(ORG_VIEW)
@require_GET
def person(request: HttpRequest, number: str) -> HttpResponse:
    """One person: account, posts, roles, what they may do."""
    row = selectors.get_person(viewer_of(request), number)
    context = {
        "person": row,
        "masked_phone": mask_phone(row.phone),
        "posts": row.posts.select_related("org").order_by("-starts_on"),
        "assignments": row.assignments.select_related("role", "org").order_by("revoked_at", "-pk"),
        "may_edit": viewer_of(request).may(ORG_EDIT, row.org.path),
        "may_grant": viewer_of(request).may(ROLE_EDIT),
        "today": clock.city_date(clock.now()),
    }
    return show(request, "directory/person.html", context)


@staff(ORG_EDIT)
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    orgs = selectors.visible_orgs(viewer_of(request)).filter(is_active=True)
    form = PersonForm(request.POST or None, orgs=orgs, initial={"org_code": request.GET.get("org", "")})
    if form.is_bound and selectors.number_taken(request.POST.get("number", "")):
        form.add_error("number", _("人员编号已被使用。"))
    if form.is_valid():
        with attempt(form):
            saved = services.save_person(actor=viewer_of(request), spec=PersonSpec(**form.cleaned_data))
            messages.success(request, _("已添加人员“%(name)s”。") % {"name": saved.name})
            return redirect("directory:person", saved.number)
    return show(request, "directory/person_form.html", {"form": form}, status=422 if form.errors else 200)


@staff(ORG_EDIT)
@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Edit a person."""
    row = selectors.get_person(viewer_of(request), number)
    viewer_of(request).require(ORG_EDIT, row.org.path)
    orgs = selectors.visible_orgs(viewer_of(request)).filter(is_active=True)
    fields = ("number", "name", "title", "phone", "is_active")
    initial = {**{f: getattr(row, f) for f in fields}, "org_code": row.org.code}
    form = PersonForm(request.POST or None, orgs=orgs, fixed_number=True, initial=initial)
    if form.is_valid():
        username = row.account.username if row.account else ""
        spec = PersonSpec(**form.cleaned_data, is_sample=row.is_sample, username=username)
        with attempt(form):
            services.save_person(actor=viewer_of(request), spec=spec)
            messages.success(request, _("已保存。"))
            return redirect("directory:person", number)
    context = {"form": form, "person": row}
    return show(request, "directory/person_form.html", context, status=422 if form.errors else 200)


@staff(ORG_EDIT)
@never_cache
@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest, number: str) -> HttpResponse:
    """Open an account; the first password is shown on the answer and nowhere else."""
    row = selectors.get_person(viewer_of(request), number)
    viewer_of(request).require(ORG_EDIT, row.org.path)
    form = AccountForm(request.POST or None)
    if form.is_valid():
        with attempt(form):
            opened = services.give_account(actor=viewer_of(request), number=number, **form.cleaned_data)
            return _password_once(request, row, *opened)
    return show(
        request, "directory/account_new.html", {"form": form, "person": row}, status=422 if form.errors else 200
    )


@staff(ORG_EDIT)
@never_cache
@require_POST
def password_reset(request: HttpRequest, number: str) -> HttpResponse:
    """Give a new first password, shown once."""
    row = selectors.get_person(viewer_of(request), number)
    return _password_once(request, row, *services.reset_password(actor=viewer_of(request), number=number))


def _password_once(request: HttpRequest, person: object, account: object, password: str) -> HttpResponse:
    context = {"person": person, "account": account, "password": password}
    return show(request, "directory/password_once.html", context)


@staff(ORG_EDIT)
@require_POST
def account_switch(request: HttpRequest, number: str) -> HttpResponse:
    """Close an account, or reopen it."""
    row = selectors.get_person(viewer_of(request), number)
    if row.account:
        active = not row.account.is_active
        services.set_account_active(actor=viewer_of(request), username=row.account.username, active=active)
        messages.success(request, _("账号已启用。") if active else _("账号已停用，已登录的设备立即失效。"))
    return redirect("directory:person", number)
