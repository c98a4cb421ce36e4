"""A table of 50,000,000 rows whose transfer is killed ten times: what is sent again, and whether both sides end equal.

    uv run python bench/kills.py [--quick] [--rows 50000000] [--kills 10]        (--quick: 300,000 rows, 3 kills)

The transfer of ``bench/transfer.py`` (ten columns, six masked) runs in a process of its own that notes each chunk before it
is sent. It is killed (SIGKILL) in the middle of chunks spread over the whole table and started again each time. At the end
both sides are read in the order of the key and hashed. The full size needs tens of gigabytes of disk.
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from psycopg import sql
from transfer import MASKS, Stage, extract_of

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.lib.tables import relay
from yunshu.lib.tables.postgres import PostgresSource
from yunshu.lib.tables.query import Extract
from yunshu.lib.tables.schema import read_postgres
from yunshu.lib.tables.transfer import Options, Progress, Transfer

FULL, QUICK, KILLS, QUICK_KILLS = 50_000_000, 300_000, 10, 3
QUICK_CHUNK_ROWS = 20_000


class Killed:
    """The transfer as a process that is started again and again; ``diary`` has a line for each step and its memory."""

    def __init__(self, stage: Stage, diary: Path, chunk_rows: int) -> None:
        self.diary = diary
        self._command = [sys.executable, __file__, "--job", stage.source, stage.target, str(diary), str(chunk_rows)]
        diary.touch()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it."""
        return subprocess.Popen(self._command)

    def sent(self) -> list[str]:
        """Return the number of each chunk that was begun, as often as it was."""
        return re.findall(r"^sending (\d+)", self.diary.read_text(), re.MULTILINE)

    def most_kib(self) -> int:
        """Return the greatest memory that was noted."""
        return max(map(int, re.findall(r"rss (\d+)$", self.diary.read_text(), re.MULTILINE)))

    def kill_at(self, count: int) -> bool:
        """Run until ``count`` different chunks were begun, then kill it; False if it ended before."""
        process = self.start()
        while process.poll() is None and len(set(self.sent())) < count:
            time.sleep(0.02)
        if process.poll() is not None:
            return False
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def job(source: str, target: str, diary: str, chunk_rows: str) -> None:
    """Run the transfer, writing each step into the diary before going on."""
    with relay.connect(source) as connection:
        extract = extract_of(read_postgres(connection, "public", "resident"), MASKS)
    options = Options(chunk_rows=int(chunk_rows)) if int(chunk_rows) else Options()
    moved = Transfer("killed", PostgresSource(source, extract), target, ("public", "resident"), options=options)
    with Path(diary).open("a", buffering=1) as file:

        def note(progress: Progress) -> None:
            status = Path("/proc/self/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+)", status)
            file.write(f"{progress.step} {progress.chunk} rss {peak[1] if peak else 0}\n")

        moved.run(progress=note)


def measure(stage: Stage, folder: Path, kills: int, chunk_rows: int) -> None:
    """Run, kill, go on, compare, print."""
    run = Killed(stage, folder / "diary", chunk_rows)
    size = chunk_rows or Options().chunk_rows
    chunks = -(-stage.rows // size)
    began, done = time.perf_counter(), 0
    for kill in range(1, kills + 1):
        done += run.kill_at(max(1, chunks * kill // (kills + 1)))
    code = run.start().wait()
    taken = time.perf_counter() - began
    sent = run.sent()
    again = len(sent) - len(set(sent))
    with relay.connect(stage.target) as target, relay.connect(stage.source) as source:
        whole = extract_of(read_postgres(target, "public", "resident"), {})
        rows = target.execute("SELECT count(*) FROM resident").fetchone()
        there = digest(target, whole)
        here = digest(source, stage.masked)
    print(f"{stage.rows:,} rows in {len(set(sent)):,} chunks, killed {done} times, exit code {code}: {taken:,.0f} s")
    print(f"chunks sent again: {again} (goal: at most one a kill); peak memory {run.most_kib() / 1024:.0f} MB")
    print(f"rows at the target {rows[0] if rows else 0:,}; digests {'equal' if there == here else 'DIFFER'}: {here}")
    if code or done != kills or again > kills or there != here:
        sys.exit(1)


def digest(connection: relay.Connection, extract: Extract) -> str:
    """Return the SHA-256 over all rows in the order of the key."""
    text = sql.SQL("{}").format(extract.select(ordered=True))
    return relay.read_back(connection, text, algorithm="sha256", stop=lambda: False).digest.hex()


def main() -> None:
    """Start a server, fill it, measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--job", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        job(*options.job)
        return
    rows = options.rows or (QUICK if options.quick else FULL)
    kills = options.kills or (QUICK_KILLS if options.quick else KILLS)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            measure(Stage(server.superuser_url, rows), Path(folder), kills, QUICK_CHUNK_ROWS if options.quick else 0)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
