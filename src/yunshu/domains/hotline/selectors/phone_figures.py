"""The telephones' figures for Prometheus, from the tables: they are right whatever the phone process does."""

from django.db.models import Count
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from yunshu.domains.hotline.models import AgentSeat
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone_choices import Outcome
from yunshu.domains.hotline.selectors import calls
from yunshu.lib.kernel import clock


def exposition() -> str:
    """Return the figures; nothing where telephony is off."""
    if not wire.is_on():
        return ""
    registry, now = CollectorRegistry(), clock.now()
    by_outcome = Gauge(
        "yunshu_hotline_calls_today", "Incoming calls of the day by outcome", ["outcome"], registry=registry
    )
    found = calls.counts(now)
    for outcome in Outcome.values:
        by_outcome.labels(outcome).set(found[outcome])
    Gauge("yunshu_hotline_missed_open", "Callers to be called back", registry=registry).set(found["missed"])
    Gauge("yunshu_hotline_missed_late", "Callers whose time to be called back is over", registry=registry).set(
        found["missed_late"]
    )
    agents = Gauge("yunshu_hotline_agents", "Agents by state", ["state"], registry=registry)
    for state, count in AgentSeat.objects.order_by().values_list("state").annotate(n=Count("pk")):
        agents.labels(state).set(count)
    return generate_latest(registry).decode()
