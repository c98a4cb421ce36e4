"""The operator's page of the backups: how old, how large, whether one could be restored, what to do."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunshu.domains.operations.contracts import BACKUP_VIEW
from yunshu.domains.operations.selectors import backups
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff
from yunshu.lib.ui.pages import show


@staff(BACKUP_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The last whole backup, the newest moment that can be given back, the last trial, every backup kept."""
    now, found = clock.now(), backups.standing(settings.BACKUP_STATUS)
    said = backups.warnings(found, configured=bool(settings.BACKUP_FOLDER), interval_s=settings.BACKUP_SECONDS, now=now)
    return show(request, "operations/backups.html", {"found": found, "warnings": said, "now": now})
