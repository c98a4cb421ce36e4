"""The simulator's ends: three paths of the contract, a gateway for direct queries, and a page for whoever plays the province.

GET  /            the page            POST /faults   name, times      POST /give   receiver, kind, words (JSON)
GET  /gateway/query?id=…              one made-up row, for 数据直达
"""

import html
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from yunshu.lib.cascade import message
from yunshu.lib.cascade.simulator.desk import Desk
from yunshu.lib.crypto.signing import PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import letters

LATE_S = 2.0
NAME = "省级平台模拟器"


@dataclass(frozen=True)
class Simulator:
    """What a request is answered with: the desk, its keys, those of a stranger, and the keys of each level below."""

    desk: Desk
    signers: Iterable[PrivateKey]
    stranger: Iterable[PrivateKey]
    below: Mapping[str, Iterable[PublicKey]]

    @property
    def hand(self) -> Iterable[PrivateKey]:
        """The keys to sign with now."""
        return self.stranger if self.desk.faults.strikes("wrong_signature") else self.signers

    def send(self, data: bytes) -> bytes:
        """Take a message; return the acknowledgement."""
        claimed = letters.unread(message.MESSAGE, data)[0]
        given = message.read_message(data, self._keys(claimed.get("sender")))
        return message.write(self.desk.take(given), self.hand)

    def fetch(self, data: bytes) -> bytes:
        """Give what waits for whoever asks, after the number up to which it has taken everything."""
        asked = self._asked(data, "fetch")
        receiver, after, most = str(asked["sender"]), int(asked["after"]), int(asked["most"])
        question = (
            "SELECT number, id, kind, body, at FROM given WHERE receiver = ? AND number > ? ORDER BY number LIMIT ?"
        )
        rows = self.desk.book.rows(question, receiver, after, most)
        with self.desk.book.act() as act:
            act.execute("UPDATE given SET fetched = 1 WHERE receiver = ? AND number <= ?", (receiver, after))
        if self.desk.faults.strikes("disorder"):
            rows.reverse()
        if self.desk.faults.strikes("duplicate"):
            rows = [row for row in rows for _twice in range(2)]
        hand = self.hand if rows else self.signers
        found = [self._letter(receiver, row, hand) for row in rows]
        return letters.write(message.ANSWER, {"nonce": asked["nonce"], "letters": found}, self.signers)

    def reconcile(self, data: bytes) -> bytes:
        """Tell what is known of the catalogue of whoever asks."""
        asked = self._asked(data, "reconcile")
        sender = str(asked["sender"])
        rows = self.desk.book.rows("SELECT code, version, digest FROM entry WHERE sender = ?", sender)
        entries = [{"code": code, "version": version, "digest": digest} for code, version, digest in rows]
        told = {"nonce": asked["nonce"], "entries": entries, "taken": self._taken(sender), "given": self._given(sender)}
        return letters.write(message.ANSWER, told, self.signers)

    def _taken(self, sender: str) -> list[dict[str, Any]]:
        """Return how far each stream of a level below was taken."""
        question = "SELECT sender, max(number) FROM taken WHERE sender LIKE ? GROUP BY sender"
        rows = self.desk.book.rows(question, f"{sender}/%")
        return [{"stream": line.partition("/")[2], "version": number} for line, number in rows]

    def _given(self, receiver: str) -> int:
        """Return how many messages were given to a level below."""
        return int(self.desk.book.rows("SELECT count(*) FROM given WHERE receiver = ?", receiver)[0][0])

    def _letter(self, receiver: str, row: tuple[Any, ...], hand: Iterable[PrivateKey]) -> str:
        number, uid, kind, body, at = row
        given = message.Message(
            id=uid, sender="province", receiver=receiver, number=number, kind=kind, made_at=at, body=json.loads(body)
        )
        return message.write(given, hand).decode()

    def _asked(self, data: bytes, path: str) -> dict[str, Any]:
        claimed = letters.unread(message.QUESTION, data)[0]
        asked = letters.read(message.QUESTION, data, self._keys(claimed.get("sender")))
        if asked.get("path") != path:
            raise Refused("letter_malformed", "问的不是这件事。")
        return asked

    def _keys(self, sender: object) -> Iterable[PublicKey]:
        if str(sender) not in self.below:
            raise Refused("sender_unknown", "模拟器不认识这个下级平台。")
        return self.below[str(sender)]


def server(host: str, port: int, simulator: Simulator) -> ThreadingHTTPServer:
    """Return the server, not yet serving."""

    class Handler(_Handler):
        its = simulator

    return ThreadingHTTPServer((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    its: Simulator
    server_version = "YunshuSimulator"

    def do_POST(self) -> None:
        data = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), self.its.desk.contract.most_bytes))
        try:
            if self.path == "/faults":
                self._switch(data)
            elif self.path == "/give":
                self._give(data)
            else:
                self._letters(data)
        except (Refused, KeyError, ValueError) as error:
            self._say(400, "text/plain", str(getattr(error, "message", error)).encode())

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/gateway/query":
            self._say(200, "application/json", json.dumps(gateway(parse_qs(address.query))).encode())
        elif address.path == "/":
            self._say(200, "text/html; charset=utf-8", page(self.its.desk).encode())
        else:
            self._say(404, "text/plain", b"")

    def log_message(self, *_words: object) -> None:
        """Say nothing: what was taken stands in the book."""

    def _letters(self, data: bytes) -> None:
        faults, contract = self.its.desk.faults, self.its.desk.contract
        ends = {
            contract.paths["send"]: self.its.send,
            contract.paths["fetch"]: self.its.fetch,
            contract.paths["reconcile"]: self.its.reconcile,
        }
        if self.path not in ends:
            self._say(404, "text/plain", b"")
            return
        if faults.strikes("late"):
            time.sleep(LATE_S)
        if faults.strikes("away"):
            self._say(503, "text/plain", b"")
            return
        answer = ends[self.path](data)
        if self.path == contract.paths["send"] and faults.strikes("lost_ack"):
            self.close_connection = True
            return
        self._say(200, "application/json", answer)

    def _switch(self, data: bytes) -> None:
        words = {name: values[0] for name, values in parse_qs(data.decode()).items()}
        self.its.desk.faults.switch(words["name"], int(words["times"]))
        self._back()

    def _give(self, data: bytes) -> None:
        words = {name: values[0] for name, values in parse_qs(data.decode()).items()}
        self.its.desk.give(words["receiver"], words["kind"], json.loads(words["words"]))
        self._back()

    def _back(self) -> None:
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def gateway(asked: Mapping[str, list[str]]) -> dict[str, Any]:
    """Answer a direct query with a made-up row that says so."""
    number = (asked.get("id") or [""])[0]
    rows = [{"id": number, "name": "模拟记录", "state": "在册"}] if number else []
    return {"source": NAME, "data": {"list": rows}}


def page(desk: Desk) -> str:
    """Return the page: faults, what was taken, what was given, a form to send something down."""
    faults = "".join(
        f"<li>{fault['title']} · {fault['times']} <form method=post action=/faults><input type=hidden name=name "
        f"value={fault['name']}><button name=times value=1>一次</button><button name=times value=-1>一直</button>"
        "<button name=times value=0>关</button></form></li>"
        for fault in desk.faults.shown()
    )
    taken = _table(desk.book.rows("SELECT sender, number, kind, body, at FROM taken ORDER BY at DESC LIMIT 50"))
    given = _table(desk.book.rows("SELECT receiver, number, kind, body, fetched FROM given ORDER BY at DESC LIMIT 50"))
    kinds = "".join(f"<option>{name}</option>" for name in sorted(desk.contract.kinds))
    return (
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{NAME}</title><h1>{NAME}</h1>"
        "<p><strong>这不是省里的系统</strong>，只用来演示和测试级联；没有密码，只能在本机打开。</p>"
        f"<h2>故障</h2><ul>{faults}</ul><h2>下发</h2><form method=post action=/give><input name=receiver "
        f"aria-label=下级 required><select name=kind aria-label=种类>{kinds}</select><textarea name=words "
        "aria-label=内容 rows=4 cols=60>{}</textarea><button>下发</button></form>"
        f"<h2>收到的</h2>{taken}<h2>下发的</h2>{given}"
    )


def _table(rows: list[tuple[Any, ...]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(str(each))}</td>" for each in row) + "</tr>" for row in rows)
    return f"<table border=1>{lines}</table>" if rows else "<p>没有。</p>"
