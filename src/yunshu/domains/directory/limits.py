"""Sessions within limits: idle ones end, all end some day, and no account is signed in at more places than allowed.

Source: GB/T 22239-2019 8.1.4.1 b (ending sessions, leaving idle ones). Figures: ``settings.LIMITS`` (config/limits.py).
"""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yunshu.lib.kernel import clock

BEGAN, SEEN = "yunshu_began", "yunshu_seen"
NOTE_EVERY_S = 60


def end_if_over(request: HttpRequest) -> None:
    """Sign out who has been idle or signed in for too long; else note, once a minute, that somebody is there."""
    if SESSION_KEY not in request.session:
        return
    now, limits = int(clock.now().timestamp()), settings.LIMITS
    began, seen = request.session.get(BEGAN, now), request.session.get(SEEN, now)
    if now - seen > limits["idle_minutes"] * 60 or now - began > limits["session_hours"] * 3600:
        logout(request)
        messages.info(request, _("您已较长时间没有操作，或登录已满最长时间，请重新登录。"))
    elif BEGAN not in request.session or now - seen >= NOTE_EVERY_S:
        request.session[BEGAN], request.session[SEEN] = began, now


def end_others(request: HttpRequest | None, account_id: int) -> None:
    """End the oldest sessions of an account that signs in at one place too many."""
    others = UserSession.objects.filter(user_id=account_id).order_by("-last_seen_at", "-pk")
    key = request.session.session_key if request is not None and hasattr(request, "session") else None
    for session in others.exclude(session_key=key)[settings.LIMITS["sessions"] - 1 :]:
        session.end()
