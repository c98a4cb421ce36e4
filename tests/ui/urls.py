"""Addresses for these tests: the interface's own, a list, and views that refuse."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from yunshu.domains.directory.contracts import ORG_EDIT, ORG_VIEW, Anonymous, Grant, Staff
from yunshu.domains.directory.models import Org
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.ui.access import public, signed_in, staff
from yunshu.lib.ui.lists import BulkAction, Choice, Column, Listing, Search, YesNo, list_page

ERRORS = {
    403: NotPermitted("not_permitted", "需要权限。"),
    404: NotFound("org_not_found"),
    409: Conflict("record_changed", "已被修改。"),
    422: Refused("already_closed", "工单已办结。"),
}


def clerk(*permissions):
    """Return a member of staff who holds ``permissions`` in the root organisation."""
    grants = tuple(
        Grant(permission=p.code, org_id=1, org_path="/1/", subtree=True, role_code="clerk", role_name="经办")
        for p in permissions
    )
    return Staff(
        name="经办",
        account_id=1,
        person_id=1,
        org_id=1,
        org_code="A",
        org_path="/1/",
        org_name="示例单位",
        grants=grants,
    )


VIEWERS = {"reader": clerk(ORG_VIEW), "editor": clerk(ORG_VIEW, ORG_EDIT), "bare": clerk()}


def viewer_from_header(get_response):
    """Set ``request.viewer`` to the one of ``VIEWERS`` that the header ``X-Viewer`` names; else nobody."""

    def middleware(request):
        request.viewer = VIEWERS.get(request.headers.get("X-Viewer", ""), Anonymous())
        return get_response(request)

    return middleware


def switch_off(_viewer, rows, _now):
    return f"停用了 {rows.update(is_active=False)} 个机构。"


ORGS = Listing(
    name="orgs",
    title="组织机构",
    rows=lambda _viewer: Org.objects.select_related("parent"),
    columns=(
        Column("code", "机构编码", sort="code", link=True),
        Column("name", "机构名称", sort="name"),
        Column("kind", "机构类别", kind="choice", sort="kind"),
        Column("parent", "上级机构", value=lambda org: org.parent and org.parent.name),
        Column("uscc", "信用代码", sort="uscc", hidden=True),
    ),
    filters=(Search("name", "code"), Choice("kind", "类别", Org.Kind.choices), YesNo("is_active", "启用")),
    default_sort="code",
    page_size=5,
    export_limit=8,
    row_url=lambda org: f"/orgs/{org.pk}/",
    bulk=(
        BulkAction(name="off", label="停用", run=switch_off, permission=ORG_EDIT, confirm="停用后不能再选。"),
        BulkAction(name="off_now", label="立即停用", run=switch_off, permission=ORG_EDIT),
    ),
)


@public
def refuse(_request: HttpRequest, status: int) -> HttpResponse:
    raise ERRORS[status]


@staff(ORG_VIEW)
def orgs(request):
    return list_page(request, ORGS)


@signed_in
def mine(_request):
    return HttpResponse("我的")


urlpatterns = [
    path("", include("yunshu.lib.ui.urls")),
    path("accounts/", include("allauth.urls")),
    path("refuse/<int:status>/", refuse),
    path("api/refuse/<int:status>/", refuse),
    path("orgs/", orgs),
    path("mine/", mine),
]
