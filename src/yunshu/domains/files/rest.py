"""Attachments over HTTP: what one is, and its content, for whoever may see its record."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from ninja import Router, Schema
from pydantic import Field

from yunshu.domains.files import selectors
from yunshu.domains.files.views import send
from yunshu.lib.ui.access import viewer_of

router = Router(tags=["附件"])


class AttachmentOut(Schema):
    """One attachment."""

    number: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    sm3: str
    scan: str = Field(description="病毒查杀结论；没有查杀过的如实写明")
    added_by: str
    added_at: datetime


@router.get("/attachments/{slug:number}", response=AttachmentOut, summary="附件登记")
def attachment(request: HttpRequest, number: str) -> object:
    """Return an attachment's card."""
    card, _path = selectors.open_attachment(viewer_of(request), number)
    return card


@router.get("/attachments/{slug:number}/content", summary="附件内容")
def content(request: HttpRequest, number: str) -> HttpResponseBase:
    """Send an attachment's bytes; compare them with its digests."""
    return send(viewer_of(request), number)
