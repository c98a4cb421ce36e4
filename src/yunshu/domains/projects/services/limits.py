"""The numbers of rules, written as rows so that an official can correct them."""

from django.db import transaction

from yunshu.domains.projects.models import Limit
from yunshu.domains.projects.rules.limits import DEFAULTS


@transaction.atomic
def add_limits() -> list[bool]:
    """Write a row for each number that has none; say of each whether it is new. A row that stands is left alone."""
    return [
        Limit.objects.get_or_create(
            code=fact.code,
            defaults={
                "name": fact.name,
                "value": fact.value,
                "unit": fact.unit,
                "source": fact.source,
                "verified": fact.verified,
            },
        )[1]
        for fact in DEFAULTS
    ]
