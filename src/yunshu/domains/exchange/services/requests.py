"""Requests for data: written, checked, answered; a grant becomes an agreement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.contracts import REQUEST_EDIT, Proven, SharingType
from yunshu.domains.exchange.models import Request
from yunshu.domains.exchange.rules import agreeing, life, requests
from yunshu.domains.exchange.services import agreements, proof
from yunshu.domains.exchange.services.catalogue import bureau_of
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class RequestSpec:
    """What is asked for. ``items`` are column names; ``rows`` a predicate (``lib.tables.predicate``) or None for all."""

    items: tuple[str, ...]
    purpose: str
    basis: str
    delivery: str
    cycle: str
    starts_on: date
    ends_on: date
    contact: str
    rows: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerSpec:
    """The owner's answer: a mask for each item granted (``{"kind": "keep"}``); ``basis`` where it is a refusal."""

    masks: Mapping[str, Mapping[str, Any]]
    opinion: str = ""
    basis: str = ""


@transaction.atomic
def create_request(
    *, actor: Viewer, resource: str, org_code: str, spec: RequestSpec, now: datetime, renews: str = ""
) -> Request:
    """Begin a request of an organisation for a published resource.

    Raises NotFound (``resource_not_found``, ``org_not_found``), NotPermitted and Refused (``request_faulty``).
    """
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": org_code})
    actor.require(REQUEST_EDIT, org.path)
    wanted = selectors.published().filter(number=resource).first()
    if wanted is None:
        raise NotFound("resource_not_found")
    if wanted.org_id == org.pk:
        raise Refused("own_data", _("这是本单位自己的数据，不需要申请。"))
    renewed = selectors.get_agreement(actor, renews) if renews else None
    row = Request(
        number=public_number("SQ", clock.city_date(now)),
        resource=wanted,
        version=wanted.version,
        applicant=org,
        created_by=actor.name,
        created_at=now,
        renews=renewed,
    )
    _write(row, spec, now)
    parties = {requests.APPLICANT: org.pk, requests.OWNER: wanted.org_id, requests.BUREAU: bureau_of(org).pk}
    subject = workflow.Subject(
        number=row.number,
        title=_("%(org)s申请“%(name)s”") % {"org": org.name, "name": wanted.name},
        url=f"/console/exchange/requests/{row.number}/",
        parties=parties,
    )
    workflow.start(actor=actor, flow=requests.CODE, subject=subject, now=now)
    return row


@transaction.atomic
def save_request(*, actor: Viewer, number: str, spec: RequestSpec, now: datetime) -> Request:
    """Change a request that is being written or supplemented. Raises NotFound, NotPermitted and Refused."""
    row = _locked(actor, number)
    actor.require(REQUEST_EDIT, row.applicant.path)
    if row.stage not in requests.EDITABLE:
        raise Refused("request_not_editable", _("申请已提交，不能再修改。"))
    _write(row, spec, now)
    return row


@transaction.atomic
def move_request(
    *, actor: Viewer, number: str, verb: str, reason: str, now: datetime, answer: AnswerSpec | None = None
) -> Request:
    """Take a step of a request's life; a grant needs ``answer`` and makes the agreement.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``answer_faulty``, ``basis_missing``,
    ``reason_missing``, ``wrong_way``).
    """
    row = _locked(actor, number)
    before = row.stage
    _demand_fitting(row, verb, reason, answer)
    case = workflow.act(actor=actor, flow=requests.CODE, number=number, verb=verb, reason=reason, now=now)
    row.stage = case.state
    if answer is not None and (verb in requests.GRANTS or verb in requests.REFUSALS):
        row.answer, row.refusal_basis = answer.opinion or reason, answer.basis
    row.save(update_fields=["stage", "answer", "refusal_basis"])
    words = {"verb": verb, "from": before, "to": row.stage, "reason": reason, "basis": row.refusal_basis}
    proof.of(Proven.REQUEST_STEP, row.number, words, actor, now)
    if verb in requests.GRANTS and answer is not None:
        agreements.sign(row, answer.masks, actor, now)
    return row


def passing_verb(row: Request) -> str:
    """Return by which verb the bureau passes a request on: the clock differs with the sharing type."""
    is_plain = row.resource.sharing_type == SharingType.UNCONDITIONAL
    return "pass_plain" if is_plain else "pass_conditional"


def _demand_fitting(row: Request, verb: str, reason: str, answer: AnswerSpec | None) -> None:
    if verb in requests.SUBMITS:
        _demand_sound(row, RequestSpec(**_spec_of(row)), clock.city_date(clock.now()))
    if verb in requests.PASSES and verb != passing_verb(row):
        raise Refused("wrong_way", _("该数据的共享类型与所选操作不符，请刷新页面。"))
    if verb in requests.GRANTS:
        _demand_grantable(row, answer)
    if verb in requests.REFUSALS and (answer is None or not answer.basis.strip()):
        raise Refused("basis_missing", _("不同意共享须写明法律法规依据和理由，不得增设其他条件。"), where="basis")


def _demand_grantable(row: Request, answer: AnswerSpec | None) -> None:
    if row.resource.stage == life.RETIRED:
        raise Refused("resource_retired", _("该数据目录已注销，不能再同意。"))
    if answer is None:
        raise Refused("answer_missing", _("请逐项确定脱敏方式。"))
    objections = agreeing.grant_objections(row.items, selectors.form_of(row.resource), answer.masks, row.delivery)
    if objections:
        raise Refused("answer_faulty", _(objections[0].message), where=objections[0].where)


def _spec_of(row: Request) -> dict[str, Any]:
    names = ("purpose", "basis", "delivery", "cycle", "starts_on", "ends_on", "contact", "rows")
    return {name: getattr(row, name) for name in names} | {"items": tuple(row.items)}


def _demand_sound(row: Request, spec: RequestSpec, today: date) -> None:
    entry = selectors.form_of(row.resource)
    objections = agreeing.request_objections(
        entry,
        items=spec.items,
        purpose=spec.purpose,
        basis=spec.basis,
        starts=spec.starts_on,
        ends=spec.ends_on,
        today=today,
    )
    if objections:
        raise Refused("request_faulty", _(objections[0].message), where=objections[0].where)


def _write(row: Request, spec: RequestSpec, now: datetime) -> None:
    _demand_sound(row, spec, clock.city_date(now))
    row.version = row.resource.version
    for name in ("purpose", "basis", "delivery", "cycle", "starts_on", "ends_on", "contact", "rows"):
        setattr(row, name, getattr(spec, name))
    row.items = list(spec.items)
    row.save()


def _locked(actor: Viewer, number: str) -> Request:
    row = selectors.visible_requests(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("request_not_found")
    return row
