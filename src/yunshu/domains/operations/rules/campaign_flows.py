"""What waits for whom in a campaign: a unit that must sign, an approver who must decide. Walked by the workflow's engine.

The days are the house's defaults; no rule gives them.
"""

from yunshu.domains.operations.contracts import CAMPAIGN_APPROVE, CAMPAIGN_EDIT, TERMINAL_SIGN
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

BUREAU, UNIT = "bureau", "unit"
HANDOVER, CHANGE, EXCEPTION = "operations.handover", "operations.base_change", "operations.exception"
RESTING, TO_SIGN, OVER = "resting", "to_sign", "over"
PROPOSED, APPROVED, REFUSED, OPEN, CLOSED = "proposed", "approved", "refused", "open", "closed"
DEFAULT = "默认值，未见规定"


def _task(title: str, permission: Permission, role: str, days: int) -> TaskSpec:
    return TaskSpec(
        title=title,
        permission=permission.code,
        org_role=role,
        deadline=DeadlineSpec(amount=days, source=DEFAULT),
    )


def _step(verb: str, name: str, source: str, target: str, permission: Permission, role: str) -> Transition:
    return Transition(verb=verb, name=name, sources=(source,), target=target, permission=permission.code, org_role=role)


HANDING_OVER = Flow(
    code=HANDOVER,
    name=label("终端签收"),
    subject=label("终端签收"),
    initial=RESTING,
    states=(
        State(code=RESTING, name=label("没有待签收"), rests=True),
        State(code=TO_SIGN, name=label("待单位签收"), task=_task(label("签收办公终端"), TERMINAL_SIGN, UNIT, 5)),
        State(code=OVER, name=label("已完成"), final=True),
    ),
    transitions=(
        _step("deliver", label("送达"), RESTING, TO_SIGN, CAMPAIGN_EDIT, BUREAU),
        _step("settle", label("签收完毕"), TO_SIGN, RESTING, TERMINAL_SIGN, UNIT),
        _step("finish", label("任务完成"), RESTING, OVER, CAMPAIGN_APPROVE, BUREAU),
    ),
)
CHANGING_BASE = Flow(
    code=CHANGE,
    name=label("基数变更"),
    subject=label("基数变更"),
    initial=PROPOSED,
    states=(
        State(code=PROPOSED, name=label("待审批"), task=_task(label("审批基数变更"), CAMPAIGN_APPROVE, BUREAU, 5)),
        State(code=APPROVED, name=label("已批准"), final=True),
        State(code=REFUSED, name=label("未批准"), final=True),
    ),
    transitions=(
        _step("approve", label("批准"), PROPOSED, APPROVED, CAMPAIGN_APPROVE, BUREAU),
        _step("refuse", label("不批准"), PROPOSED, REFUSED, CAMPAIGN_APPROVE, BUREAU),
    ),
)
EXCEPTING = Flow(
    code=EXCEPTION,
    name=label("替代例外"),
    subject=label("替代例外"),
    initial=PROPOSED,
    states=(
        State(code=PROPOSED, name=label("待审批"), task=_task(label("审批替代例外"), CAMPAIGN_APPROVE, BUREAU, 5)),
        State(code=OPEN, name=label("例外有效"), rests=True),
        State(code=CLOSED, name=label("已销案"), final=True),
        State(code=REFUSED, name=label("未批准"), final=True),
    ),
    transitions=(
        _step("approve", label("批准"), PROPOSED, OPEN, CAMPAIGN_APPROVE, BUREAU),
        _step("refuse", label("不批准"), PROPOSED, REFUSED, CAMPAIGN_APPROVE, BUREAU),
        _step("close", label("销案"), OPEN, CLOSED, CAMPAIGN_EDIT, BUREAU),
    ),
)
FLOWS = (HANDING_OVER, CHANGING_BASE, EXCEPTING)
