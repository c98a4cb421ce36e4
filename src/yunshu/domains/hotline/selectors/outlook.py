"""Looking ahead (未诉先办): weekly counts by class, what was to be expected of the last week, and of the next ones."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import CharField, F, Func, Sum, Value

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.contracts import DESK_RIGHTS
from yunshu.domains.hotline.models import WeekTally
from yunshu.domains.hotline.selectors.tickets import within
from yunshu.lib.radar import Outlook, outlook

FIRST_LEVEL = Func(F("category__path"), Value("/"), Value(1), function="split_part", output_field=CharField())
AHEAD, SHOWN = 4, 26
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One class: the last whole week beside its band, the next weeks with theirs; no band where history is too short."""

    topic: str
    first: date
    counts: tuple[int, ...]
    expected: Outlook | None
    ahead: tuple[Outlook, ...]

    @property
    def last(self) -> int:
        """The count of the last whole week."""
        return self.counts[-1]

    @property
    def is_above(self) -> bool:
        """Whether the last week lay above its band."""
        return self.expected is not None and self.last > self.expected.high

    @property
    def weeks(self) -> int:
        """How many weeks are known."""
        return len(self.counts)


def lines(viewer: Viewer, division: str, monday: date) -> list[Line]:
    """Return a line for each class with tickets, those above their band first; ``monday`` begins the running week, which is left out."""
    rows = WeekTally.objects.filter(within(viewer, DESK_RIGHTS, "desk__path"), week__lt=monday)
    if division:
        rows = rows.filter(division=division)
    by_topic: dict[str, dict[date, int]] = defaultdict(dict)
    for topic, week, count in (
        rows.order_by().values("topic", "week").annotate(n=Sum("count")).values_list("topic", "week", "n")
    ):
        by_topic[topic][week] = count
    start = min((week for weeks in by_topic.values() for week in weeks), default=monday)
    made = [_line(topic, weeks, start, monday) for topic, weeks in by_topic.items()]
    return sorted(made, key=lambda line: (not line.is_above, -line.last, line.topic))


def _line(topic: str, weeks: dict[date, int], start: date, monday: date) -> Line:
    counts = tuple(weeks.get(start + at * _WEEK, 0) for at in range((monday - start).days // 7))
    before = outlook(counts[:-1], start, 1)
    return Line(
        topic=topic,
        first=start,
        counts=counts,
        expected=before[0] if before else None,
        ahead=tuple(outlook(counts, start, AHEAD)),
    )
