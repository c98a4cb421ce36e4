"""Duties that must not meet in one person: system, security and audit administrators are three people.

Source: GB/T 22239-2019 8.1.4.2 d (separation of administrators' rights) and 8.1.5 (security management centre: system, audit and
security management). Triggers and checks of migrations 0004 and 0005 decide, so that no way around the services exists; here
their answer becomes a sentence.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory import rules
from yunshu.lib.kernel.errors import Refused

CONSTRAINT = "directory_duties_separated"
NAMES = {"system": _l("系统管理"), "security": _l("安全管理"), "audit": _l("审计管理")}


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


def of_one_duty(permissions: Iterable[str]) -> None:
    """Raise Refused (``duties_gathered``) if some permissions belong to the duties of two administrators."""
    duties = rules.duties_of(permissions)
    if len(duties) > 1:
        names = "、".join(str(NAMES[duty]) for duty in duties)
        message = _("职责分立：同一角色或密钥不能同时含有%(names)s的权限，请分为不同的角色，授予不同的人。")
        raise Refused("duties_gathered", message % {"names": names}, where="permissions")
