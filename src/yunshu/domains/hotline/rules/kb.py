"""The knowledge base as tables: how a version is reviewed, how a demand on a department is settled, how long each may take.

国办函〔2025〕66号 and GB/T 33358-2016 ask for a knowledge base with owners and reviews; no document known to us fixes its terms, so every
deadline here is ours and can be corrected under 流程时限. Four eyes: writing, first and final review are done by different people.
"""

from datetime import date, timedelta

from yunshu.domains.hotline.contracts import KB_APPROVE, KB_CHECK, KB_DRAFT
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

DESK, UNIT = "desk", "unit"
DRAFT, CHECKING, APPROVING, PUBLISHED, DROPPED = "draft", "checking", "approving", "published", "dropped"
SORTING, DOING, DONE, DISMISSED = "sorting", "doing", "done", "dismissed"
OPEN = (SORTING, DOING)
REVIEW_AFTER = timedelta(days=180)
"""When an article is looked at again if its author names no day; ours, not a rule."""
REMIND_BEFORE = timedelta(days=15)
"""How long before that day (or before its last day) the owner is asked; ours, not a rule."""
_SOURCE = label("本平台默认，待核")


def _task(title: str, permission: Permission, role: str, days: int) -> TaskSpec:
    return TaskSpec(
        title=title, permission=permission.code, org_role=role, deadline=DeadlineSpec(amount=days, source=_SOURCE)
    )


def _step(
    verb: str, name: str, way: tuple[tuple[str, ...], str], who: tuple[Permission, str], flags: str = ""
) -> Transition:
    """One row; ``flags``: ``r`` demands a reason, ``b`` goes back."""
    return Transition(
        verb=verb,
        name=name,
        sources=way[0],
        target=way[1],
        permission=who[0].code,
        org_role=who[1],
        needs_reason="r" in flags,
        is_return="b" in flags,
    )


_WRITER, _CHECKER, _KEEPER = (KB_DRAFT, UNIT), (KB_CHECK, UNIT), (KB_APPROVE, DESK)

ARTICLE_REVIEW = Flow(
    code="hotline.article",
    name=label("知识审核"),
    subject=label("知识条目"),
    initial=CHECKING,
    states=(
        State(code=CHECKING, name=label("待初审"), task=_task(label("初审知识条目"), *_CHECKER, 3)),
        State(code=APPROVING, name=label("待终审"), task=_task(label("终审知识条目"), *_KEEPER, 3)),
        State(code=DRAFT, name=label("退回修改"), task=_task(label("修改知识条目"), *_WRITER, 5)),
        State(code=PUBLISHED, name=label("已发布"), final=True),
        State(code=DROPPED, name=label("已作废"), final=True),
    ),
    transitions=(
        _step("submit", label("提交初审"), ((DRAFT,), CHECKING), _WRITER),
        _step("recall", label("撤回修改"), ((CHECKING,), DRAFT), _WRITER, "b"),
        _step("pass", label("初审通过"), ((CHECKING,), APPROVING), _CHECKER),
        _step("return", label("初审退回"), ((CHECKING,), DRAFT), _CHECKER, "rb"),
        _step("publish", label("终审通过并发布"), ((APPROVING,), PUBLISHED), _KEEPER),
        _step("reject", label("终审退回"), ((APPROVING,), DRAFT), _KEEPER, "rb"),
        _step("drop", label("作废草稿"), ((DRAFT,), DROPPED), _WRITER),
    ),
)
DEMAND = Flow(
    code="hotline.kb_demand",
    name=label("知识任务"),
    subject=label("知识任务"),
    initial=SORTING,
    states=(
        State(code=SORTING, name=label("待指派"), task=_task(label("指派知识任务"), *_KEEPER, 1)),
        State(code=DOING, name=label("待处理"), task=_task(label("处理知识任务"), *_WRITER, 5)),
        State(code=DONE, name=label("已完成"), final=True),
        State(code=DISMISSED, name=label("不处理"), final=True),
    ),
    transitions=(
        _step("assign", label("指派单位"), (OPEN, DOING), _KEEPER),
        _step("send_back", label("不属本单位，退回"), ((DOING,), SORTING), _WRITER, "rb"),
        _step("settle", label("办结"), ((DOING,), DONE), _WRITER, "r"),
        _step("close", label("直接办结"), (OPEN, DONE), _KEEPER, "r"),
        _step("dismiss", label("不处理"), (OPEN, DISMISSED), _KEEPER, "rb"),
    ),
)
DEMAND_STATES = {state.code: state.name for state in DEMAND.states}


def review_day(chosen: date | None, until: date | None, published: date) -> date:
    """Return when a published article is looked at again: the day its author chose, no later than its last day."""
    day = chosen or published + REVIEW_AFTER
    return min(day, until) if until else day


def is_valid(since: date | None, until: date | None, on: date) -> bool:
    """Say whether an article may answer on a day; its last day still counts."""
    return (since is None or since <= on) and (until is None or on <= until)
