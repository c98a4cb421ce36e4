"""What a maintenance window excuses: the part of it that was approved before, and not a second longer. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Window:
    """A change's window. ``finished_at`` None: the end of the work is not known."""

    start: datetime
    end: datetime
    approved_at: datetime | None
    cancelled_at: datetime | None = None
    finished_at: datetime | None = None


def excused(windows: Iterable[Window], since: datetime, until: datetime) -> list[Span]:
    """Return what is excused between two moments, in order, overlapping spans as one.

    A window counts only if approved before it began and not called off before; it ends when the work does, at the latest as approved.
    """
    spans = sorted(
        (max(w.start, since), min(w.end, w.finished_at or w.end, w.cancelled_at or w.end, until))
        for w in windows
        if w.approved_at is not None and w.approved_at < w.start
    )
    out: list[Span] = []
    for start, end in spans:
        if end <= start:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def overrun(window: Window, now: datetime) -> Span | None:
    """Return the time worked beyond the window, which counts as down; None if there is none."""
    if window.approved_at is None or window.cancelled_at is not None:
        return None
    end = window.finished_at or now
    return (window.end, end) if end > window.end else None
