"""Retests: asked by 已整改, done by whoever runs checks, judged here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.inspection import retesting
from yunshu.domains.inspection.choices_findings import RetestResult
from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE, Proof, Proven
from yunshu.domains.inspection.models import Finding, Retest
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.services import notices, proof, telling
from yunshu.domains.inspection.services.findings import add_evidence
from yunshu.domains.inspection.services.steps import take
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.ids import public_number

TESTER = System(name="自动复测")
VERBS = {RetestResult.FOUND: "still_there", RetestResult.GONE: "gone"}


def ask(row: Finding, actor: Viewer, now: datetime) -> Retest:
    """Ask for a retest of a finding, in the caller's transaction; the one that waits already is enough."""
    retest, made = Retest.objects.get_or_create(
        finding=row,
        done_at=None,
        defaults={
            "number": public_number("FC", clock.city_date(now)),
            "asked_by": actor.name,
            "asked_at": now,
        },
    )
    if made:
        retesting.ask_all(retest.number)
    return retest


def pending(limit: int = 100) -> list[Retest]:
    """Return the retests that wait, the oldest first, each with its finding, site and account: for whoever runs checks."""
    rows = Retest.objects.filter(done_at__isnull=True).select_related("finding__site", "finding__account")
    return list(rows.order_by("asked_at", "pk")[:limit])


@transaction.atomic
def finish(
    *, number: str, result: str, now: datetime, words: str = "", proofs: Sequence[Proof] = (), by: Viewer = TESTER
) -> Retest:
    """Say what a retest found (``found``, ``gone``, ``inconclusive``): back to the unit, verified, or left to the supervisor.

    Safe to say twice: the first word counts. Raises NotFound (``retest_not_found``).
    """
    seen = Retest.objects.filter(number=number).values_list("finding_id", flat=True).first()
    if seen is None:
        raise NotFound("retest_not_found")
    row = Finding.objects.select_for_update(of=("self",)).select_related("org").get(pk=seen)
    retest = Retest.objects.select_for_update().get(number=number)
    if retest.done_at is not None:
        return retest
    retest.done_at, retest.result, retest.words = now, RetestResult(result), words.strip()[:500]
    retest.save(update_fields=["done_at", "result", "words"])
    add_evidence(row, proofs, by, now)
    said = {"retest": number, "result": result, "words": retest.words, "asked_at": retest.asked_at}
    proof.of(Proven.RETEST, row.number, said, by, now)
    _judge(row, retest, by, now)
    return retest


def _judge(row: Finding, retest: Retest, by: Viewer, now: datetime) -> None:
    """Move the finding, unless somebody decided on it meanwhile, and tell who waits for the result."""
    step = life.step_of(VERBS.get(RetestResult(retest.result), ""), row.state)
    if step is not None:
        row.gone_at = now if step.verb == "gone" else None
        take(row, by, step, retest.words, now, ("gone_at",))
        notices.follow([row.pk], now)
    titles = {
        RetestResult.FOUND: (RECTIFY, _("复测仍发现问题，请继续整改")),
        RetestResult.GONE: (SUPERVISE, _("复测已消除，请核对后销号")),
        RetestResult.INCONCLUSIVE: (SUPERVISE, _("复测不能确定，请人工核实")),
    }
    permission, title = titles[RetestResult(retest.result)]
    telling.of_finding(row, permission, title, retest.number, now)
