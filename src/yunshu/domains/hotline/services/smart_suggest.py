"""Suggestions for a ticket or a draft, kept append-only; never for a confidential report, never in the way of the desk.

A ticket's are made by a job right after it was registered; a draft's while an agent writes, within ``PATIENCE_S``: what is not ready by
then is left out, and the page says so.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import Kind
from yunshu.domains.hotline.choices_smart import Outcome, Suggested
from yunshu.domains.hotline.models import Prediction, PredictionUse, Ticket
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.selectors.lists import duty_rows
from yunshu.domains.hotline.services import smart_models
from yunshu.domains.hotline.services import smart_reading as reading
from yunshu.domains.hotline.services.smart_reading import Demand, Kit, Made
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.radar import Sighting
from yunshu.lib.triage import Departments

QUEUE = "smart"
"""Learned models take 200 MB and seconds to load: a worker of their own has them."""
PATIENCE_S = 2.0
JOB_PATIENCE_S = 60.0
LIKE_WITHIN = timedelta(days=10)
MOST_NEAR, MOST_GRAMS, SWEEP = 200, 40, 200
_apart = ThreadPoolExecutor(1, thread_name_prefix="smart")
_kept = reading.Kept()


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What was suggested in time; ``is_late``: what is learned was not ready."""

    made: Sequence[Made]
    is_late: bool


def waiting(now: datetime) -> list[str]:
    """Return the numbers of fresh tickets without suggestions, or without those that are learned (not ready in time), the oldest first."""
    learned = Prediction.objects.filter(ticket=OuterRef("pk"), kind=Suggested.DEPARTMENT)
    rows = selectors.learnable().filter(~Exists(learned), received_at__gt=now - timedelta(days=1))
    return list(rows.order_by("received_at", "pk").values_list("number", flat=True)[:SWEEP])


def suggest(number: str, *, now: datetime) -> int:
    """Make and keep the suggestions for a ticket; return how many are new. Safe to run twice; nothing for a confidential report."""
    row = selectors.learnable().select_related("category").filter(number=number).first()
    if row is None:
        return 0
    demand = demand_of(row)
    kit = _kit(demand, row.desk_id, now)
    advice = _in_time(demand, kit, JOB_PATIENCE_S)
    digest = digest_of(demand)
    with transaction.atomic():
        return sum(_keep(each, row, digest, now)[1] for each in advice.made)


def draft(*, by: Viewer, demand: Demand, desk: Org, now: datetime, is_confidential: bool) -> Advice:
    """Return suggestions for what is being written down, kept as shown to ``by``; of a confidential report only dangers, kept nowhere."""
    kit = _kit(demand, desk.pk, now)
    if is_confidential:
        return Advice(
            made=[each for each in reading.rules(demand, kit) if each.kind is Suggested.URGENCY], is_late=False
        )
    advice = _in_time(demand, kit, PATIENCE_S)
    digest = digest_of(demand)
    with transaction.atomic():
        show_all([_keep(each, None, digest, now)[0] for each in advice.made], by, now)
    return advice


def demand_of(row: Ticket) -> Demand:
    """Return what is read of a ticket."""
    return Demand(
        title=row.title,
        content=row.content,
        at=row.received_at,
        number=row.number,
        division=row.division,
        category=selectors.first_level(row.category.path) if row.category else "",
        code=row.category.code if row.category else "",
    )


def digest_of(demand: Demand) -> str:
    """Return the digest of what was read."""
    return sm3("\0".join((demand.title, demand.content, demand.division, demand.code)).encode()).hex()


def show_all(rows: Sequence[Prediction], by: Viewer, now: datetime) -> None:
    """Write down, once, that a person saw these suggestions."""
    if not isinstance(by, Staff):
        return
    shown = PredictionUse.objects.filter(prediction__in=rows, outcome=Outcome.SHOWN, person_id=by.person_id)
    seen = set(shown.values_list("prediction_id", flat=True))
    fresh = [
        PredictionUse(prediction=row, outcome=Outcome.SHOWN, person_id=by.person_id, by=by.name, at=now)
        for row in rows
        if row.pk not in seen
    ]
    if fresh:
        PredictionUse.objects.bulk_create(fresh, ignore_conflicts=True)


def _keep(made: Made, row: Ticket | None, digest: str, now: datetime) -> tuple[Prediction, bool]:
    rest = {"output": made.output, "first": made.first[:200], "is_sure": made.is_sure, "made_at": now}
    key = {"kind": made.kind, "version": made.version, "digest": digest}
    if row is None:
        return Prediction.objects.create(ticket=None, **key, **rest), True
    return Prediction.objects.get_or_create(ticket=row, **key, defaults=rest)


def _in_time(demand: Demand, kit: Kit, patience_s: float) -> Advice:
    """Return what rules say at once, and what is learned if it is ready in time; else it goes on loading for the next one."""
    made = reading.rules(demand, kit)
    ready: Future[list[Made]] = _apart.submit(lambda: reading.learned(demand, kit, smart_models.loaded(kit.version)))
    try:
        return Advice(made=[*made, *ready.result(timeout=patience_s)], is_late=False)
    except TooLate:
        return Advice(made=made, is_late=True)


def _kit(demand: Demand, desk_id: int, now: datetime) -> Kit:
    rows, version = duty_rows(clock.city_date(now)), smart_models.version_in_use()
    duties = tuple(reading.duties(rows, demand))
    key = (desk_id, version, duties)
    closed = () if _kept.is_fresh(key) else selectors.closed_tickets(desk_id)
    districts = Org.objects.filter(kind=Org.Kind.DISTRICT, is_active=True).exclude(division_code="")
    return Kit(
        version=version,
        gazetteer=selectors.gazetteer(),
        branches=selectors.branches(),
        duties=rows,
        near=near(demand, desk_id, now),
        districts=dict(districts.values_list("name", "division_code")),
        names=selectors.place_names(),
        departments=lambda models: _kept.get(key, lambda: Departments(duties, closed, models.department)),
    )


def near(demand: Demand, desk_id: int, now: datetime) -> list[Sighting]:
    """Return the tickets of the last days that share words with a demand: candidates for being the same."""
    grams = words.grams(f"{demand.title} {demand.content[:60]}")[:MOST_GRAMS]
    if not grams:
        return []
    asked = SearchQuery(" | ".join(f"'{gram}'" for gram in grams), search_type="raw", config="simple")
    rows = selectors.learnable().filter(desk_id=desk_id, received_at__gt=now - LIKE_WITHIN, search=asked)
    rows = rows.exclude(number=demand.number).exclude(kind=Kind.PRAISE)
    return [
        Sighting(number=row.number, at=row.received_at, title=row.title, body=row.content, area=row.division)
        for row in rows.order_by(SearchRank(F("search"), asked).desc(), "-received_at", "-pk")[:MOST_NEAR]
    ]
