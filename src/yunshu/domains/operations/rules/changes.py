"""The life of a change: asked for, approved by somebody else before it starts, begun, finished; or called off."""

from yunshu.domains.operations.contracts import CHANGE_APPROVE, CHANGE_EDIT
from yunshu.domains.operations.rules.incidents import step, task
from yunshu.domains.workflow.contracts import Flow, State
from yunshu.lib.kernel.labels import label

CODE = "operations.change"
ASKER = "asker"
ASKED, APPROVED, RUNNING, FINISHED, REFUSED, CANCELLED = (
    "asked",
    "approved",
    "running",
    "finished",
    "refused",
    "cancelled",
)

CHANGE_LIFE = Flow(
    code=CODE,
    name=label("变更窗口"),
    subject=label("变更单"),
    initial=ASKED,
    states=(
        State(code=ASKED, name=label("待审批"), task=task(label("审批变更窗口"), CHANGE_APPROVE, ASKER)),
        State(code=APPROVED, name=label("已批准"), task=task(label("开始实施变更"), CHANGE_EDIT, ASKER)),
        State(code=RUNNING, name=label("实施中"), task=task(label("登记变更结果"), CHANGE_EDIT, ASKER)),
        State(code=FINISHED, name=label("已完成"), final=True),
        State(code=REFUSED, name=label("未批准"), final=True),
        State(code=CANCELLED, name=label("已取消"), final=True),
    ),
    transitions=(
        step("approve", label("批准"), (ASKED,), APPROVED, CHANGE_APPROVE, ASKER),
        step("refuse", label("不批准"), (ASKED,), REFUSED, CHANGE_APPROVE, ASKER, "rb"),
        step("cancel", label("取消"), (ASKED, APPROVED), CANCELLED, CHANGE_EDIT, ASKER, "rb"),
        step("begin", label("开始实施"), (APPROVED,), RUNNING, CHANGE_EDIT, ASKER),
        step("finish", label("完成"), (RUNNING,), FINISHED, CHANGE_EDIT, ASKER, "r"),
    ),
)
OPEN = frozenset({ASKED, APPROVED, RUNNING})
