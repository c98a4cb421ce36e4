"""The life of a catalogue entry: register, check, publish, change, retire.

Steps: 政务信息资源目录编制指南(试行) (编制、审核、发布、更新) and Guangdong's 公共数据资源登记细则(试行). How long each may take
is a row of ``ClockRule``; the amounts here are what holds where there is none.
"""

from yunshu.domains.exchange.contracts import CATALOGUE_CHECK, CATALOGUE_EDIT
from yunshu.domains.exchange.rules.flows import step, task
from yunshu.domains.workflow.contracts import Flow, State
from yunshu.lib.kernel.labels import label

CODE = "exchange.entry"
OWNER, BUREAU = "owner", "bureau"
PUBLISHED, CHANGING, DRAFT, RETIRED = "published", "changing", "draft", "retired"

ENTRY_LIFE = Flow(
    code=CODE,
    name=label("数据目录"),
    subject=label("数据目录"),
    initial=DRAFT,
    states=(
        State(code=DRAFT, name=label("编制中"), task=task(label("编制数据目录"), CATALOGUE_EDIT, OWNER, 10)),
        State(code="checking", name=label("待审核"), task=task(label("审核数据目录"), CATALOGUE_CHECK, BUREAU, 2)),
        State(code=PUBLISHED, name=label("已发布"), rests=True),
        State(code=CHANGING, name=label("变更中"), task=task(label("更新数据目录"), CATALOGUE_EDIT, OWNER, 10)),
        State(
            code="change_checking",
            name=label("变更待审核"),
            task=task(label("审核目录变更"), CATALOGUE_CHECK, BUREAU, 2),
        ),
        State(
            code="retire_checking",
            name=label("注销待审核"),
            task=task(label("审核目录注销"), CATALOGUE_CHECK, BUREAU, 2),
        ),
        State(code=RETIRED, name=label("已注销"), final=True),
        State(code="dropped", name=label("已撤销"), final=True),
    ),
    transitions=(
        step("submit", label("提交审核"), DRAFT, "checking", CATALOGUE_EDIT, OWNER),
        step("drop", label("撤销"), DRAFT, "dropped", CATALOGUE_EDIT, OWNER, needs_reason=True, is_return=True),
        step("publish", label("审核发布"), "checking", PUBLISHED, CATALOGUE_CHECK, BUREAU),
        step(
            "return", label("退回修改"), "checking", DRAFT, CATALOGUE_CHECK, BUREAU, needs_reason=True, is_return=True
        ),
        step("recall", label("撤回"), "checking", DRAFT, CATALOGUE_EDIT, OWNER, needs_reason=True, is_return=True),
        step("change", label("发起变更"), PUBLISHED, CHANGING, CATALOGUE_EDIT, OWNER, needs_reason=True),
        step("submit_change", label("提交变更"), CHANGING, "change_checking", CATALOGUE_EDIT, OWNER),
        step("give_up_change", label("放弃变更"), CHANGING, PUBLISHED, CATALOGUE_EDIT, OWNER, is_return=True),
        step("publish_change", label("审核发布"), "change_checking", PUBLISHED, CATALOGUE_CHECK, BUREAU),
        step(
            "return_change",
            label("退回修改"),
            "change_checking",
            CHANGING,
            CATALOGUE_CHECK,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
        step("ask_retire", label("申请注销"), PUBLISHED, "retire_checking", CATALOGUE_EDIT, OWNER, needs_reason=True),
        step("retire", label("同意注销"), "retire_checking", RETIRED, CATALOGUE_CHECK, BUREAU),
        step(
            "keep",
            label("不同意注销"),
            "retire_checking",
            PUBLISHED,
            CATALOGUE_CHECK,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
    ),
)
EDITABLE = frozenset({DRAFT, CHANGING})
SUBMITS = frozenset({"submit", "submit_change"})
PUBLISHES = frozenset({"publish", "publish_change"})
VISIBLE = frozenset({PUBLISHED, CHANGING, "change_checking", "retire_checking"})
"""Stages in which everybody who reads the catalogue sees the entry, as it was last published."""
