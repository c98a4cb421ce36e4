"""Cases of what was taken over by mistake go with it; the database lets them go for nothing else."""

from collections.abc import Sequence

from django.db import transaction

from yunshu.domains.workflow.models import Case, FlowEvent, Party, Task


@transaction.atomic
def take_back(*, flow: str, numbers: Sequence[str]) -> int:
    """Delete the cases of some subjects with their steps and tasks; return how many. Raises ProtectedError where more hangs on one."""
    cases = list(Case.objects.filter(flow=flow, number__in=numbers).values_list("pk", flat=True))
    Task.objects.filter(case__in=cases).delete()
    Party.objects.filter(case__in=cases).delete()
    FlowEvent.objects.filter(case__in=cases).delete()
    Case.objects.filter(pk__in=cases).delete()
    return len(cases)
