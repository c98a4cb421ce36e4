"""One incident out of many reports, found while they come in.

A report joins an open incident if place, time and text let it: a place in common and texts that are somewhat alike, or texts so alike
that the place need not be named (very much alike if both name different ones). It is compared with the members, not with a centre, and has to be like enough of them, so that
a chain of neighbours does not grow into one big incident. The radar proposes; one click of a person merges.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yunshu.lib.radar.likeness import Likeness, Match, Sighting
from yunshu.lib.triage.places import Gazetteer

WINDOW = timedelta(days=10)
LEAST = 3
_SAME_PLACE, _PLACE_TEXT, _TEXT_ALONE, _TEXT_APART = 0.3, 0.12, 0.3, 0.75
_NEIGHBOURS = 40


@dataclass
class Incident:
    """Reports that seem to tell of the same thing, in the order of their coming."""

    key: str
    members: list[str] = field(default_factory=list)
    last: datetime | None = None
    scores: list[float] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)

    @property
    def confidence(self) -> float:
        """The mean likeness at which the members joined; 0 for a single report."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


@dataclass(frozen=True, slots=True)
class Alert:
    """The report ``number`` made an incident of many; ``members`` are all its reports up to then."""

    key: str
    number: str
    at: datetime
    members: tuple[str, ...]
    places: tuple[str, ...]
    confidence: float


class Radar:
    """Follows reports in the order of their coming. ``window``: an incident without new reports for so long is over."""

    def __init__(self, gazetteer: Gazetteer, *, least: int = LEAST, window: timedelta = WINDOW) -> None:
        self._likeness = Likeness(gazetteer)
        self._least, self._window = least, window
        self._incidents: dict[str, Incident] = {}
        self._of: dict[str, str] = {}

    def learn(self, sighting: Sighting) -> None:
        """Remember an old report for the rarity of its words, without following it."""
        self._likeness.add(sighting)

    def see(self, sighting: Sighting) -> Alert | None:
        """Take in a report; return an alert if it is the one that makes an incident of ``least`` reports."""
        matches = self._likeness.like(sighting, limit=_NEIGHBOURS, since=sighting.at - self._window)
        joined = self._best(matches, sighting.at)
        self.place(sighting, *((joined[0].key, joined[1]) if joined else (sighting.number, 0.0)))
        incident = self.incident_of(sighting.number)
        if len(incident.members) != self._least:
            return None
        return Alert(
            incident.key,
            sighting.number,
            sighting.at,
            tuple(incident.members),
            tuple(place for place, count in incident.places.most_common(3) if count > 1),
            round(incident.confidence, 4),
        )

    def place(self, sighting: Sighting, key: str, score: float = 0.0) -> None:
        """Take in a report whose incident ``key`` is known already: what was seen before goes on where it stopped."""
        self._likeness.add(sighting)
        incident = self._incidents.get(key) or self._open(key)
        incident.members.append(sighting.number)
        incident.last = sighting.at
        incident.places.update(self._likeness.places(sighting.number))
        self._of[sighting.number] = key
        if len(incident.members) > 1:
            incident.scores.append(score)

    def incident_of(self, number: str) -> Incident:
        """Return the incident that a report belongs to; raise KeyError if it was never seen."""
        return self._incidents[self._of[number]]

    def like(self, sighting: Sighting, *, limit: int = 5) -> list[Match]:
        """Return earlier reports of what may be the same, for the person who registers a ticket."""
        return self._likeness.like(sighting, limit=limit)

    def incidents(self, *, least: int = LEAST) -> list[Incident]:
        """Return the incidents with at least ``least`` reports, the largest first."""
        many = (incident for incident in self._incidents.values() if len(incident.members) >= least)
        return sorted(many, key=lambda incident: (-len(incident.members), incident.key))

    def _open(self, number: str) -> Incident:
        self._incidents[number] = Incident(number)
        return self._incidents[number]

    def _best(self, matches: list[Match], at: datetime) -> tuple[Incident, float] | None:
        """Return the incident that this report belongs to, with its likeness to the members that speak for it."""
        votes: dict[str, list[float]] = {}
        for match in matches:
            key = self._of.get(match.number)
            if key is not None and linked(match):
                votes.setdefault(key, []).append(match.score)
        open_ones = [
            (sum(scores), key)
            for key, scores in votes.items()
            if self._still_open(key, at) and len(scores) * 3 >= min(len(self._incidents[key].members), 9)
        ]
        if not open_ones:
            return None
        _, key = max(open_ones)
        return self._incidents[key], sum(votes[key]) / len(votes[key])

    def _still_open(self, key: str, at: datetime) -> bool:
        last = self._incidents[key].last
        return last is not None and at - last <= self._window


def linked(match: Match) -> bool:
    """Return whether place and text let two reports be of the same incident: the same place alone does not."""
    if match.place >= _SAME_PLACE and match.text >= _PLACE_TEXT:
        return True
    return match.text >= (_TEXT_APART if match.apart else _TEXT_ALONE)
