"""An instance from outside, through its doors only: signed in by the pages, or as a program with a key; what is done bears a mark.

Drills use it (``yunshu demo restore``, ``bench/chaos.py``, ``bench/scale.py``): what the instance acknowledged is written down on
the driver's own disk before the next thing is done, so that afterwards anybody can count what became of it.
"""

import json
import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Unavailable

SECONDS = 20.0
DEMAND_FILE = "hotline.demand.file"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_SECRET = re.compile(r'<code class="dir-secret">([^<]+)</code>')


@dataclass(frozen=True)
class Note:
    """One thing that was done: its mark, what came of it, and what the instance said."""

    kind: str
    mark: str
    outcome: str
    """``done``: acknowledged; ``failed``: the caller got an error and knows it."""
    at: datetime
    words: dict[str, Any] = field(default_factory=dict)


class Diary:
    """What a driver did, line by line, on disk before the next step; several threads may write."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self._lock = Lock()
        self.notes: list[Note] = []

    def note(self, kind: str, mark: str, outcome: str, **words: Any) -> Note:
        """Write one line down."""
        made = Note(kind, mark, outcome, clock.now(), words)
        with self._lock:
            self._file.write(json.dumps(vars(made) | {"at": made.at.isoformat()}, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.notes.append(made)
        return made

    def done(self, kind: str) -> list[Note]:
        """Return what was acknowledged, the oldest first."""
        return [each for each in list(self.notes) if each.kind == kind and each.outcome == "done"]

    def close(self) -> None:
        """End."""
        self._file.close()


class Visitor:
    """Somebody with a browser: signs in, sends forms. Every failure is httpx's or Unavailable."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self.client = httpx.Client(base_url=url, timeout=seconds)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in by the page. Raises Unavailable (``not_signed_in``)."""
        answer = self.send("/accounts/login/", {"login": name, "password": password})
        if answer.status_code != httpx.codes.FOUND:
            raise Unavailable("not_signed_in", f"{name} 登录没有成功（{answer.status_code}）。")

    def send(self, path: str, words: dict[str, Any], page: str = "") -> httpx.Response:
        """Open the page that holds the form (the same address unless ``page`` is given), send it."""
        shown = self.client.get(page or path)
        found = _TOKEN.search(shown.text)
        if found is None:
            raise Unavailable("no_form", f"{page or path} 没有表单（{shown.status_code}）。")
        return self.client.post(path, data={"csrfmiddlewaretoken": found[1], **words}, headers={"Referer": path})

    def key(self, what_for: str, permission: str) -> str:
        """Have a key issued for the first organisation that is offered; return it. Raises Unavailable (``no_key``)."""
        page = "/console/api-keys/new/"
        offered = re.search(r'<option value="([^"]+)"', self.client.get(page).text)
        words = {
            "org_code": offered[1] if offered else "",
            "name": what_for,
            "permissions": permission,
            "ends_on": (clock.city_date(clock.now()) + timedelta(days=1)).isoformat(),
        }
        shown = self.send(page, words)
        found = _SECRET.search(shown.text)
        if found is None:
            raise Unavailable("no_key", f"没有得到接口密钥（{shown.status_code}）。")
        return unescape(found[1])

    def close(self) -> None:
        """Forget the session."""
        self.client.close()


class Program:
    """A channel's program with a key: files demands for citizens, each with its own number (the mark)."""

    def __init__(self, url: str, key: str, diary: Diary, seconds: float = SECONDS) -> None:
        self.client = httpx.Client(base_url=url, timeout=seconds, headers={"Authorization": f"Bearer {key}"})
        self.diary = diary

    def file(self, mark: str) -> Note:
        """File a demand; what came of it is in the diary when this returns. Sent again, it is the same demand."""
        words = {
            "kind": "consult",
            "title": f"演练 {mark}",
            "content": f"演练诉求，标记 {mark}。",
            "source_number": mark,
        }
        try:
            answer = self.client.post("/api/v1/hotline/demands", json=words)
        except httpx.HTTPError as error:
            return self.diary.note("ticket", mark, "failed", why=type(error).__name__)
        if answer.status_code != httpx.codes.CREATED:
            return self.diary.note("ticket", mark, "failed", why=str(answer.status_code))
        return self.diary.note("ticket", mark, "done", **answer.json())

    def follow(self, number: str, code: str) -> str:
        """Return the title of a demand to whoever knows its code. Raises Unavailable (``not_found``)."""
        answer = self.client.get(f"/api/v1/hotline/demands/{number}", headers={"X-Lookup-Code": code})
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("not_found", f"按查询码查不到 {number}（{answer.status_code}）。")
        return str(answer.json()["title"])

    def close(self) -> None:
        """End."""
        self.client.close()
