"""The numbers of rules: the city's row, else what ``rules.limits`` holds."""

from decimal import Decimal

from yunshu.domains.projects.models import Limit
from yunshu.domains.projects.rules import limits


def value(code: str) -> Decimal:
    """Return a limit's number; KeyError for a code that no rule has."""
    row = Limit.objects.filter(code=code, is_active=True).first()
    return row.value if row else limits.BY_CODE[code].value
