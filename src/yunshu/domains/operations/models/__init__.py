"""Tables of operations."""

from yunshu.domains.operations.models.targets import Need, Target

__all__ = ["Need", "Target"]
