"""Personal data shown in the clear: who saw what of whom, when, why and in which request; nothing of the data itself."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import PersonalLook
from yunshu.domains.directory.services.accounts import Origin
from yunshu.lib.kernel.errors import Refused

SHORTEST_REASON = 2


@dataclass(frozen=True)
class Look:
    """What is looked at: a declared kind, the public number of what it belongs to, and why."""

    kind: str
    subject: str
    reason: str


def look(*, actor: Viewer, what: Look, origin: Origin, at: datetime) -> None:
    """Append one line to the record of looks. Raises Refused (``reason_missing``)."""
    if len(what.reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_missing", _("请写明查看个人信息的事由。"), where="reason")
    PersonalLook.objects.create(
        at=at,
        actor=actor.label[:120],
        account_id=getattr(actor, "account_id", None),
        kind=what.kind,
        subject=what.subject[:80],
        reason=what.reason.strip()[:200],
        address=origin.address or None,
        request_id=origin.request_id[:40],
    )
