"""What of a table's life goes to the consortium ledger, in the transaction in which it happens.

One record a fact: what was said, by whom, when, and the digests of what it rests on. The subject is the table's number,
so that a table's 存证 page and an auditor read its whole life in one order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import PROOF_KIND, Proven
from yunshu.domains.evaluation.models import (
    BindingChange,
    Evidence,
    LineDecision,
    MeasurementRow,
    Payment,
    PerformanceTable,
    SubmittedScore,
    TaskProject,
    Version,
)
from yunshu.domains.files.api import AttachmentCard
from yunshu.domains.ledger import api as ledger

MEASURER = System(name="自动测量")


def of_version(row: Version, by: Viewer, now: datetime) -> None:
    """Record a version by its digest."""
    words = {"version": row.ordinal, "digest": row.digest, "reason": row.reason, "source": row.source}
    _record(Proven.VERSION, row.table, words, by, now)


def of_step(table: PerformanceTable, verb: str, source: str, reason: str, by: Viewer, now: datetime) -> None:
    """Record a step of the table's life with the digest of the version it was taken on."""
    newest = selectors.newest_version(table)
    words: dict[str, Any] = {"verb": verb, "from": source, "to": table.stage, "reason": reason}
    words |= {"version": newest.ordinal, "digest": newest.digest}
    _record(Proven.STEP, table, words, by, now)


def of_evidence(row: Evidence, attached: Sequence[AttachmentCard], by: Viewer, now: datetime) -> None:
    """Record evidence, its correction or withdrawal, with the digests of the files that came with it."""
    words = {
        "number": row.number,
        "indicator": row.indicator,
        "on": row.on,
        "value": row.value,
        "statement": row.statement,
        "corrects": row.corrects.number if row.corrects else None,
        "withdrawn": row.withdrawn,
        "files": [card.sha256 for card in attached],
    }
    _record(Proven.EVIDENCE, row.table, words, by, now)


def of_files(row: Evidence, attached: Sequence[AttachmentCard], by: Viewer, now: datetime) -> None:
    """Record files that came later to evidence that stands."""
    _record(Proven.FILES, row.table, {"number": row.number, "files": [card.sha256 for card in attached]}, by, now)


def of_payment(row: Payment, by: Viewer, now: datetime) -> None:
    """Record a payment or its reversal."""
    words = {
        "number": row.number,
        "task": f"{row.task_kind}:{row.task_ordinal}",
        "on": row.on,
        "amount_yuan": row.amount_yuan,
        "voucher": row.voucher,
        "statement": row.statement,
        "reverses": row.reverses.number if row.reverses else None,
    }
    _record(Proven.PAYMENT, row.table, words, by, now)


def of_project(row: TaskProject, by: Viewer, now: datetime) -> None:
    """Record that a task is paid from a project's book from now on, or no longer."""
    words = {"task": f"{row.task_kind}:{row.task_ordinal}", "project": row.project, "is_linked": row.is_linked}
    _record(Proven.PROJECT, row.table, words, by, now)


def of_binding(row: BindingChange, by: Viewer, now: datetime) -> None:
    """Record that another way of measuring was asked for, or what was decided about it."""
    words = {
        "number": row.number,
        "indicator": row.indicator,
        "before": row.before,
        "metric": row.metric,
        "accumulates": row.accumulates,
        "state": row.state,
        "reason": row.reason,
        "opinion": row.opinion,
    }
    _record(Proven.BINDING, row.table, words, by, now)


def of_measurement(row: MeasurementRow, now: datetime) -> None:
    """Record a measurement: the value, the code that made it and the digest of what it was made from."""
    words = {
        "indicator": row.indicator,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "light": row.light,
        "made_by": row.made_by,
        "made_from": row.made_from,
    }
    _record(Proven.MEASUREMENT, row.table, words, MEASURER, now)


def of_decision(row: LineDecision, by: Viewer, now: datetime) -> None:
    """Record what a person decided about a line of the score."""
    words = {
        "rule_set": row.rule_set,
        "line": row.line,
        "kind": row.kind,
        "choice": row.choice,
        "points": row.points,
        "basis": row.basis,
    }
    _record(Proven.DECISION, row.table, words, by, now)


def of_score(row: SubmittedScore, by: Viewer, now: datetime) -> None:
    """Record a submitted score, line by line."""
    words = {"version": row.version.ordinal, "digest": row.version.digest, "card": row.card, "reasons": row.reasons}
    _record(Proven.SCORE, row.table, words, by, now)


def _record(what: Proven, table: PerformanceTable, words: dict[str, Any], by: Viewer, now: datetime) -> None:
    ledger.record(kind=f"{PROOF_KIND}{what.value}", subject=table.number, payload=words, by=by, now=now)
