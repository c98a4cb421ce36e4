"""One step of a finding: written down, and, where people decide, proven by the ledger."""

from datetime import datetime

from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.models import Finding, FindingStep
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.findings import visible_findings
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

MOST_WORDS = 500


def locked(actor: Viewer, number: str) -> Finding:
    """Return one finding, held until the transaction ends; raise NotFound (``finding_not_found``)."""
    if not visible_findings(actor).filter(number=number).exists():
        raise NotFound("finding_not_found", _("没有这个问题。"))
    return Finding.objects.select_for_update(of=("self",)).select_related("org", "site", "account").get(number=number)


def demand(actor: Viewer, row: Finding, verb: str, words: str = "") -> life.Step:
    """Return the step that ``verb`` is now; raise Conflict (``verb_not_possible``), NotPermitted, Refused (``reason_missing``)."""
    step = life.step_of(verb, row.state)
    if step is None:
        raise Conflict("verb_not_possible", _("问题的状态已经变化，不能执行该操作，请刷新后再看。"))
    if step.permission is not None:
        actor.require(step.permission, row.org.path)
    if step.needs_words and not words.strip():
        raise Refused("reason_missing", _("请写明理由或情况。"), where="words")
    return step


def write(row: Finding, actor: Viewer, verb: str, source: str, words: str, now: datetime) -> FindingStep:
    """Write down a step that led from ``source`` to the row's state."""
    return FindingStep.objects.create(
        finding=row,
        verb=verb,
        source=source,
        target=row.state,
        words=words.strip()[:MOST_WORDS],
        by=actor.name,
        person_id=getattr(actor, "person_id", None),
        at=now,
    )


def take(
    row: Finding, actor: Viewer, step: life.Step, words: str, now: datetime, changed: tuple[str, ...] = ()
) -> FindingStep:
    """Move a locked finding by ``step``, save ``changed`` with its state, and write it down."""
    source, row.state = row.state, step.target
    row.save(update_fields=["state", *changed])
    return write(row, actor, step.verb, source, words, now)
