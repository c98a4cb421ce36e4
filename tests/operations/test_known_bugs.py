"""Faults that GLPI's users reported, each on the tables with the services that run here. GLPI's numbers are of its public tracker."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.operations.incident_world import Ops

from yunshu.domains.directory.models import CalendarDay
from yunshu.domains.notify.models import Notice
from yunshu.domains.operations.models import Incident, IncidentCalled, ServiceHours, ServicePromise
from yunshu.domains.operations.selectors import incidents as selectors
from yunshu.domains.operations.services import incidents

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600
SATURDAY = date(
    2026, 2, 14
)  # worked, for the days off that follow: 国务院办公厅 2026 年节假日安排 [loaded here as a test's data]


@pytest.fixture
def ops(db: None) -> Ops:
    """A Friday afternoon before a Saturday that is worked and nine days that are not."""
    CalendarDay.objects.filter(on__year=SATURDAY.year).delete()
    CalendarDay.objects.create(on=SATURDAY, kind="workday", name="调休", source="测试")
    for n in range(1, 10):
        CalendarDay.objects.create(on=SATURDAY + timedelta(n), kind="holiday", name="春节", source="测试")
    return Ops(now=datetime(2026, 2, 13, 16, 30, tzinfo=ZONE))


def promise(clock: str, minutes: int) -> None:
    """Promise it for every priority, in working time."""
    hours = ServiceHours.objects.get(code="working")
    ServicePromise.objects.filter(clock=clock, level__code="standard").update(minutes=minutes, hours=hours)


def suspended(ops: Ops) -> Incident:
    row = ops.report()
    ops.move(row, "respond")
    incidents.ask_pause(actor=ops.engineer, number=row.number, ground="parts", reason="等备件。", now=ops.now)
    return ops.move(row, "grant_pause", ops.manager)


def restore(row: Incident, now: datetime) -> selectors.clocks.Reading:
    row = Incident.objects.get(pk=row.pk)
    return next(r for r in selectors.readings(row, now) if r.clock == "restore")


def test_a_promise_is_not_broken_while_the_incident_is_suspended(ops: Ops) -> None:
    """#24481: an OLA was breached, and people were called, while the ticket was pending."""
    promise("restore", 60)
    row = suspended(ops)
    assert incidents.call_due(now=ops.later(days=60)) == 0
    reading = restore(row, ops.now)
    assert (reading.spent_s, reading.is_late, reading.due_at) == (0, False, None)
    assert not IncidentCalled.objects.exists()
    assert not Notice.objects.filter(kind="operations.call").exists()


@pytest.mark.parametrize("priority", ["P1", "P2", "P4"])
def test_another_promise_does_not_forget_the_suspension(ops: Ops, priority: str) -> None:
    """#6902, #15605: a ticket given another SLA counted the time it had been pending."""
    promise("restore", 600)
    row = suspended(ops)
    ops.now = datetime(2026, 2, 14, 9, 30, tzinfo=ZONE)
    ops.move(row, "resume")
    ops.now = datetime(2026, 2, 14, 10, 30, tzinfo=ZONE)
    before = restore(row, ops.now).spent_s
    incidents.grade_incident(actor=ops.manager, number=row.number, priority=priority, reason="x", now=ops.now)
    assert (before, restore(row, ops.now).spent_s) == (HOUR, HOUR)


@pytest.mark.parametrize("day", [date(2026, 2, 12), SATURDAY])
def test_a_whole_days_hours_end_with_the_day(ops: Ops, day: date) -> None:
    """#10594: an SLA in days and the same in hours ended at different moments of one calendar."""
    promise("restore", 390)
    ops.now = datetime.combine(day, time(8, 30), ZONE)
    assert ops.report().restore_due_at == datetime.combine(day, time(17, 30), ZONE)


def test_a_saturday_that_is_worked_counts_and_the_holiday_after_it_does_not(ops: Ops) -> None:
    """GLPI's calendar asks the weekday first: it cannot say that a Saturday is worked (src/Calendar.php)."""
    promise("restore", 120)
    row = ops.report()
    assert row.restore_due_at == datetime(2026, 2, 14, 9, 30, tzinfo=ZONE)
    promise("restore", 60 + 390 + 30)
    assert ops.report(title="另一件").restore_due_at == datetime(2026, 2, 24, 9, 0, tzinfo=ZONE)
    assert restore(row, datetime(2026, 2, 24, 8, 30, tzinfo=ZONE)).spent_s == 7.5 * HOUR
