"""Duties that must not meet in one person: system, security and audit administrators are three people.

Source: GB/T 22239-2019 8.1.5 (security management centre: system, audit and security management). A trigger
of migration 0004 decides, so that no way around the services exists; here its answer becomes a sentence.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused

CONSTRAINT = "directory_duties_separated"


@contextmanager
def duties_separated() -> Iterator[None]:
    """Run a write that gives somebody a role. Raises Refused (``duties_separated``) if the trigger refuses it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != CONSTRAINT:
            raise
        message = _(
            "职责分立：系统管理、安全管理、审计管理须由三个人分别担任，任何人不得兼任其中两种，接受委托也不行。"
            "请先收回已有角色或委托，或改授他人。"
        )
        raise Refused("duties_separated", message) from error
