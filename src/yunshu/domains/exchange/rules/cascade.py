"""The lives of returned data (回流) and of tasks from above; what differs between two catalogues.

Returned data: 政务数据共享条例 (upper levels return what lower levels need, "及时、完整回流"); the articles were read in
summaries only, the limits are rows of ``ClockRule``. The lives themselves are the house's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_DECIDE, REQUEST_EDIT
from yunshu.domains.exchange.rules.flows import step, task
from yunshu.domains.workflow.contracts import Flow, State
from yunshu.lib.kernel.labels import label

DEBT, TASK = "exchange.debt", "exchange.upper_task"
CREDITOR, SUPPLIER, BUREAU, OWNER = "creditor", "supplier", "bureau", "owner"
OWED, DENIED, DELIVERED, CLOSED, WITHDRAWN = "owed", "denied", "delivered", "closed", "withdrawn"
ASSIGNING, DOING, ANSWERED = "assigning", "doing", "answered"
DEBT_FINAL = frozenset({DELIVERED, CLOSED, WITHDRAWN})

DEBT_LIFE = Flow(
    code=DEBT,
    name=label("数据回流"),
    subject=label("数据回流"),
    initial=OWED,
    states=(
        State(code=OWED, name=label("待回流"), task=task(label("落实数据回流"), REQUEST_ANSWER, SUPPLIER, 20)),
        State(code=DENIED, name=label("不予回流"), task=task(label("接受或坚持回流"), REQUEST_EDIT, CREDITOR, 10)),
        State(code=DELIVERED, name=label("已回流"), final=True),
        State(code=CLOSED, name=label("已结束"), final=True),
        State(code=WITHDRAWN, name=label("已撤回"), final=True),
    ),
    transitions=(
        step("deliver", label("已回流"), OWED, DELIVERED, REQUEST_ANSWER, SUPPLIER, needs_reason=True),
        step("deny", label("不予回流"), OWED, DENIED, REQUEST_ANSWER, SUPPLIER, needs_reason=True, is_return=True),
        step("withdraw", label("不再需要"), OWED, WITHDRAWN, REQUEST_EDIT, CREDITOR, is_return=True),
        step("insist", label("坚持回流"), DENIED, OWED, REQUEST_EDIT, CREDITOR, needs_reason=True),
        step("accept", label("接受并结束"), DENIED, CLOSED, REQUEST_EDIT, CREDITOR),
    ),
)

TASK_LIFE = Flow(
    code=TASK,
    name=label("上级任务"),
    subject=label("上级任务"),
    initial=ASSIGNING,
    states=(
        State(code=ASSIGNING, name=label("待分派"), task=task(label("分派上级任务"), REQUEST_DECIDE, BUREAU, 2)),
        State(code=DOING, name=label("办理中"), task=task(label("办理上级任务"), REQUEST_ANSWER, OWNER, 10)),
        State(code=ANSWERED, name=label("待上级认定"), rests=True),
        State(code=CLOSED, name=label("已办结"), final=True),
    ),
    transitions=(
        step("assign", label("分派"), ASSIGNING, DOING, REQUEST_DECIDE, BUREAU),
        step("decline", label("直接答复上级"), ASSIGNING, ANSWERED, REQUEST_DECIDE, BUREAU, needs_reason=True),
        step("answer", label("答复"), DOING, ANSWERED, REQUEST_ANSWER, OWNER, needs_reason=True),
        step(
            "hand_back",
            label("不属本单位，退回"),
            DOING,
            ASSIGNING,
            REQUEST_ANSWER,
            OWNER,
            needs_reason=True,
            is_return=True,
        ),
        step("accepted", label("上级认可"), ANSWERED, CLOSED, REQUEST_DECIDE, BUREAU),
        step(
            "sent_back",
            label("上级退回"),
            ANSWERED,
            ASSIGNING,
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
    ),
)
FROM_ABOVE = frozenset({"accepted", "sent_back"})
"""Steps of a task that only the level above takes."""
DEBT_FROM_ABOVE = frozenset({"deliver", "deny"})
"""Steps of the province's debts that only the province takes."""

DEBT_TOLD = frozenset({"withdraw", "insist", "accept"})
"""Steps of the province's debts that it is told of."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An entry as one of two catalogues has it."""

    code: str
    version: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where two catalogues differ: ``missing`` above, ``stale`` above, or ``surplus`` above."""

    code: str
    what: str


def differences(ours: Iterable[Listed], theirs: Iterable[Mapping[str, object]]) -> list[Difference]:
    """Return what must be told again so that the upper catalogue is ours, in order of codes."""
    here = {each.code: each for each in ours}
    above = {str(each.get("code")): (each.get("version"), each.get("digest")) for each in theirs}
    found = [Difference(code=code, what="missing") for code in here.keys() - above.keys()]
    found += [
        Difference(code=code, what="stale")
        for code in here.keys() & above.keys()
        if (here[code].version, here[code].digest) != above[code]
    ]
    found += [Difference(code=code, what="surplus") for code in above.keys() - here.keys()]
    return sorted(found, key=lambda each: (each.code, each.what))
