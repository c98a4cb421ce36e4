"""How much a request may bring. Django spools the whole body to disk before any of its code looks at it.

So the limit stands before Django: a length that is announced is refused at once, bytes that merely keep coming are
cut off at the first piece too many. In production the proxy in front does the same (``deploy/nginx.conf``).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
FORM_BYTES = 2 * 1024 * 1024
"""What stands around the files in a form; ``deploy/nginx.conf`` grants the same."""
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"default-src 'none'; sandbox")]
SENTENCE = "上传的内容超过上限，请压缩或拆分后再传。"


def limited(application: Application, most_bytes: int) -> Application:
    """Return ``application`` behind the limit; what is beyond it gets 413."""

    async def guard(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most_bytes:
            await _refuse(send)
            return
        taken, answered = 0, False

        async def counted() -> Message:
            nonlocal taken, answered
            message = await receive()
            taken += len(message.get("body", b""))
            if taken <= most_bytes:
                return message
            if not answered:
                answered = True
                await _refuse(send)
            return {"type": "http.disconnect"}

        async def quiet(message: Message) -> None:
            if not answered:
                await send(message)

        await application(scope, counted, quiet)

    return guard


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *_SAFE]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": SENTENCE.encode()})
