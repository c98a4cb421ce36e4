"""The life of a performance table as a flow: draft to archive, with returns and the mid-year adjustment.

Order of stages: 财预〔2020〕10号 第二、五章 (目标设定、审核、批复、监控、自评); the days each stage may take are not
fixed by a document known to us and stand here as plain defaults.
"""

from yunshu.domains.evaluation.contracts import (
    SCORE_EDIT,
    TABLE_APPROVE,
    TABLE_COMMENT,
    TABLE_EDIT,
    TABLE_REVIEW,
)
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

OWNER, BUREAU, FINANCE = "owner", "bureau", "finance"
CODE = "evaluation.table"
_UNVERIFIED = "未见规定，默认值"


def _task(title: str, permission: Permission, role: str, days: int | None) -> TaskSpec:
    deadline = DeadlineSpec(amount=days, source=_UNVERIFIED) if days else None
    return TaskSpec(title=title, permission=permission.code, org_role=role, deadline=deadline)


def _step(
    verb: str,
    name: str,
    source: str,
    target: str,
    permission: Permission,
    role: str,
    *,
    needs_reason: bool = False,
    is_return: bool = False,
) -> Transition:
    return Transition(
        verb=verb,
        name=name,
        sources=(source,),
        target=target,
        permission=permission.code,
        org_role=role,
        needs_reason=needs_reason,
        is_return=is_return,
    )


LIFE = Flow(
    code=CODE,
    name=label("绩效目标表"),
    subject=label("绩效目标表"),
    initial="draft",
    states=(
        State(code="draft", name=label("填报中"), task=_task(label("填报绩效目标表"), TABLE_EDIT, OWNER, 10)),
        State(
            code="department_review",
            name=label("部门审核"),
            task=_task(label("部门审核绩效目标表"), TABLE_REVIEW, OWNER, 3),
        ),
        State(
            code="bureau_review",
            name=label("主管部门审核"),
            task=_task(label("主管部门审核绩效目标表"), TABLE_APPROVE, BUREAU, 5),
        ),
        State(
            code="finance_comment",
            name=label("财政审核"),
            task=_task(label("财政部门审核绩效目标表"), TABLE_COMMENT, FINANCE, 10),
        ),
        State(code="approved", name=label("已批复"), task=_task(label("启动绩效监控"), TABLE_EDIT, OWNER, 10)),
        State(
            code="monitoring",
            name=label("执行监控"),
            task=_task(label("登记执行情况，年末开展自评"), SCORE_EDIT, OWNER, None),
        ),
        State(code="adjusting", name=label("年中调整"), task=_task(label("调整绩效目标表"), TABLE_EDIT, OWNER, 10)),
        State(code="self_evaluation", name=label("绩效自评"), task=_task(label("完成绩效自评"), SCORE_EDIT, OWNER, 20)),
        State(code="self_review", name=label("自评审核"), task=_task(label("审核绩效自评"), TABLE_REVIEW, OWNER, 5)),
        State(code="archived", name=label("已归档"), final=True),
        State(code="withdrawn", name=label("已作废"), final=True),
    ),
    transitions=(
        _step("submit", label("提交审核"), "draft", "department_review", TABLE_EDIT, OWNER),
        _step("withdraw", label("作废"), "draft", "withdrawn", TABLE_EDIT, OWNER, needs_reason=True, is_return=True),
        _step(
            "recall", label("撤回"), "department_review", "draft", TABLE_EDIT, OWNER, needs_reason=True, is_return=True
        ),
        _step("pass_department", label("审核通过"), "department_review", "bureau_review", TABLE_REVIEW, OWNER),
        _step(
            "return_department",
            label("退回修改"),
            "department_review",
            "draft",
            TABLE_REVIEW,
            OWNER,
            needs_reason=True,
            is_return=True,
        ),
        _step("pass_bureau", label("审核通过"), "bureau_review", "finance_comment", TABLE_APPROVE, BUREAU),
        _step(
            "return_bureau",
            label("退回修改"),
            "bureau_review",
            "draft",
            TABLE_APPROVE,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
        _step("approve", label("批复"), "finance_comment", "approved", TABLE_COMMENT, FINANCE),
        _step(
            "return_finance",
            label("提出意见并退回"),
            "finance_comment",
            "draft",
            TABLE_COMMENT,
            FINANCE,
            needs_reason=True,
            is_return=True,
        ),
        _step("monitor", label("开始监控"), "approved", "monitoring", TABLE_EDIT, OWNER),
        _step("adjust", label("年中调整"), "monitoring", "adjusting", TABLE_EDIT, OWNER, needs_reason=True),
        _step("submit_adjusted", label("提交调整"), "adjusting", "bureau_review", TABLE_EDIT, OWNER),
        _step("evaluate", label("开始自评"), "monitoring", "self_evaluation", SCORE_EDIT, OWNER),
        _step("submit_score", label("提交自评"), "self_evaluation", "self_review", SCORE_EDIT, OWNER),
        _step(
            "return_score",
            label("退回自评"),
            "self_review",
            "self_evaluation",
            TABLE_REVIEW,
            OWNER,
            needs_reason=True,
            is_return=True,
        ),
        _step("archive", label("审核归档"), "self_review", "archived", TABLE_REVIEW, OWNER),
    ),
)
FROZEN_BY_SUBMIT = frozenset({"submit", "submit_adjusted"})
SIDE_STEPS = frozenset({"adjust"})
"""Steps that leave the usual way: their buttons are quiet beside the one that goes on."""
