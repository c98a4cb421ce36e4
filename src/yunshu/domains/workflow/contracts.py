"""What a flow is, as plain values; a domain's ``rules.py`` writes one, the engine applies it.

``check_flow`` refuses a flow that cannot be walked: it runs when the program starts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

WORKLIST_VIEW = declare("workflow.worklist.view_org", label("查看本单位全部待办"))
TASK_ASSIGN = declare("workflow.task.assign", label("转交待办"))
SUPERVISE = declare("workflow.supervision.edit", label("发起督办"))
FLOW_RULE_EDIT = declare("workflow.rule.edit", label("维护提醒与催办规则"))


class Unit(StrEnum):
    """What a deadline is counted in."""

    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    NATURAL_DAYS = "natural_days"


class Clock(StrEnum):
    """What a transition does to the deadline of the case's open task."""

    KEEP = "keep"
    PAUSE = "pause"
    RESUME = "resume"


class Light(StrEnum):
    """绿 in time, 黄 near, 红 overdue; GREY has no deadline or is paused."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, kw_only=True)
class DeadlineSpec:
    """How long a task may take. ``amber_at`` is the share of the time after which the light turns amber."""

    amount: int
    unit: Unit = Unit.WORKING_DAYS
    amber_at: float = 0.7
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """The 待办 that stands open while a case is in a state: who may do it (permission, in which role's organisation)."""

    title: str
    permission: str
    org_role: str
    deadline: DeadlineSpec | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """One state; a final one has no way out, in one that ``rests`` nobody has anything to do (it is in force)."""

    code: str
    name: str
    task: TaskSpec | None = None
    final: bool = False
    rests: bool = False


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One verb: from which states to which, who may, whether a reason is demanded, what happens to the clock."""

    verb: str
    name: str
    sources: tuple[str, ...]
    target: str
    permission: str
    org_role: str
    needs_reason: bool = False
    clock: Clock = Clock.KEEP
    is_return: bool = False


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A transition table. ``subject`` says in a word what moves through it."""

    code: str
    name: str
    subject: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def state(self, code: str) -> State:
        """Return a state; KeyError for an unknown one."""
        return {s.code: s for s in self.states}[code]

    def transition(self, source: str, verb: str) -> Transition | None:
        """Return what ``verb`` does in the state ``source``, None if nothing."""
        return next((t for t in self.transitions if t.verb == verb and source in t.sources), None)

    def ways_out(self, source: str) -> tuple[Transition, ...]:
        """Return every transition that leaves ``source``."""
        return tuple(t for t in self.transitions if source in t.sources)


def check_flow(flow: Flow) -> list[str]:
    """Return what is wrong with a flow: unknown or unreachable states, no way to an end, ambiguous verbs, endless pauses."""
    codes = {s.code for s in flow.states}
    named = {flow.initial} | {c for t in flow.transitions for c in (*t.sources, t.target)}
    wrong = [f"unknown state {c}" for c in sorted(named - codes)]
    if wrong:
        return wrong
    finals = {s.code for s in flow.states if s.final}
    reached = _closure(flow, {flow.initial})
    wrong += [f"state {c} is never reached" for c in sorted(codes - reached)]
    wrong += [f"state {c} has no way to an end" for c in sorted(codes) if not _closure(flow, {c}) & finals]
    wrong += [f"final state {c} has a way out" for c in sorted(finals) if flow.ways_out(c)]
    pairs = [(source, t.verb) for t in flow.transitions for source in t.sources]
    wrong += [f"verb {v} is ambiguous in {s}" for s, v in sorted({p for p in pairs if pairs.count(p) > 1})]
    paused = {t.target for t in flow.transitions if t.clock is Clock.PAUSE}
    resuming = {c for t in flow.transitions if t.clock is Clock.RESUME for c in t.sources}
    wrong += [f"the pause in {c} can never resume" for c in sorted(paused) if not _closure(flow, {c}) & resuming]
    return wrong


def _closure(flow: Flow, start: set[str]) -> set[str]:
    seen, queue = set(start), deque(start)
    while queue:
        for transition in flow.ways_out(queue.popleft()):
            if transition.target not in seen:
                seen.add(transition.target)
                queue.append(transition.target)
    return seen


@dataclass(frozen=True, kw_only=True)
class CaseCard:
    """Where a subject stands in its flow."""

    number: str
    flow_code: str
    state: str
    state_name: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaskCard:
    """One 待办 as a page shows it."""

    id: int
    title: str
    subject: str
    subject_title: str
    url: str
    flow_name: str
    org_name: str
    holder: str
    opened_at: datetime
    due_at: datetime | None
    light: Light
    provisional: bool


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One line of a case's history."""

    seq: int
    verb: str
    verb_name: str
    source_name: str
    target_name: str
    actor: str
    reason: str
    at: datetime
    digest: str
