"""Taking over a hotline's closed tickets from CSV: rows a second, memory, and how far from bare bulk_create and COPY.

    uv run python bench/taking.py [--quick]

Everything counts: reading, judging, the domain's rows with their history and search words, the journal, the commits. Bare bulk_create writes
the ticket rows alone in the same batches (their triggers included), bare COPY the same columns. Goals on a quiet machine: 1,000 rows a
second, under 600 MB for 200,000 rows, at most 4 times the time of bulk_create.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import _root  # noqa: F401 - finds tests
import django
import structlog
from tests import template

FULL, QUICK = 200_000, 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    rows = QUICK if parser.parse_args().quick else FULL
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="yunshu-taking-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL is another user
        server = template.started_in(folder / "pg")
        try:
            os.environ |= {"DATABASE_URL": server.app_url(template.NAME), "YUNSHU_DATA": str(folder / "none")}
            os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
            django.setup()
            measured(folder, rows)
        finally:
            from django.db import connections

            connections["default"].close()
            connections["default"].close_pool()
            server.stop()


def measured(folder: Path, rows: int) -> None:
    """Check, run, run again, reconcile; then the bare ways; print."""
    from tests.hotline.hotline_world import Hotline
    from tests.taking.sheets import TICKETS, WORDS, judged, past, sheet, taken

    from yunshu.lib.taking.reconciling import reconcile

    Hotline()
    lines = (past(f"GD{n:07}", "市城管局", 内容=f"第{n}件：榕华大道路灯三天不亮，请维修。" * 4) for n in range(rows))
    source = sheet(folder / "t.csv", TICKETS, *lines)
    print(f"source: {rows:,} rows, {source.stat().st_size / 1e6:.1f} MB")
    part = sheet(folder / "part.csv", TICKETS, *islice(_again(rows), min(rows, 5_000)))
    checked = timed(lambda: judged(part, "tickets", WORDS))
    print(f"check: {min(rows, 5_000) / checked:,.0f} rows/s, rolled back")
    kept: list[Any] = []
    took = timed(lambda: kept.append(taken(source, "tickets", WORDS)))
    made = kept[0]
    created = made.counts["created"]
    print(f"run: {rows / took:,.0f} rows/s, {created:,} taken over; peak memory {peak_mb():.0f} MB")
    again = timed(lambda: taken(source, "tickets", WORDS))
    print(f"the same file again: {again:.2f} s")
    found: list[Any] = []
    compared = timed(lambda: found.append(reconcile(made.number)))
    print(f"reconcile: {rows / compared:,.0f} rows/s, equal: {found[0].is_equal}")
    bare(rows, took)
    if made.counts != {"created": rows} or not found[0].is_equal:
        raise SystemExit("not everything was taken over")


def bare(rows: int, took: float) -> None:
    """Write the same tickets with nothing around them."""
    from django.db import connection, transaction

    from yunshu.domains.hotline.models import Ticket

    skipped = {"id", "search", "number"}
    names = [f.attname for f in Ticket._meta.concrete_fields if f.attname not in skipped]
    values = list(Ticket.objects.order_by("pk").values_list(*names)[:rows])
    count = len(values)

    def bulk() -> None:
        for at in range(0, count, 500):
            made = [
                Ticket(number=f"B{at + n}", **dict(zip(names, v, strict=True)))
                for n, v in enumerate(values[at : at + 500])
            ]
            with transaction.atomic():
                Ticket.objects.bulk_create(made)

    def copy() -> None:
        columns = ", ".join(f'"{name}"' for name in ("number", *names))
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(f"COPY hotline_ticket ({columns}) FROM STDIN") as out,
        ):
            for n, value in enumerate(values):
                out.write_row((f"C{n}", *value))

    for name, write in (("bulk_create", bulk), ("COPY", copy)):
        seconds = timed(write)
        print(f"bare {name}: {count / seconds:,.0f} tickets/s; ratio: {took / seconds:.1f} times as long")


def _again(rows: int) -> Any:
    from tests.taking.sheets import past

    return (past(f"P{n:07}", "市城管局") for n in range(rows))


def timed(act: Callable[[], object]) -> float:
    """Return how long it took, in seconds."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def peak_mb() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
