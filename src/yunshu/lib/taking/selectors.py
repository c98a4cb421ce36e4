"""Reading the journal for pages; only who may see it, and then all of it."""

from typing import Any

from django.db.models import QuerySet

from yunshu.lib.taking.contracts import TAKING_VIEW
from yunshu.lib.taking.models import Row, Run


def visible_runs(viewer: Any) -> QuerySet[Run]:
    """Return every run, the newest first, to who may see them."""
    return Run.objects.all() if viewer.may(TAKING_VIEW) else Run.objects.none()


def rows_of(viewer: Any, number: str) -> QuerySet[Row]:
    """Return the rows of a run."""
    return Row.objects.filter(run__in=visible_runs(viewer).filter(number=number))
