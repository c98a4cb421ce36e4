"""What the database refuses, in words: each constraint of the money has a code and a sentence for the person.

The database decides; services do not repeat its sums. ``held`` runs a use case in a savepoint, has deferred
constraints checked at its end, and turns a violation into ``Refused`` with the figures the trigger gave.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.projects.rules import refusals
from yunshu.lib.kernel.errors import Refused

ZERO = Decimal(0)


@contextmanager
def held(spent_yuan: Decimal = ZERO) -> Iterator[None]:
    """Run a block; raise Refused with the code of the constraint that it violates (``rules.refusals``).

    ``spent_yuan`` is what the block takes from a budget line, so that a refusal can say what was there before.
    """
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        refusal = refused(error, spent_yuan)
        if refusal is None:
            raise
        raise refusal from error


def refused(error: IntegrityError, spent_yuan: Decimal = ZERO) -> Refused | None:
    """Return the refusal that a violated constraint stands for; None for one that is no rule of projects."""
    said = getattr(error.__cause__, "diag", None)
    rule = refusals.OF_CONSTRAINT.get(getattr(said, "constraint_name", None) or "")
    if said is None or rule is None:
        return None
    sentence = rule.paying if rule.paying and spent_yuan > 0 else rule.sentence
    return Refused(rule.code, _(sentence) % _figures(said.message_detail, spent_yuan), where=rule.where)


def _figures(detail: str | None, spent_yuan: Decimal) -> dict[str, str]:
    """Return the trigger's figures as texts, blanks where it gave none (a check constraint gives the row instead)."""
    try:
        facts: Mapping[str, Any] = json.loads(detail or "{}", parse_float=Decimal, parse_int=Decimal)
    except json.JSONDecodeError:
        facts = {}
    texts = {name: f"{value:,.2f}" if isinstance(value, Decimal) else str(value) for name, value in facts.items()}
    if "limit" in facts and "sum" in facts:
        texts["over"] = f"{facts['sum'] - facts['limit']:,.2f}"
        texts["left"] = f"{max(spent_yuan - (facts['sum'] - facts['limit']), ZERO):,.2f}"
    if "short" in facts:
        texts["left"] = f"{max(spent_yuan - facts['short'], ZERO):,.2f}"
    return {"limit": "", "sum": "", "over": "", "short": "", "left": "", "day": ""} | texts
