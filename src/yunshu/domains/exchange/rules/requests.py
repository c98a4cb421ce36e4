"""The life of a request for data: compliance check, the owner's answer, agreement; negotiation and the dispute ladder.

Order of steps: 政务数据共享条例 (2025-08-01): compliance check by the applicant's data bureau, answer of the owner, and
where they disagree negotiation, the data bureau of the same level, then the common superior (三层争议解决). The articles
were read in summaries only. Every limit is a row of ``ClockRule``; the amounts here hold where there is none.
"""

from yunshu.domains.exchange.contracts import REQUEST_ANSWER, REQUEST_CHECK, REQUEST_DECIDE, REQUEST_EDIT
from yunshu.domains.exchange.rules.flows import step, task
from yunshu.domains.workflow.contracts import Flow, State
from yunshu.lib.kernel.labels import label

CODE = "exchange.request"
APPLICANT, OWNER, BUREAU = "applicant", "owner", "bureau"
DRAFT, CHECKING, ANSWERING, ANSWERING_PLAIN = "draft", "checking", "answering", "answering_plain"
GRANTED, REFUSED, SUPPLEMENT = "granted", "refused", "supplement"

REQUEST_LIFE = Flow(
    code=CODE,
    name=label("共享申请"),
    subject=label("共享申请"),
    initial=DRAFT,
    states=(
        State(code=DRAFT, name=label("填写中"), task=task(label("填写并提交共享申请"), REQUEST_EDIT, APPLICANT, None)),
        State(
            code=CHECKING, name=label("合规性审查"), task=task(label("审查共享申请的合规性"), REQUEST_CHECK, BUREAU, 2)
        ),
        State(code=SUPPLEMENT, name=label("待补正"), task=task(label("补正共享申请"), REQUEST_EDIT, APPLICANT, 5)),
        State(
            code=ANSWERING_PLAIN,
            name=label("待答复（无条件共享）"),
            task=task(label("答复无条件共享申请"), REQUEST_ANSWER, OWNER, 1),
        ),
        State(
            code=ANSWERING,
            name=label("待答复（有条件共享）"),
            task=task(label("答复有条件共享申请"), REQUEST_ANSWER, OWNER, 10),
        ),
        State(code=REFUSED, name=label("不予共享"), task=task(label("接受或提出协商"), REQUEST_EDIT, APPLICANT, 10)),
        State(code="negotiating", name=label("协商中"), task=task(label("协商后重新答复"), REQUEST_ANSWER, OWNER, 10)),
        State(code="mediating", name=label("同级协调"), task=task(label("协调共享争议"), REQUEST_DECIDE, BUREAU, 10)),
        State(
            code="escalated",
            name=label("报请上级协调"),
            task=task(label("登记上级协调结果"), REQUEST_DECIDE, BUREAU, 30),
        ),
        State(code=GRANTED, name=label("已同意"), final=True),
        State(code="closed_refused", name=label("未同意，已结束"), final=True),
        State(code="withdrawn", name=label("已撤回"), final=True),
    ),
    transitions=(
        step("submit", label("提交"), DRAFT, CHECKING, REQUEST_EDIT, APPLICANT),
        step("withdraw", label("撤回申请"), DRAFT, "withdrawn", REQUEST_EDIT, APPLICANT, is_return=True),
        step("give_up", label("撤回申请"), CHECKING, "withdrawn", REQUEST_EDIT, APPLICANT, is_return=True),
        step(
            "ask_supplement",
            label("要求补正"),
            CHECKING,
            SUPPLEMENT,
            REQUEST_CHECK,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
        step("supplement", label("提交补正"), SUPPLEMENT, CHECKING, REQUEST_EDIT, APPLICANT),
        step("abandon", label("撤回申请"), SUPPLEMENT, "withdrawn", REQUEST_EDIT, APPLICANT, is_return=True),
        step("pass_plain", label("审查通过"), CHECKING, ANSWERING_PLAIN, REQUEST_CHECK, BUREAU),
        step("pass_conditional", label("审查通过"), CHECKING, ANSWERING, REQUEST_CHECK, BUREAU),
        step("grant_plain", label("同意"), ANSWERING_PLAIN, GRANTED, REQUEST_ANSWER, OWNER),
        step("grant", label("同意"), ANSWERING, GRANTED, REQUEST_ANSWER, OWNER),
        step("refuse", label("不同意"), ANSWERING, REFUSED, REQUEST_ANSWER, OWNER, needs_reason=True, is_return=True),
        step("negotiate", label("提出协商"), REFUSED, "negotiating", REQUEST_EDIT, APPLICANT, needs_reason=True),
        step("accept_refusal", label("接受并结束"), REFUSED, "closed_refused", REQUEST_EDIT, APPLICANT, is_return=True),
        step("grant_negotiated", label("协商同意"), "negotiating", GRANTED, REQUEST_ANSWER, OWNER),
        step(
            "refuse_negotiated",
            label("协商不成"),
            "negotiating",
            "mediating",
            REQUEST_ANSWER,
            OWNER,
            needs_reason=True,
            is_return=True,
        ),
        step(
            "mediate_grant",
            label("裁定应当共享"),
            "mediating",
            ANSWERING_PLAIN,
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
        ),
        step(
            "mediate_refuse",
            label("裁定可以不共享"),
            "mediating",
            "closed_refused",
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
        step("escalate", label("报请上级"), "mediating", "escalated", REQUEST_DECIDE, BUREAU, needs_reason=True),
        step(
            "superior_grant",
            label("上级决定共享"),
            "escalated",
            ANSWERING_PLAIN,
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
        ),
        step(
            "superior_refuse",
            label("上级决定不共享"),
            "escalated",
            "closed_refused",
            REQUEST_DECIDE,
            BUREAU,
            needs_reason=True,
            is_return=True,
        ),
    ),
)
PASSES = frozenset({"pass_plain", "pass_conditional"})
GRANTS = frozenset({"grant", "grant_plain", "grant_negotiated"})
REFUSALS = frozenset({"refuse", "refuse_negotiated"})
EDITABLE = frozenset({DRAFT, SUPPLEMENT})
SUBMITS = frozenset({"submit", "supplement"})
