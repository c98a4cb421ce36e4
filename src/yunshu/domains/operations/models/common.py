"""What several tables of operations share."""

import pgtrigger
from django.db.models import F, Q

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

TWO_PEOPLE = (Q(approver__isnull=False) & ~Q(approver=F("asker"))) | (
    Q(approver__isnull=True) & ~Q(approved_by=F("asked_by"))
)
"""Whoever approves is not who asked: by person, or by name where a program did it."""
