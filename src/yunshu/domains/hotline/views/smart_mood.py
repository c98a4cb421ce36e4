"""The hint of how a demand sounds, as the desk's page shows it: a word, and the caller's own words that say so."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from yunshu.domains.hotline import moods
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.labels import label
from yunshu.lib.triage import Heard, Mood, Sign

NAMES = {Mood.DISPLEASED: label("不满"), Mood.HEATED: label("激烈")}
SIGNS = {
    Sign.FEELING: label("情绪词"),
    Sign.CHARGE: label("指责的说法"),
    Sign.AGAIN: label("反复反映"),
    Sign.MARKS: label("连用叹号"),
}
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class MoodShown:
    """``name`` with its reasons by kind; ``note`` says why nothing could be read."""

    name: str = ""
    is_heated: bool = False
    reasons: tuple[tuple[str, tuple[str, ...]], ...] = ()
    note: str = ""


def mood_shown(text: str) -> MoodShown | None:
    """Return the hint for the page; None for most demands."""
    try:
        hint = moods.hint_of(text)
    except Refused as error:
        return MoodShown(note=error.message)
    if hint.mood is Mood.NONE:
        return None
    reasons = tuple((_(name), words) for kind, name in SIGNS.items() if (words := _words(hint.heard, kind)))
    return MoodShown(name=_(NAMES[hint.mood]), is_heated=hint.mood is Mood.HEATED, reasons=reasons)


def _words(heard: tuple[Heard, ...], kind: Sign) -> tuple[str, ...]:
    return tuple(f"{each.degree}{each.text}" for each in heard if each.kind is kind)[:SHOWN]
