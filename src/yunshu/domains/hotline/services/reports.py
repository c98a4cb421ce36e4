"""Reports: asked for, counted step by step by a job, frozen with a digest on the ledger, counted again to be compared."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices_figures import Dimension, ReportKind, ReportState
from yunshu.domains.hotline.contracts import PROOF_KIND, REPORT_MAKE, Proven
from yunshu.domains.hotline.models import FigureReport
from yunshu.domains.hotline.rules.figures import MOST_DAYS, Period, month_of
from yunshu.domains.hotline.selectors import figures as selectors
from yunshu.domains.hotline.selectors import reports as kept
from yunshu.domains.hotline.selectors.figures import Question
from yunshu.domains.hotline.selectors.tickets import Reach, reach_of
from yunshu.domains.ledger import api as ledger
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number

CLERK = System(name="热线报告")
BY = tuple(Dimension)
SET_APART = ("received", "closed", "on_time", "result", "late", "calls_in", "call_connected", "call_in_time")
"""What a report shows side by side, of the indicators in use, by what they have; the rest stands in the totals."""


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """Which report; a regular one covers the day, week or month of ``starts_on``."""

    org: str
    kind: str
    starts_on: date
    ends_on: date | None = None
    title: str = ""
    filters: dict[str, str] = field(default_factory=dict)


def period_of(spec: ReportSpec) -> Period:
    """Return the days that a report covers."""
    day = spec.starts_on
    if spec.kind == ReportKind.DAILY:
        return Period(first=day, last=day)
    if spec.kind == ReportKind.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Period(first=monday, last=monday + timedelta(days=6))
    if spec.kind == ReportKind.MONTHLY:
        return month_of(day)
    return Period(first=day, last=spec.ends_on or day)


@transaction.atomic
def ask(*, actor: Viewer, spec: ReportSpec, now: datetime) -> FigureReport:
    """Ask for a report of what the actor sees; a job counts it.

    Raises NotFound (``org_not_found``), NotPermitted, Conflict (``report_exists``) and Refused (``kind_unknown``, ``period_unfit``).
    """
    org = Org.objects.filter(code=spec.org, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("没有这个单位。"), where="org")
    actor.require(REPORT_MAKE, org.path)
    if spec.kind not in ReportKind.values:
        raise Refused("kind_unknown", _("请从所列选项中选择。"), where="kind")
    period = period_of(spec)
    if not 0 < period.days <= MOST_DAYS or period.last > clock.city_date(now):
        raise Refused("period_unfit", _("时期须已结束，且不超过两年。"), where="starts_on")
    reach = Reach(desks=(org.pk,), units=()) if isinstance(actor, System) else reach_of(actor)
    filters = (
        {name: chosen for name, chosen in spec.filters.items() if chosen} if spec.kind == ReportKind.SPECIAL else {}
    )
    try:
        with transaction.atomic():
            return FigureReport.objects.create(
                number=public_number("RB", clock.city_date(now)),
                kind=spec.kind,
                title=(spec.title.strip() or _title(spec.kind, period))[:120],
                org=org,
                starts_on=period.first,
                ends_on=period.last,
                filters=filters,
                reach={"desks": reach.desks, "units": reach.units},
                asked_by=actor.name,
                asked_at=now,
                steps=len(BY) + 2,
            )
    except IntegrityError as error:
        raise Conflict("report_exists", _("这一时期的这种报告已经有了，请直接下载。"), where="starts_on") from error


def _title(kind: str, period: Period) -> str:
    words = {"name": ReportKind(kind).label, "first": period.first, "last": period.last}
    return _("12345 热线%(name)s（%(first)s 至 %(last)s）") % words


def make(*, number: str, now: datetime) -> FigureReport:
    """Count a report that waits, one step a transaction so that its progress is seen. Safe to run twice; NotFound if there is none."""
    row = FigureReport.objects.filter(number=number).first()
    if row is None:
        raise NotFound("report_not_found", _("没有这份报告。"))
    if row.state == ReportState.READY:
        return row

    pk = row.pk

    def tell(done: int) -> None:
        FigureReport.objects.filter(pk=pk).update(state=ReportState.MAKING, done=done)

    figures = counted(row, now, tell)
    with transaction.atomic():
        row = FigureReport.objects.select_for_update().get(pk=row.pk)
        row.figures, row.digest, row.made_at = figures, digest_of(figures), now
        row.state, row.done = ReportState.READY, row.steps
        proven = {"digest": row.digest, "first": row.starts_on, "last": row.ends_on, "filters": row.filters}
        row.record = ledger.record(
            kind=f"{PROOF_KIND}{Proven.REPORT.value}", subject=row.number, payload=proven, by=CLERK, now=now
        )
        row.save(update_fields=["figures", "digest", "made_at", "state", "done", "record"])
    return row


def digest_of(figures: dict[str, Any]) -> str:
    """Return the digest of frozen figures, in one spelling."""
    return sm3(json.dumps(figures, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False).encode()).hex()


def counted(row: FigureReport, now: datetime, tell: Callable[[int], None]) -> dict[str, Any]:
    """Count everything that a report says; ``tell`` hears of each step."""
    asked = Question(
        reach=Reach(desks=tuple(row.reach["desks"]), units=tuple(row.reach["units"])),
        period=Period(first=row.starts_on, last=row.ends_on),
        now=now,
        filters=row.filters,
    )
    tell(0)
    found: dict[str, Any] = {"totals": [_plain(each, "") for each in selectors.totals(asked)], "groups": {}}
    in_use = {each.code: each for each in selectors.indicators()}
    for place, dimension in enumerate(BY, 1):
        tell(place)
        names = selectors.names_of(dimension)
        found["groups"][dimension.value] = [
            _plain(each, names.get(each.group, _("未标明")))
            for code in SET_APART
            if code in in_use
            for each in selectors.side_by_side(in_use[code], asked, dimension)
        ]
    tell(len(BY) + 1)
    graded, cards = selectors.graded_units(asked)
    found["graded"] = [str(each.name) for each in graded]
    found["cards"] = [{"name": card.name, "grades": [grade for _figure, grade in card.cells]} for card in cards]
    return found


def _plain(each: selectors.Figure, group: str) -> dict[str, Any]:
    """Return a figure as it is frozen: plain values, decimals as text."""
    row = each.indicator
    return {
        "code": row.code,
        "name": str(row.name),
        "group": group,
        "form": row.form,
        "value": None if each.value is None else str(each.value),
        "before": None if each.before is None else str(each.before),
        "numerator": each.numerator,
        "denominator": each.denominator if row.denominator else None,
        "meaning": row.meaning,
        "source": row.source,
        "verified": row.verified,
    }


def differences(*, actor: Viewer, number: str) -> list[dict[str, Any]]:
    """Count a report again as of the moment it was made, and return the totals that differ now: tickets live on, definitions change.

    Raises NotFound and Conflict (``report_not_ready``).
    """
    row = kept.get_report(actor, number)
    if row.state != ReportState.READY or row.made_at is None:
        raise Conflict("report_not_ready", _("报告还没有生成。"))
    again = counted(row, row.made_at, lambda _done: None)
    now = {each["code"]: each for each in again["totals"]}
    pairs = [(each, now.get(each["code"])) for each in row.figures["totals"]]
    return [
        {"name": then["name"], "then": then["value"], "now": later["value"] if later else None}
        for then, later in pairs
        if later is None
        or (then["value"], then["numerator"], then["denominator"])
        != (later["value"], later["numerator"], later["denominator"])
    ]


def ask_regular(*, now: datetime) -> list[str]:
    """Ask for yesterday's report, on Mondays for last week's, on the first of a month for last month's; return their numbers.

    For each desk of the city that has registered a ticket. Safe to run twice.
    """
    today = clock.city_date(now)
    due = [(ReportKind.DAILY, today - timedelta(days=1))]
    due += [(ReportKind.WEEKLY, today - timedelta(days=7))] if today.weekday() == 0 else []
    due += [(ReportKind.MONTHLY, today - timedelta(days=1))] if today.day == 1 else []
    made = []
    for code in kept.desks_at_work():
        for kind, day in due:
            try:
                row = ask(actor=CLERK, spec=ReportSpec(org=code, kind=kind.value, starts_on=day), now=now)
            except Conflict:
                continue
            made.append(row.number)
    return made
