"""How the home page of a run's site is carried: certificate, security headers, IPv6 (``services.transport``), looked at and kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from yunshu.domains.inspection.checks import site_transport
from yunshu.domains.inspection.checks.seen import Kit, SiteCard, TransportCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services import findings, ipv6, transport
from yunshu.domains.inspection.services.running import kits
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.domains.inspection.services.running.proving import proof_of
from yunshu.lib.crawl import Fetched, urls
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine


def look(run: Run, machine: "Machine", kit: Kit) -> None:
    """Look once at how the home page comes; keep what is wrong, mark what is no longer. What could not be tried stays as it was."""
    site = kits.card(run.site)
    card, home = asyncio.run(transport.look(site, clock.now(), machine.ways, leads(run, site)))
    found = list(site_transport.conclude(card, site, kit))
    with Archive(machine.folder) as archive:
        proven = _proven(found, card, home, archive)
    with transaction.atomic():
        findings.keep(kits.versioned(proven, kit), by=MACHINE, now=run.started_at)
        for kind, untried in sorted(site_transport.tried(card).items()):
            findings.absent(
                kind=kind, seen=untried, began=run.started_at, complete=True, now=run.started_at, site=site.code
            )  # fmt: skip


def leads(run: Run, site: SiteCard) -> ipv6.Leads:
    """Return the hosts within a site's domain that its home page, and the pages that it leads to, lead to."""
    own = [f".{host.removeprefix('www.')}" for host in site.hosts]
    rows = run.site.pages.filter(run=run).values_list("url", "role", "facts__links")
    leading = {url: {link[0] for link in links or () if link[2] == "a"} for url, _role, links in rows}
    homes = [url for url, role, _links in rows if role == "home"]
    second = set[str]().union(*(leading[url] for url in homes))
    third = set[str]().union(*(leading.get(url, set[str]()) for url in second))
    return ipv6.Leads(
        *(frozenset(urls.host_of(each) for each in some if urls.same_site(each, own)) for some in (second, third))
    )


def _proven(found: Iterable[Found], card: TransportCard, home: Fetched, archive: Archive) -> list[Found]:
    """Return finds with the page as it came where its headers are at fault; a handshake leaves nothing to be stored."""
    faults = list(found)
    if not any(each.kind == Check.HEADERS for each in faults):
        return faults
    kept = archive.add(home, card.at)
    proof = proof_of(kept, card.at)
    return [replace(each, proofs=(proof,)) if each.kind == Check.HEADERS else each for each in faults]
