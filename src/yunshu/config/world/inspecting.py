"""A generated city under inspection: served on loopback, registered, inspected twice, and what was found beside the truth."""

import asyncio
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.models import Column, Finding, MaintenanceWindow, Site, WordEntry
from yunshu.domains.inspection.rules import lookalikes
from yunshu.domains.inspection.services import ipv6, reachability, transport
from yunshu.domains.inspection.services.running import drawing, pictures, visiting, working
from yunshu.lib import papers
from yunshu.lib.crawl import Limits, Manners, Reach, Work, urls
from yunshu.lib.crawl.verdicts import Rhythm
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.synthetic.web import Running, Shape, WebCity, serve

KINDS = {"wording_serious": "serious", "wording_wrong": "wrong", "spelling": "spelling"}
PACE = 0.05
LOOPBACK = "127.0.0.1"
ACCOUNTS = frozenset({"account_stale", "account_zombie", "account_mute", "account_uncertified"})
"""Checks that a run of a site does not make."""
CARRIED = frozenset({"unreachable", "tls", "ipv6", "headers"})
"""Checks that need no browser, however a site's pages are written."""
DAYS, VISITS_A_DAY = 7, 20


@contextmanager
def served(city: WebCity) -> Iterator[Running]:
    """Serve a city from a thread of its own."""
    loop, ready, box = asyncio.new_event_loop(), threading.Event(), list[Any]()

    async def run() -> None:
        async with serve(city, pace=PACE) as running:
            stop = asyncio.Event()
            box.extend([running, stop])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield box[0]
    finally:
        loop.call_soon_threadsafe(box[1].set)
        thread.join()
        loop.close()


def register(city: WebCity, org: Org) -> list[Site]:
    """Enter the city's sites, columns and words as the bureau would; ``retire`` what an earlier city left before."""
    now = clock.now()
    sites = [_site(row, org, now) for row in city.registry()["sites"]]
    enter_words(city)
    return sites


def enter_words(city: WebCity) -> None:
    """Enter the words of the city's own list."""
    for number, word in enumerate(city.lexicon()):
        row = {
            "wrong": word.wrong, "right": word.right, "kind": KINDS.get(word.kind, "wrong"),
            "category": "advert" if word.kind == "advert" else "custom",
            "valid_from": word.valid_from, "valid_to": word.valid_to, "source": word.source, "is_active": True,
            "obfuscation": word.kind in ("wording_serious", "advert") and word.valid_from is None,
        }  # fmt: skip
        WordEntry.objects.create(code=f"demo-{number}", **row)


def _site(row: dict[str, Any], org: Org, now: datetime) -> Site:
    site = Site.objects.create(
        number=public_number("WZ", clock.city_date(now)),
        id_code=row["id_code"],
        name=row["name"],
        org=org,
        kind="portal" if row["kind"] == "county" else row["kind"],
        host=row["host"],
        home_url=row["url"],
        aliases=row["aliases"],
        has_service_duty=row["service_duty"],
        created_by="网站检查演示",
        created_at=now,
    )
    Column.objects.bulk_create(
        Column(
            site=site,
            url=one["url"],
            name=one["name"],
            path=one["name"],
            kind=one["type"],
            promise_days=one["promise_days"],
            is_fixed=True,
        )
        for one in row["columns"]
    )
    for n, one in enumerate(row["maintenance"]):
        starts_at = datetime.fromisoformat(one["from"])
        MaintenanceWindow.objects.create(
            number=f"WH-{site.number}-{n}"[:24],
            site=site,
            starts_at=starts_at,
            ends_at=datetime.fromisoformat(one["to"]),
            reason="按计划停机维护",
            registered_at=starts_at,
            registered_by="网站检查演示",
        )
    return site


def retire(org: Org) -> None:
    """Close what an inspection of a made-up city left, and give its hosts free: the next city may have the same."""
    WordEntry.objects.filter(
        code__startswith="demo-"
    ).delete()  # a retired one would silence what ships under the same words
    for site in Site.objects.filter(org=org, state=SiteState.RUNNING):
        site.state, site.host = SiteState.CLOSED, f"{site.id_code}.{site.host}"[:120]
        site.save(update_fields=["state", "host"])


def free_codes() -> str:
    """Return the first eight digits of identification codes that no site has: a code is for good, whatever becomes of its site."""
    while Site.objects.filter(id_code__startswith=(codes := f"4499{secrets.randbelow(10**4):04d}")).exists():
        pass
    return codes


def machine(running: Running, folder: Path) -> working.Machine:
    """Return a machine that reaches the served city only, without the pauses of real life; with what is installed here."""
    placed, allow = running.addresses(), ("127.0.0.0/8", "::1/128")
    return working.Machine(
        reach=Reach(allow=allow, placed=placed, lookup=_nobody),
        ways=_ways(running, allow),
        manners=Manners(rate_per_s=100_000, connections=8, robots=False),
        limits=Limits(total_s=5, connect_s=2),
        work=Work(again_s=0.1),
        rhythm=Rhythm(step=timedelta(0)),
        slow_s=2,
        compared=1000,
        suffixes=(*lookalikes.SUFFIXES, "example"),
        evidence=folder,
        browser=drawing.installed(),
        reader=pictures.reader() if papers.reader_installed() else None,
    )


async def _nobody(name: str) -> list[str]:
    """Know no name: those of the made-up city are placed, others must not be asked for."""
    raise OSError(None, f"no such host: {name}")


def _ways(running: Running, allow: tuple[str, ...]) -> transport.Ways:
    """Return the ways to the city's hosts: its own DNS, and its server for whom the DNS gives the loopback address of IPv6."""
    http = running.addresses()
    ports = {transport.PORTS["http"]: running.port, transport.PORTS["https"]: running.tls_port}

    async def records(host: str) -> tuple[str, ...]:
        return tuple(running.city.dns(host).get("AAAA", ()))

    async def opens(_address: str, port: int) -> bool | None:
        return await ipv6.opens(LOOPBACK, ports[port])

    async def servers(host: str) -> dict[str, bool]:
        known = running.city.dns(host)
        return dict.fromkeys(known.get("NS", ()), "NS_AAAA" in known)

    return transport.Ways(
        http=http,
        https={host: (address, running.tls_port) for host, (address, _port) in http.items()},
        trust=running.trust(),
        ipv6=ipv6.Ipv6Ways(records, servers, opens, http),
        allow=allow,
        lookup=_nobody,
    )


def visit_a_week(machine: working.Machine, sites: list[Site], now: datetime) -> int:
    """Visit the sites twenty times for each day of the week before ``now``, all in one go, and judge; return the visits kept."""
    pause = timedelta(days=1) / VISITS_A_DAY
    kept = visiting.visit_rounds(machine, [now - pause * (n + 0.5) for n in range(DAYS * VISITS_A_DAY)], sites)
    reachability.judge_all(now=now, only=sites)
    return kept


@dataclass(frozen=True)
class Score:
    """One check beside the truth: planted defects, finds, defects found, finds that are none."""

    planted: int
    finds: int
    hits: int
    missed: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of the planted that was found."""
        return self.hits / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """The share of the finds that are right."""
        return 1 - len(self.false) / self.finds if self.finds else 1.0


def scores(city: WebCity, sites: list[Site], ran: working.Machine) -> dict[str, Score]:
    """Return the score of every check of sites, by pages; an address with a query is its page, an imitation its host's home page.

    Left out, and why: pages that answer as hostile servers do (``/link/``, they have no labels), replies that are merely the
    newest (the truth does not say); and where the machine that ran lacks them, pages of sites written by script and what only a
    drawn page shows (no browser), and pictures (no reader).
    """
    shells = {site.host for site in city.sites if site.shape is Shape.SCRIPT and ran.browser is None}
    rows = [row for row in city.truth() if row.place != "post"]
    rows = [row for row in rows if row.check in CARRIED or urls.host_of(row.url) not in shells]
    rows = [row for row in rows if ran.browser is not None or row.check != "barrier"]
    rows = [row for row in rows if ran.reader is not None or not row.url.endswith(".png")]
    bad: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if not row.innocent:
            bad[row.check].add(
                f"http://{row.words}/" if row.check == "impersonation" else urls.canonical(row.url) or row.url
            )
    found = _found(sites, shells)
    return {
        check: _score(bad[check], _allowed(check, bad), found.get(check, {}))
        for check in sorted({row.check for row in rows} - ACCOUNTS)
    }


def _allowed(check: str, bad: dict[str, set[str]]) -> set[str]:
    """Return where a find is right: an attacked page may be found by either check, a listed misspelling, too."""
    pairs = ({"dark_link", "tampered"}, {"spelling", "wording_wrong"})
    return set().union(*(bad[one] for one in next((pair for pair in pairs if check in pair), {check})))


def _found(sites: list[Site], shells: set[str]) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(dict)
    rows = Finding.objects.filter(site__in=sites, gone_at=None).values_list("kind", "url", "detail")
    for kind, url, detail in rows:
        unseen = urls.host_of(url) in shells and kind not in CARRIED
        if (kind == "message_late" and "newest" in detail) or "/link/" in url or unseen:
            continue
        pages = {urls.canonical(each) or each for each in (url, *(detail.get("pages") or ()))}
        found[kind].setdefault(urls.canonical(url) or url, set()).update(pages)
    return found


def _score(bad: set[str], allowed: set[str], found: dict[str, set[str]]) -> Score:
    reached = set().union(*found.values())
    false = [url for url, pages in found.items() if not {*pages, url.partition("?")[0]} & allowed]
    return Score(len(bad), len(found), len(bad & reached), tuple(sorted(bad - reached)), tuple(sorted(false)))
