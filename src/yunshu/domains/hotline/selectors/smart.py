"""Reading the intelligence: versions, what was suggested, how it did, what is learned from. Confidential reports are in nothing of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices_smart import Outcome, Suggested
from yunshu.domains.hotline.contracts import DESK_RIGHTS, SMART_MANAGE
from yunshu.domains.hotline.models import Category, Prediction, PredictionUse, SmartModel, Ticket
from yunshu.domains.hotline.rules import life, words
from yunshu.domains.hotline.rules.suggesting import Score
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.triage import Branch, Closed, Gazetteer, Listed, Report

MOST_CLOSED, MOST_ROWS, MONTHS = 1_500, 50_000, 12
SETTLED = (Outcome.ACCEPTED, Outcome.CORRECTED)


def models_for(viewer: Viewer) -> QuerySet[SmartModel]:
    """Return every version, for whoever works at the city's desk or manages its models."""
    return SmartModel.objects.all() if sees_models(viewer) else SmartModel.objects.none()


def sees_models(viewer: Viewer) -> bool:
    """Say whether the viewer holds a right at the organisation that runs the hotline."""
    desk = Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first()
    return desk is not None and any(viewer.may(right, desk.path) for right in (SMART_MANAGE, *DESK_RIGHTS))


def model_of(viewer: Viewer, version: str) -> SmartModel:
    """Return one version; raise NotFound (``model_not_found``)."""
    row = models_for(viewer).filter(version=version).first()
    if row is None:
        raise NotFound("model_not_found")
    return row


def learnable() -> QuerySet[Ticket]:
    """Return the tickets that the intelligence may look at: whole ones, never confidential."""
    return Ticket.objects.filter(is_confidential=False).exclude(relation__in=("assist", "split"))


def first_level(path: str) -> str:
    """Return the first level of a class's full name."""
    return path.split("/")[0].strip()


def predictions_of(row: Ticket) -> dict[str, Prediction]:
    """Return the newest suggestion of each kind for a ticket."""
    found: dict[str, Prediction] = {}
    for each in row.predictions.order_by("made_at", "pk"):
        found[each.kind] = each
    return found


def scores(since: datetime) -> list[Score]:
    """Return how suggestions did by kind, version and month, the newest month first."""
    settled = Q(uses__outcome__in=SETTLED)
    counted = (
        Prediction.objects.filter(made_at__gte=since)
        .order_by()
        .values("kind", "version", month=TruncMonth("made_at", tzinfo=CITY_ZONE))
        .annotate(
            made=Count("pk", distinct=True),
            settled=Count("uses", filter=settled, distinct=True),
            first=Count("uses", filter=Q(uses__outcome=Outcome.ACCEPTED), distinct=True),
            among=Count("uses", filter=settled & Q(uses__rank__gt=0), distinct=True),
        )
        .order_by("-month", "kind", "version")
    )
    return [
        Score(
            kind=str(Suggested(each["kind"]).label),
            version=each["version"],
            month=f"{each['month']:%Y-%m}",
            made=each["made"],
            settled=each["settled"],
            first=each["first"],
            among=each["among"],
        )
        for each in counted
    ]


def branches() -> list[Branch]:
    """Return the classes of matters with three levels (or two: the third is the second)."""
    parts = [path.split("/") for path in Category.objects.filter(is_active=True).values_list("path", flat=True)]
    return [Branch(p[0].strip(), p[1].strip(), p[-1].strip()) for p in parts if len(p) > 1]


def gazetteer() -> Gazetteer:
    """Return the divisions and townships of the city; a short form without its last character is known too."""
    rows = Org.objects.filter(kind__in=(Org.Kind.DISTRICT, Org.Kind.TOWNSHIP), is_active=True).select_related("parent")
    return Gazetteer(
        Listed(
            name=row.name,
            code=_place_code(row),
            inside=row.parent.division_code if row.parent else "",
            aliases=tuple(alias for alias in {row.name[:-1], row.name.removesuffix("街道")} if len(alias) > 1),
        )
        for row in rows
    )


def place_names() -> dict[str, str]:
    """Return the names of divisions and townships by the codes under which ``gazetteer`` lists them."""
    rows = Org.objects.filter(kind__in=(Org.Kind.DISTRICT, Org.Kind.TOWNSHIP), is_active=True)
    return {_place_code(row): row.name for row in rows}


def _place_code(row: Org) -> str:
    """Return a division's code; a township's own, for its division is that of the district around it."""
    return row.division_code if row.kind == Org.Kind.DISTRICT and row.division_code else row.code


def closed_tickets(desk_id: int) -> tuple[Closed, ...]:
    """Return the newest closed tickets of a desk, as the department's suggestion compares them."""
    rows = learnable().filter(desk_id=desk_id, state__in=(life.CLOSED, life.ARCHIVED), unit__isnull=False)
    return tuple(
        Closed(number=row["number"], title=row["title"], body=row["content"][:400], department=row["unit__name"])
        for row in rows.order_by("-closed_at", "-pk").values("number", "title", "content", "unit__name")[:MOST_CLOSED]
    )


def training_rows(*, corrections: bool, closed: bool) -> dict[str, list[tuple[Report, str]]]:
    """Return examples by kind: what people decided about suggestions, and closed tickets; telephone and identity numbers masked."""
    rows: dict[str, list[tuple[Report, str]]] = {"category": [], "department": []}
    if corrections:
        used = PredictionUse.objects.filter(
            outcome__in=SETTLED,
            prediction__kind__in=(Suggested.CATEGORY, Suggested.DEPARTMENT),
            prediction__ticket__is_confidential=False,
        ).exclude(value="")
        for use in used.select_related("prediction__ticket").order_by("-at", "-pk")[:MOST_ROWS]:
            if use.prediction.ticket is not None:
                rows[use.prediction.kind].append((report_of(use.prediction.ticket), use.value))
    if closed:
        found = learnable().filter(state__in=(life.CLOSED, life.ARCHIVED)).select_related("unit", "category")
        for row in found.order_by("-closed_at", "-pk")[:MOST_ROWS]:
            if row.category:
                rows["category"].append((report_of(row), first_level(row.category.path)))
            if row.unit:
                rows["department"].append((report_of(row), row.unit.name))
    return rows


def report_of(row: Ticket) -> Report:
    """Return a ticket's words as they are learned from."""
    return Report(title=words.mask_text(row.title), body=words.mask_text(row.content))


def since(now: datetime) -> datetime:
    """Return from when on suggestions are counted."""
    return now - timedelta(days=31 * MONTHS)


def category_codes(paths: Iterable[str]) -> dict[str, str]:
    """Return the codes of classes by their full names."""
    return dict(Category.objects.filter(path__in=list(paths), is_active=True).values_list("path", "code"))


def first_levels() -> dict[str, str]:
    """Return the first level of each class by its code."""
    return {
        code: first_level(path) for code, path in Category.objects.filter(is_active=True).values_list("code", "path")
    }


def org_codes(names: Iterable[str]) -> dict[str, str]:
    """Return the codes of organisations by their names."""
    return dict(Org.objects.filter(name__in=list(names), is_active=True).values_list("name", "code"))


def card_of(row: SmartModel) -> list[tuple[str, dict[str, Any]]]:
    """Return the parts of a model's card by what they learned."""
    return list(row.card.get("models", {}).items())
