"""The door of operations for channels and higher domains."""

from collections.abc import Sequence
from datetime import datetime

from yunshu.domains.operations import reporting
from yunshu.domains.operations.reporting import PublicTarget
from yunshu.domains.operations.selectors import live
from yunshu.domains.operations.services.targets import NeedSpec, TargetSpec

__all__ = ["NeedSpec", "PublicTarget", "TargetSpec", "public_status"]


def public_status(now: datetime) -> Sequence[PublicTarget]:
    """Return what citizens may know of how services run."""
    return reporting.public_status(live.public_targets(), now)
