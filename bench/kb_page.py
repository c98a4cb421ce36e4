"""The knowledge base's pages over the 2,262 real service matters: import, index, and the time of a search, through the whole application.

    uv run python bench/kb_page.py [--quick]

Starts a throw-away PostgreSQL, brings the matters in as an official does (needs YUNSHU_SHARED), indexes them, and asks the staff's list,
the panel beside a ticket and the citizens' page for 100 titles, the first of a shuffle by seed 2020, cut to what a caller would say.
``--quick``: 300 matters, words only.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import gzip
import itertools
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from _hotline import SEED, absent, folder
from tests import template

NAME, QUICK, ASKED, GOAL_MS = "service-matters.jsonl.gz", 300, 100, 200


def main() -> None:
    """Bring in, index, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if absent(NAME):
        return
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        server = template.started_in(place)
        try:
            os.environ["DATABASE_URL"] = server.app_url(template.NAME)
            os.environ["YUNSHU_DATA"] = name
            os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
            (place / "static").mkdir()
            measure(place, quick=quick)
        finally:
            server.stop()


def measure(place: Path, *, quick: bool) -> None:
    """Fill the base and time its pages."""
    import django

    django.setup()
    from django.conf import settings
    from tests.hotline.kb_world import Knowledge

    from yunshu.domains.hotline.selectors import kb_search
    from yunshu.domains.hotline.services import kb_importing, kb_index
    from yunshu.lib.kernel import clock

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if quick:
        kb_search.encoder = kb_index.encoder = lambda: None  # type: ignore[attr-defined]
    base = Knowledge(now=clock.now())
    chosen = kb_importing.Choices(mapping={}, publish=True, otherwise=base.urban.code)
    started = time.perf_counter()
    rows = list(kb_importing.bring_in(actor=base.keeper, path=_cut(place, quick=quick), chosen=chosen, now=base.now))
    print(f"{len(rows)} matters brought in and published in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    done = kb_index.bring_up_to_date()
    print(f"{done.put if done else 0} indexed in {time.perf_counter() - started:.0f} s")
    show(base, [row.title for row in rows])


def _cut(place: Path, *, quick: bool) -> Path:
    if not quick:
        return folder() / NAME
    path = place / "matters.jsonl"
    with gzip.open(folder() / NAME, "rt", encoding="utf-8") as source:
        path.write_text("".join(itertools.islice(source, QUICK)), encoding="utf-8")
    return path


def show(base: Any, titles: list[str]) -> None:
    """Ask every page for the same titles and print median and p95."""
    from django.test import Client
    from django.urls import reverse
    from tests.factories.directory import signed_in_client

    from yunshu.domains.directory.models import Person

    agent = signed_in_client(Person.objects.get(pk=base.agent.person_id))
    ticket = base.registered()
    asked = random.Random(SEED).sample(titles, ASKED)
    for name, client, address in (
        ("list for staff", agent, reverse("hotline:kb")),
        ("panel beside a ticket", agent, reverse("hotline:kb_panel", args=[ticket.number])),
        ("citizens' page", Client(), reverse("portal:knowledge")),
    ):
        times, first, cpu = [], 0, time.process_time()
        for title in asked:
            started = time.perf_counter()
            answer = client.get(address, {"q": f"{title[:30]}怎么办理"})
            times.append(1_000 * (time.perf_counter() - started))
            assert answer.status_code == 200, address
            first += title in answer.content.decode()
        cpu_ms = 1_000 * (time.process_time() - cpu) / ASKED
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        print(
            f"{name}: CPU {cpu_ms:.0f} ms; on the clock median {times[len(times) // 2]:.0f} ms, p95 {p95:.0f} ms (goal {GOAL_MS}); {first} of {ASKED} titles on the page"
        )


if __name__ == "__main__":
    main()
