"""The life of a finding: which step leads from where to where, who may take it, and how long a unit has.

A machine only suspects: people confirm. A veto (单项否决) counts when two different people confirmed it (the sheet's part A2:
"always 2-person confirmation before a veto counts", our rule for 国办秘函〔2019〕19号, [I]). What a unit reports as mended is
tested again before it is believed. The table holds these rules; services only apply it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from yunshu.domains.inspection.contracts import RECTIFY, REVIEW, SUPERVISE
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

NEW, SECOND, CONFIRMED, FALSE, WAIVED = "new", "second", "confirmed", "false", "waived"
NOTIFIED, SUBMITTED, VERIFIED, CLOSED = "notified", "submitted", "verified", "closed"
STATES = (NEW, SECOND, CONFIRMED, FALSE, WAIVED, NOTIFIED, SUBMITTED, VERIFIED, CLOSED)
QUEUED = (NEW, SECOND)
"""States that wait for a reviewer."""
COUNTED = (CONFIRMED, NOTIFIED, SUBMITTED, VERIFIED, CLOSED)
"""States in which a finding is a fault that people confirmed."""
SETTLED = (FALSE, WAIVED, VERIFIED, CLOSED)
"""States in which the unit has nothing more to do."""
VETO = "veto"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One verb; ``permission`` None: the machine's own. ``undoable``: its maker may take it back while it is the last step."""

    verb: str
    name: str
    sources: tuple[str, ...]
    target: str
    permission: Permission | None
    needs_words: bool = False
    undoable: bool = False


STEPS = (
    Step(verb="accept", name=label("确认"), sources=(NEW,), target=CONFIRMED, permission=REVIEW, undoable=True),
    Step(verb="first", name=label("初次确认"), sources=(NEW,), target=SECOND, permission=REVIEW, undoable=True),
    Step(verb="second", name=label("二次确认"), sources=(SECOND,), target=CONFIRMED, permission=REVIEW, undoable=True),
    Step(
        verb="false",
        name=label("误报"),
        sources=(NEW, SECOND, CONFIRMED),
        target=FALSE,
        permission=REVIEW,
        needs_words=True,
        undoable=True,
    ),
    Step(
        verb="waive",
        name=label("豁免"),
        sources=(NEW, SECOND, CONFIRMED, NOTIFIED),
        target=WAIVED,
        permission=SUPERVISE,
        needs_words=True,
        undoable=True,
    ),
    Step(verb="notify", name=label("下发整改通知"), sources=(CONFIRMED,), target=NOTIFIED, permission=SUPERVISE),
    Step(
        verb="submit",
        name=label("报告已整改"),
        sources=(NOTIFIED,),
        target=SUBMITTED,
        permission=RECTIFY,
        needs_words=True,
    ),
    Step(verb="still_there", name=label("复测仍存在"), sources=(SUBMITTED,), target=NOTIFIED, permission=None),
    Step(verb="gone", name=label("复测已消除"), sources=(SUBMITTED,), target=VERIFIED, permission=None),
    Step(
        verb="verify",
        name=label("人工核实已整改"),
        sources=(SUBMITTED,),
        target=VERIFIED,
        permission=SUPERVISE,
        needs_words=True,
    ),
    Step(
        verb="refuse",
        name=label("退回整改"),
        sources=(SUBMITTED, VERIFIED),
        target=NOTIFIED,
        permission=SUPERVISE,
        needs_words=True,
    ),
    Step(verb="close", name=label("销号"), sources=(VERIFIED,), target=CLOSED, permission=SUPERVISE),
    Step(
        verb="uphold",
        name=label("申诉成立"),
        sources=(NOTIFIED, SUBMITTED),
        target=FALSE,
        permission=SUPERVISE,
        needs_words=True,
    ),
    Step(verb="recur", name=label("再次发现"), sources=(VERIFIED,), target=NOTIFIED, permission=None),
    Step(verb="reopen", name=label("复发，重新复核"), sources=(CLOSED, WAIVED), target=NEW, permission=None),
)
OF_VERB: Mapping[str, Step] = {step.verb: step for step in STEPS}
STEP_NAMES: Mapping[str, str] = {
    **{step.verb: step.name for step in STEPS},
    "find": label("发现"),
    "undo": label("撤销上一步"),
    "spread": label("同词一并作为误报"),
    "extend": label("延期"),
    "appeal": label("申诉"),
    "rejected": label("申诉不成立"),
    "withdraw": label("撤回申诉"),
}


def step_of(verb: str, source: str) -> Step | None:
    """Return what ``verb`` does in the state ``source``; None if nothing."""
    step = OF_VERB.get(verb)
    return step if step is not None and source in step.sources else None


def confirming(state: str, severity: str) -> str:
    """Return the verb by which a reviewer confirms: a veto is confirmed twice. Empty where nothing waits for it."""
    if state == SECOND:
        return "second"
    if state != NEW:
        return ""
    return "first" if severity == VETO else "accept"


def recurring(state: str, seen: datetime, gone_at: datetime | None, waived_until: date | None, today: date) -> str:
    """Return the verb that a new sighting at ``seen`` means; empty where it is only one more sighting.

    What was verified comes back to the unit under the notice that still runs; what was closed, and what was waived until a
    day that has passed, is reviewed anew. A sighting from before the fault was gone is no recurrence.
    """
    if gone_at is not None and seen <= gone_at:
        return ""
    if state == VERIFIED:
        return "recur"
    if state == CLOSED:
        return "reopen"
    return "reopen" if state == WAIVED and waived_until is not None and waived_until < today else ""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A time limit: an amount of working days, working hours or natural days, and where it comes from."""

    code: str
    name: str
    amount: int
    unit: str
    source: str


OWN = "本市自定，待核定"
RECALLED = "凭记忆 [R]，待核对“我为政府网站找错”平台办理要求"
DUES = (
    Due(code="veto", name=label("单项否决问题整改"), amount=8, unit="working_hours", source=OWN),
    Due(code="serious", name=label("严重问题整改"), amount=3, unit="working_days", source=OWN),
    Due(code="general", name=label("一般问题整改"), amount=5, unit="working_days", source=OWN),
    Due(code="hint", name=label("提示类问题整改"), amount=10, unit="working_days", source=OWN),
    Due(code="supervision", name=label("超期督办反馈"), amount=2, unit="working_days", source=OWN),
    Due(code="report_accept", name=label("网民找错受理"), amount=1, unit="working_days", source=RECALLED),
    Due(code="report_reply", name=label("网民找错答复"), amount=3, unit="working_days", source=RECALLED),
    Due(code="contact_erase", name=label("找错联系方式删除（答复后）"), amount=30, unit="natural_days", source=OWN),
)
"""Limits as they stand until the city settles its own: none is found in a public text (the sheet gives none)."""
