"""What granian serves."""

import asyncio
import os
from typing import Any

from django.core.asgi import get_asgi_application

from yunshu.config import env, logs
from yunshu.config.body_limit import FORM_BYTES, Application, Receive, Send, limited
from yunshu.config.proxies import behind

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")


def living(inner: Application) -> Application:
    """Return ``inner`` in a process that logs as all others do and shows that its loop turns, from its first request on."""
    started = False

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        nonlocal started
        if not started:
            started = True
            from yunshu.lib.observe import beats
            from yunshu.lib.observe.pulse import Pulse

            logs.configure()
            Pulse("web", beats.Notes("web"), ends=True).start(asyncio.get_running_loop())
        await inner(scope, receive, send)

    return application


application = living(
    behind(
        limited(get_asgi_application(), env.number("YUNSHU_UPLOAD_MAX") + FORM_BYTES),
        env.text("YUNSHU_TRUSTED_PROXIES"),
    )
)
