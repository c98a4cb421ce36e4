"""Schemes and assessments over HTTP, to be read: rules as data, results with the findings of every point."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.selectors import assessments, schemes
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import viewer_of
from yunshu.lib.ui.paging import Slices

router = Router(tags=["网站与新媒体检查"])


class VersionOut(Schema):
    """A version of a scheme."""

    number: str
    scheme: str = Field(alias="scheme.code")
    issuer: str = Field(alias="scheme.issuer")
    name: str
    state: str = Field(description="draft 草稿、in_force 施行中、retired 已停用")
    valid_from: date | None
    source: str
    digest: str = Field(description="发布时各项指标的摘要，与账本一致")


class IndicatorOut(Schema):
    """An indicator: its points, its formula as data, and whether an official text was read."""

    code: str
    part: str = Field(description="veto 单项否决、deduction 扣分、bonus 加分")
    group: str
    name: str
    points: Decimal
    applies_to: list[str]
    needs_duty: bool
    text: str
    checks: list[str]
    formula: Any
    certainty: str = Field(description="核实情况")
    source: str


class WholeVersionOut(VersionOut):
    """A version with its indicators."""

    indicators: list[IndicatorOut]

    @staticmethod
    def resolve_indicators(row: Any) -> Any:
        """Return the indicators in their order."""
        return row.indicators.order_by("order", "pk")


class AssessmentOut(Schema):
    """An assessment."""

    number: str
    name: str
    kind: str
    scope: str
    org: str = Field(alias="org.code")
    starts_on: date
    ends_on: date
    state: str = Field(description="draft 草稿、frozen 已定格、published 已通报")
    digest: str = Field(description="定格数据的摘要")
    record: str = Field(description="存证编号")
    frozen_at: datetime | None
    published_at: datetime | None


class ObjectOut(Schema):
    """One site or account under one version."""

    id: int
    assessment: str = Field(alias="assessment.number")
    version: str = Field(alias="version.number")
    number: str
    name: str
    kind: str
    org: str = Field(alias="org.code")
    grade: str = Field(description="pass 合格、fail 不合格")
    final: Decimal | None = Field(description="得分；触发单项否决的没有")
    words: str


class LineOut(Schema):
    """One indicator's points of an object, and the findings that they rest on."""

    code: str
    part: str
    name: str
    points: Decimal
    deducted: Decimal
    gained: Decimal
    is_vetoed: bool
    findings: list[str]
    words: str


class WholeObjectOut(ObjectOut):
    """A result with its lines."""

    lines: list[LineOut]

    @staticmethod
    def resolve_lines(row: Any) -> Any:
        """Return the score lines in their order."""
        return assessments.lines_of(row)


@router.get("/schemes", response=list[VersionOut], summary="指标版本")
@paginate(Slices)
def list_versions(request: HttpRequest, scheme: str = "") -> Any:
    """Return every version, of one scheme if it is given."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    rows = schemes.visible_versions(viewer).order_by("scheme__order", "-pk")
    return rows.filter(scheme__code=scheme) if scheme else rows


@router.get("/schemes/{number}", response=WholeVersionOut, summary="一个指标版本")
def get_version(request: HttpRequest, number: str) -> Any:
    """Return one version with its indicators."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    return schemes.get_version(viewer, number)


@router.get("/assessments", response=list[AssessmentOut], summary="检查考评")
@paginate(Slices)
def list_assessments(request: HttpRequest, state: str = "") -> Any:
    """Return the assessments in sight; a unit sees those that name it once they are published."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    rows = assessments.visible_assessments(viewer).order_by("-ends_on", "-pk")
    return rows.filter(state=state) if state else rows


@router.get("/assessments/{number}/objects", response=list[ObjectOut], summary="考评结果")
@paginate(Slices)
def list_objects(request: HttpRequest, number: str, version: str = "") -> Any:
    """Return the results in sight, of one version if it is given."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    rows = assessments.visible_objects(viewer).filter(assessment=assessments.get_assessment(viewer, number))
    return rows.filter(version__number=version).order_by("pk") if version else rows.order_by("pk")


@router.get("/assessments/{number}/objects/{pk}", response=WholeObjectOut, summary="一个对象的得分明细")
def get_object(request: HttpRequest, number: str, pk: int) -> Any:
    """Return one result with its lines."""
    viewer = viewer_of(request)
    viewer.require(VIEW)
    row = assessments.get_object(viewer, pk)
    if row.assessment.number != number:
        raise NotFound("object_not_found")
    return row
