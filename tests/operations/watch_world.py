"""A small world of targets: a bureau with what it watches."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.factories.directory import OrgFactory

from yunshu.domains.directory.models import Org
from yunshu.domains.operations.choices import TargetKind, TargetState
from yunshu.domains.operations.models import Need, Target

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
_numbers = count(1)


def target(org: Org | None = None, **more: Any) -> Target:
    """A target being watched."""
    n = next(_numbers)
    words = {
        "number": f"JC-T-{n:04}",
        "code": f"t{n}",
        "name": f"测试对象{n}",
        "kind": TargetKind.SYSTEM,
        "state": TargetState.ACTIVE,
        "created_at": NOW,
    }
    return Target.objects.create(org=org or OrgFactory(), **(words | more))


def needs(one: Target, *upstreams: Target, group: str = "", least: int = 1) -> None:
    """``one`` needs others."""
    for upstream in upstreams:
        Need.objects.create(target=one, upstream=upstream, group=group, least=least)
