"""A worklist of a million tasks: one filtered, sorted page through the whole application, beside the same SQL bare.

    uv run python bench/lists.py [--quick]

Starts a throw-away PostgreSQL, fills it, asks for the page as a signed-in clerk through Django's test client
(middleware, permission, query, template), and asks PostgreSQL for the same rows by psycopg on the same data.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests import template

FULL, QUICK, ROUNDS = 1_000_000, 100_000, 40
BARE = """
SELECT t.*, c.*, o.* FROM workflow_task t
JOIN workflow_case c ON c.id = t.case_id JOIN directory_org o ON o.id = t.org_id
WHERE t.done_at IS NULL AND (t.holder_id = %(person)s
   OR (t.holder_id IS NULL AND t.permission = %(permission)s AND t.org_path = %(path)s))
ORDER BY t.due_at ASC NULLS LAST, t.id LIMIT 51"""


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = template.started_in(Path(folder))
        try:
            os.environ["DATABASE_URL"] = server.app_url(template.NAME)
            os.environ["YUNSHU_DATA"] = folder
            os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
            measure(server.app_url(template.NAME), with_database(server.superuser_url, template.NAME), count)
        finally:
            server.stop()


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def measure(url: str, superuser_url: str, count: int) -> None:
    """Fill the database with ``count`` tasks and compare the page with its SQL."""
    import django
    import psycopg

    django.setup()
    from django.conf import settings
    from django.test import Client

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    from tests.factories.directory import OrgFactory, staff_person

    from yunshu.domains.evaluation.contracts import TABLE_EDIT

    person = staff_person([TABLE_EDIT], org=OrgFactory(), subtree=False)
    fill(superuser_url, person.org_id, person.org.path, str(TABLE_EDIT), count)
    client = Client()
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = timed(lambda: ok(client.get("/console/worklist/?sort=due_at")))
    with psycopg.connect(url) as db:
        values = {"person": person.pk, "permission": str(TABLE_EDIT), "path": person.org.path}
        bare = timed(lambda: db.execute(BARE, values).fetchall())
    print(f"tasks: {count}")
    print(f"page_median_ms: {statistics.median(page) * 1000:.1f}")
    print(f"page_p95_ms: {quantile(page) * 1000:.1f}")
    print(f"sql_median_ms: {statistics.median(bare) * 1000:.1f}")
    print(f"sql_p95_ms: {quantile(bare) * 1000:.1f}")
    ratio = statistics.median(page) / statistics.median(bare)
    print(f"ratio: {ratio:.1f} (whole page / the same SQL bare, medians)")


def fill(url: str, org_id: int, path: str, permission: str, count: int) -> None:
    """Write ``count`` open tasks with COPY: a tenth of them waits for the clerk, the rest for others."""
    import psycopg

    with psycopg.connect(url) as db:
        db.execute("SET session_replication_role = replica")  # history triggers are not what is measured
        with db.cursor().copy("COPY workflow_case (id, flow, number, title, url, state, opened_at) FROM STDIN") as copy:
            for n in range(count):
                copy.write_row(
                    (n + 1, "evaluation.table", f"B{n}", f"事项{n}", "/console/", "draft", "2026-01-05 09:00+08")
                )
        with db.cursor().copy(
            "COPY workflow_task (case_id, title, permission, org_id, org_path, opened_at, amber_at, due_at, paused_s,"
            " extensions, calendar_version, provisional, done_by, unit) FROM STDIN"
        ) as copy:
            for n in range(count):
                mine = n % 10 == 0
                copy.write_row(
                    (
                        n + 1, f"待办{n}", permission if mine else "other.permission", org_id, path if mine else "/0/",
                        "2026-01-05 09:00+08", 0.7, f"2026-{n % 12 + 1:02}-{n % 28 + 1:02} 17:30+08", 0, 0, 1, False, "", "",
                    )
                )  # fmt: skip
        db.commit()
        db.autocommit = True
        db.execute("ANALYZE")


def ok(response: object) -> None:
    """Insist on an answer with rows in it."""
    assert response.status_code == 200, response.status_code  # type: ignore[attr-defined]
    assert "待办" in response.content.decode()  # type: ignore[attr-defined]


def timed(call: Callable[[], object]) -> list[float]:
    """Return the seconds of each of the rounds, after three to warm up."""
    for _ in range(3):
        call()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def quantile(seconds: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, line_buffering=True)
    main()
