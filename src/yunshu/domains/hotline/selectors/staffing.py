"""How many are needed when: expected calls, what they are computed with, the gap to the roster."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Channel
from yunshu.domains.hotline.models import Call, CallVolume, StaffingBasis, Ticket
from yunshu.domains.hotline.phone_choices import Direction
from yunshu.domains.hotline.rules import roster as rules
from yunshu.domains.hotline.rules.roster import Basis, HalfHour
from yunshu.domains.hotline.selectors import roster
from yunshu.lib.kernel.clock import CITY_ZONE

PERCENT = 100


def basis_of(desk: Org) -> Basis:
    """Return what a desk's staffing is computed with; the defaults where nobody has set it."""
    row = StaffingBasis.objects.filter(desk=desk).first()
    if row is None:
        return Basis()
    return Basis(
        handling_s=row.handling_s,
        share=row.share_percent / PERCENT,
        within_s=row.within_s,
        shrinkage=row.shrinkage_percent / PERCENT,
        occupancy=row.occupancy_percent / PERCENT,
    )


def basis_percent(basis: Basis) -> dict[str, int]:
    """Return it as the form shows it."""
    data = asdict(basis)
    return {
        "handling_s": round(data["handling_s"]),
        "share_percent": round(data["share"] * PERCENT),
        "within_s": round(data["within_s"]),
        "shrinkage_percent": round(data["shrinkage"] * PERCENT),
        "occupancy_percent": round(data["occupancy"] * PERCENT),
    }


def volumes(desk: Org, weekday: int) -> dict[int, float]:
    """Return the calls expected in each half hour of a weekday."""
    rows = CallVolume.objects.filter(desk=desk, weekday=weekday).values_list("slot", "calls")
    return {slot: float(calls) for slot, calls in rows}


def counted(desk: Org, weeks: int, today: date) -> dict[tuple[int, int], float]:
    """Return the mean of calls that came in each (weekday, half hour) of the last whole weeks.

    Where no call of the desk was written down in them, tickets registered by telephone stand for calls: one that led to none is not in it.
    """
    ends = datetime.combine(rules.monday_of(today), time(), CITY_ZONE)
    starts = ends - timedelta(weeks=weeks)
    calls = Call.objects.filter(desk=desk, direction=Direction.IN, offered_at__gte=starts, offered_at__lt=ends)
    tickets = Ticket.objects.filter(
        desk=desk, channel=Channel.PHONE, parent__isnull=True, received_at__gte=starts, received_at__lt=ends
    )
    moments = (
        calls.values_list("offered_at", flat=True) if calls.exists() else tickets.values_list("received_at", flat=True)
    )
    found: Counter[tuple[int, int]] = Counter()
    for at in moments.iterator(chunk_size=5000):
        local = at.astimezone(CITY_ZONE)
        found[local.weekday(), (local.hour * 60 + local.minute) // rules.SLOT_MINUTES] += 1
    return {key: count / weeks for key, count in found.items()}


def day(viewer: Viewer, desk: Org, on: date) -> list[HalfHour]:
    """Return the half hours of a day: what is needed beside who is there, drafts too for whoever plans."""
    spans = roster.spans_on(desk, on, drafts=roster.may_manage(viewer, desk))
    return rules.day(volumes(desk, on.weekday()), rules.present(spans, on), basis_of(desk))


@dataclass(frozen=True, kw_only=True)
class DayGap:
    """The worst half hour of a day, and how many agent-hours are missing."""

    on: date
    worst: HalfHour | None
    missing_hours: float


def week_gaps(viewer: Viewer, desk: Org, days: Sequence[date]) -> list[DayGap]:
    """Return for each day where most are missing; None where nobody is."""
    out = []
    for on in days:
        short = [half for half in day(viewer, desk, on) if half.gap > 0]
        worst = max(short, key=lambda half: half.gap, default=None)
        out.append(DayGap(on=on, worst=worst, missing_hours=sum(half.gap for half in short) / 2))
    return out
