"""A change of how a promise of an approved table is measured, as a flow: asked for with a reason, decided by another person.

The rights are those of the mid-year adjustment (``rules.life``): whoever fills in the evidence asks, whoever approves tables
for the bureau decides.
"""

from yunshu.domains.evaluation.contracts import TABLE_APPROVE
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label

CODE = "evaluation.binding"
OWNER = "owner"
APPROVE, REFUSE = "approve", "refuse"
_TASK = TaskSpec(
    title=label("审批测量方式变更"),
    permission=TABLE_APPROVE.code,
    org_role=OWNER,
    deadline=DeadlineSpec(amount=5, source="未见规定，默认值"),
)


def _decision(verb: str, name: str, target: str, *, is_return: bool) -> Transition:
    return Transition(
        verb=verb,
        name=name,
        sources=("asked",),
        target=target,
        permission=TABLE_APPROVE.code,
        org_role=OWNER,
        needs_reason=is_return,
        is_return=is_return,
    )


REBINDING = Flow(
    code=CODE,
    name=label("测量方式变更"),
    subject=label("测量方式变更"),
    initial="asked",
    states=(
        State(code="asked", name=label("待审批"), task=_TASK),
        State(code="approved", name=label("已批准"), final=True),
        State(code="refused", name=label("未批准"), final=True),
    ),
    transitions=(
        _decision(APPROVE, label("批准变更"), "approved", is_return=False),
        _decision(REFUSE, label("不批准"), "refused", is_return=True),
    ),
)
