"""The door of operations for channels and higher domains."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.cache import cache
from django.utils.translation import get_language

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations import reporting
from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.reporting import PublicTarget
from yunshu.domains.operations.selectors import live
from yunshu.domains.operations.services import importing
from yunshu.domains.operations.services.targets import NeedSpec, TargetSpec

__all__ = ["NeedSpec", "PublicTarget", "TargetSpec", "add_missing_targets", "public_status", "target_kinds"]


PUBLIC_KEPT_S = 60


def public_status(now: datetime) -> Sequence[PublicTarget]:
    """Return what citizens may know of how services run; drawn anew once a minute, and when a condition changes."""
    targets = list(live.public_targets())
    facts = "\n".join(f"{t.number} {t.name} {getattr(t, 'status', '')} {live.since(t)}" for t in targets)
    key = f"operations.public.{get_language()}.{hashlib.sha256(facts.encode()).hexdigest()}"
    found: Sequence[PublicTarget] | None = cache.get(key)
    if found is None:
        found = reporting.public_status(targets, now)
        cache.set(key, found, PUBLIC_KEPT_S)
    return found


def target_kinds() -> list[str]:
    """Return the kinds of what is watched."""
    return list(TargetKind.values)


def add_missing_targets(*, actor: Viewer, lines: Sequence[Mapping[str, str]], now: datetime) -> int:
    """Enter targets whose code is not known yet, all or none; return how many. The lines' fields are the sheet's.

    Raises NotPermitted and Refused (``rows_bad``, naming the line and why).
    """
    return importing.write_missing(actor, [dict(line) for line in lines], now)
