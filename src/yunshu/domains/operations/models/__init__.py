"""Tables of operations."""

from yunshu.domains.operations.models.targets import Need, Target
from yunshu.domains.operations.models.watching import Heartbeat, SampleSeal, Status, StatusChange, Vantage

__all__ = ["Heartbeat", "Need", "SampleSeal", "Status", "StatusChange", "Target", "Vantage"]
