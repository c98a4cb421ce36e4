"""What inspection shows others, as plain values: its rights, what it proves, what the public sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

VIEW = declare("inspection.view", label("查看网站与新媒体检查"))
REGISTRY_EDIT = declare("inspection.registry.edit", label("维护网站与账号台账"))
RULE_EDIT = declare("inspection.rule.edit", label("维护检查指标与词库"))
REVIEW = declare("inspection.finding.review", label("复核检查问题"))
RECTIFY = declare("inspection.finding.rectify", label("办理整改与申诉"))
SUPERVISE = declare("inspection.rectification.supervise", label("下发整改通知、审定申诉与豁免"))
ASSESS = declare("inspection.assessment.edit", label("开展评分与发布通报"))
REPORT_EDIT = declare("inspection.report.edit", label("处理网民找错"))

PROOF_KIND = "inspection."
"""How every kind of ledger record of this domain begins."""


class Proven(StrEnum):
    """What of inspection is proven by the ledger."""

    EVIDENCE = "evidence"
    REVIEW = "review"
    NOTICE = "notice"
    RETEST = "retest"
    APPEAL = "appeal"
    SITE_CHANGE = "site_change"
    SCHEME = "scheme"
    ASSESSMENT = "assessment"
    CIRCULAR = "circular"
    REPORT = "report"


PROVEN_NAMES = {
    Proven.EVIDENCE: label("检查证据"),
    Proven.REVIEW: label("问题复核"),
    Proven.NOTICE: label("整改通知"),
    Proven.RETEST: label("整改复测"),
    Proven.APPEAL: label("申诉处理"),
    Proven.SITE_CHANGE: label("网站变更"),
    Proven.SCHEME: label("检查指标版本"),
    Proven.ASSESSMENT: label("检查评分"),
    Proven.CIRCULAR: label("检查通报"),
    Proven.REPORT: label("网民找错"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What shows a fault: a place in a WARC file, a picture, a file, or a text; ``path`` is below the evidence folder."""

    kind: str
    sha256: str
    taken_at: datetime
    path: str = ""
    offset: int = 0
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One fault, as a check hands it over. ``key`` (kind, target and this) makes the fingerprint: what of the fault stays
    the same when it is found again (a canonical address, a word, a column), never when or in which words it was found.

    ``kind`` and ``severity`` are values of ``choices``; exactly one of ``site`` (its identification code) and ``account``
    (its number) is given. ``span`` are the places in ``excerpt`` to be highlighted, as (start, end).
    """

    kind: str
    severity: str
    key: str
    words: str
    site: str = ""
    account: str = ""
    url: str = ""
    place: str = ""
    excerpt: str = ""
    span: tuple[tuple[int, int], ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0
    rule_version: str = ""
    proofs: tuple[Proof, ...] = ()
