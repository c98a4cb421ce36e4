"""The flow of a rectification notice (整改通知): with the unit until nothing of it is left to mend, then with the supervisor.

The notice moves by what becomes of its findings, never by a button: ``verb_for`` says which step their states demand.
"""

from collections.abc import Collection

from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE
from yunshu.domains.inspection.rules.life import NOTIFIED, SUBMITTED, VERIFIED
from yunshu.domains.workflow.contracts import Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label

CODE = "inspection.notice"
UNIT = "unit"
MENDING, CHECKING, DONE = "mending", "checking", "done"

NOTICE_LIFE = Flow(
    code=CODE,
    name=label("网站与新媒体问题整改"),
    subject=label("整改通知"),
    initial=MENDING,
    states=(
        State(
            code=MENDING,
            name=label("整改中"),
            task=TaskSpec(title=label("按整改通知整改"), permission=RECTIFY.code, org_role=UNIT),
        ),
        State(
            code=CHECKING,
            name=label("待核销"),
            task=TaskSpec(title=label("核对整改结果并销号"), permission=SUPERVISE.code, org_role=UNIT),
        ),
        State(code=DONE, name=label("已办结"), final=True),
    ),
    transitions=(
        Transition(
            verb="answer",
            name=label("全部报整改"),
            sources=(MENDING,),
            target=CHECKING,
            permission=RECTIFY.code,
            org_role=UNIT,
        ),
        Transition(
            verb="return",
            name=label("退回整改"),
            sources=(CHECKING,),
            target=MENDING,
            permission=SUPERVISE.code,
            org_role=UNIT,
            is_return=True,
        ),
        Transition(
            verb="finish",
            name=label("办结"),
            sources=(MENDING, CHECKING),
            target=DONE,
            permission=SUPERVISE.code,
            org_role=UNIT,
        ),
    ),
)
OPEN = (NOTIFIED, SUBMITTED, VERIFIED)
"""States in which a finding still asks something of somebody under its notice."""


def verb_for(stage: str, states: Collection[str]) -> str:
    """Return the step that a notice in ``stage`` must take, given the states of its findings; empty for none."""
    if stage == DONE:
        return ""
    if not any(state in OPEN for state in states):
        return "finish"
    if NOTIFIED in states:
        return "return" if stage == CHECKING else ""
    return "answer" if stage == MENDING else ""
