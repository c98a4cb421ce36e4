"""Writing the workflow: one function, one use case, one transaction."""

from yunshu.domains.workflow.services.holding import extend, hand_over, own_deadline, release_all, take_all
from yunshu.domains.workflow.services.moving import Subject, act, resume, start
from yunshu.domains.workflow.services.taking import take_back
from yunshu.domains.workflow.services.watching import answer_supervision, recalculate, remind, supervise

__all__ = [
    "Subject",
    "act",
    "answer_supervision",
    "extend",
    "hand_over",
    "own_deadline",
    "recalculate",
    "release_all",
    "remind",
    "resume",
    "start",
    "supervise",
    "take_all",
    "take_back",
]
