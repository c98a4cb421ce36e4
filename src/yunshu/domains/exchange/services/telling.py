"""Who is told: of deliveries that keep failing or do not reconcile, of agreements that no longer hold,
of corrections, of what the level above answered.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, NODE_OPERATE, REQUEST_ANSWER, REQUEST_EDIT
from yunshu.domains.exchange.models import Agreement, Correction, DataDebt, Delivery, EntryReport, UpperCase
from yunshu.domains.exchange.rules.cascade import DEBT_LIFE
from yunshu.domains.exchange.rules.corrections import CORRECTION_LIFE
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send
from yunshu.lib.kernel.permissions import Permission

KIND = NoticeKind(
    code="exchange.delivery", name=_l("数据交付"), help=_l("交付连续失败、对账不符，协议被暂停、终止或到期。")
)

CORRECTED = NoticeKind(
    code="exchange.correction", name=_l("数据异议"), help=_l("提出的数据异议有了结果，或持有的数据在来源作了更正。")
)
UPPER = NoticeKind(
    code="exchange.cascade",
    name=_l("上级平台"),
    help=_l("上级退回目录，回流事项、报请上级的事项有了结果，下级催办。"),
)
DEBT_NAMES = {state.code: state.name for state in DEBT_LIFE.states}
STATE_NAMES = {state.code: state.name for state in CORRECTION_LIFE.states}


def of_failure(row: Delivery, failures: int, now: datetime) -> None:
    """Tell both sides and the bureau's operators that a delivery failed again, or does not reconcile."""
    agreement = row.agreement
    spec = NoticeSpec(
        kind=KIND.code,
        title=_("数据交付失败：%(name)s") % {"name": agreement.resource.name},
        body=_("%(provider)s → %(consumer)s，连续失败 %(n)s 次：%(why)s")
        % {
            "provider": agreement.provider.name,
            "consumer": agreement.consumer.name,
            "n": failures,
            "why": row.failure or row.failure_code,
        },
        url=f"/console/exchange/deliveries/{row.number}/",
        once=f"delivery-{row.number}",
    )
    people = _both_sides(agreement, now)
    people |= {card.id for card in people_with(NODE_OPERATE.code, agreement.provider.path, now)}
    send(people=people, spec=spec, now=now)


def of_agreement(row: Agreement, now: datetime) -> None:
    """Tell both sides that an agreement's state is another one."""
    spec = NoticeSpec(
        kind=KIND.code,
        title=_("共享协议%(state)s：%(name)s") % {"state": row.get_state_display(), "name": row.resource.name},
        body=_("%(provider)s → %(consumer)s：%(why)s")
        % {"provider": row.provider.name, "consumer": row.consumer.name, "why": row.state_reason},
        url=f"/console/exchange/agreements/{row.number}/",
        once=f"agreement-{row.number}-{row.state}-{now:%Y%m%d%H%M}",
    )
    send(people=_both_sides(row, now), spec=spec, now=now)


def of_correction(row: Correction, now: datetime) -> None:
    """Tell the reporter how a correction stands; once it is corrected, everybody who holds a copy."""
    spec = NoticeSpec(
        kind=CORRECTED.code,
        title=_("数据异议%(state)s：%(name)s") % {"state": _(STATE_NAMES[row.stage]), "name": row.resource.name},
        body=_("%(source)s：%(answer)s") % {"source": row.source.name, "answer": row.answer or "—"},
        url=f"/console/exchange/corrections/{row.number}/",
        once=f"correction-{row.number}-{row.stage}-{now:%Y%m%d%H%M}",
    )
    _send(REQUEST_EDIT, row.reporter.path, spec, now)


def of_copy(row: Correction, agreement: Agreement, now: datetime) -> None:
    """Tell who holds a copy that a corrected one is on its way."""
    spec = NoticeSpec(
        kind=CORRECTED.code,
        title=_("数据已在来源更正：%(name)s") % {"name": agreement.resource.name},
        body=_("%(source)s更正了%(items)s，更正后的数据正在送达。")
        % {"source": row.source.name, "items": _("、").join(row.items)},
        url=f"/console/exchange/agreements/{agreement.number}/",
        once=f"correction-{row.number}-{agreement.number}-{now:%Y%m%d%H%M}",
    )
    _send(REQUEST_EDIT, agreement.consumer.path, spec, now)


def of_returned(row: EntryReport, now: datetime) -> None:
    """Tell an entry's owner that the level above returned it."""
    spec = NoticeSpec(
        kind=UPPER.code,
        title=_("上级退回目录：%(name)s") % {"name": row.resource.name},
        body=row.reason or "—",
        url=f"/console/exchange/catalogue/{row.resource.number}/",
        once=f"report-{row.resource.number}-{row.version}-{now:%Y%m%d%H%M}",
    )
    _send(CATALOGUE_EDIT, row.resource.org.path, spec, now)


def of_debt(row: DataDebt, now: datetime) -> None:
    """Tell whoever needs returned data how it stands."""
    spec = NoticeSpec(
        kind=UPPER.code,
        title=_("数据回流%(state)s：%(name)s") % {"state": _(DEBT_NAMES[row.stage]), "name": row.name},
        body=row.answer or "—",
        url=f"/console/exchange/debts/{row.number}/",
        once=f"debt-{row.number}-{row.stage}-{now:%Y%m%d%H%M}",
    )
    _send(REQUEST_EDIT, row.creditor.path, spec, now)


def of_chase(row: DataDebt, now: datetime) -> None:
    """Tell whoever owes returned data that it is waited for."""
    spec = NoticeSpec(
        kind=UPPER.code,
        title=_("催办数据回流：%(name)s") % {"name": row.name},
        body=_("%(org)s第 %(n)s 次催办") % {"org": row.creditor.name, "n": row.chased},
        url=f"/console/exchange/debts/{row.number}/",
        once=f"debt-{row.number}-chase-{row.chased}",
    )
    _send(REQUEST_ANSWER, row.supplier.path, spec, now)


def of_case(row: UpperCase, now: datetime) -> None:
    """Tell whoever asked what the level above answered."""
    spec = NoticeSpec(
        kind=UPPER.code,
        title=_("上级已答复：%(name)s") % {"name": row.name},
        body=row.answer or "—",
        url=f"/console/exchange/upper-cases/{row.number}/",
        once=f"case-{row.number}-{row.state}",
    )
    _send(REQUEST_EDIT, row.org.path, spec, now)


def _send(permission: Permission, path: str, spec: NoticeSpec, now: datetime) -> None:
    send(people={card.id for card in people_with(permission.code, path, now)}, spec=spec, now=now)


def _both_sides(agreement: Agreement, now: datetime) -> set[int]:
    owners = people_with(REQUEST_ANSWER.code, agreement.provider.path, now)
    users = people_with(REQUEST_EDIT.code, agreement.consumer.path, now)
    return {card.id for card in (*owners, *users)}
