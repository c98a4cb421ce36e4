"""The machine against a generated city on loopback: whole runs, twice, with the truth beside what was found."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factories.directory import OrgFactory

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.models import Column, Finding, Run, Site, WordEntry
from yunshu.domains.inspection.services.running import planning, working
from yunshu.lib.crawl import Limits, Manners, Reach, Work, urls
from yunshu.lib.crawl.verdicts import Rhythm
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import Running, WebCity, serve, web_city

BY = System(name="测试")
KINDS = {"wording_serious": "serious", "wording_wrong": "wrong", "spelling": "spelling"}


@contextmanager
def served(city: WebCity) -> Iterator[Running]:
    """Serve a city from a thread of its own."""
    loop, ready, box = asyncio.new_event_loop(), threading.Event(), list[Any]()

    async def run() -> None:
        async with serve(city, pace=0.05) as running:
            stop = asyncio.Event()
            box.extend([running, stop])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield box[0]
    finally:
        loop.call_soon_threadsafe(box[1].set)
        thread.join(10)


def registered(city: WebCity) -> dict[str, Site]:
    """Enter the city's sites and words as the bureau would."""
    org, now, made = OrgFactory(), clock.now(), {}
    for row in city.registry()["sites"]:
        kind = "portal" if row["kind"] == "county" else row["kind"]
        made[row["id_code"]] = site = Site.objects.create(
            number=f"WZ-{row['id_code']}", id_code=row["id_code"], name=row["name"], org=org, kind=kind,
            host=row["host"], home_url=row["url"], aliases=row["aliases"], has_service_duty=row["service_duty"],
            created_by="测试", created_at=now,
        )  # fmt: skip
        Column.objects.bulk_create(
            Column(
                site=site,
                url=c["url"],
                name=c["name"],
                path=c["name"],
                kind=c["type"],
                promise_days=c["promise_days"],
                is_fixed=True,
            )
            for c in row["columns"]
        )
    for n, word in enumerate(city.lexicon()):
        WordEntry.objects.create(
            code=f"w{n}", wrong=word.wrong, right=word.right, kind=KINDS.get(word.kind, "wrong"),
            category="advert" if word.kind == "advert" else "custom", valid_from=word.valid_from, valid_to=word.valid_to,
            obfuscation=word.kind in ("wording_serious", "advert") and word.valid_from is None, source=word.source,
        )  # fmt: skip
    return made


def machine(running: Running, folder: Path) -> working.Machine:
    return working.Machine(
        reach=Reach(allow=("127.0.0.0/8",), placed=running.addresses()),
        manners=Manners(rate_per_s=100_000, connections=8, robots=False),
        limits=Limits(total_s=5, connect_s=2),
        work=Work(again_s=0.1),
        rhythm=Rhythm(step=timedelta(0)),
        slow_s=2,
        compared=1000,
        evidence=folder,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7])
def test_a_generated_city_is_inspected_as_its_truth_says(committed_db: object, tmp_path: Path, seed: int) -> None:
    city = web_city(seed, clock.now())
    registered(city)
    with served(city.at(0)) as running:
        works = machine(running, tmp_path)
        for stage in (0, 1):
            running.show(stage)
            planning.begin_all(by=BY, now=clock.now())
            assert working.work(works) == 0
    scores = scored(city.at(1))
    print("\n".join(f"{check:24} {s}" for check, s in sorted(scores.items())))
    assert Run.objects.exclude(stage="done").count() == 0


def scored(city: WebCity) -> dict[str, Any]:
    found: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for kind, url, detail in Finding.objects.filter(gone_at=None).values_list("kind", "url", "detail"):
        pages = {urls.canonical(each) or each for each in (url, *(detail.get("pages") or ()))}
        found[kind].setdefault(urls.canonical(url) or url, set()).update(pages)
    shells = {site.host for site in city.sites if site.shape == "script"}
    truth = [
        row
        for row in city.truth()
        if row.place != "post" and urls.host_of(row.url) not in shells and not row.url.endswith(".png")
    ]
    bad: dict[str, set[str]] = defaultdict(set)
    for row in truth:
        if not row.innocent:
            bad[row.check].add(urls.canonical(row.url) or row.url)
    for one, other in (("dark_link", "tampered"), ("spelling", "wording_wrong")):
        bad[f"{one}+"] = bad[f"{other}+"] = bad[one] | bad[other]
    for row in Finding.objects.filter(kind__in=("link_dead", "message_late")):
        if not {row.url, *row.detail.get("pages", ())} & bad[row.kind]:
            print("ODD", row.kind, row.url, row.words[:90], str(row.detail)[:200])
    scores = {}
    for check in sorted({row.check for row in truth}):
        reached = set().union(*found[check].values()) if found[check] else set()
        hits = bad[check] & reached
        allowed = bad.get(f"{check}+", bad[check])
        false = [url for url, pages in found[check].items() if not pages & allowed]
        scores[check] = (
            f"planted {len(bad[check])} found {len(found[check])} hits {len(hits)} "
            f"missed {sorted(bad[check] - hits)[:5]} false {sorted(false)[:5]}"
        )
    return scores
