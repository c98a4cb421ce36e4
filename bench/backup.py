"""Backing up and restoring an instance's database and files, beside plain ``tar`` and ``cp`` of the same data in the same run.

    uv run python bench/backup.py [--quick] [--mib 2048]        (--quick: 128 MiB)

Half of the data are rows (text that compresses as records do), half are files that do not compress. The first backup stores all,
the second only what changed since (1 % of the rows updated). The ratios compare with ``tar`` (a backup) and ``cp -r`` (a restore) of the
stopped folder, both synced to disk; neither seals, digests or checks anything.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from yunshu.config.backup import places, restoring, taking
from yunshu.config.bootstrap import EmbeddedPostgres, create_database
from yunshu.lib.backup import repository
from yunshu.lib.backup.gathering import total
from yunshu.lib.backup.manifest import BASE
from yunshu.lib.kernel import clock

FULL_MIB, QUICK_MIB, ROW_BYTES, FILE_MIB = 2048, 128, 1024, 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--mib", type=int, default=0)
    options = parser.parse_args()
    mib = options.mib or (QUICK_MIB if options.quick else FULL_MIB)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as name:
        run(Path(name), mib)


def run(folder: Path, mib: int) -> None:
    """Fill, back up twice, restore, and do the same with ``tar`` and ``cp``."""
    data = folder / "data"
    data.mkdir()
    server = EmbeddedPostgres(data)
    server.start()
    os.environ |= {"YUNSHU_DATA": str(data), "NATS_URL": ""}
    create_database(server.superuser_url, "yunshu")
    os.environ["DATABASE_URL"] = server.app_url("yunshu")
    source = places.source()
    assert source is not None
    fill(source.of("yunshu"), data, mib)
    kept = repository.create(folder / "repository", "correct horse battery", clock.now())
    work = taking.Taking(kept, source, data, lambda _line: None)

    first_s = seconds(lambda: taking.run_once(work, clock.now()))
    first_bytes = kept.added_bytes
    with psycopg.connect(source.of("yunshu")) as connection:
        connection.execute("UPDATE person SET note = note || '.' WHERE id % 100 = 0")
    time.sleep(1)  # names of backups are seconds
    second_s = seconds(lambda: taking.run_once(work, clock.now()))
    size = total(kept.read(BASE, kept.heads(BASE)[-1].name).entries)
    restore_s = seconds(lambda: restoring.restore(kept, folder / "again", lambda _line: None))
    server.stop()

    tar_s = seconds(lambda: shell(f"tar -C {data} -cf {folder}/plain.tar postgres files && sync {folder}/plain.tar"))
    cp_s = seconds(lambda: shell(f"cp -r {data} {folder}/plain && sync -f {folder}/plain"))
    whole = size / 2**20
    print(f"data: {whole:,.0f} MiB")
    print(f"first backup MiB per second: {whole / first_s:,.1f} ({first_bytes / 2**20:,.0f} MiB written)")
    added = (kept.added_bytes - first_bytes) / 2**20
    print(f"second backup MiB per second: {whole / second_s:,.1f} ({added:,.0f} MiB written)")
    print(f"restore MiB per second: {whole / restore_s:,.1f} (to a database that has replayed its log and was stopped)")
    print(f"tar MiB per second: {whole / tar_s:,.1f}; cp -r: {whole / cp_s:,.1f}")
    print(
        f"ratio: {tar_s / first_s:.2f} of tar for the first backup, {tar_s / second_s:.2f} for the second, {cp_s / restore_s:.2f} of cp for the restore"
    )


def fill(url: str, data: Path, mib: int) -> None:
    """Make rows and files."""
    rows = mib * 2**20 // 2 // ROW_BYTES
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE person AS SELECT g AS id, md5(g::text) AS number,"
            " (SELECT string_agg(md5((g * 31 + i)::text), ' 粤东 ') FROM generate_series(1, 20) i) AS note FROM generate_series(1, %s) g",
            [rows],
        )
        connection.execute("ALTER TABLE person ADD PRIMARY KEY (id)")
    (data / "files").mkdir()
    for number in range(max(1, mib // 2 // FILE_MIB)):
        (data / "files" / str(number)).write_bytes(os.urandom(FILE_MIB << 20))


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def shell(command: str) -> None:
    """Run one line."""
    subprocess.run(command, shell=True, check=True)


if __name__ == "__main__":
    main()
