"""What was taken over by mistake is taken back: organisations and people go again, while nothing depends on them.

The one place where rows of the directory are deleted; the trail keeps each with its last values (``DeleteEvent``).
"""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import ORG_EDIT, Viewer
from yunshu.domains.directory.models import Org, Person
from yunshu.lib.taking.undoing import depending


def dependents_of_orgs(codes: Sequence[str]) -> Counter[str]:
    """Return what refers to organisations, apart from each other."""
    return depending(Org, list(Org.objects.filter(code__in=codes).values_list("pk", flat=True)))


def dependents_of_people(numbers: Sequence[str]) -> Counter[str]:
    """Return what refers to people, and the accounts that they were given."""
    rows = Person.objects.filter(number__in=numbers)
    found = depending(Person, list(rows.values_list("pk", flat=True)))
    if count := rows.filter(account__isnull=False).count():
        found[_("已开通的账号")] += count
    return found


@transaction.atomic
def take_back_orgs(*, actor: Viewer, codes: Sequence[str]) -> None:
    """Delete organisations, the deepest first. Raises NotPermitted, and ProtectedError where something refers to one."""
    rows = list(Org.objects.select_for_update().filter(code__in=codes))
    for row in sorted(rows, key=lambda org: org.path.count("/"), reverse=True):
        actor.require(ORG_EDIT, row.path)
        row.delete()


@transaction.atomic
def take_back_people(*, actor: Viewer, numbers: Sequence[str]) -> None:
    """Delete people without an account. Raises NotPermitted, and ProtectedError where something refers to one."""
    rows = Person.objects.filter(number__in=numbers, account__isnull=True).select_related("org")
    for path in {row.org.path for row in rows}:
        actor.require(ORG_EDIT, path)
    rows.delete()
