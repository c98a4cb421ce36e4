"""Writing: send, read, switch off, clear up."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.notify import registry
from yunshu.domains.notify.contracts import NoticeSpec
from yunshu.domains.notify.models import Notice, Silence
from yunshu.lib.kernel.errors import Refused


@transaction.atomic
def send(*, people: Iterable[int], spec: NoticeSpec, now: datetime) -> int:
    """Tell ``people`` (ids of persons) one thing; return how many inboxes it reached. Safe to run twice.

    Whoever has switched the kind off is left out, unless it is mandatory.
    """
    kind = registry.kind_of(spec.kind)
    wanted = set(people)
    if not kind.mandatory:
        wanted -= set(Silence.objects.filter(person_id__in=wanted, kind=kind.code).values_list("person_id", flat=True))
    known = set(Notice.objects.filter(person_id__in=wanted, once=spec.once).values_list("person_id", flat=True))
    rows = [
        Notice(
            person_id=person,
            kind=kind.code,
            title=spec.title[:200],
            body=spec.body[:500],
            url=spec.url,
            once=spec.once,
            sent_at=now,
        )
        for person in sorted(wanted - known)
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def mark_read(rows: QuerySet[Notice], now: datetime) -> int:
    """Mark the viewer's own ``rows`` as read; return how many were not."""
    return rows.filter(read_at__isnull=True).update(read_at=now)


def mark_unread(rows: QuerySet[Notice]) -> int:
    """Mark the viewer's own ``rows`` as unread again."""
    return rows.filter(read_at__isnull=False).update(read_at=None)


@transaction.atomic
def choose(*, actor: Staff, wanted: Sequence[str], now: datetime) -> None:
    """Keep which kinds a person wants; the others are silent from now on. Mandatory kinds cannot be switched off.

    Raises Refused (``kind_unknown``).
    """
    known = {kind.code: kind for kind in registry.kinds()}
    if set(wanted) - set(known):
        raise Refused("kind_unknown", _("没有这种通知。"))
    silent = {code for code, kind in known.items() if code not in wanted and not kind.mandatory}
    Silence.objects.filter(person_id=actor.person_id).exclude(kind__in=silent).delete()
    rows = [Silence(person_id=actor.person_id, kind=code, since=now) for code in sorted(silent)]
    Silence.objects.bulk_create(rows, ignore_conflicts=True)


def prune(now: datetime) -> int:
    """Delete notices read long ago (``YUNSHU_NOTICE_DAYS``); unread ones stay, as does what they told of."""
    return Notice.objects.filter(read_at__lt=now - timedelta(days=settings.NOTICE_KEEP_DAYS)).delete()[0]
