"""The life of an informatisation project, from registration to retirement.

Order up to the approval: 揭府办〔2019〕34号 (application, check, third-party review, experts, approval); beyond it usual practice
of municipal projects. What has to lie there at a step is data (``DocumentRule``), as are the working days of a check
(``Limit``, codes ``days_…``). A project that is registered from papers starts where it stands: 登记所处阶段 with its basis.
"""

from collections.abc import Mapping

from yunshu.domains.projects.contracts import PROJECT_APPROVE, PROJECT_EDIT, REVIEW_ORGANISE
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, State, TaskSpec, Transition
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission

CODE = "projects.project"
OWNER, BUREAU = "owner", "bureau"
REGISTERED = "registered"
CHECKS = ("formal_check", "review", "meeting", "approval")
"""States in which the bureau has a number of days."""

_NAMES: tuple[tuple[str, str, str, Permission, str], ...] = (
    (REGISTERED, label("已登记，阶段待补"), label("开始申报或登记所处阶段"), PROJECT_EDIT, OWNER),
    ("application", label("需求申报"), label("编写并提交项目申报"), PROJECT_EDIT, OWNER),
    ("formal_check", label("形式审查"), label("审查项目申报材料"), PROJECT_APPROVE, BUREAU),
    ("review", label("第三方评审"), label("组织第三方评审"), REVIEW_ORGANISE, BUREAU),
    ("meeting", label("专家会"), label("组织专家会"), REVIEW_ORGANISE, BUREAU),
    ("approval", label("立项批复"), label("批复项目"), PROJECT_APPROVE, BUREAU),
    ("budget", label("预算下达"), label("落实项目预算"), PROJECT_APPROVE, BUREAU),
    ("procurement", label("采购"), label("采购并登记合同"), PROJECT_EDIT, OWNER),
    ("contract", label("合同备案"), label("合同备案"), PROJECT_EDIT, OWNER),
    ("start", label("开工实施"), label("实施项目并申请初步验收"), PROJECT_EDIT, OWNER),
    ("preliminary", label("初步验收"), label("初步验收后转试运行"), PROJECT_EDIT, OWNER),
    ("trial", label("试运行"), label("试运行后申请测评"), PROJECT_EDIT, OWNER),
    ("assessment", label("等保密评与软件测试"), label("完成等保、密评与软件测试"), PROJECT_EDIT, OWNER),
    ("final", label("竣工验收"), label("确认竣工验收"), PROJECT_APPROVE, BUREAU),
    ("settlement", label("结算"), label("办理结算"), PROJECT_EDIT, OWNER),
    ("performance", label("绩效评价"), label("完成绩效评价"), PROJECT_APPROVE, BUREAU),
    ("operation", label("运行维护"), label("运行维护，到期下线"), PROJECT_EDIT, OWNER),
)
_ENDS = (("retired", label("下线")), ("dropped", label("不予立项或已撤销")))
_ONWARD: tuple[tuple[str, str, str, str], ...] = (
    ("apply", label("开始申报"), REGISTERED, "application"),
    ("submit", label("提交申报"), "application", "formal_check"),
    ("pass_check", label("形式审查通过"), "formal_check", "review"),
    ("pass_review", label("评审通过，报专家会"), "review", "meeting"),
    ("pass_meeting", label("专家会通过"), "meeting", "approval"),
    ("approve", label("同意立项"), "approval", "budget"),
    ("fund", label("预算已落实"), "budget", "procurement"),
    ("award", label("采购完成"), "procurement", "contract"),
    ("begin", label("合同已备案，开工"), "contract", "start"),
    ("ask_preliminary", label("申请初步验收"), "start", "preliminary"),
    ("try_out", label("初步验收通过，试运行"), "preliminary", "trial"),
    ("ask_assessment", label("试运行结束"), "trial", "assessment"),
    ("ask_final", label("申请竣工验收"), "assessment", "final"),
    ("accept", label("竣工验收通过"), "final", "settlement"),
    ("settle", label("结算完成"), "settlement", "performance"),
    ("evaluate", label("绩效评价完成"), "performance", "operation"),
    ("retire", label("下线"), "operation", "retired"),
)
_BACK: tuple[tuple[str, str, str, str], ...] = (
    ("return_check", label("退回补正"), "formal_check", "application"),
    ("return_review", label("评审不通过，退回"), "review", "application"),
    ("return_meeting", label("专家会不通过，退回"), "meeting", "application"),
    ("refuse", label("不予立项"), "approval", "dropped"),
    ("withdraw", label("撤回申报"), "application", "dropped"),
    ("return_preliminary", label("初步验收不通过"), "preliminary", "start"),
    ("return_final", label("竣工验收不通过"), "final", "assessment"),
)
_STANDS: tuple[tuple[str, str], ...] = (
    ("budget", label("登记现状：预算下达")),
    ("procurement", label("登记现状：采购")),
    ("contract", label("登记现状：合同备案")),
    ("start", label("登记现状：开工实施")),
    ("trial", label("登记现状：试运行")),
    ("assessment", label("登记现状：测评")),
    ("settlement", label("登记现状：结算")),
    ("operation", label("登记现状：运行维护")),
)
_HOLDERS: Mapping[str, tuple[Permission, str]] = {code: (right, role) for code, _, _, right, role in _NAMES}


def _task(code: str, title: str, permission: Permission, role: str) -> TaskSpec:
    deadline = DeadlineSpec(amount=10, source="默认值，以项目规则参数为准") if code in CHECKS else None
    return TaskSpec(title=title, permission=permission.code, org_role=role, deadline=deadline)


def _step(verb: str, name: str, source: str, target: str, *, needs_reason: bool, is_return: bool) -> Transition:
    permission, role = _HOLDERS[source]
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
    name=label("信息化项目"),
    subject=label("信息化项目"),
    initial=REGISTERED,
    states=(
        *(State(code=c, name=n, task=_task(c, title, right, role)) for c, n, title, right, role in _NAMES),
        *(State(code=code, name=name, final=True) for code, name in _ENDS),
    ),
    transitions=(
        *(_step(*words, needs_reason=False, is_return=False) for words in _ONWARD),
        *(_step(*words, needs_reason=True, is_return=True) for words in _BACK),
        *(
            _step(f"stand_{target}", name, REGISTERED, target, needs_reason=True, is_return=True)
            for target, name in _STANDS
        ),
    ),
)
ORDER = (*(code for code, *_ in _NAMES[1:]), "retired")
"""The stages a project goes through, for the picture of its progress."""
STANDING = frozenset(f"stand_{target}" for target, _ in _STANDS)
DOCUMENTED = tuple((verb, name) for verb, name, _, _ in _ONWARD if verb != "apply")
"""Steps at which documents may be demanded."""
CONTRACTED = frozenset(ORDER[ORDER.index("contract") :])
"""The stages in which contracts are filed and paid."""


def proven_stage(*, filed: bool, preliminary: bool, final: bool) -> str:
    """Return the stage that the recorded facts show a project to have reached at least; empty if they show none."""
    if final:
        return "settlement"
    if preliminary:
        return "trial"
    return "contract" if filed else ""


def is_behind(stage: str, proven: str) -> bool:
    """Say whether a project's stage lags behind what the facts prove."""
    if not proven or stage in {"dropped", "retired"}:
        return False
    return stage == REGISTERED or ORDER.index(stage) < ORDER.index(proven)
