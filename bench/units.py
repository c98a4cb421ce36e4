"""What one of each costs: CPU of a page, bytes and log of a demand, a fact, a ledger record, a moved row, a sample; the numbers behind docs/operate/scale.md.

    uv run python bench/units.py [--quick] [--data FOLDER]        (--quick: few of each)

CPU is read from the processes' own counters (web; PostgreSQL and everything it forked; relay, handlers, worker, ledger), so that other work on the
machine changes little. Sizes are differences of PostgreSQL's relation sizes, of its log's position, of the stream's bytes and of a member's log.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
from _audit import quiet
from _load import CONSUMER, Load
from _seed import seeded
from psycopg.conninfo import make_conninfo

from yunshu.config.bootstrap import machine
from yunshu.config.world.doors import Diary, Program, Visitor
from yunshu.config.world.scratch import Scratch
from yunshu.lib import bus

FULL, QUICK = 100, 5
PAGES = {
    "portal home": ("", "/"),
    "hotline for citizens": ("", "/12345/"),
    "public ledger": ("", "/ledger/"),
    "catalogue": ("shuju", "/console/exchange/catalogue/"),
    "home of a clerk": ("huawu", "/console/"),
    "list of demands": ("paidan", "/console/hotline/"),
    "performance table": ("tianbao", "/console/tables/{table}/"),
    "budget of the table": ("tianbao", "/console/tables/{table}/budget/"),
    "watched systems": ("yunweizg", "/console/operations/"),
    "deliveries": ("shuju", "/console/exchange/deliveries/"),
    "who am I (JSON)": ("key", "/api/v1/me"),
}
BEHIND = ("relay", "handlers", "worker", "smart", "ledger")


class Meter:
    """Counters of an instance."""

    def __init__(self, load: Load) -> None:
        self.load, self.instance = load, load.instance

    def cpu(self, *parts: str) -> float:
        """Return the CPU seconds that parts and what they forked have taken."""
        total = 0.0
        for part in parts:
            process = psutil.Process(self.instance.pid(part))
            for each in [process, *process.children(recursive=True)]:
                try:
                    spent = each.cpu_times()
                    total += spent.user + spent.system
                except psutil.NoSuchProcess:
                    continue
            ended = process.cpu_times()
            total += ended.children_user + ended.children_system
        return total

    def sizes(self) -> dict[str, float]:
        """Return bytes: of each table with its indexes, of the log, of the stream, of a member's log."""
        with self.load.at("yunshu") as connection:
            connection.execute("CHECKPOINT")
            rows = connection.execute(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
            ).fetchall()
            found = {f"table {name}": float(size) for name, size in rows if not str(name).startswith(("pg_", "sql_"))}
            found["log"] = _one(connection, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        state = asyncio.run(_state(self.load.nats))
        found |= {"stream": float(state.bytes), "facts": float(state.messages)}
        found["member"] = float((self.instance.data / "ledger/bureau/data/log.sqlite").stat().st_size)
        return found


async def _state(url: str) -> Any:
    async with bus.connection(url, "units") as client:
        return (await client.jetstream().stream_info(bus.STREAM)).state


def main() -> None:
    """Start, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", type=Path, help="a data folder that stays")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yunshu-units-", ignore_cleanup_errors=True) as name:
        data = options.data or Path(name) / "data"
        if not options.data:
            data.mkdir()
            seeded(data).stop()
        instance = Scratch(
            data, {"YUNSHU_SAMPLES": "1", "YUNSHU_PORT": "18700", "YUNSHU_WORKERS": "1", "YUNSHU_LOG": "warning"}
        )
        try:
            instance.up()
            measure(instance, Path(name), QUICK if options.quick else FULL)
        finally:
            instance.down()


def measure(instance: Scratch, folder: Path, count: int) -> None:
    """Print the cost of each."""
    port = int((instance.data / "postgres" / "postmaster.pid").read_text().splitlines()[3])
    password = machine.Secrets(instance.data).get("postgres")
    direct = make_conninfo(host="127.0.0.1", port=port, user="postgres", password=password)
    load = Load(instance, Diary(folder / "diary"), direct, int(time.time()))
    load.prepare()
    meter = Meter(load)
    pages(load, meter, count)
    demands(load, meter, count)
    transfer(load, meter)


def pages(load: Load, meter: Meter, count: int) -> None:
    """Open each page so often."""
    for name, (who, path) in PAGES.items():
        visitor = Visitor(load.instance.url)
        if who == "key":
            visitor.client.headers["Authorization"] = f"Bearer {load.key}"
        elif who:
            visitor.sign_in(who, load.passwords[who])
        address = path.format(table=load.table)
        answers = {visitor.client.get(address).status_code for _ in range(3)}
        if answers != {200}:
            print(f"{name}: {address} answers {answers}, not measured")
            continue
        web, database, began = meter.cpu("web"), meter.cpu("postgres"), time.perf_counter()
        for _ in range(count):
            visitor.client.get(address)
        spent = meter.cpu("web") - web, meter.cpu("postgres") - database
        each = [1000 * one / count for one in spent]
        passed = 1000 * (time.perf_counter() - began) / count
        print(
            f"page {name}: {each[0]:.1f} ms of CPU in web, {each[1]:.1f} in the database; {1000 / max(sum(each), 0.01):,.0f}/s a core; {passed:.0f} ms on the clock"
        )
        visitor.close()


def demands(load: Load, meter: Meter, count: int) -> None:
    """File demands, wait until all that follows is over."""
    program = Program(load.instance.url, load.key, load.diary)
    settle(load)
    before, parts = meter.sizes(), {name: meter.cpu(name) for name in ("web", "postgres", *BEHIND)}
    with load.at("yunshu") as connection:
        jobs, records = (
            _one(connection, f"SELECT count(*) FROM {table}") for table in ("procrastinate_jobs", "ledger_record")
        )
    began = time.perf_counter()
    for number in range(count):
        program.file(f"u{load.seed}-{number}")
    taken = time.perf_counter() - began
    settle(load)
    after = meter.sizes()
    done = len([note for note in load.diary.done("ticket") if note.mark.startswith(f"u{load.seed}-")])
    cost = {name: 1000 * (meter.cpu(name) - spent) / done for name, spent in parts.items()}
    print(
        f"demand: {', '.join(f'{name} {ms:.1f}' for name, ms in cost.items())} ms of CPU; {1000 / (cost['web'] + cost['postgres']):,.0f}/s a core of web and database; one clerk {done / taken:.1f}/s"
    )
    tables = {name: (size - before.get(name, 0)) / done for name, size in after.items() if name.startswith("table ")}
    largest = sorted(tables.items(), key=lambda pair: -pair[1])[:6]
    print(
        f"demand: {sum(tables.values()):,.0f} bytes in tables and indexes ({', '.join(f'{name[6:]} {size:,.0f}' for name, size in largest)}); {(after['log'] - before['log']) / done:,.0f} bytes of log"
    )
    facts = after["facts"] - before["facts"]
    print(
        f"fact: {(after['stream'] - before['stream']) / max(facts, 1):,.0f} bytes in the stream; {facts / done:.1f} facts a demand"
    )
    with load.at("yunshu") as connection:
        more = [_one(connection, f"SELECT count(*) FROM {table}") for table in ("procrastinate_jobs", "ledger_record")]
    print(
        f"job: {(more[0] - jobs) / done:.1f} jobs a demand; ledger record: {(more[1] - records) / done:.1f} a demand, {(after['member'] - before['member']) / max(more[1] - records, 1):,.0f} bytes in a member's log"
    )


def transfer(load: Load, meter: Meter) -> None:
    """Move a department's table once, by both nodes."""
    parts = ("nodes", "hub", "hub-bus", "postgres")
    duty = Visitor(load.instance.url)
    duty.sign_in("shuju", load.passwords["shuju"])
    path = f"/console/exchange/agreements/{load.agreement}/"
    spent = {name: meter.cpu(name) for name in parts}
    answer = duty.send(f"{path}deliver/", {"whole": "on"}, page=path)
    number = answer.headers["Location"].rstrip("/").rpartition("/")[2]
    state = load.ended(number)
    with load.at(CONSUMER) as there:
        rows = _one(there, "SELECT count(*) FROM incoming.gaj_hjrk")
    cost = {name: meter.cpu(name) - before for name, before in spent.items()}
    print(
        f"delivery ({state}) of {rows:,.0f} rows: {', '.join(f'{name} {seconds:.2f}' for name, seconds in cost.items())} s of CPU"
    )
    duty.close()


def settle(load: Load) -> None:
    """Wait until nothing waits."""
    if waiting := quiet(load):
        sys.exit(f"still waiting: {json.dumps(waiting)}")


def _one(connection: psycopg.Connection[Any], query: str) -> float:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return float(row[0]) if row else 0.0


if __name__ == "__main__":
    main()
