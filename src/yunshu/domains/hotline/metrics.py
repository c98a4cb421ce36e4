"""Measurements that the hotline offers to the performance table: its share-type indicators, by the definitions kept as data.

``scope.org_code`` is the hotline's desk or a unit, with those below; ``scope.extra`` narrows as the page of figures does (``unit``,
``division``, ``category``, ``channel``, ``kind``).
"""

import hashlib
from collections.abc import Callable
from decimal import Decimal

from django.utils.timezone import localtime

from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.contracts import PROOF_KIND
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.rules import words as masking
from yunshu.domains.hotline.rules.figures import REST, Period
from yunshu.domains.hotline.selectors import figures as selectors
from yunshu.domains.hotline.selectors.figures import Question
from yunshu.domains.hotline.selectors.tickets import Reach
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.measure import Measurement, Metric, Record, RecordSheet, Scope

MOST_RECORDS = 2_000
"""So many tickets are listed behind a figure, those that fall short first; the digest is of all of them."""
SEALED_TITLE = "（身份保密的工单）"


def _question(scope: Scope) -> Question:
    org = Org.objects.filter(code=scope.org_code).first()
    below = (
        tuple(Org.objects.filter(path__startswith=org.path).order_by("pk").values_list("pk", flat=True)) if org else ()
    )
    return Question(
        reach=Reach(desks=below, units=below),
        period=Period(first=scope.starts_on, last=scope.ends_on),
        now=clock.now(),
        filters={name: chosen for name, chosen in scope.extra.items() if name in selectors.FILTERED},
    )


def share(code: str) -> Callable[[Scope], Measurement]:
    """Return the measurement of an indicator: its value with both parts and the tickets behind it."""

    def measure(scope: Scope) -> Measurement:
        """Measure a period; None where nothing was counted or the indicator is out of use."""
        try:
            row = selectors.get_indicator(code)
        except NotFound:
            return Measurement(value=None, unit="%", note="这个指标已停用。")
        asked = _question(scope)
        (figure,) = selectors.figures_of([row], asked)
        records, digest = _records(row.numerator, row.denominator, asked, is_rest=row.form == REST)
        return Measurement(
            value=figure.value,
            unit="%",
            numerator=Decimal(figure.numerator or 0),
            denominator=Decimal(figure.denominator or 0),
            records=tuple(records),
            made_by=f"hotline.{code}/1",
            made_from=digest,
            note=_note(figure.denominator or 0, row.source, is_verified=row.verified),
        )

    return measure


def _note(cases: int, source: str, *, is_verified: bool) -> str:
    silent = "" if cases else "这一时期没有计入的工单。"
    return f"{silent}口径出处：{source}{'' if is_verified else '（未核对原文）'}。"


def _records(top: str, bottom: str, asked: Question, *, is_rest: bool) -> tuple[list[Record], str]:
    """Return the tickets behind a figure, those that fall short first, and the digest of them all."""
    met = set(selectors.counted_tickets(top, asked).values_list("pk", flat=True))
    rows = list(
        selectors.counted_tickets(bottom, asked)
        .select_related(None)
        .order_by("number")
        .values_list("pk", "number", "title", "is_confidential")
    )
    facts = "\n".join(f"{number} {pk in met}" for pk, number, _title, _sealed in rows)
    rows.sort(key=lambda row: ((row[0] in met) != is_rest, row[1]))
    records = [
        Record(
            number=number,
            title=SEALED_TITLE if sealed else masking.mask_text(title),
            url=f"/console/hotline/tickets/{number}/",
            value="计入分子" if pk in met else "未计入分子",
        )
        for pk, number, title, sealed in rows[:MOST_RECORDS]
    ]
    return records, hashlib.sha256(facts.encode()).hexdigest()


def ticket_sheet(number: str) -> RecordSheet | None:
    """Return a ticket as whoever reads the figure may read it: its course, no word of its caller."""
    row = Ticket.objects.select_related("unit", "desk", "category").filter(number=number).first()
    if row is None:
        return None
    moments = (
        ("收到时间", row.received_at), ("派单时间", row.dispatched_at), ("签收时间", row.signed_at), ("签收期限", row.sign_due_at),
        ("未延期的办理期限", row.first_due_at), ("办理期限", row.due_at), ("答复时间", row.replied_at), ("办结时间", row.closed_at),
    )  # fmt: skip
    facts = [
        ("诉求类型", str(row.get_kind_display())),
        ("诉求分类", row.category.path if row.category and not row.is_confidential else ""),
        ("来源渠道", str(row.get_channel_display())),
        ("承办单位", row.unit.name if row.unit else ""),
        ("状态", str(life.STATE_NAMES[row.state])),
        *((name, f"{localtime(at, clock.CITY_ZONE):%Y-%m-%d %H:%M}" if at else "") for name, at in moments),
        ("重办次数", str(row.reworks)),
    ]
    title = SEALED_TITLE if row.is_confidential else masking.mask_text(row.title)
    return RecordSheet(title=f"{row.number} {title}", facts=tuple((n, v) for n, v in facts if v), proof=PROOF_KIND)


def _metric(code: str, name: str, description: str) -> Metric:
    return Metric(
        code=f"hotline.{code}",
        name=name,
        unit="%",
        description=f"{description}口径以“热线指标”名录为准。",
        measure=share(code),
        open_record=ticket_sheet,
    )


METRICS: tuple[Metric, ...] = (
    _metric("on_time", "12345工单按时办结率（含延期）", "期限在期内的工单中，在批准延期后的期限前答复的比例。"),
    _metric("on_time_first", "12345工单按时办结率（不认延期）", "期限在期内的工单中，在延期前的期限前答复的比例。"),
    _metric("signing", "12345工单签收及时率", "期内派出的工单中，在签收期限内签收的比例。"),
    _metric("accuracy", "12345派单准确率", "1 − 期内申请且获同意的退单 ÷ 期内派单。"),
    _metric("called", "12345工单回访率", "期内办结、派单办理的诉求中作过回访的比例。"),
    _metric("result", "12345结果满意率", "末次接通回访中结果满意的比例，经两人认定不纳入的除外。"),
    _metric("process", "12345过程满意率", "末次接通回访中过程满意的比例，不作剔除。"),
    _metric("solved", "12345解决率", "末次接通回访中认为已解决的比例，经两人认定不纳入的除外。"),
    _metric("rework", "12345工单重办率", "期内办结的诉求中重办过的比例。"),
    _metric("direct", "12345在线答复率", "期内受理的诉求中由热线直接答复的比例。"),
    _metric("kb_hit", "12345知识库命中率", "期内办结的咨询中答复引用知识条目的比例。"),
    _metric("province_told", "12345省平台工单报送率", "期内省平台转来的工单中省平台已收到本市首次报送的比例。"),
)
