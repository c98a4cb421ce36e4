"""The life of an incident: who acts next, and which clocks run meanwhile.

A suspension is asked for by who mends and granted by somebody else; until it is granted the clocks run. The user's unit confirms;
its "no" means that the fault was never mended, so nothing is taken off the clock. A reopened incident runs on where it stood when
it was closed. These are rules of ours: no document known to us fixes them for the city.
"""

from yunshu.domains.operations.contracts import INCIDENT_APPROVE, INCIDENT_CONFIRM, INCIDENT_HANDLE
from yunshu.domains.workflow.contracts import Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

CODE = "operations.incident"
HANDLER, REPORTER = "handler", "reporter"
REPORTED, HANDLING, ASKING, SUSPENDED, RESTORED = "reported", "handling", "asking", "suspended", "restored"
REVIEWING, CLOSED, ARCHIVED, MERGED, VOID = "reviewing", "closed", "archived", "merged", "void"


def task(title: str, permission: Permission, role: str) -> TaskSpec:
    return TaskSpec(title=title, permission=permission.code, org_role=role)


def step(
    verb: str, name: str, sources: tuple[str, ...], target: str, permission: Permission, role: str, flags: str = ""
) -> Transition:
    """One verb; ``flags``: ``r`` demands a reason, ``b`` goes back."""
    return Transition(
        verb=verb,
        name=name,
        sources=sources,
        target=target,
        permission=permission.code,
        org_role=role,
        needs_reason="r" in flags,
        is_return="b" in flags,
    )


MENDING = (REPORTED, HANDLING, ASKING, SUSPENDED)
OPEN = frozenset({*MENDING, RESTORED, REVIEWING})
FINAL = frozenset({ARCHIVED, MERGED, VOID})

INCIDENT_LIFE = Flow(
    code=CODE,
    name=label("故障处置"),
    subject=label("故障单"),
    initial=REPORTED,
    states=(
        State(code=REPORTED, name=label("待响应"), task=task(label("响应故障"), INCIDENT_HANDLE, HANDLER)),
        State(code=HANDLING, name=label("处置中"), task=task(label("处置故障"), INCIDENT_HANDLE, HANDLER)),
        State(code=ASKING, name=label("挂起待批"), task=task(label("审批故障挂起"), INCIDENT_APPROVE, HANDLER)),
        State(code=SUSPENDED, name=label("已挂起"), task=task(label("恢复处置"), INCIDENT_HANDLE, HANDLER)),
        State(code=RESTORED, name=label("待确认"), task=task(label("确认故障已恢复"), INCIDENT_CONFIRM, REPORTER)),
        State(code=REVIEWING, name=label("待复盘"), task=task(label("提交故障复盘"), INCIDENT_HANDLE, HANDLER)),
        State(code=CLOSED, name=label("已关闭"), rests=True),
        State(code=ARCHIVED, name=label("已归档"), final=True),
        State(code=MERGED, name=label("已合并"), final=True),
        State(code=VOID, name=label("误报"), final=True),
    ),
    transitions=(
        step("respond", label("响应"), (REPORTED,), HANDLING, INCIDENT_HANDLE, HANDLER, "r"),
        step("ask_pause", label("申请挂起"), (HANDLING,), ASKING, INCIDENT_HANDLE, HANDLER, "r"),
        step("grant_pause", label("同意挂起"), (ASKING,), SUSPENDED, INCIDENT_APPROVE, HANDLER),
        step("deny_pause", label("不同意挂起"), (ASKING,), HANDLING, INCIDENT_APPROVE, HANDLER, "rb"),
        step("drop_pause", label("撤回挂起申请"), (ASKING,), HANDLING, INCIDENT_HANDLE, HANDLER, "b"),
        step("resume", label("恢复处置"), (SUSPENDED,), HANDLING, INCIDENT_HANDLE, HANDLER),
        step("restore", label("报告恢复"), (HANDLING,), RESTORED, INCIDENT_HANDLE, HANDLER),
        step("confirm", label("确认已恢复"), (RESTORED,), CLOSED, INCIDENT_CONFIRM, REPORTER),
        step("confirm_grave", label("确认已恢复，转复盘"), (RESTORED,), REVIEWING, INCIDENT_CONFIRM, REPORTER),
        step("refuse", label("尚未恢复"), (RESTORED,), HANDLING, INCIDENT_CONFIRM, REPORTER, "rb"),
        step("review", label("提交复盘"), (REVIEWING,), CLOSED, INCIDENT_HANDLE, HANDLER),
        step("reopen", label("重新打开"), (CLOSED,), HANDLING, INCIDENT_CONFIRM, REPORTER, "rb"),
        step("reopen_own", label("重新处置"), (CLOSED,), HANDLING, INCIDENT_HANDLE, HANDLER, "rb"),
        step("merge", label("并入其他故障单"), MENDING, MERGED, INCIDENT_HANDLE, HANDLER, "r"),
        step("void", label("认定为误报"), (REPORTED, HANDLING), VOID, INCIDENT_APPROVE, HANDLER, "rb"),
        step("archive", label("归档"), (CLOSED,), ARCHIVED, INCIDENT_APPROVE, HANDLER),
    ),
)
REOPENS = frozenset({"reopen", "reopen_own"})
CONFIRMS = frozenset({"confirm", "confirm_grave"})
OWN_FORMS = frozenset({"restore", "merge", "review", "ask_pause"})
"""Verbs that ask for more than a reason."""
GRAVE = frozenset({"P1", "P2"})
"""Priorities that end with a post-mortem."""
STEP_NAMES = {
    **{t.verb: t.name for t in INCIDENT_LIFE.transitions},
    "open": label("受理"),
    "also_reported": label("又有报告"),
    "spread": label("影响扩大"),
    "recover": label("监测显示恢复"),
    "recause": label("找到根源"),
    "grade": label("调整优先级"),
    "assign": label("转交"),
    "note": label("补充情况"),
    "call": label("升级通知"),
    "merge_in": label("并入其他故障单"),
}
"""What every step of a timeline is called."""


def confirming(priority: str) -> str:
    """Return by which verb a mended incident is confirmed."""
    return "confirm_grave" if priority in GRAVE else "confirm"
