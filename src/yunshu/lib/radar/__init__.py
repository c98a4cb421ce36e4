"""What many reports say together: the same incident, a burst, a trend. Place and time first, text second; people decide.

| to | call |
|---|---|
| follow reports as they come | ``Radar(gazetteer).see(sighting)`` → ``Alert`` at the report that makes an incident of many, else None |
| go on after a restart | ``radar.place(sighting, key)`` for what was seen before; ``radar.incident_of(number)`` |
| look at what was grouped | ``radar.incidents(least=3)`` → ``[Incident(members, places, confidence)]``, a proposal for one-click merging |
| find earlier reports of the same thing | ``radar.like(sighting)`` → ``[Match(number, score, place, text, shared)]``, the best first; ``linked(match)``: place and text together are enough |
| see bursts of one street and category | ``bursts(counts)`` (Poisson), ``drifts(counts)`` (CUSUM: slow rises) |
| look ahead by weeks | ``outlook(counts, first_week, horizon)``: level, season, band, in plain statistics |
| look ahead by days | ``forecast(counts, first_day, horizon)`` with intervals from its own past errors; ``trend(counts)`` |

Pure: no Django, no network, no clock; the same reports in the same order give the same incidents.
"""

from yunshu.lib.radar.bursts import Burst, bursts, drifts
from yunshu.lib.radar.forecasting import Expected, Trend, forecast, trend
from yunshu.lib.radar.incidents import Alert, Incident, Radar, linked
from yunshu.lib.radar.likeness import Likeness, Match, Sighting
from yunshu.lib.radar.weeks import Outlook, outlook

__all__ = [
    "Alert",
    "Burst",
    "Expected",
    "Incident",
    "Likeness",
    "Match",
    "Outlook",
    "Radar",
    "Sighting",
    "Trend",
    "bursts",
    "drifts",
    "forecast",
    "linked",
    "outlook",
    "trend",
]
