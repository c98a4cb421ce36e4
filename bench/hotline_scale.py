"""500,000 made-up tickets: lists, search, one ticket, figures and the big screen through the whole application.

    uv run python bench/hotline_scale.py [--quick]

Starts a throw-away PostgreSQL, fills it by COPY (``_tickets``), asks for pages as an agent (who sees all) and as a handler of a small
unit through Django's test client, and prints p95 of each, beside a lookup by primary key of the same run.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import io
import os
import statistics
import sys
import tempfile
from datetime import date, time
from pathlib import Path
from time import sleep as pause
from typing import Any

import structlog
from lists import quantile, timed, with_database
from tests import template

FULL, QUICK, UNITS, CATEGORIES, GOAL_MS = 500_000, 50_000, 40, 60, 200


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--count", type=int)
    parser.add_argument("--keep", type=Path, help="write the database's addresses here and wait until the file is gone")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    count = asked.count or (QUICK if asked.quick else FULL)
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = template.started_in(Path(folder))
        try:
            os.environ["DATABASE_URL"] = server.app_url(template.NAME)
            os.environ["YUNSHU_DATA"] = folder
            os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
            measure(
                server.app_url(template.NAME), with_database(server.superuser_url, template.NAME), count, asked.keep
            )
        finally:
            server.stop()


def measure(url: str, superuser_url: str, count: int, keep: Path | None) -> None:
    """Fill the database and time the pages."""
    import django
    import psycopg

    django.setup()
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    agent, handler, numbers = city(superuser_url, count)
    if keep:
        keep.write_text(f"{url}\n{superuser_url}\n")
        while keep.exists():
            pause(1)
    with psycopg.connect(url) as db:
        bare = timed(lambda: db.execute("SELECT * FROM hotline_ticket WHERE id = %s", [count // 2]).fetchall())
    median = statistics.median(bare)
    print(f"tickets: {count}")
    print(f"primary_key_median_ms: {median * 1000:.3f}")
    worst = 0.0
    for name, client, address in pages(agent, handler, numbers):
        seconds = timed(lambda at=address, by=client: ok(by.get(at)))
        worst = max(worst, quantile(seconds))
        shown = f"median {statistics.median(seconds) * 1000:6.1f} p95 {quantile(seconds) * 1000:6.1f} ms"
        print(f"{name:<32} {shown}  {quantile(seconds) / median:7.0f} x primary key")
    print(f"worst_p95_ms: {worst * 1000:.1f} (goal < {GOAL_MS})")
    print(f"ratio: {worst / median:.0f} (slowest page's p95 / median of a lookup by primary key)")


def city(superuser_url: str, count: int) -> tuple[Any, Any, list[str]]:
    """Make a desk, its units and the tickets; return who asks, and numbers of an open and a closed ticket."""
    from _tickets import DIVISIONS, Years, fill
    from tests.factories.directory import OrgFactory, signed_in_client, staff_person

    from yunshu.domains.directory.api import working_calendar
    from yunshu.domains.directory.models import Org, WorkSegment
    from yunshu.domains.hotline import contracts
    from yunshu.domains.hotline.models import Category, ObjectionReason, Ticket
    from yunshu.lib.kernel import clock

    for starts, ends in ((time(8, 30), time(12)), (time(14, 30), time(17, 30))):
        WorkSegment.objects.get_or_create(valid_from=date(2015, 1, 1), starts_at=starts, ends_at=ends)
    root = OrgFactory(kind=Org.Kind.CITY)
    desk = OrgFactory(parent=root, kind=Org.Kind.BUREAU)
    units = [OrgFactory(parent=root, kind=Org.Kind.DEPARTMENT) for _n in range(UNITS)]
    for code in DIVISIONS:
        OrgFactory(parent=root, kind=Org.Kind.DISTRICT, division_code=code)
    kinds = [Category.objects.create(code=f"{n:04}", name=f"类{n}", path=f"大类/类{n}") for n in range(CATEGORIES)]
    assert ObjectionReason.objects.filter(pk=1).exists()
    tickets = Years(count, [u.pk for u in units], [k.pk for k in kinds], working_calendar(), clock.now())
    fill(superuser_url, desk.pk, tickets)
    rights = [p for p in vars(contracts).values() if isinstance(p, type(contracts.TICKET_VIEW))]
    agent = signed_in_client(staff_person(rights, org=desk))
    handler = signed_in_client(staff_person(list(contracts.UNIT_RIGHTS), org=units[-1]))
    open_one = Ticket.objects.filter(state="handling").order_by("pk").last()
    closed = Ticket.objects.filter(state="archived").order_by("pk").last()
    assert open_one
    assert closed
    return agent, handler, [open_one.number, closed.number]


def pages(agent: Any, handler: Any, numbers: list[str]) -> list[tuple[str, Any, str]]:
    """Return what is timed: a name, who asks, the address."""
    from yunshu.lib.kernel import clock

    at = "/console/hotline/tickets/"
    today = clock.now()
    spring = f"received_at_from={today.year - 1}-03-01&received_at_to={today.year - 1}-03-31"
    asked = {
        "list": "", "by state": "?state=handling", "by kind and channel": "?kind=complain&channel=province",
        "by urgency and state": "?urgency=urgent&state=handling", "a month": f"?{spring}", "a month, rare": f"?{spring}&kind=praise",
        "by deadline": "?sort=due_at", "by closing": "?sort=-closed_at", "by reworks": "?sort=-reworks",
        "search, common": "?q=路灯", "search, two words": "?q=榕华大道 路灯", "search, narrow": "?q=榕华大道7号路灯",
        "search, nothing": "?q=火星移民", "search, number": f"?q={numbers[1]}", "search and state": "?q=路灯&state=handling",
    }  # fmt: skip
    rows = [
        (f"{who}: {name}", by, at + query)
        for who, by in (("agent", agent), ("unit", handler))
        for name, query in asked.items()
    ]
    rows += [
        ("the wall", agent, "/console/hotline/screen/"),
        ("agent: log", agent, "/console/hotline/log/?verb=rework"),
    ]
    rows += [("agent: desk", agent, "/console/hotline/"), ("unit: desk", handler, "/console/hotline/")]
    rows += [("agent: open ticket", agent, f"{at}{numbers[0]}/"), ("agent: closed ticket", agent, f"{at}{numbers[1]}/")]
    return rows


def ok(response: Any) -> None:
    """Insist on an answer."""
    assert response.status_code == 200, (response.status_code, response.request)
    if response.streaming:
        b"".join(response.streaming_content)


if __name__ == "__main__":
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, line_buffering=True)
    main()
