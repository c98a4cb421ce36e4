"""Vantages: who looks, and whether it is at work."""

import math
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from yunshu.domains.operations.models import Vantage


@transaction.atomic
def reported(name: str, health: Mapping[str, float | bool], now: datetime) -> None:
    """Note what a vantage says of itself; one that is not known yet is added."""
    finite = {key: value if math.isfinite(value) else None for key, value in health.items()}
    row, _made = Vantage.objects.get_or_create(name=name, defaults={"title": name})
    Vantage.objects.filter(pk=row.pk).update(seen_at=now, health=finite)
