"""Rectification over HTTP: notices, what a unit reports, more time, appeals. Files are added on the pages."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE
from yunshu.domains.inspection.rest.findings import FindingOut
from yunshu.domains.inspection.selectors import findings, rectification
from yunshu.domains.inspection.services import appeals, notices, rectifying
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.inputs import Instant
from yunshu.lib.ui.paging import Slices

router = Router(tags=["网站与新媒体检查"])


class NoticeOut(Schema):
    """A rectification notice."""

    number: str
    org: str = Field(alias="org.code")
    stage: str = Field(description="mending 整改中、checking 待核销、done 已办结")
    words: str
    issued_by: str
    issued_at: datetime
    due_at: datetime
    closed_at: datetime | None
    supervision: str = Field(description="督办编号，空表示没有督办")
    findings: list[str] = Field(description="所列问题编号")

    @staticmethod
    def resolve_findings(row: Any) -> list[str]:
        """Return the numbers of its findings in their order."""
        return list(row.items.order_by("ordinal").values_list("finding__number", flat=True))


class IssueIn(Schema):
    """Confirmed findings to be put to their units."""

    findings: list[str] = Field(min_length=1, max_length=500)
    words: str = Field("", max_length=2000, description="整改要求")


class WordsIn(Schema):
    """What is said."""

    words: str = Field(min_length=1, max_length=2000)


class ReplyOut(Schema):
    """A unit's reply, and the retest that it asked for."""

    number: str
    words: str
    by: str
    at: datetime


class MendingExtensionIn(Schema):
    """More time asked for."""

    until: Instant
    reason: str = Field(min_length=1, max_length=500)


class ExtensionOut(Schema):
    """A request for more time."""

    number: str
    finding: str = Field(alias="finding.number")
    until: datetime
    reason: str
    state: str = Field(description="open 待审批、granted 同意、refused 不同意")
    words: str


class GrantIn(Schema):
    """The word on a request for more time."""

    is_granted: bool
    words: str = Field("", max_length=500, description="不同意须说明理由")


class AppealOut(Schema):
    """An appeal."""

    number: str
    finding: str = Field(alias="finding.number")
    org: str = Field(alias="org.code")
    reason: str
    asked_by: str
    asked_at: datetime
    state: str = Field(description="open 待审定、upheld 成立、rejected 不成立、withdrawn 已撤回")
    decision: str
    decided_by: str
    decided_at: datetime | None


class AppealDecisionIn(Schema):
    """The decision on an appeal."""

    is_upheld: bool
    decision: str = Field(min_length=1, max_length=2000)


@router.get("/notices", response=list[NoticeOut], summary="整改通知")
@paginate(Slices)
def list_notices(request: HttpRequest, stage: str = "") -> Any:
    """Return the notices in reach, of a stage if one is given."""
    rows = rectification.visible_notices(viewer_of(request)).order_by("-issued_at", "-pk")
    return rows.filter(stage=stage) if stage else rows


@router.get("/notices/{number}", response=NoticeOut, summary="一份整改通知")
def get_notice(request: HttpRequest, number: str) -> Any:
    """Return one notice."""
    return rectification.get_notice(viewer_of(request), number)


@router.post("/notices", response=list[NoticeOut], summary="下发整改通知")
def issue(request: HttpRequest, body: IssueIn) -> Any:
    """Put confirmed findings to their units, one notice a unit."""
    actor = viewer_of(request)
    actor.require(SUPERVISE)
    return notices.issue(actor=actor, numbers=body.findings, words=body.words, now=clock.now())


@router.get("/mending", response=list[FindingOut], summary="本单位要整改的问题")
@paginate(Slices)
def list_mending(request: HttpRequest) -> Any:
    """Return what notices put to the units for which the viewer rectifies, what is due first."""
    viewer = viewer_of(request)
    viewer.require(RECTIFY)
    return findings.own_findings(viewer)


@router.post("/findings/{number}/submit", response=ReplyOut, summary="报告已整改")
def submit(request: HttpRequest, number: str, body: WordsIn) -> Any:
    """Say that a finding is mended; it is retested within minutes."""
    return rectifying.submit(actor=viewer_of(request), number=number, words=body.words, now=clock.now())


@router.post("/findings/{number}/extensions", response=ExtensionOut, summary="申请延期")
def extend(request: HttpRequest, number: str, body: MendingExtensionIn) -> Any:
    """Ask for more time; until it is granted the limit stands."""
    actor, now = viewer_of(request), clock.now()
    return rectifying.ask_extension(actor=actor, number=number, until=body.until, reason=body.reason, now=now)


@router.post("/extensions/{number}/decide", response=ExtensionOut, summary="审批延期")
def decide_extension(request: HttpRequest, number: str, body: GrantIn) -> Any:
    """Grant or refuse more time."""
    return rectifying.decide_extension(
        actor=viewer_of(request), number=number, is_granted=body.is_granted, words=body.words, now=clock.now()
    )


@router.get("/appeals", response=list[AppealOut], summary="问题申诉")
@paginate(Slices)
def list_appeals(request: HttpRequest, state: str = "") -> Any:
    """Return the appeals about findings in sight, in a state if one is given."""
    rows = rectification.visible_appeals(viewer_of(request)).order_by("-asked_at", "-pk")
    return rows.filter(state=state) if state else rows


@router.post("/findings/{number}/appeals", response=AppealOut, summary="申诉")
def make_appeal(request: HttpRequest, number: str, body: WordsIn) -> Any:
    """Say that a finding is wrong."""
    return appeals.appeal(actor=viewer_of(request), number=number, reason=body.words, now=clock.now())


@router.post("/appeals/{number}/withdraw", response=AppealOut, summary="撤回申诉")
def withdraw(request: HttpRequest, number: str) -> Any:
    """Take an appeal back before it is decided."""
    return appeals.withdraw(actor=viewer_of(request), number=number, now=clock.now())


@router.post("/appeals/{number}/decide", response=AppealOut, summary="审定申诉")
def decide_appeal(request: HttpRequest, number: str, body: AppealDecisionIn) -> Any:
    """Decide an appeal; whoever confirmed the finding cannot."""
    return appeals.decide(
        actor=viewer_of(request), number=number, is_upheld=body.is_upheld, decision=body.decision, now=clock.now()
    )
