"""Measurements for the performance table: how available what the organisation promises was."""

import hashlib
from collections.abc import Collection, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.selectors import figures
from yunshu.domains.operations.selectors.figures import Figure, Lines
from yunshu.domains.operations.selectors.targets import counted_targets, planned_targets
from yunshu.lib.availability import percent
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Measurement, Metric, Record, Scope

PLACES = Decimal("0.0001")
SYSTEMS = (TargetKind.SYSTEM, TargetKind.SITE, TargetKind.ENDPOINT)
NETWORK = (TargetKind.LINE, TargetKind.ROOM, TargetKind.CLOUD, TargetKind.DEVICE)


def availability_of(scope: Scope, kinds: Collection[str], code: str) -> Measurement:
    """Return the share (%) of due seconds in which the organisation's targets of some kinds were there.

    ``value`` is the low bound: what is not known counts as down, so a promise passes only if it is proven. ``extra["scope"]``
    narrows to targets with that label. A target of which nothing at all is known in the period is not counted, but named.
    """
    now = clock.now()
    period = figures.days(scope.starts_on, scope.ends_on, now)
    label = scope.extra.get("scope", "")
    rows = list(counted_targets(scope.org_code, kinds, label)) if period.end > period.start else []
    found = Lines(period).figures(rows) if rows else []
    known = [f for f in found if f.is_known and f.seen.due_s]
    silent = [f.target.name for f in found if not f.is_known]
    due = sum(f.seen.due_s for f in known)
    proven = sum(f.seen.up_s + f.seen.degraded_s for f in known)
    unknown = sum(f.seen.unknown_s for f in known)
    low, high = _bound(proven, due, ROUND_FLOOR), _bound(proven + unknown, due, ROUND_CEILING)
    worst_first = sorted(known, key=lambda f: (f.seen.low or Fraction(0), f.target.number))
    return Measurement(
        value=low,
        low=low,
        high=high,
        unit="%",
        numerator=Decimal(proven),
        denominator=Decimal(due),
        records=tuple(_record(f, scope) for f in worst_first),
        made_by=f"{code}/1",
        made_from=_digest(worst_first),
        note=_note(known, silent, [t.name for t in planned_targets(scope.org_code, kinds, label)]),
    )


def _bound(part: int, due: int, rounding: str) -> Decimal | None:
    return (Decimal(part) * 100 / due).quantize(PLACES, rounding) if due else None


def _record(found: Figure, scope: Scope) -> Record:
    seen = found.seen
    low, high = (percent(share) if share is not None else "—" for share in (seen.low, seen.high))
    words = f"{low}% – {high}% · 中断 {seen.down_s} 秒 · 未知 {seen.unknown_s} 秒"
    url = f"/console/operations/targets/{found.target.number}/history/?from={scope.starts_on}&to={scope.ends_on}"
    return Record(number=found.target.number, title=found.target.name, value=words, url=url)


def _digest(found: Sequence[Figure]) -> str:
    """Return the digest of what may lower the figure, so that time that merely passes well makes no new measurement."""
    facts = "\n".join(
        f"{f.target.number} {f.seen.down_s} {f.seen.unknown_s} {f.seen.maint_s} {f.seen.not_in_service_s}"
        for f in sorted(found, key=lambda f: f.target.number)
    )
    return hashlib.sha256(facts.encode()).hexdigest()


def _note(known: Sequence[Figure], silent: Sequence[str], planned: Sequence[str]) -> str:
    words = "" if known else "这一时期没有监测样本。"
    return words + _named("没有样本、未计入", silent) + _named("地址待补、未监测", planned)


def _named(why: str, names: Sequence[str]) -> str:
    return f"{why}：{'、'.join(names[:20])}{' 等' if len(names) > 20 else ''}（{len(names)} 个）。" if names else ""


def systems(scope: Scope) -> Measurement:
    """Return the availability of systems, sites and interfaces."""
    return availability_of(scope, SYSTEMS, "operations.system_availability")


def network(scope: Scope) -> Measurement:
    """Return the availability of lines, rooms, cloud and devices."""
    return availability_of(scope, NETWORK, "operations.network_availability")


AVAILABILITY: tuple[Metric, ...] = (
    Metric(
        code="operations.system_availability",
        name="系统正常运行率",
        unit="%",
        description="信息系统、网站和接口在应运行时间内有证据证明可用的比例（取下界：未知按中断计）",
        measure=systems,
    ),
    Metric(
        code="operations.network_availability",
        name="网络与机房正常运行率",
        unit="%",
        description="线路、机房、政务云和网络设备在应运行时间内有证据证明可用的比例（取下界）",
        measure=network,
    ),
)
