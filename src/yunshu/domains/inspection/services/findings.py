"""Keeping what checks find: once per fault, however often, by however many workers, and whenever one of them dies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Origin
from yunshu.domains.inspection.contracts import Found, Proof, Proven
from yunshu.domains.inspection.models import AcceptedTerm, Account, Evidence, Finding, FindingStep, Site
from yunshu.domains.inspection.rules import fingerprints, life
from yunshu.domains.inspection.selectors.findings import due_at
from yunshu.domains.inspection.services import notices, proof
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound
from yunshu.lib.kernel.ids import public_number

SEEN_FIELDS = ("url", "place", "words", "excerpt", "detail", "confidence", "rule_version")
"""What a later sighting brings up to date."""
CHANGED = (*SEEN_FIELDS, "severity", "last_seen", "occurrences", "gone_at", "state", "reopened", "due_at")
CLEARED = ("reviewer", "second", "confirmed_at", "waived_until")
PLACE_MOST = 300


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How many faults were new, only seen again, reopened, suppressed by an accepted term; ``numbers`` by fingerprint."""

    new: int
    seen: int
    reopened: int
    suppressed: int
    numbers: Mapping[str, str]


@transaction.atomic
def keep(found: Sequence[Found], *, by: Viewer, now: datetime, origin: str = Origin.MACHINE.value) -> Kept:
    """Keep what a check found at ``now``, the moment of its run; doing it again with the same ``now`` changes nothing.

    A fault is counted as seen again only by a later run. What is new or reopened, and what is found while its rectification
    is being tested, keeps its proofs, with one record on the ledger per finding. Raises NotFound (``target_not_found``).
    """
    by_mark = {fingerprints.of(each): each for each in found}
    terms = _accepted(by_mark.values(), now)
    wanted = {mark: each for mark, each in sorted(by_mark.items()) if not _is_accepted(each, terms)}
    made = _insert(wanted, origin, now)
    rows = Finding.objects.select_for_update(of=("self",)).select_related("org").order_by("fingerprint")
    held = {row.fingerprint: row for row in rows.filter(fingerprint__in=wanted)}
    if len(held) != len(wanted):
        raise Conflict("number_taken", _("编号重复，请重试。"))
    reopened = [row for mark, row in held.items() if row.number not in made and _see(row, wanted[mark], by, now)]
    again = {row.pk for row in reopened}
    for mark, row in held.items():
        if row.number in made:
            _step(row, by, "find", "", now)
        if row.number in made or row.pk in again or row.state == life.SUBMITTED:
            add_evidence(row, wanted[mark].proofs, by, now)
    notices.follow(again, now)
    return Kept(
        new=len(made),
        seen=len(held) - len(made) - len(reopened),
        reopened=len(reopened),
        suppressed=len(by_mark) - len(wanted),
        numbers={mark: row.number for mark, row in held.items()},
    )


def _insert(wanted: Mapping[str, Found], origin: str, now: datetime) -> set[str]:
    """Insert what has no row yet, in the order of the fingerprints (so that two workers never wait for each other in a ring);

    return the numbers of the rows that are ours.
    """
    sites = {s.id_code: s for s in Site.objects.filter(id_code__in={f.site for f in wanted.values()})}
    accounts = {a.number: a for a in Account.objects.filter(number__in={f.account for f in wanted.values()})}
    known = set(Finding.objects.filter(fingerprint__in=wanted).values_list("fingerprint", flat=True))
    fresh = []
    for mark, each in wanted.items():
        target = sites.get(each.site) if each.site else accounts.get(each.account)
        if target is None:
            raise NotFound("target_not_found", _("台账里没有 %(code)s。") % {"code": each.site or each.account})
        if mark not in known:
            fresh.append(_fresh(mark, each, target, origin, now))
    Finding.objects.bulk_create(fresh, ignore_conflicts=True)
    ours = Finding.objects.filter(number__in=[row.number for row in fresh])
    return set(ours.values_list("number", flat=True))


def _fresh(mark: str, each: Found, target: Site | Account, origin: str, now: datetime) -> Finding:
    return Finding(
        number=public_number("WT", clock.city_date(now)),
        fingerprint=mark,
        kind=each.kind,
        severity=each.severity,
        origin=origin,
        site=target if isinstance(target, Site) else None,
        account=target if isinstance(target, Account) else None,
        org_id=target.org_id,
        first_seen=now,
        last_seen=now,
        **_facts(each),
    )


def _facts(each: Found) -> dict[str, Any]:
    spans = [list(pair) for pair in each.span]
    return {
        "url": each.url[:2000],
        "place": each.place[:PLACE_MOST],
        "words": each.words[:PLACE_MOST],
        "excerpt": each.excerpt,
        "detail": {**each.detail, **({"span": spans} if spans else {})},
        "confidence": round(each.confidence, 3),
        "rule_version": each.rule_version[:80],
    }


def _see(row: Finding, each: Found, by: Viewer, now: datetime) -> bool:
    """Note one more sighting of a row that is held; say whether it opens the finding again."""
    if now <= row.last_seen:
        return False
    for name, value in _facts(each).items():
        setattr(row, name, value)
    source, verb = row.state, life.recurring(row.state, now, row.gone_at, row.waived_until, clock.city_date(now))
    row.last_seen, row.occurrences = now, row.occurrences + 1
    if row.gone_at is None or now > row.gone_at:
        row.gone_at = None
    if source in life.QUEUED[:1]:
        row.severity = each.severity
    changed: tuple[str, ...] = CHANGED
    if verb:
        row.state, row.reopened = life.OF_VERB[verb].target, row.reopened + 1
        row.due_at = due_at(row.severity, now) if row.state == life.NOTIFIED else None
    if verb == "reopen":
        row.reviewer = row.second = row.confirmed_at = row.waived_until = None
        row.severity, changed = each.severity, (*CHANGED, *CLEARED)
    row.save(update_fields=changed)
    if verb:
        _step(row, by, verb, source, now)
    return bool(verb)


def _step(row: Finding, by: Viewer, verb: str, source: str, now: datetime) -> None:
    FindingStep.objects.create(
        finding=row, verb=verb, source=source, target=row.state, words=row.words, by=by.name, at=now
    )


def add_evidence(row: Finding, proofs: Sequence[Proof], by: Viewer, now: datetime) -> str:
    """Keep a finding's proofs, those already kept left out, as one record of the ledger; return its number, empty for none.

    The record holds digests and places only: what a page said stays in the evidence folder.
    """
    known = set(row.evidence.values_list("sha256", "path", "offset"))
    fresh = [p for p in proofs if (p.sha256, p.path, p.offset) not in known]
    if not fresh:
        return ""
    said = [{"kind": p.kind, "sha256": p.sha256, "taken_at": p.taken_at} for p in fresh]
    number = proof.of(Proven.EVIDENCE, row.number, {"fingerprint": row.fingerprint, "proofs": said}, by, now)
    Evidence.objects.bulk_create(
        Evidence(
            finding=row,
            kind=p.kind,
            path=p.path,
            offset=p.offset,
            sha256=p.sha256,
            words=p.words,
            taken_at=p.taken_at,
            record=number,
        )
        for p in fresh
    )
    return number


def _accepted(found: Collection[Found], now: datetime) -> set[tuple[str, str, str]]:
    """Return (kind, term, site's code) of the accepted terms that may concern what was found; empty: any."""
    said = {term for each in found if (term := _term(each))}
    if not said:
        return set()
    rows = AcceptedTerm.objects.filter(term__in=said, is_active=True)
    valid = rows.filter(Q(expires__isnull=True) | Q(expires__gte=clock.city_date(now)))
    return {(kind, term, code or "") for kind, term, code in valid.values_list("kind", "term", "site__id_code")}


def _term(each: Found) -> str:
    term = each.detail.get("term")
    return term if isinstance(term, str) else ""


def _is_accepted(each: Found, terms: set[tuple[str, str, str]]) -> bool:
    term = _term(each)
    return bool(term) and any((kind, term, site) in terms for kind in (each.kind, "") for site in (each.site, ""))


@transaction.atomic
def absent(
    *,
    kind: str,
    seen: Collection[str],
    began: datetime,
    complete: bool,
    now: datetime,
    site: str = "",
    account: str = "",
) -> int:
    """Mark as gone what a complete check of one site (its code) or account (its number), begun at ``began``, no longer found.

    ``seen`` are the keys it found. An incomplete check marks nothing, nor is anything marked that somebody found since
    ``began``. Returns how many were marked.
    """
    if not complete:
        return 0
    marks = {fingerprints.fingerprint(kind, site or account, key) for key in seen}
    rows = Finding.objects.filter(kind=kind, gone_at__isnull=True, last_seen__lt=began).exclude(fingerprint__in=marks)
    return gone(rows.filter(site__id_code=site) if site else rows.filter(account__number=account), now)


def gone(rows: QuerySet[Finding], now: datetime) -> int:
    """Mark findings as gone, in the caller's transaction; return how many."""
    held = list(rows.select_for_update(of=("self",)).order_by("fingerprint").values_list("pk", flat=True))
    return Finding.objects.filter(pk__in=held).update(gone_at=now)


def unchanged(*, site: Site, url: str, now: datetime) -> int:
    """Note that a page is as it was when a run at ``now`` asked for it: what was wrong with it still is. Return how many."""
    rows = Finding.objects.filter(site=site, url=url, origin=Origin.MACHINE, gone_at__isnull=True, last_seen__lt=now)
    return rows.update(last_seen=now, occurrences=F("occurrences") + 1)
