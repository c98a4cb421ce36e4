"""What the pages of findings show together: the queue's item, a finding's facts, choices of filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.files import api as files
from yunshu.domains.inspection.choices import Check, Severity
from yunshu.domains.inspection.choices_findings import TermScope
from yunshu.domains.inspection.contracts import PROOF_KIND, RECTIFY, REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.models import AcceptedTerm, Finding, FindingStep, Site
from yunshu.domains.inspection.rules import life, marking
from yunshu.domains.inspection.selectors.findings import alike, queue, similar
from yunshu.domains.inspection.selectors.reach import within
from yunshu.domains.inspection.selectors.rectification import ANSWER_FILES
from yunshu.domains.ledger import api as ledger

SURE, UNSURE = "0.9", "0.5"


def places_of(row: Finding) -> list[marking.Place]:
    """Return the places in a finding's excerpt that are to be marked."""
    return [(int(pair[0]), int(pair[1])) for pair in row.detail.get("span", ())]


def marked(row: Finding) -> list[tuple[str, bool]]:
    """Return a finding's excerpt in pieces, each marked or not."""
    return marking.pieces(row.excerpt, places_of(row))


def narrowed(viewer: Viewer, data: Mapping[str, str]) -> QuerySet[Finding]:
    """Return what waits for the viewer, narrowed by kind, severity, unit, site and confidence as the address says."""
    rows = queue(viewer)
    wanted = {"kind": "kind", "severity": "severity", "org": "org__code", "site": "site__id_code", "state": "state"}
    for name, path in wanted.items():
        if value := data.get(name, "").replace("\x00", ""):
            rows = rows.filter(**{path: value})
    if data.get("confidence") == "sure":
        rows = rows.filter(confidence__gte=SURE)
    elif data.get("confidence") == "unsure":
        rows = rows.filter(confidence__lt=UNSURE)
    return rows


@dataclass(frozen=True, kw_only=True)
class Item:
    """One finding of the queue: itself, how many wait, and its neighbours' numbers (empty at the ends)."""

    row: Finding
    position: int
    total: int
    before: str
    after: str


def item(viewer: Viewer, data: Mapping[str, str], at: str = "") -> Item | None:
    """Return the item numbered ``at``, the first one without it or where it no longer waits; None for an empty queue."""
    numbers = list(narrowed(viewer, data).values_list("number", flat=True))
    if not numbers:
        return None
    place = numbers.index(at) if at in numbers else 0
    row = queue(viewer).get(number=numbers[place])
    return Item(
        row=row,
        position=place + 1,
        total=len(numbers),
        before=numbers[place - 1] if place else "",
        after=numbers[place + 1] if place + 1 < len(numbers) else "",
    )


def following(viewer: Viewer, data: Mapping[str, str], number: str) -> str:
    """Return which item comes after ``number`` in the queue, to be shown once that one is decided."""
    found = item(viewer, data, number)
    return (found.after or found.before) if found and found.row.number == number else ""


@dataclass(frozen=True, kw_only=True)
class Undo:
    """The review that the viewer can take back: of which finding, and how many were decided with it by its term."""

    number: str
    also: int


def last_reviewed(viewer: Viewer) -> Undo | None:
    """Return what the viewer reviewed last, if that can still be taken back."""
    person = getattr(viewer, "person_id", None) or 0
    last = FindingStep.objects.filter(person_id=person).select_related("finding").order_by("-pk").first()
    if last is None or last.target != last.finding.state or last.source == life.NOTIFIED:
        return None
    step = life.OF_VERB.get(last.verb)
    if step is None or not step.undoable:
        return None
    also = FindingStep.objects.filter(person_id=person, verb="spread", at=last.at).exclude(finding=last.finding)
    return Undo(number=last.finding.number, also=also.count())


def spreads(viewer: Viewer, row: Finding) -> list[tuple[str, Any, int]]:
    """Return the scopes in which a finding's term may be accepted, each with how many others wait with it there."""
    scopes = [one for one in TermScope if one != TermScope.SITE or row.site_id is not None]
    return (
        [(one.value, one.label, alike(viewer, row, one.value).count()) for one in scopes]
        if row.detail.get("term")
        else []
    )


def facts(viewer: Viewer, row: Finding, now: datetime) -> dict[str, Any]:
    """Return what the page of a finding shows beside the row itself."""
    replies, appeals = list(row.replies.all()), list(row.appeals.all())
    numbers = [*(reply.number for reply in replies), *(appeal.number for appeal in appeals)]
    attached = files.attachments_of(ANSWER_FILES, numbers)
    return {
        "marked": marked(row),
        "steps": [(life.STEP_NAMES.get(step.verb, step.verb), step) for step in reversed(list(row.steps.all()))],
        "proofs": list(row.evidence.all()),
        "replies": [(reply, attached.get(reply.number, [])) for reply in replies],
        "appeals": [(appeal, attached.get(appeal.number, [])) for appeal in appeals],
        "extensions": list(row.asked_extensions.all()),
        "retests": list(row.retests.all()),
        "notices": [each.notice for each in row.notice_items.select_related("notice")],
        "evidence": ledger.evidence_of(PROOF_KIND, row.number, now),
        "similar": similar(row) if viewer.may(VIEW, row.org.path) else [],
        "may_review": viewer.may(REVIEW, row.org.path),
        "may_supervise": viewer.may(SUPERVISE, row.org.path),
        "may_rectify": viewer.may(RECTIFY, row.org.path),
        "may_see_internals": viewer.may(VIEW, row.org.path),
    }


def org_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Return code and name of the units of which the viewer may see findings."""
    reach = within(viewer, VIEW, "path") | within(viewer, REVIEW, "path") | within(viewer, RECTIFY, "path")
    rows = Org.objects.filter(reach | within(viewer, SUPERVISE, "path"), pk__in=Site.objects.values("org"))
    return list(rows.order_by("path").values_list("code", "name"))


def site_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Return code and name of the sites of which the viewer may see findings."""
    reach = within(viewer, VIEW, "org__path") | within(viewer, REVIEW, "org__path")
    rows = Site.objects.filter(reach | within(viewer, SUPERVISE, "org__path") | within(viewer, RECTIFY, "org__path"))
    return list(rows.order_by("name").values_list("id_code", "name"))


def queue_choices(viewer: Viewer) -> dict[str, list[tuple[str, Any]]]:
    """Return what the queue's filters offer: only what waits."""
    rows = queue(viewer).order_by()
    kinds = set(rows.values_list("kind", flat=True))
    return {
        "kind": [(value, name) for value, name in Check.choices if value in kinds],
        "severity": list(Severity.choices),
        "org": sorted(set(rows.values_list("org__code", "org__name"))),
        "site": sorted(set(rows.exclude(site=None).values_list("site__id_code", "site__name"))),
    }


def visible_terms(viewer: Viewer) -> QuerySet[AcceptedTerm]:
    """Return the accepted terms: the city's for every reviewer, a site's for those in whose reach it is."""
    seen = within(viewer, VIEW, "site__org__path") | within(viewer, REVIEW, "site__org__path")
    if viewer.may(VIEW) or viewer.may(REVIEW):
        seen |= Q(site__isnull=True)
    return AcceptedTerm.objects.filter(seen).select_related("site")
