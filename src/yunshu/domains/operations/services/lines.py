"""Lists that people type or paste, a line each: every faulty line is named at once, not one after another."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yunshu.lib.kernel.errors import NotFound, Refused

SHOWN = 10
Judged = TypeVar("Judged")


def judge_all(lines: Sequence[str], judge: Callable[[str], Judged], *, where: str) -> list[Judged]:
    """Return what ``judge`` makes of each line that says something; blank lines count but are passed over.

    Raises Refused (``nothing_chosen``) for nothing at all; the refusal itself for a single line; else Refused
    (``line_faulty``) with the number and the reason of the first ten faulty lines and how many there are.
    """
    numbered = [(at, text.strip()) for at, text in enumerate(lines, 1) if text.strip()]
    if not numbered:
        raise Refused("nothing_chosen", _("请至少填写一行。"), where=where)
    made, faults = [], []
    for at, text in numbered:
        try:
            made.append(judge(text))
        except (NotFound, Refused) as refusal:
            if len(numbered) == 1:
                raise
            faults.append(_("第 %(at)s 行：%(reason)s") % {"at": at, "reason": refusal.message})
    if faults:
        more = len(faults) - SHOWN
        if more > 0:
            faults[SHOWN:] = [ngettext("还有 %(n)s 行有误。", "还有 %(n)s 行有误。", more) % {"n": more}]
        raise Refused("line_faulty", " ".join(faults), where=where)
    return made
