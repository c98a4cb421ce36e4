"""How a demand sounds, read while its page is shown to the desk and forgotten with it: in no table, no figure, no ranking, no interface.

Words are data: those of ``lib/triage/data/mood.csv``, or the file of an official (``YUNSHU_HOTLINE_MOOD_WORDS``), which counts from the
moment it is changed. A confidential report is not read.
"""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.triage import Hint, MoodWord, MoodWordsError, mood, read_mood_words

MOST_BYTES = 256 << 10


def hint_of(text: str) -> Hint:
    """Return how ``text`` sounds. Raises Refused (``mood_words_unreadable``) where an official's list cannot be read."""
    return mood(text, _words())


def _words() -> tuple[MoodWord, ...] | None:
    if not settings.HOTLINE_MOOD_WORDS:
        return None
    path = Path(settings.HOTLINE_MOOD_WORDS)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except MoodWordsError as error:
        raise Refused(
            "mood_words_unreadable",
            _("语气词表第 %(line)s 行读不出来，暂不提示语气，请管理员改正。") % {"line": error.line},
        ) from None
    except (OSError, ValueError):  # away, too long, no UTF-8
        raise Refused(
            "mood_words_unreadable", _("语气词表的文件打不开、太大或不是 UTF-8，暂不提示语气，请管理员核对。")
        ) from None


@lru_cache(maxsize=2)
def _read(path: Path, _changed_ns: int) -> tuple[MoodWord, ...]:
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError("too long")
    return read_mood_words(data.decode("utf-8"))
