"""Findings over HTTP: the list, one with its course, the queue, and the steps of review."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.inspection.choices import Check, FindingState, Severity
from yunshu.domains.inspection.contracts import REVIEW, SUPERVISE
from yunshu.domains.inspection.selectors import finding_pages as pages
from yunshu.domains.inspection.selectors import findings as selectors
from yunshu.domains.inspection.services import rectifying, reviewing
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.paging import Slices

router = Router(tags=["网站与新媒体检查"])


class FindingOut(Schema):
    """A finding."""

    number: str
    kind: str = Field(description="检查项，见检查项代码")
    severity: str = Field(description="veto 单项否决、serious 严重、general 一般、hint 提示")
    state: str = Field(
        description="new 待复核、second 待二次确认、confirmed 已确认、false 误报、waived 豁免、notified 整改中、"
        "submitted 已报整改、verified 已整改、closed 已销号"
    )
    origin: str
    site: str | None = Field(None, alias="site.id_code", description="网站标识码")
    account: str | None = Field(None, alias="account.number", description="账号编号")
    org: str = Field(alias="org.code")
    url: str
    place: str
    words: str
    excerpt: str
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None = Field(description="复查未再发现的时间；空表示最近检查仍存在")
    occurrences: int
    reopened: int
    due_at: datetime | None
    waived_until: date | None


class FindingStepOut(Schema):
    """One step of a finding."""

    verb: str
    source: str
    target: str
    words: str
    by: str
    at: datetime


class ProofOut(Schema):
    """A piece of evidence, and the number of its record on the ledger."""

    kind: str
    sha256: str
    taken_at: datetime
    record: str


class WholeFindingOut(FindingOut):
    """A finding with its evidence and its course."""

    evidence: list[ProofOut]
    steps: list[FindingStepOut]

    @staticmethod
    def resolve_evidence(row: Any) -> Any:
        """Return the evidence in the order it was taken."""
        return row.evidence.all()

    @staticmethod
    def resolve_steps(row: Any) -> Any:
        """Return the course so far."""
        return row.steps.all()


class ReviewIn(Schema):
    """One step of review. ``false`` and ``waive`` need words."""

    verb: Literal["accept", "false", "waive", "undo"] = Field(
        description="accept 确认（单项否决：初次或二次）、false 误报、waive 豁免、undo 撤销自己的上一步"
    )
    words: str = Field("", max_length=500)
    teach: Literal["", "city", "site"] = Field(
        "", description="误报时以后认可这个词：全市或本网站；同词待复核的一并处理"
    )
    until: date | None = Field(None, description="豁免至")


class DecideIn(Schema):
    """What the supervisor decides on what a unit reported."""

    verb: Literal["verify", "close", "refuse"] = Field(description="verify 人工核实、close 销号、refuse 退回整改")
    words: str = Field("", max_length=500)


@router.get("/findings", response=list[FindingOut], summary="检查问题")
@paginate(Slices)
def list_findings(
    request: HttpRequest,
    state: FindingState | None = None,
    kind: Check | None = None,
    severity: Severity | None = None,
    site: str = "",
    account: str = "",
    present: bool | None = None,  # noqa: FBT001 - a query parameter
) -> Any:
    """Return the findings in reach, narrowed; ``present``: whether the last check still found it."""
    rows = selectors.visible_findings(viewer_of(request)).order_by("-last_seen", "-pk")
    wanted = {"state": state, "kind": kind, "severity": severity, "site__id_code": site, "account__number": account}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return rows if present is None else rows.filter(gone_at__isnull=present)


@router.get("/findings/{number}", response=WholeFindingOut, summary="一个检查问题")
def get_finding(request: HttpRequest, number: str) -> Any:
    """Return one finding with its evidence and its course."""
    return selectors.get_finding(viewer_of(request), number)


@router.get("/queue", response=list[FindingOut], summary="待复核的问题")
@paginate(Slices)
def list_queue(request: HttpRequest, kind: str = "", severity: str = "", site: str = "", org: str = "") -> Any:
    """Return what waits for the viewer's review, the gravest and surest first."""
    viewer = viewer_of(request)
    viewer.require(REVIEW)
    return pages.narrowed(viewer, {"kind": kind, "severity": severity, "site": site, "org": org})


@router.post("/findings/{number}/review", response=FindingOut, summary="复核")
def review(request: HttpRequest, number: str, body: ReviewIn) -> Any:
    """Take one step of review; a veto needs two different people, so a program's key cannot confirm it."""
    actor, now = viewer_of(request), clock.now()
    actor.require(REVIEW)
    if body.verb == "accept":
        return reviewing.accept(actor=actor, number=number, words=body.words, now=now)
    if body.verb == "false":
        return reviewing.false_alarm(actor=actor, number=number, reason=body.words, teach=body.teach, now=now)
    if body.verb == "waive":
        return reviewing.waive(actor=actor, number=number, until=body.until, reason=body.words, now=now)
    return reviewing.undo(actor=actor, number=number, now=now)


@router.post("/findings/{number}/decide", response=FindingOut, summary="核销")
def decide(request: HttpRequest, number: str, body: DecideIn) -> Any:
    """Verify by hand, close, or send back what a unit reported as mended."""
    actor = viewer_of(request)
    actor.require(SUPERVISE)
    return rectifying.decide(actor=actor, number=number, verb=body.verb, words=body.words, now=clock.now())
