"""What a citizen sends twice makes one ticket: a second press, a browser that tries again, a phone that sends what it kept.

The page carries a word made for it; the page and what is written on it name a submission. The look-up code is derived from both, so
whoever sends the same page again is told the same number and code.
"""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline.models import Submission
from yunshu.domains.hotline.services import registering
from yunshu.domains.hotline.services.registering import CODE_DIGITS, Registered, TicketSpec

PURPOSE = "yunshu.hotline.submission"
KEPT_FOR = timedelta(days=1)


@transaction.atomic
def receive_once(
    *, by: Viewer, spec: TicketSpec, page: str, now: datetime, uploads: Iterable[files.Upload] = ()
) -> Registered:
    """Receive what a citizen wrote, or return the ticket that the same page made before. Raises as ``registering.receive``."""
    key = salted_hmac(PURPOSE, repr((page, astuple(spec))), algorithm="sha256").hexdigest()
    code = f"{int(salted_hmac(PURPOSE + '.code', key).hexdigest(), 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
    with connection.cursor() as cursor:  # the same page at the same moment waits here
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{PURPOSE}:{key}"])
    found = Submission.objects.select_related("ticket").filter(key=key).first()
    if found is not None:
        return Registered(ticket=found.ticket, code=code)
    made = registering.receive(by=by, spec=spec, now=now, uploads=uploads, code=code)
    Submission.objects.create(key=key, ticket=made.ticket, at=now)
    return made


def forget(*, now: datetime) -> int:
    """Forget what nobody sends again; return how many. Safe to run twice."""
    return Submission.objects.filter(at__lt=now - KEPT_FOR).delete()[0]
