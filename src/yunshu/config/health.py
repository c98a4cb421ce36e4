"""Two addresses for machines: is the process alive, and can it do its work?"""

from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from yunshu.lib import bus
from yunshu.lib.ui.access import public


@public
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer: the process is alive."""
    return HttpResponse("ok", content_type="text/plain")


@public
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database and the message server answer, else 503 with which one does not."""
    state = {"database": _database_answers(), "messages": bus.reachable(settings.NATS_URL)}
    return JsonResponse(state, status=HTTPStatus.OK if all(state.values()) else HTTPStatus.SERVICE_UNAVAILABLE)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
