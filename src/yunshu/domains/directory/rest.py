"""The directory over HTTP, and how a program or a browser proves who it is to the JSON API."""

import pghistory
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf
from pydantic import Field

from yunshu.domains.directory import selectors, services
from yunshu.domains.directory.contracts import ORG_VIEW, Anonymous, Viewer
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted, TooMany
from yunshu.lib.ui.paging import Slices
from yunshu.lib.ui.throttle import Throttle

router = Router(tags=["组织与人员"])
MINUTE_S = 60


class ApiKeyAuth(HttpBearer):
    """A program shows ``Authorization: Bearer ys_xxxxxxxx.secret``."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        """Return the program as a viewer, and let the rest of the request see it; None if the key does not open.

        What the request changes is signed by the key in the audit trail: its name and its owner.
        """
        client = services.client_of_key(token, now=clock.now())
        if client is not None:
            within_limit(client.label)
            request.viewer = client  # type: ignore[attr-defined]
            # called, not entered: it corrects the context that the middleware opened for a writing request
            pghistory.context(who=f"{client.label}（{client.owner}）")
        return client


class BrowserAuth(SessionAuth):
    """Somebody signed in by the pages; writing needs the CSRF token."""

    def __call__(self, request: HttpRequest) -> Viewer | None:
        """Return the viewer of the session, None for a stranger; NotPermitted (``token_missing``) stops a page of another's."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        if isinstance(viewer, Anonymous) or not hasattr(viewer, "account_id"):
            return None
        if check_csrf(request):
            raise NotPermitted(
                "token_missing", _("写入须在请求头 X-CSRFToken 中带上本页的令牌；程序调用请使用接口密钥。")
            )
        within_limit(viewer.label)
        return viewer


AUTH = [ApiKeyAuth(), BrowserAuth()]


def within_limit(who: str) -> None:
    """Count one call of a program or a person; raise TooMany (``too_often``) beyond ``YUNSHU_API_PER_MINUTE`` (0: no limit)."""
    most = settings.API_PER_MINUTE
    if most and not Throttle("api", most, MINUTE_S).count(who):
        raise TooMany("too_often", _("一分钟内调用次数过多，请稍后再试。"), retry_after_s=MINUTE_S)


class MeOut(Schema):
    """Who is asking."""

    kind: str = Field(description="staff, citizen, companyagent 或 client")
    name: str
    org_code: str = ""
    permissions: list[str] = Field(description="在任一机构拥有的权限编码")


class OrgOut(Schema):
    """An organisation."""

    code: str
    name: str
    short_name: str
    kind: str
    uscc: str | None
    division_code: str
    parent_code: str | None = Field(None, alias="parent.code")
    is_sample: bool
    is_active: bool


class OrgFilter(Schema):
    """Which organisations."""

    q: str = Field("", description="名称、拼音或编码", max_length=60)


@router.get("/me", response=MeOut, summary="当前身份")
def me(request: HttpRequest) -> dict[str, object]:
    """Return who is asking and what they may do."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return {
        "kind": viewer.label.partition(":")[0],
        "name": viewer.name,
        "org_code": getattr(viewer, "org_code", ""),
        "permissions": sorted({g.permission for g in viewer.grants}),
    }


@router.get("/orgs", response=list[OrgOut], summary="组织机构")
@paginate(Slices)
def orgs(request: HttpRequest, filters: Query[OrgFilter]) -> object:
    """Return the organisations in sight, in the order of the tree."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(ORG_VIEW)
    rows = selectors.matching_orgs(viewer, filters.q) if filters.q else selectors.visible_orgs(viewer)
    return rows.order_by("path")
