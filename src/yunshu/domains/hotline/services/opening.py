"""A program files a demand over an open protocol; a picture sent as a link is fetched afterwards, through the guard of the crawler."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Client
from yunshu.domains.hotline.choices import Channel, MediaState
from yunshu.domains.hotline.contracts import DEMAND_FILE
from yunshu.domains.hotline.models import OpenRequest, Ticket
from yunshu.domains.hotline.services import steps
from yunshu.domains.hotline.services.registering import TicketSpec, attach, receive
from yunshu.lib.crawl import Fetcher, Limits, Manners, Reach
from yunshu.lib.crawl.guard import Guard
from yunshu.lib.kernel.errors import Refused, TooMany, YunshuError

MOST_AN_HOUR = 600
"""What one key may file in an hour; ours."""
HOUR = timedelta(hours=1)
MOST_MEDIA = 10 << 20
AGENT = "Yunshu-hotline"
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


@dataclass(frozen=True, kw_only=True)
class Filing:
    """A demand with what the program says of itself."""

    spec: TicketSpec
    account: str = ""
    media_url: str = ""


@transaction.atomic
def file_openly(*, actor: Client, filing: Filing, now: datetime) -> OpenRequest:
    """Receive what a program files.

    Raises NotPermitted, TooMany (``too_often``), NotFound and Refused (as registering, ``media_refused``).
    """
    actor.require(DEMAND_FILE)
    if OpenRequest.objects.filter(key_id=actor.key_id, filed_at__gt=now - HOUR).count() >= MOST_AN_HOUR:
        raise TooMany("too_often", _("这个接口密钥一小时内提交得太多，请过一会儿再来。"), retry_after_s=3600)
    if filing.media_url and not may_lead_out(filing.media_url):
        raise Refused("media_refused", _("附件链接须指向公网上的图片或文件。"), where="media_url")
    made = receive(by=actor, spec=replace(filing.spec, channel=Channel.API.value), now=now)
    return OpenRequest.objects.create(
        ticket=made.ticket,
        token=secrets.token_hex(20),
        client=actor.name[:120],
        key_id=actor.key_id,
        account=filing.account[:100],
        filed_at=now,
        media_url=filing.media_url,
        media_state=MediaState.WAITING if filing.media_url else MediaState.NONE,
    )


def may_lead_out(url: str) -> bool:
    """Say whether a link may lead out of this network; a host that is a name is judged when it is resolved."""
    host = urlsplit(url).hostname or ""
    is_address = ":" in host or host.replace(".", "").isdigit()
    return bool(host) and host != "localhost" and (not is_address or Guard().permits(host))


def fetch_media(number: str, now: datetime, reach: Reach | None = None) -> MediaState | None:
    """Fetch the picture of a ticket and attach it, or say on the timeline why not; None if nothing waits. Safe to run twice."""
    filed = OpenRequest.objects.filter(ticket__number=number, media_state=MediaState.WAITING).first()
    if filed is None:
        return None
    fetched = asyncio.run(_fetched(filed.media_url, reach or Reach()))
    with transaction.atomic():
        row = steps.locked_row(filed.ticket_id)
        filed = OpenRequest.objects.select_for_update().get(pk=filed.pk)
        if filed.media_state != MediaState.WAITING:
            return None
        said = fetched[1] or _keep(row, filed.media_url, fetched, now)
        filed.media_state = MediaState.REFUSED if said else MediaState.KEPT
        filed.media_words = said[:300]
        filed.save(update_fields=["media_state", "media_words"])
        told = _("附件链接没有取到：%(why)s") % {"why": said} if said else _("附件链接中的文件已取得。")
        steps.append(row, "media", steps.WATCHER, now, told)
    return filed.media_state


async def _fetched(url: str, reach: Reach) -> tuple[bytes, str, str]:
    """Return (bytes, why not, ending of the media type)."""
    async with Fetcher(Manners(robots=False), Limits(body_bytes=MOST_MEDIA), reach, agent=AGENT) as fetcher:
        found = await fetcher.get(url)
    if found.error or not found.ok:
        return b"", found.error or f"HTTP {found.status}", ""
    return found.body, "", ENDINGS.get(found.content_type, "")


def _keep(row: Ticket, url: str, fetched: tuple[bytes, str, str], now: datetime) -> str:
    """Attach what came; return why it may not be attached, "" if it may."""
    body, _why, ending = fetched
    name = PurePosixPath(unquote(urlsplit(url).path)).name[-80:] or "media"
    if ending and not name.lower().endswith((ending, ".jpeg")):
        name = f"{name.rpartition('.')[0] or name}{ending}"
    try:
        with transaction.atomic():
            attach(steps.WATCHER, row, [ContentFile(body, name=name)], now)
    except YunshuError as error:
        return error.message or error.code
    return ""
