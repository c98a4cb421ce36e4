"""``yunshu hotline gateway``: a simulator of the unified identity gateway, for demonstrations and trials. It is nobody's platform."""

import json
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from yunshu.domains.hotline.gateway import SHIPPED, is_signed

MOST = 1 << 16


class Users:
    """Tickets that were given out, each good for one exchange: ``ticket`` → (uid, name, phone)."""

    def __init__(self, secret: str, names: dict[str, Any]) -> None:
        self.secret, self.names = secret, names
        self.given: dict[str, tuple[str, str, str]] = {}

    def answer(self, words: dict[str, str]) -> dict[str, Any]:
        """Return the user of a ticket, once; a wrong signature or a used ticket is refused."""
        claimed = str(words.pop(self.names["ask"]["signature"], ""))
        user = self.given.pop(str(words.get(self.names["ask"]["ticket"])), None)
        if user is None or not is_signed({name: str(value) for name, value in words.items()}, claimed, self.secret):
            return {"code": "1", "message": "ticket"}
        return {"code": "0", "data": {"uid": user[0], "userName": user[1], "mobile": user[2]}}


def server(port: int, users: Users) -> ThreadingHTTPServer:
    """Return the simulator's server on loopback, not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length") or 0), MOST)
            body = json.dumps(users.answer(json.loads(self.rfile.read(size))), ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            return

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Command(BaseCommand):
    """Serves on loopback until interrupted."""

    help = "运行统一身份网关模拟器（演示和测试用，不是省里的系统；字段未核对）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Port and the users: ticket=uid,name,phone."""
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--user", action="append", default=[], help="票据=用户号,姓名,手机号")

    def handle(self, *, port: int, user: list[str], **_: object) -> None:
        """Serve."""
        users = Users(settings.HOTLINE_GATEWAY_SECRET, tomllib.loads(SHIPPED.read_text()))
        for each in user:
            ticket, _equals, words = each.partition("=")
            uid, name, phone = (*words.split(","), "", "")[:3]
            users.given[ticket] = (uid, name, phone)
        self.stdout.write(f"统一身份网关模拟器：http://127.0.0.1:{port}/")
        server(port, users).serve_forever(poll_interval=0.2)
