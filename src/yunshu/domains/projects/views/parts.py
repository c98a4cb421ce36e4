"""The rows of a contract's instalments: what was edited of amount and share counts."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yunshu.domains.projects import forms, services
from yunshu.domains.projects.rules import plans
from yunshu.domains.projects.views.writing import sent
from yunshu.lib.kernel.errors import Refused


def part_rows(request: HttpRequest, row: Any) -> Any:
    """Return the rows of the instalments as they stand, or as they were sent."""
    names = ("milestone", "kind", "percent", "amount_yuan", "due_on", "year")
    initial = [
        {n: getattr(part, n) for n in names} | {"required_evidence": "、".join(part.required_evidence)}
        for part in row.instalments.all()
    ]
    return forms.PartRows(sent(request), initial=initial, prefix="row")


def parts_of(rows: Any, whole: Decimal) -> list[services.PartSpec]:
    """Return the instalments as filled in; of amount and share the one that was edited counts.

    Raises Refused (``part_disagrees``) where both were edited and say different things.
    """
    found = []
    for ordinal, line in enumerate(rows, 1):
        data = dict(line.cleaned_data)
        if data.get("milestone"):
            data |= _edited(line, data, whole, ordinal)
            evidence = forms.words(data.pop("required_evidence"))
            found.append(services.PartSpec(**data | {"kind": data["kind"] or "progress"}, required_evidence=evidence))
    return found


def _edited(line: Any, data: dict[str, Any], whole: Decimal, ordinal: int) -> dict[str, Any]:
    """Return what of amount and share no longer counts, set to None."""
    amount, share = data["amount_yuan"], data["percent"]
    if amount is None or share is None or plans.agree(amount, share, whole):
        return {}
    edited = {"amount_yuan", "percent"} & set(line.changed_data)
    if edited == {"percent"}:
        return {"amount_yuan": None}
    if edited == {"amount_yuan"}:
        return {"percent": None}
    if not edited:
        return {}
    words = {
        "n": ordinal,
        "share": f"{share.normalize():f}",
        "sum": f"{amount:,.2f}",
        "of": f"{whole * share / 100:,.2f}",
    }
    raise Refused(
        "part_disagrees", _("第 %(n)s 期：比例 %(share)s%% 合 %(of)s 元，与金额 %(sum)s 元不一致，请只填一项。") % words
    )
