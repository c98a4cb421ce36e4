"""Heartbeats: a target that reports by itself calls with its secret."""

from datetime import datetime

from django.db import transaction

from yunshu.domains.operations.choices import TargetState
from yunshu.domains.operations.models import Heartbeat, Target
from yunshu.domains.operations.services.targets import digest_of
from yunshu.lib.kernel.errors import NotFound


@transaction.atomic
def hear(*, secret: str, now: datetime) -> None:
    """Note a heartbeat; raise NotFound (``heartbeat_unknown``) for a secret that no watched target has."""
    row = Target.objects.filter(push_key=digest_of(secret), state=TargetState.ACTIVE, check_form__kind="push").first()
    if row is None:
        raise NotFound("heartbeat_unknown")
    Heartbeat.objects.update_or_create(target=row, defaults={"at": now})
