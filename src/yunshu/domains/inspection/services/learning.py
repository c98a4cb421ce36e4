"""What a false alarm teaches: its term is accepted, and what waits with the same term and scope is decided with it."""

from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import FindingState
from yunshu.domains.inspection.choices_findings import TermScope
from yunshu.domains.inspection.models import AcceptedTerm, Finding, FindingStep
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.findings import alike
from yunshu.domains.inspection.services.steps import MOST_WORDS
from yunshu.lib.kernel.errors import Refused

SPREAD = "spread"
"""The verb by which a finding is decided with another."""


def teach(row: Finding, actor: Viewer, reason: str, scope: str, now: datetime) -> list[str]:
    """Accept the term of a finding that is held and decide with it what waits; return the numbers of those.

    Raises Refused (``no_term``).
    """
    term = row.detail.get("term")
    if not isinstance(term, str) or not term or scope not in TermScope.values:
        raise Refused("no_term", _("这个问题没有可以认可的词语。"), where="teach")
    if scope == TermScope.SITE and row.site_id is None:
        raise Refused("no_term", _("新媒体账号的词语只能在全市认可。"), where="teach")
    AcceptedTerm.objects.get_or_create(
        kind=row.kind,
        term=term,
        scope=scope,
        site=row.site if scope == TermScope.SITE else None,
        is_active=True,
        defaults={
            "reason": reason.strip()[:300],
            "taught_by": row,
            "made_by": actor.name,
            "person_id": getattr(actor, "person_id", None),
            "made_at": now,
        },
    )
    return _spread(row, actor, reason, scope, now)


def _spread(row: Finding, actor: Viewer, reason: str, scope: str, now: datetime) -> list[str]:
    wanted = alike(actor, row, scope).order_by("fingerprint").values_list("pk", flat=True)
    rows = list(Finding.objects.select_for_update(of=("self",)).filter(pk__in=list(wanted), state__in=life.QUEUED))
    words = _("%(reason)s（与 %(number)s 同词，一并处理）") % {"reason": reason.strip(), "number": row.number}
    person = getattr(actor, "person_id", None)
    steps = []
    for each in rows:
        source, each.state = each.state, FindingState.FALSE
        each.reviewer_id = each.reviewer_id or person
        steps.append(_step(each, actor, SPREAD, source, words[:MOST_WORDS], now))
    Finding.objects.bulk_update(rows, ["state", "reviewer"], batch_size=500)
    FindingStep.objects.bulk_create(steps, batch_size=500)
    return [each.number for each in rows]


def unspread(row: Finding, actor: Viewer, at: datetime, now: datetime) -> list[str]:
    """Let what was decided at ``at`` with a finding wait again, unless somebody has done something with it since."""
    last = FindingStep.objects.filter(finding=OuterRef("finding")).order_by("-pk").values("pk")[:1]
    person = getattr(actor, "person_id", None) or 0
    steps = FindingStep.objects.filter(verb=SPREAD, at=at, person_id=person, pk=Subquery(last))
    sources = dict(steps.exclude(finding=row).values_list("finding_id", "source"))
    rows = list(Finding.objects.select_for_update(of=("self",)).filter(pk__in=sources, state=life.FALSE).order_by("pk"))
    undone = []
    for each in rows:
        source, each.state = each.state, sources[each.pk]
        each.reviewer_id = None if each.state == life.NEW else each.reviewer_id
        undone.append(_step(each, actor, "undo", source, "", now))
    Finding.objects.bulk_update(rows, ["state", "reviewer"], batch_size=500)
    FindingStep.objects.bulk_create(undone, batch_size=500)
    return [each.number for each in rows]


def _step(row: Finding, actor: Viewer, verb: str, source: str, words: str, now: datetime) -> FindingStep:
    return FindingStep(
        finding=row, verb=verb, source=source, target=row.state, words=words, by=actor.name,
        person_id=getattr(actor, "person_id", None), at=now,
    )  # fmt: skip
