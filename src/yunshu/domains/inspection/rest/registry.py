"""The registry over HTTP: read, and posts of accounts sent in."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.selectors import media as selectors
from yunshu.domains.inspection.selectors import sites
from yunshu.domains.inspection.services import media
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.inputs import Instant
from yunshu.lib.ui.paging import Slices

router = Router(tags=["网站与新媒体检查"])


class SiteOut(Schema):
    """A site."""

    number: str
    id_code: str = Field(description="网站标识码")
    name: str
    org: str = Field(alias="org.code")
    kind: str = Field(description="portal 政府门户网站、department 部门网站、special 专项网站")
    state: str = Field(description="planned 待开设、running 运行中、suspended 临时下线、merged 已整合、closed 已关停")
    host: str
    home_url: str
    aliases: list[str]
    has_service_duty: bool
    open_findings: int


class AccountOut(Schema):
    """An account."""

    number: str
    platform: str
    handle: str
    name: str
    org: str = Field(alias="org.code")
    is_main: bool
    is_certified: bool | None
    has_interaction: bool | None
    state: str
    last_post_at: datetime | None
    posts_checked_at: datetime | None = Field(description="发文最近核对：此后发了什么，系统不知道")
    open_findings: int


class PostIn(Schema):
    """A post as its platform has it."""

    post_id: str = Field(min_length=1, max_length=120, description="平台上的编号；同一账号同一编号再次发送即更正")
    at: Instant = Field(description="发布时间，带时区")
    title: str = Field("", max_length=300)
    text: str = Field("", max_length=200_000)
    url: str = Field("", max_length=1000)
    links: list[str] = Field(default_factory=list, max_length=media.MOST_LINKS, description="正文里的链接")
    images: list[str] = Field(default_factory=list, max_length=media.MOST_LINKS, description="图片地址")


class PostsIn(Schema):
    """Posts of one account; none says that nothing was published since."""

    posts: list[PostIn] = Field(max_length=1000, description="可以为空：表示已核对、没有新发文")


class TakenOut(Schema):
    """What became of the posts."""

    new: int
    changed: int
    same: int


@router.get("/sites", response=list[SiteOut], summary="政府网站")
@paginate(Slices)
def list_sites(request: HttpRequest, state: str = "") -> Any:
    """Return the sites in reach, of a state if one is given."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    rows = sites.visible_sites(viewer).order_by("id_code")
    return rows.filter(state=state) if state else rows


@router.get("/accounts", response=list[AccountOut], summary="政务新媒体账号")
@paginate(Slices)
def list_accounts(request: HttpRequest, platform: str = "") -> Any:
    """Return the accounts in reach, of a platform if one is given."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    rows = selectors.visible_accounts(viewer).order_by("number")
    return rows.filter(platform=platform) if platform else rows


@router.post("/accounts/{number}/posts", response=TakenOut, summary="推送账号发文")
def send_posts(request: HttpRequest, number: str, body: PostsIn) -> TakenOut:
    """Take in posts of an account, all or none; sent twice they are kept once."""
    posts = [
        media.PostSpec(**one.dict() | {"links": tuple(one.links), "images": tuple(one.images)}) for one in body.posts
    ]
    taken = media.take_posts(
        actor=viewer_of(request), account=number, posts=posts, origin=PostOrigin.REST, now=clock.now()
    )
    return TakenOut(**{name: taken.count(name) for name in ("new", "changed", "same")})
