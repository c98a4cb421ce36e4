"""Who imitates a run's site: names like its own, hosts met in links that bear its name, what people entered; fetched and compared."""

import asyncio
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction
from pypinyin import lazy_pinyin

from yunshu.domains.inspection.checks import facts, site_impersonation
from yunshu.domains.inspection.checks.seen import Kit, PageFacts, SiteCard
from yunshu.domains.inspection.choices import Check, SiteState
from yunshu.domains.inspection.choices_registry import SuspectResult, SuspectSource
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Run, Site, Suspect
from yunshu.domains.inspection.rules import lookalikes
from yunshu.domains.inspection.services import discovery, findings
from yunshu.domains.inspection.services.running import kits, seeing
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.domains.inspection.services.running.threads import apart
from yunshu.lib.crawl import Fetched, Fetcher, Reach, urls
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.crawl.guard import Guard
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine

LEADING = frozenset({"a", "area", "iframe", "frame"})
AT_ONCE, ANSWER_S = 8, 5.0
NOBODY = frozenset({"dns", "connect", "address_refused"})
"""Ends of a fetch that say that nothing is served there."""
_PLACE = re.compile(r"^(.{2,6}?)(?:市|县|区|镇|乡)")


@dataclass(frozen=True)
class Looked:
    """What came of a suspect, as facts where a page came."""

    host: str
    fetched: Fetched
    at: datetime
    page: PageFacts | None

    @property
    def is_gone(self) -> bool:
        """Whether nothing is served under this name."""
        return self.fetched.error in NOBODY or self.fetched.status in seeing.GONE_STATUS


async def look(run: Run, machine: "Machine", kit: Kit) -> None:
    """Gather who may imitate the site, look at each, keep those who do; mark those who no longer do."""
    await apart(_gather, run, kit)
    wanted = _names(run.site, machine.suffixes)
    there = await _there(wanted, machine.reach)
    suspects = await apart(_suspects, run, there)
    site = await apart(kits.card, run.site)
    gate = asyncio.Semaphore(AT_ONCE)
    async with Fetcher(replace(machine.manners, robots=False), machine.limits, machine.reach) as fetcher:

        async def one(host: str) -> Looked:
            async with gate:
                return await _fetched(fetcher, host, site, kit)

        looked = await asyncio.gather(*map(one, suspects))
    await apart(_keep, run, looked, site, kit, machine)


def _names(site: Site, suffixes: Sequence[str]) -> list[str]:
    """Return the names that somebody who imitates a site would take, each with ``www.`` before it first."""
    place = _PLACE.match(site.name)
    spelt = ("".join(lazy_pinyin(place[1])),) if place else ()
    host = next(iter(kits.ascii_hosts([site.host])), "")
    return lookalikes.names(host, tuple(one for one in spelt if one.isascii()), tuple(suffixes))


async def _there(names: Sequence[str], reach: Reach) -> list[str]:
    """Return the hosts of names that have a public address, other than what a name that nobody has is answered with.

    None while the DNS does not answer at all.
    """
    gate, guard = asyncio.Semaphore(AT_ONCE), Guard(reach.allow)

    async def addresses(host: str) -> set[str] | None:
        if host in reach.placed:
            return {host}
        async with gate:
            try:
                async with asyncio.timeout(ANSWER_S):
                    return {one for one in await reach.lookup(host) if guard.permits(one)}
            except socket.gaierror as error:
                return None if error.errno == socket.EAI_AGAIN else set()
            except TimeoutError:
                return None
            except (OSError, UnicodeError):
                return set()

    nobodys = await addresses(f"{uuid4().hex}.com") if names else None
    if nobodys is None:
        return []

    async def one(name: str) -> str:
        for host in (f"www.{name}", name):
            if (await addresses(host) or set()) - nobodys:
                return host
        return ""

    return [host for host in await asyncio.gather(*map(one, names)) if host]


def _gather(run: Run, kit: Kit) -> None:
    """Enter the hosts that the run's pages lead to: those that bear a site's name, and those below a domain of the city."""
    led: dict[str, str] = {}
    for page, links in run.site.pages.filter(run=run).values_list("url", "facts__links").iterator():
        for url, _text, kind, _visible in links or ():
            if kind in LEADING:
                led.setdefault(urls.host_of(url), page)
    unknown = {host: page for host, page in led.items() if host and host not in kit.known_hosts}
    discovery.take_hosts(site=run.site.id_code, seen=unknown, now=run.started_at)
    sites = list(Site.objects.filter(state=SiteState.RUNNING).order_by("pk"))
    for host, page in unknown.items():
        if not host.endswith(tuple(f".{name}" for name in kit.trusted)) and (site := _borne(host, sites)):
            enter(host, site, SuspectSource.LINK, run.started_at, page)


def _borne(host: str, sites: Sequence[Site]) -> Site | None:
    """Return the site whose name a host bears; of several the one with most of it."""
    fitting = [site for site in sites if lookalikes.resembles(host, site.host)]
    return max(fitting, key=lambda site: len(lookalikes.own_parts(site.host)), default=None)


def enter(host: str, site: Site, source: str, now: datetime, page: str = "") -> None:
    """Enter a host that may imitate a site, if it is not known already."""
    words = {"site": site, "source": source, "first_seen": now, "seen_on": page[:2000]}
    Suspect.objects.get_or_create(host=host[:253], defaults=words)


def _suspects(run: Run, there: Iterable[str]) -> list[str]:
    """Enter what was found by name; return every host to be looked at for the site."""
    for host in there:
        enter(host, run.site, SuspectSource.NAME, run.started_at)
    return list(run.site.suspects.filter(is_active=True).values_list("host", flat=True))


async def _fetched(fetcher: Fetcher, host: str, site: SiteCard, kit: Kit) -> Looked:
    """Fetch the home page of a host, by TLS where plain HTTP brings nothing."""
    fetched = await fetcher.get(f"http://{host}/")
    if fetched.error:
        by_tls = await fetcher.get(f"https://{host}/")
        fetched = by_tls if by_tls.ok else fetched
    at, page = clock.now(), seeing.page_of(fetched, fetched.url)
    if page is None:
        return Looked(host, fetched, at, None)
    seen = seeing.seen(fetched, page, site, at)
    return Looked(
        host, fetched, at, PageFacts(url=fetched.url, role=seen.role, at=at, first_at=at, facts=facts.of(seen, kit))
    )


@transaction.atomic
def _keep(run: Run, looked: Sequence[Looked], site: SiteCard, kit: Kit, machine: "Machine") -> None:
    """Compare what came with the site's home page; without that, nothing is said."""
    row = run.site.pages.filter(role="home").order_by("-seen_at").first()
    if row is None:
        return
    home = PageFacts(url=row.url, role=row.role, at=row.seen_at, first_at=row.first_at, facts=row.facts)
    unsure, found = set[str](), list[Found]()
    with Archive(machine.folder) as archive:
        for one in looked:
            copies = _judged(one, home, site, kit, archive)
            found += copies
            result = SuspectResult.COPY if copies else _otherwise(one)
            if result == SuspectResult.UNSURE:
                unsure.add(one.host)
            Suspect.objects.filter(host=one.host).update(checked_at=one.at, result=result)
    findings.keep(kits.versioned(found, kit), by=MACHINE, now=run.started_at)
    findings.absent(
        kind=Check.IMPERSONATION, seen=unsure, began=run.started_at, complete=True, now=run.started_at, site=site.code
    )  # fmt: skip


def _judged(one: Looked, home: PageFacts, site: SiteCard, kit: Kit, archive: Archive) -> list[Found]:
    """Return the find that a suspect is, with its page as it came."""
    pages = [one.page] if one.page else []
    found = list(site_impersonation.conclude(home, site, pages, kit))
    if not found:
        return []
    kept = archive.add(one.fetched, one.at)
    proof = proof_of(kept, one.at)
    return [replace(each, proofs=(proof,)) for each in found]


def _otherwise(one: Looked) -> SuspectResult:
    if one.page is not None:
        return SuspectResult.OTHER
    return SuspectResult.SILENT if one.is_gone else SuspectResult.UNSURE
