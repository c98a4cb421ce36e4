"""The life of a correction (数据异议, 校核): a wrong record is reported, verified at its source, corrected in every copy.

Steps: 政务数据共享条例 (2025-08-01): whoever uses shared data and doubts it asks for verification, the source verifies, corrects and
answers (校核申请). The articles were read in summaries only. The limit of verifying is a row of ``ClockRule``; supplement,
objection and mediation follow the house's request for data and have no source known to us.
"""

from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_DECIDE, REQUEST_EDIT
from yunshu.domains.exchange.rules.flows import step, task
from yunshu.domains.workflow.contracts import Flow, State
from yunshu.lib.kernel.labels import label

CODE = "exchange.correction"
REPORTER, SOURCE, BUREAU = "reporter", "source", "bureau"
VERIFYING, SUPPLEMENT, SPREADING, UPHELD, MEDIATING = "verifying", "supplement", "spreading", "upheld", "mediating"
SETTLED, CLOSED, WITHDRAWN = "settled", "closed", "withdrawn"
FINAL = frozenset({SETTLED, CLOSED, WITHDRAWN})

CORRECTION_LIFE = Flow(
    code=CODE,
    name=label("数据异议"),
    subject=label("数据异议"),
    initial=VERIFYING,
    states=(
        State(code=VERIFYING, name=label("待核实"), task=task(label("核实并更正数据异议"), REQUEST_ANSWER, SOURCE, 10)),
        State(code=SUPPLEMENT, name=label("待补充"), task=task(label("补充异议材料"), REQUEST_EDIT, REPORTER, 5)),
        State(code=SPREADING, name=label("更正送达中"), rests=True),
        State(code=UPHELD, name=label("核实无误"), task=task(label("接受或提出复核"), REQUEST_EDIT, REPORTER, 10)),
        State(code=MEDIATING, name=label("复核中"), task=task(label("复核数据异议"), REQUEST_DECIDE, BUREAU, 10)),
        State(code=SETTLED, name=label("已更正"), final=True),
        State(code=CLOSED, name=label("核实无误，已结束"), final=True),
        State(code=WITHDRAWN, name=label("已撤回"), final=True),
    ),
    transitions=(
        step("correct", label("已在来源更正"), VERIFYING, SPREADING, REQUEST_ANSWER, SOURCE, needs_reason=True),
        step(
            "uphold",
            label("核实无误"),
            VERIFYING,
            UPHELD,
            REQUEST_ANSWER,
            SOURCE,
            needs_reason=True,
            is_return=True,
        ),
        step(
            "ask_more",
            label("要求补充"),
            VERIFYING,
            SUPPLEMENT,
            REQUEST_ANSWER,
            SOURCE,
            needs_reason=True,
            is_return=True,
        ),
        step("withdraw", label("撤回异议"), VERIFYING, WITHDRAWN, REQUEST_EDIT, REPORTER, is_return=True),
        step("supplement", label("提交补充"), SUPPLEMENT, VERIFYING, REQUEST_EDIT, REPORTER, needs_reason=True),
        step("abandon", label("撤回异议"), SUPPLEMENT, WITHDRAWN, REQUEST_EDIT, REPORTER, is_return=True),
        step("settle", label("结束送达"), SPREADING, SETTLED, REQUEST_DECIDE, BUREAU, needs_reason=True),
        step("accept", label("接受并结束"), UPHELD, CLOSED, REQUEST_EDIT, REPORTER),
        step("object", label("提出复核"), UPHELD, MEDIATING, REQUEST_EDIT, REPORTER, needs_reason=True),
        step(
            "mediate_correct",
            label("认定应当更正"),
            MEDIATING,
            VERIFYING,
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
        ),
        step(
            "mediate_uphold",
            label("认定数据无误"),
            MEDIATING,
            CLOSED,
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
    ),
)
