"""Trainings: what counts as held, attendance, the mark of a quiz. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from yunshu.domains.operations.rules.campaign import rate
from yunshu.lib.kernel.labels import label

PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
STATES = {PLANNED: label("已安排"), HELD: label("已举办"), CANCELLED: label("已取消")}
WAYS = {"qr": label("扫码"), "list": label("签到表录入")}
MOST_OPTIONS = 6
EARLY = timedelta(hours=1)
CODE = re.compile(r"[2-9A-Z]{10}")


def attendance(signed_in: int, invited: int) -> Decimal | None:
    """Return who came of those invited, in percent; None where nobody was invited by name."""
    return rate(signed_in, invited)


def mark(answers: Mapping[int, int], right: Mapping[int, int]) -> int:
    """Return the points (0 to 100, rounded down) of answers (question → option) against the right ones."""
    if not right:
        return 0
    return 100 * sum(answers.get(question) == option for question, option in right.items()) // len(right)


def options_of(text: str) -> Sequence[str]:
    """Return the options of a question from lines, blank ones left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def may_sign_in(at: datetime, starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether the code of a session may be used: from an hour before it begins until it ends."""
    return starts_at - EARLY <= at <= ends_at
