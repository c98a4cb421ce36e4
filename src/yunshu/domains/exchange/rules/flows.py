"""Short hands for writing flows."""

from yunshu.domains.workflow.contracts import Clock, DeadlineSpec, TaskSpec, Transition
from yunshu.lib.kernel.permissions import Permission

DEFAULT = "默认值，以时限规则表为准"


def task(title: str, permission: Permission, role: str, days: int | None) -> TaskSpec:
    """The task of a state, with working days where no clock rule says otherwise."""
    deadline = DeadlineSpec(amount=days, source=DEFAULT) if days else None
    return TaskSpec(title=title, permission=permission.code, org_role=role, deadline=deadline)


def step(
    verb: str,
    name: str,
    source: str,
    target: str,
    permission: Permission,
    role: str,
    *,
    needs_reason: bool = False,
    is_return: bool = False,
    clock: Clock = Clock.KEEP,
) -> Transition:
    """One verb from one state."""
    return Transition(
        verb=verb,
        name=name,
        sources=(source,),
        target=target,
        permission=permission.code,
        org_role=role,
        needs_reason=needs_reason,
        is_return=is_return,
        clock=clock,
    )
