"""The inbox over HTTP: a person's own notices, for whoever shows them elsewhere."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.notify import selectors, services
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.paging import Slices

router = Router(tags=["通知"])


class InboxNoticeOut(Schema):
    """One notice."""

    id: int
    kind: str = Field(description="通知类别的编码")
    title: str
    body: str
    url: str = Field(description="本站内的页面地址，可为空")
    sent_at: datetime
    read_at: datetime | None


@router.get("/notices", response=list[InboxNoticeOut], summary="我的通知")
@paginate(Slices)
def notices(request: HttpRequest, *, unread: bool = False) -> object:
    """Return the viewer's own notices, the newest first; nobody else's."""
    rows = selectors.own_notices(viewer_of(request))
    return rows.filter(read_at__isnull=True) if unread else rows


@router.post("/notices/{notice_id}/read", response=InboxNoticeOut, summary="标为已读")
def read(request: HttpRequest, notice_id: int) -> object:
    """Mark one of the viewer's own notices as read."""
    viewer = viewer_of(request)
    notice = selectors.get_notice(viewer, notice_id)
    services.mark_read(selectors.own_notices(viewer).filter(pk=notice.pk), clock.now())
    return selectors.get_notice(viewer, notice_id)
