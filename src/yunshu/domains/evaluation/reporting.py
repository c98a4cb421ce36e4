"""The self-evaluation report of a table: read what is stored, score it, hand it to ``rules.report``."""

from datetime import date

from yunshu.domains.evaluation import scored, selectors
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.rules.report import Origin, Report, report


def report_of(table: PerformanceTable, today: date) -> Report:
    """Return the report as it stands on ``today``: points from stored evidence, payments and decisions, words by people."""
    version = selectors.newest_version(table)
    given = scored.self_evaluation(table)
    rows, total = selectors.money(table)
    return report(
        Origin(number=table.number, version=version.ordinal, stage=table.stage),
        selectors.form_of(version),
        scored.scorecards(table, today).cards[0],
        ([(row.task.name, row.execution) for row in rows], total),
        (given.reasons if given else {}, given.summary if given else ""),
    )
