"""Acceptance evidence of a system: test cases, what their last run says, what stands against signing off. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from yunshu.domains.operations.rules.campaign import rate
from yunshu.lib.kernel.labels import label

PASS, FAIL, BLOCKED = "pass", "fail", "blocked"
RESULTS = {PASS: label("通过"), FAIL: label("不通过"), BLOCKED: label("受阻")}
KINDS = {
    "install": label("部署测试"),
    "function": label("功能测试"),
    "compatibility": label("兼容性测试"),
    "performance": label("性能测试"),
    "security": label("安全测试"),
}
DRAFT, RUNNING, SIGNED_OFF = "draft", "running", "signed_off"
STATES = {DRAFT: label("编制中"), RUNNING: label("测试中"), SIGNED_OFF: label("已签认")}
OPEN, FIXED, CLOSED, ACCEPTED = "open", "fixed", "closed", "accepted"
DEFECTS = {OPEN: label("待修复"), FIXED: label("待复测"), CLOSED: label("复测通过"), ACCEPTED: label("带缺陷接受")}
SEVERITIES = {"blocker": label("致命"), "major": label("严重"), "minor": label("一般"), "trivial": label("轻微")}
ACCEPTABLE = frozenset({"minor", "trivial"})
"""Severities of a defect with which a system may be accepted, with a reason and an approver."""


@dataclass(frozen=True)
class CaseFacts:
    """A case: whether it is demanded, the result of its last run (empty: never run), its defects that are not settled."""

    code: str
    is_required: bool
    result: str
    unsettled: int


def passed(cases: Sequence[CaseFacts]) -> tuple[int, int]:
    """Return how many demanded cases passed, of how many; one with an unsettled defect has not passed."""
    demanded = [c for c in cases if c.is_required]
    return sum(c.result == PASS and not c.unsettled for c in demanded), len(demanded)


def pass_rate(cases: Sequence[CaseFacts]) -> Decimal | None:
    """Return the share of the demanded cases that passed in percent, rounded down; None where none is demanded."""
    return rate(*passed(cases))


def objections(cases: Sequence[CaseFacts]) -> list[str]:
    """Return the codes of what stands against signing off: nothing to sign, cases not passed, defects unsettled."""
    good, demanded = passed(cases)
    found = [] if demanded else ["no_cases"]
    if good < demanded:
        found.append("cases_not_passed")
    if any(c.unsettled for c in cases):
        found.append("defects_open")
    return found
