"""From what probes say to incidents: one for each root cause, joined by what falls later, ended by the probes' own evidence."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.operations.choices import TargetState
from yunshu.domains.operations.incident_choices import Origin
from yunshu.domains.operations.models import Incident, IncidentTarget, Need, Target, TargetSignal
from yunshu.domains.operations.rules import grouping
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors import changes, levels
from yunshu.domains.operations.services.incidents import handling, opening, steps
from yunshu.events.operations import TargetStateChanged
from yunshu.lib.availability import State

SETTLE = timedelta(seconds=20)
"""How long news may settle before an incident is formed of it; the clock begins when the news came all the same."""
SAME_FAULT = timedelta(minutes=10)
"""A person's report of a target that comes so long before its probes failed, or later, is of the same fault."""
DEALT_WITH = (life.RESTORED, life.REVIEWING, life.CLOSED, life.ARCHIVED, life.VOID)
WELL = frozenset({State.UP.value, State.DEGRADED.value})


@transaction.atomic
def hear(event: TargetStateChanged) -> None:
    """Keep the probes' last word on a target. Safe to run twice, and in any order."""
    target = Target.objects.select_for_update().filter(number=event.number).first()
    if target is None:
        return
    known = TargetSignal.objects.filter(target=target).first()
    if known is not None and (known.heard_at > event.at or known.state == event.state):
        return
    TargetSignal.objects.update_or_create(
        target=target,
        defaults={
            "state": event.state,
            "since": event.since,
            "heard_at": event.at,
            "error": event.error[:200],
        },
    )


@transaction.atomic
def form_incidents(*, now: datetime, settle: timedelta = SETTLE) -> int:
    """Open, extend, merge and recover incidents by what probes say; return how many were opened. Safe to run twice."""
    fallen = IncidentTarget.objects.filter(until__isnull=True, incident__stage__in=life.OPEN)
    signals = {
        s.target.number: s
        for s in TargetSignal.objects.select_for_update(of=("self",))
        .filter(Q(state=State.DOWN.value) | Q(target__in=fallen.values("target_id")))
        .select_related("target__org")
        .order_by("pk")
    }
    rows = {
        row.number: row
        for row in Incident.objects.select_for_update(of=("self",))
        .filter(_watched(), stage__in=(*life.MENDING, life.RESTORED))
        .select_related("target", "level")
        .order_by("opened_at", "pk")
    }
    _recover(rows.values(), signals, now)
    down = _down(signals, now - settle, now)
    if not down:
        return 0
    opened, rows = 0, rows | _told(down)
    for group in _groups(down, rows.values()):
        opened += _apply(group, rows, down, now)
    return opened


def _watched() -> Q:
    """Return the condition of incidents that probes opened, or that people reported and probes have confirmed."""
    return Q(origin=Origin.PROBE) | Q(pk__in=IncidentTarget.objects.values("incident_id"))


def _told(down: Mapping[str, TargetSignal]) -> dict[str, Incident]:
    """Return what people reported of a target that probes now see down; an older complaint is another fault."""
    found = Incident.objects.select_for_update(of=("self",)).exclude(_watched())
    told = found.filter(stage__in=life.MENDING, target__number__in=list(down)).select_related("target", "level")
    return {
        row.number: row
        for row in told.order_by("opened_at", "pk")
        if row.target is not None and row.opened_at >= down[row.target.number].since - SAME_FAULT
    }


def _down(signals: Mapping[str, TargetSignal], until: datetime, now: datetime) -> dict[str, TargetSignal]:
    """Return the signals of what is down, settled, in use, not within an approved window, and not dealt with already.

    An outage whose incident was called mended or a false alarm, by who may say so against the probes, opens no other one.
    """
    found = {
        number: s
        for number, s in signals.items()
        if s.state == State.DOWN and s.heard_at <= until and s.target.state == TargetState.ACTIVE
    }
    excused = changes.excused_now(found, now)
    over = IncidentTarget.objects.filter(incident__stage__in=DEALT_WITH, target__number__in=list(found))
    dealt = set(over.values_list("target__number", "since"))
    return {n: s for n, s in found.items() if n not in excused and (n, s.since) not in dealt}


def _groups(down: Collection[str], rows: Collection[Incident]) -> tuple[grouping.Group, ...]:
    lines = Need.objects.values_list("target__number", "upstream__number", "group", "least")
    observed = TargetSignal.objects.filter(target__state=TargetState.ACTIVE).values_list("target__number", flat=True)
    members: dict[int, set[str]] = {}
    found = IncidentTarget.objects.filter(incident__in=rows).values_list("incident_id", "target__number")
    for incident, number in found:
        members.setdefault(incident, set()).add(number)
    known = [
        grouping.OpenIncident(
            number=row.number,
            opened_at=row.opened_at,
            cause=row.target.number if row.target else "",
            members=frozenset(members.get(row.pk, {row.target.number} if row.target else ())),
        )
        for row in rows
    ]
    return grouping.plan(grouping.graph_of(lines), set(down), set(observed), known)


def _apply(group: grouping.Group, rows: dict[str, Incident], down: Mapping[str, TargetSignal], now: datetime) -> bool:
    targets = {t.number: t for t in Target.objects.filter(number__in=group.members).select_related("org")}
    cause = targets[group.cause]
    is_new = not group.number
    row = _open(group, cause, down, now) if is_new else rows[group.number]
    fell = row.stage == life.RESTORED
    if fell:
        _fall_again(row, now)
    for number in group.merged:
        other = rows[number]
        if other.stage == life.RESTORED:
            _fall_again(other, now)
        handling.merge(other, row, steps.WATCHER, _("同一根源：%(name)s") % {"name": cause.name}, now)
    if group.recaused:
        row.target = cause
        steps.append(row, "recause", steps.WATCHER, now, cause.name, {"target": cause.number})
    spread = _add(row, group, targets, down, now, quiet=is_new)
    if not is_new and (spread or fell or group.is_news):
        _raise(row, cause, [scope for target in targets.values() for scope in target.scopes], now)
        steps.settle(row, now)
    return is_new


def _raise(row: Incident, cause: Target, scopes: list[str], now: datetime) -> None:
    """Grade an incident up as it spreads, by the rules; what a person has graded stays as it is."""
    by_hand = row.steps.filter(verb="grade").exclude(actor=steps.WATCHER.name).exists()
    down = row.members.filter(until__isnull=True).count()
    steps.widen(row, scopes, row.priority if by_hand else levels.priority_for(cause.kind, down), now)


def _open(group: grouping.Group, cause: Target, down: Mapping[str, TargetSignal], now: datetime) -> Incident:
    mine = [s for number, s in down.items() if number in group.members]
    heard = min(s.heard_at for s in mine)
    since = min(s.since for s in mine)
    ended = max((end for number in group.members if (end := changes.last_window_end(number, since, now))), default=None)
    count = len(mine)
    title = _("%(name)s中断") % {"name": cause.name}
    if count > 1:
        title = _("%(name)s中断，影响 %(n)s 个对象") % {"name": cause.name, "n": count}
    facts = opening.Facts(
        title=title,
        priority=levels.priority_for(cause.kind, count),
        origin=Origin.PROBE,
        org=cause.org,
        reporter=cause.users.order_by("path").first() or cause.org,
        target=cause,
        scopes=[scope for s in mine for scope in s.target.scopes],
        tags=[s.target.scopes for s in mine],
        happened_at=since,
        opened_at=min(max(heard, ended or heard), now),
    )
    errors = "\n".join(f"{s.target.name}: {s.error}" for s in mine[:20] if s.error)
    return opening.open_incident(facts, steps.WATCHER, now, description=errors)


def _add(
    row: Incident,
    group: grouping.Group,
    targets: Mapping[str, Target],
    down: Mapping[str, TargetSignal],
    now: datetime,
    *,
    quiet: bool,
) -> bool:
    """Write down which targets of a group the incident does not know to be down; say whether there are any."""
    known = set(row.members.filter(until__isnull=True).values_list("target__number", flat=True))
    first = min((s.since for number, s in down.items() if number in group.members), default=now)
    news = sorted(group.members - known)
    for number in news:
        since = down[number].since if number in down else first
        IncidentTarget.objects.create(incident=row, target=targets[number], since=since)
    if news and row.recovered_at is not None:
        row.recovered_at = None
    if news and not quiet:
        steps.append(
            row, "spread", steps.WATCHER, now, _("、").join(targets[n].name for n in news[:20]), {"targets": news}
        )
    return bool(news)


def _fall_again(row: Incident, now: datetime) -> None:
    """What was reported mended is down again before anybody confirmed it: it never was."""
    steps.move(row, "refuse", steps.WATCHER, now, _("监测再次中断。"))
    steps.go_on(row, now)
    row.restored_at = row.recovered_at = None
    steps.append(row, "refuse", steps.WATCHER, now, _("监测再次中断。"))


def _recover(rows: Collection[Incident], signals: Mapping[str, TargetSignal], now: datetime) -> None:
    """End the outage of every target that is well again; note when the last one of an incident is."""
    for row in rows:
        down = list(row.members.filter(until__isnull=True).select_related("target"))
        well = [m for m in down if _is_well(m, signals, down)]
        for member in well:
            signal = signals.get(member.target.number)
            member.until = max(signal.since if signal else now, member.since)
            member.save(update_fields=["until"])
        if well and len(well) == len(down):
            row.recovered_at = max(m.until for m in well if m.until)
            steps.append(row, "recover", steps.WATCHER, now, data={"recovered_at": row.recovered_at})
            steps.settle(row, now)


def _is_well(member: IncidentTarget, signals: Mapping[str, TargetSignal], down: list[IncidentTarget]) -> bool:
    """Say whether a target is up; one that is not probed is when none of the probed ones under its incident is down."""
    signal = signals.get(member.target.number)
    if signal is not None:
        return signal.state in WELL
    probed = [signals[m.target.number] for m in down if m.target.number in signals]
    return bool(probed) and all(s.state in WELL for s in probed)
