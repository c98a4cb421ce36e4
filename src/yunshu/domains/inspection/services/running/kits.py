"""The city's rules, compiled for a run: what ships, with what officials changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from yunshu import __version__
from yunshu.domains.inspection.checks.params import SHIPPED
from yunshu.domains.inspection.checks.seen import ColumnCard, Kit, SiteCard
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import CheckParam, Column, Site, WordEntry
from yunshu.lib import wording
from yunshu.lib.crawl import urls

ADVERT = WordEntry.Category.ADVERT


def kit() -> Kit:
    """Return the rules in force."""
    values, hosts = params(), frozenset(hosts_of_all())
    lexicon = wording.Lexicon(_entries())
    adverts = wording.Lexicon(_entry(row) for row in WordEntry.objects.filter(category=ADVERT, is_active=True))
    parts = (__version__, values, sorted(hosts), lexicon.digest, adverts.digest)
    return Kit(
        params=values,
        known_hosts=hosts,
        lexicon=lexicon,
        adverts=adverts,
        speller=wording.shipped_speller(),
        version=hashlib.sha256(repr(parts).encode()).hexdigest()[:8],
    )


def versioned(found: Iterable[Found], rules: Kit) -> list[Found]:
    """Return finds that say by which version of the rules they were made."""
    return [replace(each, rule_version=rules.version) for each in found]


def card(site: Site) -> SiteCard:
    """Return a site as checks take it."""
    columns = Column.objects.filter(site=site, gone_at__isnull=True)
    return SiteCard(
        code=site.id_code,
        name=site.name,
        unit=site.org.name,
        kind=site.kind,
        hosts=tuple(ascii_hosts([site.host, *site.aliases])),
        home_url=site.home_url,
        has_service_duty=site.has_service_duty,
        columns=tuple(
            ColumnCard(
                url=row.url,
                name=row.name,
                path=row.path,
                kind=row.kind,
                promise_days=row.promise_days,
                level=row.level,
                is_ignored=row.is_ignored,
            )
            for row in columns
        ),
    )


def hosts_of_all() -> set[str]:
    """Return the names of every registered site, as they stand in addresses."""
    rows = Site.objects.values_list("host", "aliases")
    return {name for host, aliases in rows for name in ascii_hosts([host, *aliases])}


def homes() -> set[str]:
    """Return the home pages of every registered site, as crawls have them."""
    return {urls.canonical(url) or url for url in Site.objects.values_list("home_url", flat=True)}


def ascii_hosts(names: Iterable[str]) -> list[str]:
    """Return names of hosts as they stand in addresses, without those that are none."""
    return [found for name in names if (found := urls.ascii_host(name))]


def params() -> dict[str, dict[str, Any]]:
    """Return the parameters in force: what ships, with what officials changed."""
    found = {check: dict(values) for check, values in SHIPPED.items()}
    for row in CheckParam.objects.filter(is_active=True):
        shipped = found.get(row.kind, {}).get(row.name)
        if isinstance(shipped, int | float):
            found[row.kind][row.name] = type(shipped)(row.value)
    return found


def _entries() -> list[wording.Entry]:
    """Return what ships, without what the city keeps under the same words, and the city's own."""
    rows = list(WordEntry.objects.exclude(category=ADVERT))
    kept = {row.wrong for row in rows}
    own = [_entry(row) for row in rows if row.is_active]
    return [*(entry for entry in wording.shipped() if entry.wrong not in kept), *own]


def _entry(row: WordEntry) -> wording.Entry:
    """Return a city's entry; where the form is right that we know of as well, it is right here, too."""
    exceptions = filter(None, row.exceptions.split("、"))
    return wording.Entry(
        wrong=row.wrong,
        right=row.right,
        kind=wording.Kind(row.kind),
        category=wording.Category(row.category) if row.category != ADVERT else wording.Category.CUSTOM,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        exceptions=tuple(dict.fromkeys((*exceptions, *wording.shipped_speller().exceptions(row.wrong)))),
        source=row.source,
        obfuscation=row.obfuscation,
    )
