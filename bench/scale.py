"""A larger town on loopback from the files of ``deploy/scale/``: any one machine is killed under load; what fails, what is lost, how long does it last?

    .ci/programs && uv run python bench/scale.py [--quick] [--clerks 4]        (--quick: shorter rests between the kills)

Two PostgreSQL servers (a commit waits for the standby), three JetStream servers, two web processes behind nginx, two workers, relays and
handlers. Programs file demands, readers read, all through nginx; each kill is ``kill -9``, what died is started again after a second
as systemd does, but for the primary: the standby is promoted by ``deploy/scale/standby.sh promote``, at once, and the old primary comes
back as the new one's standby. The time runs from the kill until a new demand is taken, and until its fact is in the stream and handled (behind what piled up). In the
end every acknowledged demand, every fact and every handling is counted. Exit code 1 if anything is lost or doubled.
"""

import argparse
import asyncio
import csv
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from _audit import messages
from _town import Town, answers, wait

from yunshu.config.world import restored
from yunshu.config.world.doors import DEMAND_FILE, Diary, Program, Visitor
from yunshu.lib import bus

REST_SECONDS, QUICK_REST_SECONDS, RECOVERY_SECONDS, READERS = 8.0, 1.0, 90, 2
_THROUGH = (
    "SELECT bool_and(published_at IS NOT NULL AND EXISTS (SELECT 1 FROM outbox_handledevent h WHERE h.event_id = e.id))"
    " FROM outbox_outboxentry e WHERE payload->>'number' = %s AND subject = 'hotline.ticket.registered.v1'"
)


def main() -> None:
    """Start the town, load it, kill one after the other, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--clerks", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yunshu-scale-", ignore_cleanup_errors=True) as name:
        town, began = Town(Path(name)), time.monotonic()
        try:
            town.start()
            print(
                f"{len(town.machines)} machines started in {time.monotonic() - began:.0f} s at {town.url}", flush=True
            )
            good = Trial(town, options.clerks, QUICK_REST_SECONDS if options.quick else REST_SECONDS).run()
        finally:
            town.stop()
    sys.exit(0 if good else 1)


@dataclass
class Trial:
    """One run."""

    town: Town
    clerks: int
    rest: float
    stopped: threading.Event = field(default_factory=threading.Event)
    reads: Counter[str] = field(default_factory=Counter)
    felt: dict[str, float | None] = field(default_factory=dict)

    def run(self) -> bool:
        """Load, kill, count, print; say whether nothing was lost."""
        with (self.town.folder / "shared" / "accounts.txt").open() as sheet:
            passwords = {row["username"]: row["password"] for row in csv.DictReader(sheet)}
        desk = Visitor(self.town.url, seconds=60)
        desk.sign_in("rexian", passwords["rexian"])
        self.key = desk.key("scale", DEMAND_FILE)
        desk.close()
        self.diary = Diary(self.town.folder / "diary")
        works = [(self._file, n) for n in range(self.clerks)] + [(self._read, n) for n in range(READERS)]
        threads = [threading.Thread(target=work, args=(number,)) for work, number in works]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        try:
            time.sleep(2 + self.rest)
            self._kills()
            time.sleep(self.rest)
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join()
        return self._tell(time.monotonic() - began)

    def _file(self, number: int) -> None:
        """File demands; one that got no answer is sent again until it has one, as a channel's program does."""
        program, count = Program(self.town.url, self.key, self.diary, seconds=15), 0
        while not self.stopped.is_set():
            mark = f"s{number}-{count}"
            while program.file(mark).outcome == "failed" and not self.stopped.wait(0.2):
                pass
            count += 1
        program.close()

    def _read(self, _number: int) -> None:
        """Read who one is: a request that may be repeated."""
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=self.town.url, headers=headers, timeout=15) as client:
            while not self.stopped.is_set():
                try:
                    self.reads["done" if client.get("/api/v1/me").status_code == httpx.codes.OK else "failed"] += 1
                except httpx.HTTPError:
                    self.reads["failed"] += 1
                self.stopped.wait(0.02)

    def _kills(self) -> None:
        """Kill one after the other, each once the one before is over."""
        town = self.town
        for name in ("web1", "web2", "worker1", "relay1", "handlers1"):
            self._one(name, town.machines[name].kill)
            if name in town.ports:
                wait(lambda port=town.ports[name]: answers(port), name)
        leader = town.leader(bus.STREAM)
        follower = next(name for name in ("nats1", "nats2", "nats3") if name != leader)
        self._one(f"{follower} (a follower)", town.machines[follower].kill)
        leader = town.leader(bus.STREAM)
        self._one(f"{leader} (leader of the facts)", town.machines[leader].kill)
        self._one("db2 (the standby; commits wait for it)", town.machines["db2"].kill)
        wait(town.in_step, "the standby")
        self._one("db1 (the primary; the standby promoted by hand)", self._failover)
        self._one("db1 back as the new primary's standby", self._rejoin)

    def _failover(self) -> None:
        first = self.town.machines["db1"]
        first.given_up = True
        first.kill()
        self.town.standby("promote", "db2")

    def _rejoin(self) -> None:
        """Make the old primary a standby of the new one: its cluster anew, from the new primary."""
        cluster = self.town.folder / "db1" / "postgres"
        shutil.rmtree(cluster)
        self.town.standby("make", "db2", str(cluster))
        self.town.machines["db1"].start()
        self.town.machines["db1"].given_up = False

    def _one(self, name: str, strike: Callable[[], None]) -> None:
        began, before = time.monotonic(), len(self.diary.notes)
        reads = self.reads["failed"]
        strike()
        taken, took = self._recovery(began, f"canary-{len(self.felt)}")
        self.felt[name] = took
        failed = sum(note.outcome == "failed" for note in self.diary.notes[before:])
        shown = f"{took:.1f} s" if took is not None else "NOT IN TIME"
        print(
            f"  {name}: {failed} demands and {self.reads['failed'] - reads} reads failed; demands again after {taken:.1f} s, all of it after {shown}",
            flush=True,
        )
        time.sleep(self.rest)

    def _recovery(self, began: float, mark: str) -> tuple[float, float | None]:
        """Return the seconds from ``began`` until a new demand is taken, and until its fact is sent and handled; None: not in time."""
        program, number, taken = Program(self.town.url, self.key, self.diary, seconds=3), "", float("inf")
        while (passed := time.monotonic() - began) < RECOVERY_SECONDS:
            if not number and (note := program.file(mark)).outcome == "done":
                number, taken = str(note.words["number"]), time.monotonic() - began
            if number and self._through(number):
                program.close()
                return taken, passed
            time.sleep(0.05)
        return taken, None

    def _through(self, number: str) -> bool:
        with suppress(psycopg.Error):
            if primary := self.town.primary():
                with self.town.at(primary) as connection:
                    return connection.execute(_THROUGH, [number]).fetchone() == (True,)
        return False

    def _tell(self, seconds: float) -> bool:
        """Wait for quiet, count, print."""
        with self.town.at(self.town.primary()) as connection:
            query = (
                "SELECT count(*) FROM outbox_outboxentry e WHERE published_at IS NULL OR (subject = 'hotline.ticket.registered.v1'"
                " AND NOT EXISTS (SELECT 1 FROM outbox_handledevent h WHERE h.event_id = e.id))"
            )
            wait(lambda: connection.execute(query).fetchone() == (0,), "quiet")
            seen = restored.tickets(connection, self.diary.done("ticket"))
            facts = {f"outbox-{row[0]}" for row in connection.execute("SELECT id FROM outbox_outboxentry")}
            twice = _twice(connection, [note.mark for note in self.diary.notes])
        sent = asyncio.run(messages(self.town.nats_url))
        lost = [*seen.lost, *seen.changed, *(facts - sent.keys())]
        doubled = [*twice, *(each for each, times in sent.items() if times > 1)]
        done = len(self.diary.done("ticket"))
        failed = len(self.diary.notes) - done
        for name, marks in (("lost", lost), ("doubled", doubled)):
            for mark in marks[:10]:
                print(f"  {name}: {mark}")
        times = [took for took in self.felt.values() if took is not None]
        print(
            f"demands {done} done ({done / seconds:.1f}/s), {failed} failed visibly; reads {self.reads['done']} done, {self.reads['failed']}"
            f" failed; facts {len(facts)}, lost {len(lost)}, doubled {len(doubled)}; time to recover p50 {statistics.median(times or [0]):.1f} s,"
            f" max {max(times or [0]):.1f} s; load {os.getloadavg()[0]:.1f}"
        )
        return not lost and not doubled and len(times) == len(self.felt)


def _twice(connection: psycopg.Connection[Any], marks: list[str]) -> list[str]:
    query = "SELECT source_number FROM hotline_ticket WHERE source_number = ANY(%s) GROUP BY 1 HAVING count(*) > 1"
    return [str(row[0]) for row in connection.execute(query, [marks])]


if __name__ == "__main__":
    main()
