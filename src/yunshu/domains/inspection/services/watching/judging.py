"""What the facts of accounts say is wrong with them: found, found again and gone by themselves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yunshu.domains.inspection.checks import account_states
from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Account, Finding
from yunshu.domains.inspection.rules import accounts as rules
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.selectors.media import facts_of
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits
from yunshu.domains.inspection.services.running.keeping import MACHINE


def terms() -> rules.Terms:
    """Return the terms in force in the city."""
    return account_states.terms(kits.params())


def faults_of(rows: Sequence[Account]) -> list[Found]:
    """Return what is wrong with some accounts; whether a unit has several main ones shows only with all of them."""
    return list(account_states.conclude(map(facts_of, rows), terms()))


@transaction.atomic
def judge_all(now: datetime) -> findings.Kept:
    """Keep what is wrong with the accounts at ``now``, and mark as gone what no longer is. What is not known stays as it was."""
    rows = list(Account.objects.select_related("org").order_by("number"))
    found = faults_of(rows)
    kept = findings.keep(found, by=MACHINE, now=now)
    there = {fingerprints.of(each) for each in found}
    judged = {
        fingerprints.fingerprint(kind, row.number, key)
        for row in rows
        for kind, keys in rules.known(facts_of(row)).items()
        for key in keys
    }
    ended = Finding.objects.filter(fingerprint__in=judged - there, origin="machine", gone_at=None, last_seen__lt=now)
    findings.gone(ended, now)
    return kept
