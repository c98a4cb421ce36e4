"""Availability by intervals, not by counting samples. Pure: no Django, no network, no clock; whole seconds since 1970.

samples -> ``gather`` -> runs -> ``state_line`` -> ``measure`` -> ``Availability`` with ``[low, high]``; a promise passes only if
``low`` does. ``Graph`` composes lines and groups what is down by root cause. Flap damping belongs to alerts: nothing here
forgets an outage for being short.

| to | read |
|---|---|
| see what a sample says, and how runs keep it | ``evidence`` |
| see where UP turns DOWN, what is UNKNOWN, what maintenance excuses | ``line`` |
| get shares, verdicts, budgets and burn rates | ``figures`` |
| combine lines (series, parallel, k of n), find root causes | ``graph`` |
| show what Kuma, Gatus and Prometheus would have said | ``sample_counting`` |
"""

from yunshu.lib.availability.evidence import (
    Boundary,
    Clock,
    Evidence,
    Policy,
    Run,
    Sample,
    Span,
    State,
    clocks,
    doubted,
    gather,
)
from yunshu.lib.availability.figures import (
    BURN_ALERTS,
    Availability,
    BurnAlert,
    BurnRate,
    ErrorBudget,
    Verdict,
    burn_rate,
    burning,
    error_budget,
    measure,
    percent,
)
from yunshu.lib.availability.graph import Fault, Graph, Need, k_of_n, parallel, series, together
from yunshu.lib.availability.line import Maintenance, StateLine, Stretch, durations, state_line

__all__ = [
    "BURN_ALERTS",
    "Availability",
    "Boundary",
    "BurnAlert",
    "BurnRate",
    "Clock",
    "ErrorBudget",
    "Evidence",
    "Fault",
    "Graph",
    "Maintenance",
    "Need",
    "Policy",
    "Run",
    "Sample",
    "Span",
    "State",
    "StateLine",
    "Stretch",
    "Verdict",
    "burn_rate",
    "burning",
    "clocks",
    "doubted",
    "durations",
    "error_budget",
    "gather",
    "k_of_n",
    "measure",
    "parallel",
    "percent",
    "series",
    "state_line",
    "together",
]
