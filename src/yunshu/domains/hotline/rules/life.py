"""The life of a ticket as a table: in which states a verb is possible, who may, what it does to the clock, who is told.

国办函〔2025〕66号 names the parts (受理、派单、异议审核、办理、回访、督办); no document known to us fixes the states one by one, and a national
standard is being written (TC594), so this is data: ``STEPS`` is read by the engine, by the pages and by ``checking``, which proves
that no state is dead, every path can end, and every pause resumes.

A desk's approval never stops the clock by itself: it runs until an extension or a suspension is granted. It stands still while a reply is
reviewed (that is the desk's time, not the unit's) and ends when the review passes; rework begins a new one.
"""

from dataclasses import dataclass
from enum import StrEnum

from yunshu.domains.hotline.contracts import (
    TICKET_CALL_BACK,
    TICKET_DISPATCH,
    TICKET_HANDLE,
    TICKET_MANAGE,
    TICKET_REGISTER,
    TICKET_REVIEW,
)
from yunshu.domains.workflow.contracts import Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

CODE = "hotline.ticket"
DESK, UNIT = "desk", "unit"
RECEIVED, REGISTERED, DISPATCHED, HANDLING = "received", "registered", "dispatched", "handling"
OBJECTED, EXTENDING, PAUSING, SUSPENDED = "objected", "extending", "pausing", "suspended"
MEETING, SPLIT, REPLIED, CALLBACK, CLOSED = "meeting", "split", "replied", "callback", "closed"
MERGED, UPGRADED, ARCHIVED, REJECTED, WITHDRAWN = "merged", "upgraded", "archived", "rejected", "withdrawn"


class Effect(StrEnum):
    """What a verb does to the handling clock."""

    KEEP = "keep"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    STOP = "stop"
    RESTART = "restart"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of the table. ``event`` names what other domains hear of it, empty: nothing."""

    verb: str
    name: str
    sources: tuple[str, ...]
    target: str
    permission: Permission
    role: str
    needs_reason: bool
    is_return: bool
    effect: Effect
    event: str


def _step(
    verb: str,
    name: str,
    way: tuple[tuple[str, ...], str],
    who: tuple[Permission, str],
    flags: str = "",
    effect: Effect = Effect.KEEP,
    event: str = "",
) -> Step:
    """One row; ``flags``: ``r`` demands a reason, ``b`` goes back."""
    (sources, target), (permission, role) = way, who
    return Step(
        verb=verb,
        name=name,
        sources=sources,
        target=target,
        permission=permission,
        role=role,
        needs_reason="r" in flags,
        is_return="b" in flags,
        effect=effect,
        event=event,
    )


_AGENT, _SORTER, _HEAD = (TICKET_REGISTER, DESK), (TICKET_DISPATCH, DESK), (TICKET_MANAGE, DESK)
_REVIEWER, _CALLER, _HANDLER = (TICKET_REVIEW, DESK), (TICKET_CALL_BACK, DESK), (TICKET_HANDLE, UNIT)
BEFORE_REPLY = (RECEIVED, REGISTERED, DISPATCHED, HANDLING, OBJECTED, EXTENDING, PAUSING, SUSPENDED, MEETING, SPLIT)
E_ = Effect

STEPS: tuple[Step, ...] = (
    _step("accept", label("受理"), ((RECEIVED,), REGISTERED), _AGENT, "", E_.START, "accepted"),
    _step("reject", label("不予受理"), ((RECEIVED, REGISTERED), REJECTED), _AGENT, "r", E_.STOP, "closed"),
    _step("answer", label("直接答复"), ((REGISTERED,), CLOSED), _AGENT, "r", E_.STOP, "closed"),
    _step("dispatch", label("派单"), ((REGISTERED, MEETING), DISPATCHED), _SORTER, "", E_.KEEP, "dispatched"),
    _step("recall", label("收回"), ((DISPATCHED,), REGISTERED), _SORTER, "rb"),
    _step("sign", label("签收"), ((DISPATCHED,), HANDLING), _HANDLER),
    _step("object", label("申请退单"), ((DISPATCHED, HANDLING), OBJECTED), _HANDLER, "r"),
    _step("redispatch", label("同意退单，改派"), ((OBJECTED,), DISPATCHED), _SORTER, "r", E_.KEEP, "dispatched"),
    _step("take_back", label("同意退单，收回"), ((OBJECTED,), REGISTERED), _SORTER, "r"),
    _step("uphold", label("不同意退单"), ((OBJECTED,), HANDLING), _SORTER, "rb"),
    _step("drop_objection", label("撤回退单申请"), ((OBJECTED,), HANDLING), _HANDLER, "b"),
    _step("ask_extension", label("申请延期"), ((HANDLING,), EXTENDING), _HANDLER, "r"),
    _step("grant_extension", label("同意延期"), ((EXTENDING,), HANDLING), _SORTER, "", E_.EXTEND),
    _step("deny_extension", label("不同意延期"), ((EXTENDING,), HANDLING), _SORTER, "rb"),
    _step("drop_extension", label("撤回延期申请"), ((EXTENDING,), HANDLING), _HANDLER, "b"),
    _step("ask_pause", label("申请挂起"), ((HANDLING,), PAUSING), _HANDLER, "r"),
    _step("grant_pause", label("同意挂起"), ((PAUSING,), SUSPENDED), _SORTER, "", E_.PAUSE),
    _step("deny_pause", label("不同意挂起"), ((PAUSING,), HANDLING), _SORTER, "rb"),
    _step("drop_pause", label("撤回挂起申请"), ((PAUSING,), HANDLING), _HANDLER, "b"),
    _step("resume", label("恢复办理"), ((SUSPENDED,), HANDLING), _HANDLER, "", E_.RESUME),
    _step("end_pause", label("要求恢复办理"), ((SUSPENDED,), HANDLING), _SORTER, "r", E_.RESUME),
    _step("reply", label("提交答复"), ((HANDLING, EXTENDING, PAUSING), REPLIED), _HANDLER, "r", E_.PAUSE, "replied"),
    _step("pass", label("审核通过，转回访"), ((REPLIED,), CALLBACK), _REVIEWER, "", E_.STOP),
    _step("pass_part", label("审核通过"), ((REPLIED,), CLOSED), _REVIEWER, "", E_.STOP, "closed"),
    _step("fail", label("审核退回"), ((REPLIED,), HANDLING), _REVIEWER, "rb", E_.RESUME),
    _step("confirm", label("回访后办结"), ((CALLBACK,), CLOSED), _CALLER, "", E_.KEEP, "closed"),
    _step("rework", label("重办"), ((CALLBACK,), HANDLING), _CALLER, "rb", E_.RESTART, "reworked"),
    _step("rework_desk", label("重新派单"), ((CALLBACK,), REGISTERED), _CALLER, "rb", E_.RESTART, "reworked"),
    _step("call_meeting", label("疑难会办"), ((REGISTERED, HANDLING, OBJECTED), MEETING), _SORTER, "r"),
    _step("whistle", label("吹哨：申请会办"), ((HANDLING,), MEETING), _HANDLER, "r"),
    _step("meet_again", label("重办已达上限，转会办"), ((CALLBACK,), MEETING), _CALLER, "r", E_.RESTART, "reworked"),
    _step("merge", label("并案"), ((REGISTERED, DISPATCHED, HANDLING), MERGED), _SORTER, "r", E_.PAUSE),
    _step("unmerge", label("撤销并案"), ((MERGED,), REGISTERED), _SORTER, "rb", E_.RESUME),
    _step("answer_merged", label("随主单答复"), ((MERGED,), CLOSED), _SORTER, "r", E_.STOP, "closed"),
    _step("split", label("拆分"), ((REGISTERED, MEETING, OBJECTED), SPLIT), _SORTER, "r"),
    _step("gather", label("汇总答复"), ((SPLIT,), CALLBACK), _SORTER, "r", E_.STOP, "replied"),
    _step("upgrade", label("上报省平台"), ((REGISTERED, MEETING), UPGRADED), _HEAD, "r", E_.PAUSE, "upgraded"),
    _step("province_return", label("省平台退回"), ((UPGRADED,), REGISTERED), _HEAD, "rb", E_.RESUME),
    _step("province_answer", label("省平台答复"), ((UPGRADED,), CALLBACK), _HEAD, "r", E_.STOP, "replied"),
    _step("withdraw", label("诉求人撤回"), (BEFORE_REPLY, WITHDRAWN), _AGENT, "r", E_.STOP, "closed"),
    _step("reopen", label("重新打开"), ((CLOSED,), REGISTERED), _HEAD, "rb", E_.RESTART, "reworked"),
    _step("archive", label("归档"), ((CLOSED,), ARCHIVED), _HEAD),
)
BY_VERB = {step.verb: step for step in STEPS}


def _task(title: str, who: tuple[Permission, str]) -> TaskSpec:
    return TaskSpec(title=title, permission=who[0].code, org_role=who[1])


STATES: tuple[State, ...] = (
    State(code=RECEIVED, name=label("待受理"), task=_task(label("受理诉求"), _AGENT)),
    State(code=REGISTERED, name=label("待派单"), task=_task(label("派单"), _SORTER)),
    State(code=DISPATCHED, name=label("待签收"), task=_task(label("签收工单"), _HANDLER)),
    State(code=HANDLING, name=label("办理中"), task=_task(label("办理工单"), _HANDLER)),
    State(code=OBJECTED, name=label("退单待审"), task=_task(label("审核退单"), _SORTER)),
    State(code=EXTENDING, name=label("延期待批"), task=_task(label("审批延期"), _SORTER)),
    State(code=PAUSING, name=label("挂起待批"), task=_task(label("审批挂起"), _SORTER)),
    State(code=SUSPENDED, name=label("已挂起"), task=_task(label("恢复办理工单"), _HANDLER)),
    State(code=MEETING, name=label("疑难会办"), task=_task(label("组织会办"), _SORTER)),
    State(code=SPLIT, name=label("已拆分"), task=_task(label("汇总答复"), _SORTER)),
    State(code=REPLIED, name=label("待审核"), task=_task(label("审核答复"), _REVIEWER)),
    State(code=CALLBACK, name=label("待回访"), task=_task(label("回访诉求人"), _CALLER)),
    State(code=UPGRADED, name=label("已上报省平台"), task=_task(label("跟进省平台"), _HEAD)),
    State(code=CLOSED, name=label("已办结"), rests=True),
    State(code=MERGED, name=label("已并案"), rests=True),
    State(code=ARCHIVED, name=label("已归档"), final=True),
    State(code=REJECTED, name=label("不予受理"), final=True),
    State(code=WITHDRAWN, name=label("已撤回"), final=True),
)
STATE_NAMES = {state.code: state.name for state in STATES}
FINAL = frozenset(state.code for state in STATES if state.final)
OVER = FINAL | {CLOSED}
OPEN = frozenset(STATE_NAMES) - OVER
WITH_UNIT = frozenset({DISPATCHED, HANDLING, OBJECTED, EXTENDING, PAUSING, SUSPENDED, REPLIED})

TICKET_LIFE = Flow(
    code=CODE,
    name=label("热线工单"),
    subject=label("工单"),
    initial=RECEIVED,
    states=STATES,
    transitions=tuple(
        Transition(
            verb=s.verb,
            name=s.name,
            sources=s.sources,
            target=s.target,
            permission=s.permission.code,
            org_role=s.role,
            needs_reason=s.needs_reason,
            is_return=s.is_return,
        )
        for s in STEPS
    ),
)
STEP_NAMES = {
    **{s.verb: s.name for s in STEPS},
    "register": label("登记"),
    "take_over": label("接管历史工单"),
    "supplement": label("补充情况"),
    "media": label("附件链接"),
    "province": label("省平台来文"),
    "supervise": label("督办"),
    "absorb": label("并入工单"),
    "part": label("生成子单"),
    "part_done": label("子单办结"),
    "assign": label("转交"),
    "rate": label("诉求人评价"),
    "attempt": label("回访记录"),
    "recalculate": label("日历调整，重算时限"),
    "regrade": label("调整类型或紧急程度"),
    "minutes": label("会办纪要"),
    "adopt": label("采用智能建议"),
    "ask_reveal": label("申请查看身份"),
    "reveal": label("查看身份"),
    "ask_judgement": label("申请不纳入评价"),
    "judge": label("审批不纳入评价"),
}
"""What every step of a timeline is called."""
