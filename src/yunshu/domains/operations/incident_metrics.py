"""How fast faults are answered, offered to the performance table: "系统故障修复响应时间 ≤ 2 小时".

The table explains it as "12345系统故障修复响应时间" and says neither what a response is nor in which time the hours are
counted. Ours, until the table says otherwise:

- *Response*: a person entitled to mend takes the incident over and writes what is done first (verb ``respond``). Notices sent by a
  program, and the opening of the incident itself, are none.
- *Clock*: from the moment the incident is known here (reported, passed on by the hotline, or found by probes), in the service
  hours of its service level (for 12345 round the clock). Nothing stops it.
- *Value*: the longest of the period, for the promise is made for every fault. An incident that nobody has answered counts with what
  has run by the end of the period or now, so the indicator turns when the clock passes, not when somebody answers.
  Merged incidents count with the one they were merged into; false alarms do not count, but how many there were is said.
  Without a fault there is no value.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.models import Incident
from yunshu.domains.operations.rules import clocks
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors.incidents import calendars_of, readings
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope
from yunshu.lib.worktime import WorkCalendar

HOUR_S = 3600
CENT = Decimal("0.01")
UNIT = "小时"
MADE_BY = "operations.response_hours/1"


def response_hours(tag: str = "") -> Callable[[Scope], Measurement]:
    """Return the measurement over all incidents, or over those of targets with a tag."""

    def measure(scope: Scope) -> Measurement:
        """Return the longest response (hours) to the incidents of a period; numerator: answered, denominator: all."""
        now = clock.now()
        taken = _incidents(scope, tag)
        found = [row for row in taken if row.stage != life.VOID]
        until = min(now, _midnight(scope) + timedelta(days=1))
        times = calendars_of(found)
        rows = [(row, _response(row, until, times)) for row in found]
        known = [(row, reading) for row, reading in rows if reading is not None]
        facts = "\n".join(f"{r.number} {r.opened_at} {r.responded_at} {t.spent_s}" for r, t in known)
        return Measurement(
            value=max((_hours(t.spent_s) for _row, t in known), default=None),
            unit=UNIT,
            numerator=Decimal(sum(t.ended_at is not None for _row, t in known)),
            denominator=Decimal(len(known)),
            low=max((_hours(t.spent_s) for _row, t in known), default=None),
            records=tuple(_record(row, reading) for row, reading in known),
            made_by=MADE_BY + (f"?{tag}" if tag else ""),
            made_from=hashlib.sha256(facts.encode()).hexdigest(),
            note=_note(len(known), len(taken) - len(found)),
        )

    return measure


def _incidents(scope: Scope, tag: str) -> list[Incident]:
    org = Org.objects.filter(code=scope.org_code).first()
    if org is None:
        return []
    start = datetime.combine(scope.starts_on, time(), clock.CITY_ZONE)
    rows = Incident.objects.filter(
        org__path__startswith=org.path, opened_at__gte=start, opened_at__lt=_midnight(scope) + timedelta(days=1)
    ).exclude(stage=life.MERGED)
    if tag:
        rows = rows.filter(scopes__contains=[tag])
    return list(rows.prefetch_related("stills").order_by("opened_at", "pk"))


def _note(counted: int, false_alarms: int) -> str:
    words = [] if counted else ["这一时期没有故障。"]
    if false_alarms:
        words.append(f"另有 {false_alarms} 件经审批认定为误报，未计入。")
    return "".join(words)


def _midnight(scope: Scope) -> datetime:
    return datetime.combine(scope.ends_on, time(), clock.CITY_ZONE)


def _response(row: Incident, until: datetime, times: Mapping[str, WorkCalendar]) -> clocks.Reading | None:
    return next((r for r in readings(row, until, times) if r.clock == clocks.RESPOND), None)


def _hours(seconds: float) -> Decimal:
    """Return hours rounded up to the hundredth: a second past the promise is past it."""
    return (Decimal(str(seconds)) / HOUR_S).quantize(CENT, ROUND_CEILING)


def _record(row: Incident, reading: clocks.Reading) -> Record:
    answered = reading.ended_at.astimezone(clock.CITY_ZONE) if reading.ended_at else None
    words = f"{answered:%Y-%m-%d %H:%M}" if answered else "未响应"
    return Record(
        number=row.number,
        title=row.title,
        value=f"{_hours(reading.spent_s)} {UNIT} · {words}",
        url=f"/console/operations/incidents/{row.number}/",
    )


def _metric(code: str, name: str, what: str, tag: str) -> Metric:
    return Metric(
        code=code,
        name=name,
        unit=UNIT,
        description=(
            f"{what}从受理（报告、热线转来或监测发现）到有处置权限的人员接手并写明首项措施的最长时间，"
            "按服务级别的服务时间计；未响应的按已用时间计；误报不计。"
        ),
        measure=response_hours(tag),
    )


RESPONSE = _metric("operations.response_hours", "故障响应时间（最长）", "各系统故障", "")
RESPONSE_12345 = _metric("operations.response_hours_12345", "12345 系统故障响应时间（最长）", "12345 系统故障", "12345")
