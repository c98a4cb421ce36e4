"""A mixed load through an instance's doors: demands, payments of a performance table, transfers between departments, a watched system."""

import json
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import psycopg
from psycopg import sql

from yunshu.config.world.doors import DEMAND_FILE, Diary, Program, Visitor
from yunshu.config.world.scratch import Scratch
from yunshu.lib.kernel.errors import YunshuError

OWNER, TABLE, CONSUMER = "dept_445200_010", "gaj_hjrk", "dept_445200_013"
CENT = "0.01"
ROWS, TRANSFER_SECONDS = 5, 60
EXPECTED = (httpx.HTTPError, YunshuError, psycopg.Error, OSError)
_TASK = re.compile(r'<option value="((?:key|other):\d+)"')
Step = Callable[[str], None]


@dataclass
class Load:
    """The drivers, each a thread of its own; ``seed`` decides the pauses."""

    instance: Scratch
    diary: Diary
    direct: str
    """The database's server as a superuser, past every line that may be cut: for looking on."""
    seed: int
    clerks: int = 2
    stopped: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def prepare(self) -> None:
        """Sign in, get keys, find the table and the agreement, register the watched system."""
        passwords = self.instance.passwords()
        self.passwords = passwords
        desk = self._visitor("rexian")
        self.key = desk.key("混沌演练", DEMAND_FILE)
        desk.close()
        with self.at("yunshu") as connection:
            self.table = _one(connection, "SELECT number FROM evaluation_performancetable ORDER BY id LIMIT 1")
            self.agreement = _one(
                connection,
                "SELECT a.number FROM exchange_agreement a JOIN exchange_request r ON r.id = a.request_id JOIN exchange_resource e"
                " ON e.id = r.resource_id JOIN directory_org o ON o.id = r.applicant_id"
                f" WHERE e.table = 'public.{TABLE}' AND o.code = '445200-013' AND r.delivery = 'table' LIMIT 1",
            )
        self.task = self._task()
        self.system = Watched()
        self.system.start()
        self.watch()

    def _task(self) -> str:
        """Return a task that is paid from the table's own book; the first time one is taken from its project for that."""
        clerk, page = self._visitor("tianbao"), f"/console/tables/{self.table}/budget/"
        shown = clerk.client.get(page).text
        if not (offered := _TASK.findall(shown)):
            clerk.send(re.findall(rf'{page}projects/[^"]+/remove/', shown)[-1], {}, page=page)
            offered = _TASK.findall(clerk.client.get(page).text)
        clerk.close()
        return str(offered[0])

    def watch(self) -> None:
        """Register the driver's own web server as a system that is looked at every five seconds."""
        duty = self._visitor("yunweizg")
        page = "/console/operations/targets/new/?check=http"
        form = duty.client.get(page).text
        chosen = {
            n: re.search(rf'<select name="{n}".*?<option value="([^"]+)"', form, re.DOTALL) for n in ("org", "boundary")
        }
        words = {name: found[1] if found else "" for name, found in chosen.items()} | {
            "name": "混沌演练对象", "kind": "system", "interval_s": "5", "timeout_s": "2", "confirm": "1",
            "check-url": self.system.url, "check-method": "GET",
        }  # fmt: skip
        answer = duty.send(page, words)
        duty.close()
        if answer.status_code != httpx.codes.FOUND:
            errors = re.findall(r'class="[^"]*error[^"]*"[^>]*>([^<]+)', answer.text)
            raise RuntimeError(f"the watched system was refused: {answer.status_code} {errors}")
        self.target = answer.headers["Location"].rstrip("/").rpartition("/")[2]

    @property
    def nats(self) -> str:
        """Return the message server's address, past the line."""
        settings = json.loads((self.instance.data / "nats" / "nats.conf").read_text())
        return f"nats://{settings['authorization']['token']}@127.0.0.1:{settings['port']}"

    def at(self, database: str) -> psycopg.Connection[Any]:
        """Open a database, past the lines."""
        return psycopg.connect(self.direct, dbname=database, autocommit=True, connect_timeout=3)

    def start(self) -> None:
        """Begin."""
        steps: list[tuple[str, Step]] = [("ticket", self._ticket()) for _ in range(self.clerks)]
        steps += [("payment", self._payment()), ("transfer", self._transfer())]
        for number, (kind, step) in enumerate(steps):
            thread = threading.Thread(target=self._run, args=(kind, number, step), name=f"{kind}-{number}")
            thread.start()
            self.threads.append(thread)

    def stop(self) -> None:
        """End; what is under way is waited for."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _run(self, kind: str, number: int, step: Step) -> None:
        pauses, count = random.Random(f"{self.seed}/{number}"), 0
        while not self.stopped.is_set():
            mark = f"c{self.seed}-{number}-{count}"
            try:
                step(mark)
            except EXPECTED as error:
                self.diary.note(kind, mark, "failed", why=f"{type(error).__name__}: {error}"[:200])
                self.stopped.wait(0.3)
            count += 1
            self.stopped.wait(pauses.random() * 0.1)

    def _visitor(self, who: str) -> Visitor:
        made = Visitor(self.instance.url)
        made.sign_in(who, self.passwords[who])
        return made

    def _ticket(self) -> Step:
        """File a demand; one that got no answer is sent again once, as a channel's program does."""
        program = Program(self.instance.url, self.key, self.diary)

        def step(mark: str) -> None:
            if program.file(mark).outcome == "failed":
                self.stopped.wait(0.5)
                program.file(mark)

        return step

    def _payment(self) -> Step:
        """Enter a cent under a voucher of its own, by the page."""
        known: list[Visitor] = []

        def step(mark: str) -> None:
            if not known:
                known.append(self._visitor("tianbao"))
            words = {
                "task": self.task,
                "on": "2022-06-30",
                "amount_yuan": CENT,
                "voucher": mark,
                "statement": "混沌演练",
            }
            answer = known[0].send(f"/console/tables/{self.table}/budget/", words)
            done = answer.status_code == httpx.codes.FOUND
            if not done and answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
                known.pop().close()
            self.diary.note("payment", mark, "done" if done else "failed", why=str(answer.status_code))

        return step

    def _transfer(self) -> Step:
        """Add rows at the owner, order a delivery by the page, wait until it has ended."""
        known: list[Visitor] = []

        def step(mark: str) -> None:
            if not known:
                known.append(self._visitor("shuju"))
            keys = self._added(mark)
            path = f"/console/exchange/agreements/{self.agreement}/"
            answer = known[0].send(f"{path}deliver/", {}, page=path)
            if answer.status_code != httpx.codes.FOUND:
                if answer.status_code != httpx.codes.CONFLICT:
                    known.pop().close()
                self.diary.note("transfer", mark, "failed", why=str(answer.status_code))
                self.stopped.wait(1)
                return
            number = answer.headers["Location"].rstrip("/").rpartition("/")[2]
            state = self.ended(number)
            outcome = "done" if state == "done" else "failed"
            self.diary.note("transfer", mark, outcome, number=number, keys=keys, why=state)

        return step

    def _added(self, mark: str) -> list[int]:
        with self.at(OWNER) as connection:
            copied = sql.SQL(
                "INSERT INTO {t} SELECT r.* FROM (SELECT * FROM {t} ORDER BY rybh LIMIT 1) s, (SELECT max(rybh) AS top FROM {t}) m,"
                " generate_series(1, %s) n, jsonb_populate_record(NULL::{t}, to_jsonb(s) || jsonb_build_object("
                "'rybh', m.top + n, 'xm', %s::text, 'updated_at', clock_timestamp())) r RETURNING rybh"
            ).format(t=sql.Identifier(TABLE))
            return [int(row[0]) for row in connection.execute(copied, [ROWS, mark[:20]])]

    def ended(self, number: str) -> str:
        """Return how a delivery ended, ``open`` if it has not in time; who only looks on has patience."""
        deadline = time.monotonic() + TRANSFER_SECONDS
        while time.monotonic() < deadline:
            try:
                with self.at("yunshu") as connection:
                    row = connection.execute(
                        "SELECT state, ended_at FROM exchange_delivery WHERE number = %s", [number]
                    ).fetchone()
                if row and row[1]:
                    return str(row[0])
            except psycopg.Error:
                pass
            time.sleep(0.3)
        return "open"


class Watched:
    """A web server that is always well, and notes when it was looked at."""

    def __init__(self) -> None:
        self.looks: list[float] = []
        looks = self.looks

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                looks.append(time.time())
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_HEAD = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End."""
        self.server.shutdown()


def _one(connection: psycopg.Connection[Any], query: str) -> str:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    if row is None:
        raise RuntimeError(f"nothing found: {query}")
    return str(row[0])
