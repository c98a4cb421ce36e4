"""Moving a table: our transfer beside ``psql`` binary COPY, DuckDB and dlt, PostgreSQL to PostgreSQL over TCP loopback.

    uv run python bench/transfer.py [--quick] [--rows 5000000] [--repeat 3]

Two databases of one embedded server, ten columns, six of them masked. The peers copy the SAME masked SELECT into a fresh
table without indexes; our relay alone does just that and hashes. Our whole transfer also plans, commits each chunk with its
digest and puts the table in the target's place; its time is given without and with the building of the primary key, for
which psql then builds one, too. Each path runs just after its psql, so that a busy machine slows both; figures are medians.
"""

import argparse
import ast
import itertools
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.config.bootstrap.postgres import BINARIES
from yunshu.lib.tables import relay
from yunshu.lib.tables.masking import DateShift, GeneraliseDate, GeneraliseNumber, Hash, Keep, Mask, Partial
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.schema import TableSchema, read_postgres
from yunshu.lib.tables.transfer import Options, Transfer

KEY = b"bench key of thirty-two bytes..."
MASKS: dict[str, Mask] = {
    "name": Partial(1, 0),
    "id_no": Hash(KEY),
    "phone": Partial(3, 4),
    "born": GeneraliseDate("month"),
    "amount": GeneraliseNumber(Decimal(100)),
    "made": DateShift(KEY, 30, "id_no"),
}
TABLE = """
CREATE TABLE resident (
    id bigint PRIMARY KEY, name text NOT NULL, id_no varchar(18) NOT NULL, phone varchar(11), born date,
    amount numeric(12,2), area integer, note text, made timestamptz, ok boolean)"""
FILL = """
INSERT INTO resident
SELECT i, '张' || chr(19968 + i % 5000) || chr(20000 + i % 3000), '44520219' || lpad(i::text, 10, '0'),
    '138' || lpad((i % 100000000)::text, 8, '0'), date '1950-01-01' + i % 25000, (i % 1000000) / 100.0, 445200 + i % 25,
    '揭阳市榕城区第' || i % 1000 || '号，备注 ' || i, timestamptz '2020-01-01' + i * interval '1 second', i % 3 = 0
FROM generate_series(1, ROWS) AS i"""


def extract_of(table: TableSchema, masks: Mapping[str, Mask]) -> Extract:
    """Return every column of ``table``, those of ``masks`` masked."""
    return Extract(table, tuple(Field(c.name, masks.get(c.name, Keep())) for c in table.columns))


class Stage:
    """The two databases, and the masked SELECT as text."""

    def __init__(self, server_url: str, rows: int) -> None:
        self.rows = rows
        self.numbers = itertools.count()
        self.seconds, self.rss = 0.0, 0
        self.source, self.target = (
            urlsplit(server_url)._replace(path=f"/{name}").geturl() for name in ("giver", "taker")
        )
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE giver")
            connection.execute("CREATE DATABASE taker")
        with psycopg.connect(self.source, autocommit=True) as connection:
            connection.execute(TABLE)
            connection.execute(FILL.replace("ROWS", str(rows)))
            connection.execute("VACUUM ANALYZE resident")
            table = read_postgres(connection, "public", "resident")
            self.plain, self.masked = extract_of(table, {}), extract_of(table, MASKS)
            self.sql = {id(e): e.select().as_string(connection) for e in (self.plain, self.masked)}

    def fresh(self, extract: Extract) -> None:
        """Make the target table anew, and let earlier writing come to rest."""
        columns = ", ".join(f"{column.name} {column.type}" for column in extract.output("", "").columns)
        with psycopg.connect(self.target, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS resident")
            connection.execute(f"CREATE TABLE resident ({columns})")
            connection.execute("CHECKPOINT")

    def psql(self, extract: Extract, *, key: bool = False) -> None:
        """Pipe one psql into another, as an administrator would."""
        program, text = str(BINARIES / "psql"), self.sql[id(extract)]
        out = [program, self.source, "-qXc", f"COPY ({text}) TO STDOUT (FORMAT binary)"]
        load = [program, self.target, "-qX", "-c", "COPY resident FROM STDIN (FORMAT binary)"]
        load += ["-c", "ALTER TABLE resident ADD PRIMARY KEY (id)", "-c", "ANALYZE resident"] if key else []
        with subprocess.Popen(out, stdout=subprocess.PIPE) as giver:
            taken = subprocess.run(load, stdin=giver.stdout, check=False).returncode
        if taken or giver.returncode:
            raise RuntimeError("psql failed")

    def relay(self, extract: Extract, algorithm: str) -> None:
        """Move the bytes and hash them, nothing else."""
        source, target = relay.connect(self.source), relay.connect(self.target)
        into = extract.output("public", "resident").identifier
        relay.relay(source, target, extract.select(), into, algorithm=algorithm, stop=lambda: False)
        source.close()
        target.close()

    def transfer(self, extract: Extract, options: Options, *, key: bool = False) -> None:
        """Our whole transfer in a process of its own, so that its peak memory can be told."""
        job = {"source": self.source, "target": self.target, "key": key, "masked": extract is self.masked}
        job |= {"algorithm": options.algorithm, "readback": options.readback, "number": next(self.numbers)}
        done = subprocess.run(
            [sys.executable, __file__, "--job", repr(job)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        self.seconds, self.rss = float(done.split()[0]), max(self.rss, int(done.split()[1]))

    def duckdb(self, extract: Extract) -> None:
        """DuckDB reads with its postgres scanner and writes by its binary COPY; the masks run in the source."""
        import duckdb
        import duckdb_extension_postgres_scanner as extension  # type: ignore[import-not-found]

        connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        file = next(Path(extension.__file__).parent.rglob("*.duckdb_extension"))
        connection.execute(f"LOAD '{file}'")
        connection.execute(f"ATTACH '{self.target}' AS taker (TYPE postgres)")
        connection.execute(f"ATTACH '{self.source}' AS giver (TYPE postgres, READ_ONLY)")
        text = self.sql[id(extract)].replace("'", "''")
        connection.execute(f"INSERT INTO taker.public.resident SELECT * FROM postgres_query('giver', '{text}')")
        connection.close()

    def dlt(self, extract: Extract) -> None:
        """dlt reads with connectorx, its fastest backend, and loads CSV by COPY; a process of its own."""
        subprocess.run(
            [sys.executable, __file__, "--dlt", self.source, self.target, self.sql[id(extract)]],
            check=True,
            stdout=subprocess.DEVNULL,
        )


def load_by_dlt(source: str, target: str, select: str) -> None:
    """Copy a SELECT with dlt into the table ``dlt_bench.resident``."""
    import dlt
    from dlt.sources.sql_database import sql_table

    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(f"CREATE OR REPLACE VIEW masked AS {select}")  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(prefix="yunshu-dlt-") as folder:
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(target),
            dataset_name="dlt_bench",
            dev_mode=True,
        )
        table = sql_table(source, "masked", backend="connectorx", chunk_size=100_000)
        pipeline.run(table.with_name("resident"), write_disposition="replace", loader_file_format="csv")


def job(given: dict[str, object]) -> None:
    """Run one transfer; print its seconds and its peak memory in KiB."""
    with psycopg.connect(str(given["source"])) as connection:
        extract = extract_of(read_postgres(connection, "public", "resident"), MASKS if given["masked"] else {})
    options = Options(str(given["algorithm"]), readback=bool(given["readback"]))  # type: ignore[arg-type]
    source = PostgresSource(str(given["source"]), extract)
    transfer = Transfer(
        f"bench-{given['number']}", source, str(given["target"]), ("public", "resident"), options=options
    )
    steps: list[tuple[str, float]] = [("start", time.perf_counter())]
    transfer.run(progress=lambda progress: steps.append((progress.step, time.perf_counter())))
    ends = dict(steps)
    last = ends["switched"] if given["key"] else ends["checking"]
    status = Path("/proc/self/status").read_text()
    print(last - ends["start"], re.search(r"VmHWM:\s+(\d+)", status)[1])  # type: ignore[index]


def measure(stage: Stage, repeat: int) -> None:
    """Run psql and then the path beside it, path after path, several times; print medians of times and of ratios."""
    masked, plain = stage.masked, stage.plain
    copy = {
        "plain": ("psql, plain table", plain, lambda: stage.psql(plain)),
        "masked": ("psql, masked", masked, lambda: stage.psql(masked)),
        "key": ("psql, masked, then primary key", masked, lambda: stage.psql(masked, key=True)),
    }
    paths: dict[str, tuple[str, Callable[[], None]]] = {
        "relay + SHA-256, plain table": ("plain", lambda: stage.relay(plain, "sha256")),
        "relay + SM3, plain table": ("plain", lambda: stage.relay(plain, "sm3")),
        "transfer + SHA-256, before the switch": ("masked", lambda: stage.transfer(masked, Options())),
        "transfer + SM3, before the switch": ("masked", lambda: stage.transfer(masked, Options("sm3"))),
        "transfer + SHA-256, whole": ("key", lambda: stage.transfer(masked, Options(), key=True)),
        "transfer + SHA-256, whole, read back": (
            "key",
            lambda: stage.transfer(masked, Options(readback=True), key=True),
        ),
    }
    paths["duckdb 1.5.5 postgres scanner"] = ("masked", lambda: stage.duckdb(masked))
    paths["dlt 1.31, connectorx to CSV"] = ("masked", lambda: stage.dlt(masked))
    taken: dict[str, list[float]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    for name, (beside, path) in list(paths.items()) * repeat:
        peer, extract, run = copy[beside]
        before = timed(stage, extract, run)
        taken[peer].append(before)
        own = timed(stage, extract, path)
        taken[name].append(stage.seconds if name.startswith("transfer") else own)
        ratios[name].append(before / taken[name][-1])
    report(stage, taken, {name: (copy[paths[name][0]][0], statistics.median(found)) for name, found in ratios.items()})


def timed(stage: Stage, extract: Extract, run: Callable[[], None]) -> float:
    """Return how many seconds ``run`` takes into a fresh table."""
    stage.fresh(extract)
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def report(stage: Stage, taken: dict[str, list[float]], ratios: dict[str, tuple[str, float]]) -> None:
    """Print each path's rate, and its ratio to the psql that ran just before it."""
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        beside = "{1:5.2f} of {0}".format(*ratios[name]) if name in ratios else ""
        print(f"{name:40} {median:7.2f} s  {stage.rows / median:11,.0f} rows/s  {beside}")
    print(f"peak memory of the transfer process: {stage.rss / 1024:.0f} MB (goal: at most 100)")
    for algorithm, goal in (("SHA-256", 0.9), ("SM3", 0.75)):
        ratio = ratios[f"transfer + {algorithm}, before the switch"][1]
        print(f"ratio with {algorithm}: {ratio:.2f} of psql binary COPY (goal: {goal})")


def main() -> None:
    """Start a server, fill it, measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--dlt", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.dlt:
        load_by_dlt(*options.dlt)
        return
    if options.job:
        job(ast.literal_eval(options.job))
        return
    rows = options.rows or (200_000 if options.quick else 5_000_000)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            print(f"{rows:,} rows of 10 columns, medians of {options.repeat}")
            measure(Stage(server.superuser_url, rows), options.repeat)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
