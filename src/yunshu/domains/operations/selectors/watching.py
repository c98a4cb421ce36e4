"""What the probers' process reads: which targets to look at and how, what needs what, who was heard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import structlog
from django.db.models import Max

from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import TargetState
from yunshu.domains.operations.models import Heartbeat, Need, SampleSeal, Status, Target
from yunshu.lib import availability, probe
from yunshu.lib.availability import Boundary, Policy, Span
from yunshu.lib.kernel.clock import CITY_ZONE

log = structlog.get_logger()
FOREVER = 2**40


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A target as its probers and judges need it; plain values, so that it can be kept on disk."""

    number: str
    check_form: Mapping[str, Any]
    interval_s: int = 30
    timeout_s: int = 5
    confirm: int = 1
    slow_ms: int | None = None
    boundary: str = Boundary.MIDPOINT.value
    in_service_on: str = ""
    retired_on: str = ""

    @property
    def policy(self) -> Policy:
        """How its samples are read."""
        return Policy(
            interval_s=self.interval_s,
            confirm=self.confirm,
            boundary=Boundary(self.boundary),
            degraded_above_ms=self.slow_ms,
        )

    def out_of_service(self) -> list[Span]:
        """Return the spans before it was put into service and since it was retired."""
        spans = [Span(0, midnight(self.in_service_on))] if self.in_service_on else []
        return [*spans, Span(midnight(self.retired_on), FOREVER)] if self.retired_on else spans

    def to_probe(self) -> probe.Target | None:
        """Return what the prober looks at; None where no address is known, or it cannot be meant (logged)."""
        try:
            check = checks.opened(self.check_form)
            return probe.Target(self.number, check, self.interval_s, float(self.timeout_s)) if check else None
        except probe.BadTarget as error:
            log.warning("operations.target_not_probed", target=self.number, error=str(error))
            return None


def midnight(day: date | str) -> int:
    """Return the second at which a day begins in the city."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return int(datetime.combine(on, time(), CITY_ZONE).timestamp())


def as_watched(target: Target) -> Watched:
    """Return a target as the probers see it."""
    return Watched(
        number=target.number,
        check_form=target.check_form,
        interval_s=target.interval_s,
        timeout_s=min(target.timeout_s, target.interval_s),
        confirm=target.confirm,
        slow_ms=target.slow_ms,
        boundary=target.boundary,
        in_service_on=target.in_service_on.isoformat() if target.in_service_on else "",
        retired_on=target.retired_on.isoformat() if target.retired_on else "",
    )


def watched() -> list[Watched]:
    """Return every target that is being watched."""
    return [as_watched(t) for t in Target.objects.filter(state=TargetState.ACTIVE).order_by("number")]


def needs_of(rows: Iterable[Need]) -> dict[str, availability.Need]:
    """Return needs by target: those without a group are all needed, of a group ``least``."""
    singles: dict[str, list[str]] = {}
    groups: dict[str, dict[str, list[Need]]] = {}
    for row in rows:
        if row.group:
            groups.setdefault(row.target.number, {}).setdefault(row.group, []).append(row)
        else:
            singles.setdefault(row.target.number, []).append(row.upstream.number)
    out: dict[str, availability.Need] = {}
    for number in {*singles, *groups}:
        members: list[str | availability.Need] = [*sorted(singles.get(number, ()))]
        for _name, same in sorted(groups.get(number, {}).items()):
            names = sorted(row.upstream.number for row in same)
            members.append(availability.k_of_n(min(max(row.least for row in same), len(names)), *names))
        out[number] = availability.series(*members)
    return out


def need_rows() -> list[Need]:
    """Return every need between targets that are not retired."""
    rows = Need.objects.exclude(target__state=TargetState.RETIRED).exclude(upstream__state=TargetState.RETIRED)
    return list(rows.select_related("target", "upstream"))


def revision() -> tuple[int, int]:
    """Return what grows with every change of a target or a need: the history's triggers see them all."""
    target, need = Target.events.rel.related_model, Need.events.rel.related_model  # type: ignore[attr-defined]
    newest = [model.objects.aggregate(n=Max("pgh_id"))["n"] or 0 for model in (target, need)]
    return newest[0], newest[1]


def conditions() -> dict[str, tuple[str, int, str]]:
    """Return the stored condition by number: what, since which second, by which cause."""
    rows = Status.objects.values_list("target__number", "condition", "since", "cause__number")
    return {number: (what, int(since.timestamp()), cause or "") for number, what, since, cause in rows}


def heard_after(at: datetime) -> list[tuple[str, datetime]]:
    """Return the heartbeats that came after ``at``, in their order."""
    return list(Heartbeat.objects.filter(at__gt=at).order_by("at").values_list("target__number", "at"))


def seals_of(day: date) -> set[tuple[str, int, int]]:
    """Return kind, shard and generation of a day's files that are on the ledger."""
    return set(SampleSeal.objects.filter(day=day).values_list("kind", "shard", "generation"))
