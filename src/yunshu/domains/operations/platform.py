"""How the platform itself stands, in words: parts with their lags as people read them, and the steps of a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from yunshu.domains.operations.selectors import figures as watching
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import figures, standing
from yunshu.lib.observe.figures import Reading, Rule
from yunshu.lib.observe.standing import Standing, State
from yunshu.lib.observe.steps import Step
from yunshu.lib.ui.templatetags.ui import duration, number, percent

STATES = {
    State.STOPPED: (label("停止"), "red"),
    State.SLOW: (label("迟缓"), "amber"),
    State.WELL: (label("正常"), "green"),
    State.UNUSED: (label("未启用"), "grey"),
}
ORDER = list(STATES)
MINUTE = 60
UNITS = (label("条"), label("个"), label("次"), label("批"), label("张"), label("通"), label("人"), label("天"))
"""Of figures' units, those that are words."""
RUNBOOK = "docs/operate/observe.md"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A rule that holds, in words."""

    means: str
    todo: str
    about: str
    value: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part as the page shows it."""

    code: str
    name: str
    state: str
    word: str
    colour: str
    since: datetime | None
    lags: tuple[tuple[str, str, str], ...]
    """What, of whom, how much."""
    troubles: tuple[Trouble, ...]
    restarts: int
    command: str
    runbook: str


@dataclass(frozen=True, kw_only=True)
class Board:
    """The whole page."""

    rows: tuple[Row, ...]
    counts: tuple[tuple[str, int], ...]
    unread: tuple[str, ...]
    """Sources that could not be read."""


def board(now: datetime) -> Board:
    """Return every part, the stopped ones first, then the slow ones, in the order of the house."""
    readings = figures.read_all(now)
    parts = sorted(standing.stand(readings, now), key=lambda part: ORDER.index(part.state))
    counts = tuple((_(word), sum(part.state is state for part in parts)) for state, (word, _colour) in STATES.items())
    unread = tuple(r.of[0] for r in readings if r.figure is figures.SOURCE_UP and not r.value)
    return Board(rows=tuple(_row(part) for part in parts), counts=counts, unread=unread)


def _row(found: Standing) -> Row:
    word, colour = STATES[found.state]
    return Row(
        code=found.part.code,
        name=_(found.part.name),
        state=found.state.value,
        word=_(word),
        colour=colour,
        since=found.since,
        lags=tuple((_(r.figure.text), r.named(found.part.only), said(r, value)) for r, value in found.shown),
        troubles=tuple(
            Trouble(
                means=_(each.rule.means),
                todo=_(each.rule.todo),
                about=each.reading.named(each.rule.of),
                value=said(each.reading, each.value),
                since=each.since,
            )
            for each in found.troubles
        ),
        restarts=found.restarts,
        command=found.part.command,
        runbook=f"{RUNBOOK}#{found.part.chapter}",
    )


def said(reading: Reading, value: float) -> str:
    """Return a value with its unit, as people read it."""
    unit = reading.figure.unit
    if reading.figure.is_moment and not reading.value:
        return _("从未")
    if unit == "s":
        words = _("%(n)s 秒") % {"n": round(value)} if value < MINUTE else duration(timedelta(seconds=value))
        return _("%(span)s前") % {"span": words} if reading.figure.is_moment else words
    if unit == "B":
        return str(filesizeformat(value))
    if unit == "%":
        return percent(value)
    return f"{number(round(value, 1) if value % 1 else int(value))} {_(unit)}".strip() if unit else str(int(value))


def bound(rule: Rule) -> str:
    """Return a rule's threshold in words."""
    value = rule.above if rule.above is not None else rule.below
    words = said(Reading(rule.figure, 1), value or 0)
    return _("高于 %(value)s") % {"value": words} if rule.above is not None else _("低于 %(value)s") % {"value": words}


def way(found: Sequence[Step]) -> list[tuple[Step, str, str, timedelta]]:
    """Return steps with their floor and state in the reader's language, and how long after the first each was."""
    return [(step, _(step.floor), _(step.state) if step.state else "", step.at - found[0].at) for step in found]


def probes_exposition() -> str:
    """Return the probers' own figures, as their process left them."""
    return watching.exposition()
