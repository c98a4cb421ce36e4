"""How fast a delivery is beside the fastest thing there is: ``psql`` piping a binary COPY from one database into another.

    python bench/transfer.py            5,000,000 rows × 10 columns, three rounds
    python bench/transfer.py --quick    200,000 rows, one round

Both databases live in one embedded server with its usual durable settings, reached over TCP loopback. The peers run the
*same* masked SELECT into an empty table of the same columns, and like theirs our target gets no index; ``copy, plain`` is the whole table unmasked, for scale.
Rounds are interleaved, medians compared, peak memory is that of the transferring process alone (VmHWM).
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.config.bootstrap.postgres import BINARIES
from yunshu.lib.tables import transfer
from yunshu.lib.tables.digests import Algorithm
from yunshu.lib.tables.query import Extract, Field, compile_extract
from yunshu.lib.tables.schema import read_schema

TABLE = "public.person"
KEY = b"bench"
KEEP = {"kind": "keep"}
MAKE = """
    CREATE TABLE person (
        id bigint PRIMARY KEY, id_number text, name text, born_on date, division text, address text, phone text,
        income numeric(12, 2), is_alive boolean, updated_at timestamptz
    );
    INSERT INTO person
    SELECT n, '445202' || lpad((n %% 99999999)::text, 8, '0') || lpad((n %% 9973)::text, 4, '0'), '示例' || (n %% 5003),
           date '1940-01-01' + (n * 37 %% 28000)::int, (ARRAY['445202','445203','445222','445224','445281'])[1 + n %% 5],
           '揭阳市示例路' || n %% 997 || '号', '199' || lpad((n %% 99999999)::text, 8, '0'), (n %% 100000) / 4.0, n %% 50 <> 0,
           timestamptz '2026-01-01' + n * interval '1 second'
    FROM generate_series(1, %s) AS n;
"""
FIELDS = (
    Field(name="id", mask=KEEP),
    Field(name="id_number", mask=KEEP),
    Field(name="name", mask={"kind": "partial", "head": 1, "tail": 0}),
    Field(name="born_on", mask={"kind": "generalise", "unit": "month"}),
    Field(name="division", mask=KEEP),
    Field(name="address", mask={"kind": "generalise", "prefix": 3}),
    Field(name="phone", mask={"kind": "partial", "head": 3, "tail": 4}),
    Field(name="income", mask=KEEP),
    Field(name="is_alive", mask=KEEP),
    Field(name="updated_at", mask=KEEP),
)


class Bench:
    """A server with two databases, and the ways to get from one to the other."""

    def __init__(self, server: EmbeddedPostgres, rows: int) -> None:
        self.rows, base = rows, server.superuser_url.rsplit("/", 1)[0]
        self.source_url, self.target_url = f"{base}/bench_source", f"{base}/bench_target"
        with psycopg.connect(server.superuser_url, autocommit=True) as link:
            for name in ("bench_source", "bench_target"):
                link.execute(f"CREATE DATABASE {name}")
        with psycopg.connect(self.source_url, autocommit=True) as link:
            link.execute(MAKE % rows)
            link.execute("VACUUM (ANALYZE, FREEZE) person")
            schema = read_schema(link, TABLE)
            assert schema
            query = compile_extract(Extract(table=TABLE, fields=FIELDS), schema, KEY)
            self.select, self.types = query.select.as_string(link), query.types
        self.number = 0

    def psql(self, select: str, columns: str) -> str:
        """Pipe one binary COPY into another."""
        self._empty(columns)
        psql = f"{BINARIES}/psql"
        out = [psql, "-qX", self.source_url, "-c", f"COPY ({select}) TO STDOUT (FORMAT binary)"]
        into = [psql, "-qX", self.target_url, "-c", "COPY person_in FROM STDIN (FORMAT binary)"]
        with subprocess.Popen(out, stdout=subprocess.PIPE) as giving:
            subprocess.run(into, stdin=giving.stdout, check=True)
        return ""

    def _empty(self, columns: str) -> None:
        with psycopg.connect(self.target_url, autocommit=True) as link:
            link.execute("DROP TABLE IF EXISTS person_in")
            link.execute(f"CREATE TABLE person_in ({columns})")
            link.execute("CHECKPOINT")

    def ours(self, algorithm: Algorithm, *, reads_back: bool) -> str:
        """Run the product's transfer in a process of its own; return its peak memory."""
        self.number += 1
        self._empty("x int")
        code = (
            "import sys; sys.path.insert(0, 'bench'); import transfer as b; "
            f"b.run_one({self.source_url!r}, {self.target_url!r}, {self.number}, {algorithm.value!r}, reads_back={reads_back})"
        )
        told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        return told.stdout.strip()

    def count(self) -> int:
        """Rows at the target."""
        with psycopg.connect(self.target_url) as link:
            row = link.execute("SELECT count(*) FROM person_in").fetchone()
            return int(row[0]) if row else 0


def run_one(source_url: str, target_url: str, number: int, algorithm: str, *, reads_back: bool) -> None:
    """One transfer, then the peak memory of this process in MiB."""
    order = transfer.Order(
        number=f"bench-{number}",
        extract=Extract(table=TABLE, fields=FIELDS),
        target="public.person_in",
        key=KEY,
        algorithm=Algorithm(algorithm),
        reads_back=reads_back,
        checks=False,
    )
    with (
        psycopg.connect(source_url, autocommit=True) as source,
        psycopg.connect(target_url, autocommit=True) as target,
    ):
        transfer.run(source, target, order)
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(int(peak[1]) // 1024 if peak else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rows, rounds = (200_000, 1) if asked.quick else (asked.rows, asked.rounds)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            report(Bench(server, rows), rounds)
        finally:
            server.stop()


def report(bench: Bench, rounds: int) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in bench.types.items())
    ways: dict[str, Callable[[], str]] = {
        "copy, plain": lambda: bench.psql("SELECT * FROM person", columns),
        "copy, masked": lambda: bench.psql(bench.select, columns),
        "yunshu direct, sha256": lambda: bench.ours(Algorithm.SHA256, reads_back=False),
        "yunshu direct, sm3": lambda: bench.ours(Algorithm.SM3, reads_back=False),
        "yunshu direct, sha256, read back": lambda: bench.ours(Algorithm.SHA256, reads_back=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, str] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.perf_counter()
            peaks[name] = way()
            taken[name].append(time.perf_counter() - begun)
            assert bench.count() == bench.rows, name
    base = statistics.median(taken["copy, masked"])
    print(f"{bench.rows:,} rows, {len(bench.types)} columns, {os.cpu_count()} cores, {rounds} rounds")
    for name, times in taken.items():
        middle = statistics.median(times)
        peak = f", peak {peaks[name]} MiB" if peaks[name] else ""
        print(f"{name}: {bench.rows / middle:,.0f} rows/s, ratio {base / middle:.2f} to the masked binary COPY{peak}")


if __name__ == "__main__":
    main()
