"""How the home page of a run's site is carried: certificate, security headers, IPv6 (``services.transport``), looked at and kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from yunshu.domains.inspection.checks import site_transport
from yunshu.domains.inspection.checks.seen import Kit, TransportCard
from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.contracts import Found, Proof
from yunshu.domains.inspection.models import Run
from yunshu.domains.inspection.services import findings, transport
from yunshu.domains.inspection.services.running import kits
from yunshu.domains.inspection.services.running.keeping import MACHINE
from yunshu.lib.crawl import Fetched
from yunshu.lib.crawl.evidence import Archive
from yunshu.lib.kernel import clock

if TYPE_CHECKING:
    from yunshu.domains.inspection.services.running.working import Machine


def look(run: Run, machine: "Machine", kit: Kit) -> None:
    """Look once at how the home page comes; keep what is wrong, mark what is no longer. What could not be tried stays as it was."""
    site = kits.card(run.site)
    card, home = asyncio.run(transport.look(site, clock.now(), machine.ways))
    found = list(site_transport.conclude(card, site, kit))
    with Archive(machine.folder) as archive:
        proven = _proven(found, card, home, archive)
    with transaction.atomic():
        findings.keep(kits.versioned(proven, kit), by=MACHINE, now=run.started_at)
        for kind in sorted(site_transport.tried(card)):
            findings.absent(
                kind=kind, seen=(), began=run.started_at, complete=True, now=run.started_at, site=site.code
            )  # fmt: skip


def _proven(found: Iterable[Found], card: TransportCard, home: Fetched, archive: Archive) -> list[Found]:
    """Return finds with the page as it came where its headers are at fault; a handshake leaves nothing to be stored."""
    faults = list(found)
    if not any(each.kind == Check.HEADERS for each in faults):
        return faults
    kept = archive.add(home, card.at)
    proof = Proof(kind="warc", sha256=kept.sha256, taken_at=card.at, path=kept.file, offset=kept.offset)
    return [replace(each, proofs=(proof,)) if each.kind == Check.HEADERS else each for each in faults]
