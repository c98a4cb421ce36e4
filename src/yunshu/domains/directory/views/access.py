"""Pages of access: roles, granting, who may do what and why, delegation."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import ORG_VIEW, ROLE_EDIT
from yunshu.domains.directory.forms import DelegationForm, GrantForm, RoleForm
from yunshu.domains.directory.services.access import DelegationSpec, GrantSpec, RoleSpec
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.permissions import permissions
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


@staff(ROLE_EDIT)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """All roles against all permissions."""
    rows = list(selectors.roles())
    matrix = [(p, [p.code in r.permissions for r in rows]) for p in permissions().values()]
    everywhere = selectors.holds_everywhere(viewer_of(request), ROLE_EDIT)
    return show(request, "directory/roles.html", {"roles": rows, "matrix": matrix, "may_edit": everywhere})


@staff(ROLE_EDIT)
@require_http_methods(["GET", "POST"])
def role_form(request: HttpRequest, code: str = "") -> HttpResponse:
    """Make a role, or change one."""
    selectors.require_everywhere(viewer_of(request), ROLE_EDIT)
    row = selectors.roles().filter(code=code).first()
    if code and row is None:
        raise NotFound("role_not_found")
    fields = ("code", "name", "description", "is_active", "permissions")
    form = RoleForm(
        request.POST or None, fixed_code=bool(row), initial={f: getattr(row, f) for f in fields} if row else {}
    )
    if form.is_bound and not row and selectors.roles().filter(code=request.POST.get("code", "")).exists():
        form.add_error("code", _("角色编码已被使用。"))
    if form.is_valid():
        with attempt(form):
            services.save_role(actor=viewer_of(request), spec=_role(form))
            messages.success(request, _("已保存角色。"))
            return redirect("directory:roles")
    return show(request, "directory/role_form.html", {"form": form, "role": row}, status=422 if form.errors else 200)


def _role(form: RoleForm) -> RoleSpec:
    return RoleSpec(**{**form.cleaned_data, "permissions": tuple(form.cleaned_data["permissions"])})


@staff(ROLE_EDIT)
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, number: str) -> HttpResponse:
    """Give a person a role."""
    row = selectors.get_person(viewer_of(request), number)
    initial = {"org_code": row.org.code, "starts_on": clock.city_date(clock.now())}
    form = GrantForm(request.POST or None, orgs=selectors.grantable_orgs(viewer_of(request)), initial=initial)
    if form.is_valid():
        with attempt(form):
            services.grant_role(actor=viewer_of(request), spec=GrantSpec(person_number=number, **form.cleaned_data))
            messages.success(request, _("已授予角色。"))
            return redirect("directory:person", number)
    return show(request, "directory/grant.html", {"form": form, "person": row}, status=422 if form.errors else 200)


@staff(ROLE_EDIT)
@require_POST
def revoke(request: HttpRequest, number: str, assignment_id: int) -> HttpResponse:
    """Take a role back, for a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Refused("reason_missing", _("请填写收回事由。"), where="reason")
    services.revoke_role(actor=viewer_of(request), assignment_id=assignment_id, reason=reason, now=clock.now())
    messages.success(request, _("已收回角色，立即生效。"))
    return redirect("directory:person", number)


@staff(ORG_VIEW)
@require_GET
def access(request: HttpRequest) -> HttpResponse:
    """Who may do what and why: by person, or by permission and organisation."""
    number, permission, org = (request.GET.get(name, "") for name in ("person", "permission", "org"))
    now = clock.now()
    context = {
        "people": selectors.visible_people(viewer_of(request)).filter(is_active=True).order_by("org__path", "number"),
        "orgs": selectors.visible_orgs(viewer_of(request)).filter(is_active=True).order_by("path"),
        "permissions": permissions().values(),
        "number": number,
        "permission": permission,
        "org": org,
        "person": selectors.get_person(viewer_of(request), number) if number else None,
        "holdings": selectors.holdings(viewer_of(request), number, now) if number else [],
        "holders": selectors.holders(viewer_of(request), permission, org, now) if permission and org else [],
    }
    return show(request, "directory/access.html", context, part="answer")


@staff()
@require_GET
def delegations(request: HttpRequest) -> HttpResponse:
    """Delegations given and taken, and those one may end."""
    rows = selectors.visible_delegations(viewer_of(request))
    return show(request, "directory/delegations.html", {"rows": rows[:200], "now": clock.now()})


@staff()
@require_http_methods(["GET", "POST"])
def delegate(request: HttpRequest) -> HttpResponse:
    """Lend one's roles to a colleague; whoever may grant roles may do it for others."""
    me, now = viewer_of(request), clock.now()
    everybody = selectors.colleagues(me)
    may_grant = me.may(ROLE_EDIT)
    givers = everybody if may_grant else everybody.filter(pk=me.person_id)
    initial = {"starts_at": now, "ends_at": now + timedelta(days=7), "org_code": me.org_code}
    form = DelegationForm(
        request.POST or None,
        givers=givers,
        takers=everybody,
        orgs=selectors.places_of_work(me),
        initial={**initial, "giver_number": selectors.own_number(me)},
    )
    if form.is_valid():
        with attempt(form):
            saved = services.delegate(actor=me, spec=DelegationSpec(**form.cleaned_data))
            messages.success(request, _("委托已生效。") if saved.starts_at <= now else _("委托已登记，到时生效。"))
            return redirect("directory:delegations")
    return show(request, "directory/delegate.html", {"form": form}, status=422 if form.errors else 200)


@staff()
@require_POST
def delegation_end(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End a delegation now."""
    services.revoke_delegation(actor=viewer_of(request), delegation_id=delegation_id, now=clock.now())
    messages.success(request, _("委托已撤销，立即失效。"))
    return redirect("directory:delegations")
