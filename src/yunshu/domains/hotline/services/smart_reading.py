"""What the machine reads in one demand: pure reading over a ``Kit`` that was gathered before; no database, so it may run apart and be left.

``rules`` costs milliseconds and needs nothing learned; ``learned`` may have to load a model first.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from yunshu.domains.hotline.choices import Urgency
from yunshu.domains.hotline.choices_smart import Suggested
from yunshu.domains.hotline.rules import words
from yunshu.domains.hotline.rules.routing import DutyRow
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.radar import Likeness, Sighting, linked
from yunshu.lib.triage import (
    Branch,
    Closed,
    Departments,
    Duty,
    Gazetteer,
    Level,
    Models,
    Prediction,
    Predictor,
    Report,
    Tree,
    Why,
    fields,
    flags,
)

URGENT = {Level.EMERGENCY: Urgency.CRITICAL, Level.URGENT: Urgency.URGENT, Level.RISK: Urgency.NORMAL}
MOST_LIKE = 5
TOP = 3


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What is read. ``category`` is the first level of the class that somebody chose, ``code`` the code of the class itself."""

    title: str
    content: str
    at: datetime
    number: str = ""
    division: str = ""
    category: str = ""
    code: str = ""

    @property
    def text(self) -> str:
        """Title and words, as the places of flags count them."""
        return f"{self.title}\n{self.content}"

    @property
    def report(self) -> Report:
        """The same for models."""
        return Report(title=words.mask_text(self.title), body=words.mask_text(self.content))


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What is read with: lists of the city, earlier tickets, what was learned."""

    gazetteer: Gazetteer
    version: str = ""
    branches: Sequence[Branch] = ()
    duties: Sequence[DutyRow] = ()
    near: Sequence[Sighting] = ()
    closed: Sequence[Closed] = ()
    districts: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    departments: Callable[[Models], Departments] | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """One suggestion, before it is kept."""

    kind: Suggested
    version: str
    output: dict[str, Any]
    first: str = ""
    is_sure: bool = False


def rules(demand: Demand, kit: Kit) -> list[Made]:
    """Return what needs nothing learned: dangers, fields, summary, likely duplicates, second and third levels by words."""
    read = fields(demand.text, said=demand.at.astimezone(CITY_ZONE), gazetteer=kit.gazetteer)
    made = [danger(demand), _fields(demand, kit, read), _summary(demand, read)]
    if kit.near:
        made.append(_duplicates(demand, kit))
    if kit.branches:
        tree = Tree(kit.branches)
        made.append(_listed(Suggested.BRANCH, tree, demand.report, tree.within(demand.report, demand.category or None)))
    return made


def learned(demand: Demand, kit: Kit, models: Models) -> list[Made]:
    """Return category and departments; without a model, what the directory says and that nothing was learned."""
    made = []
    if models.category is not None:
        made.append(_listed(Suggested.CATEGORY, models.category, demand.report, models.category.predict(demand.report)))
    else:
        output = {"items": [], "why": Why.UNTRAINED.value}
        made.append(Made(kind=Suggested.CATEGORY, version=models.version, output=output))
    suggest = kit.departments(models) if kit.departments else Departments(duties(kit.duties, demand), (), None)
    said = _listed(Suggested.DEPARTMENT, suggest, demand.report, suggest.predict(demand.report))
    return [*made, _by_class(said, kit.duties, demand)]


def _by_class(said: Made, rows: Sequence[DutyRow], demand: Demand) -> Made:
    """Put first what the directory says of the class that a person chose (国办函〔2025〕66号: clear duty, by the directory)."""
    named = {
        row.org_name: {"ground": "rule", "shown": f"{row.matter}（{row.basis}）", "ref": row.code, "weight": 1.0}
        for row in rows
        if row.role == "main" and row.category and demand.code.startswith(row.category) and _holds(row, demand.division)
    }
    if not named:
        return said
    known = {item["label"]: item for item in said.output["items"]}
    first = [
        {
            "label": name,
            "confidence": known.get(name, {}).get("confidence"),
            "reasons": [reason, *known.get(name, {}).get("reasons", [])],
        }
        for name, reason in named.items()
    ]
    items = [*first, *(item for name, item in known.items() if name not in named)][:TOP]
    sure = said.is_sure and items[0]["label"] == said.first
    return replace(said, output={**said.output, "items": items}, first=items[0]["label"], is_sure=sure)


def duties(rows: Sequence[DutyRow], demand: Demand) -> list[Duty]:
    """Return the lines of the directory that hold in the demand's division, as the department's suggestion reads them."""
    return [
        Duty(code=row.code, department=row.org_name, words=row.words, basis=row.basis)
        for row in rows
        if row.words and row.role == "main" and _holds(row, demand.division)
    ]


def _holds(row: DutyRow, division: str) -> bool:
    return not row.division or bool(division and division.startswith(row.division.rstrip("0")))


def _listed(kind: Suggested, by: Predictor, report: Report, said: Prediction) -> Made:
    items = [
        {
            "label": each.label,
            "confidence": each.confidence,
            "reasons": [
                {"ground": r.ground.value, "shown": r.shown, "ref": r.ref, "weight": r.weight}
                for r in by.explain(report, each.label)[:6]
            ],
        }
        for each in said.suggestions
    ]
    why = said.why.value if said.why else ""
    first = items[0]["label"] if items else ""
    return Made(
        kind=kind,
        version=by.version[:160],
        output={"items": items, "why": why},
        first=str(first),
        is_sure=said.decided is not None,
    )


def danger(demand: Demand) -> Made:
    """Return the red flags of a demand and the urgency they call for."""
    found = flags(demand.text)
    level = URGENT[found[0].level] if found else Urgency.NORMAL
    output = {
        "flags": [
            {
                "kind": flag.kind,
                "level": flag.level.value,
                "start": flag.start,
                "end": flag.end,
                "text": flag.text,
                "line": flag.line,
                "why": flag.why,
            }
            for flag in found
        ]
    }
    sure = level is not Urgency.NORMAL
    return Made(kind=Suggested.URGENCY, version="flags-1", output=output, first=level.value, is_sure=sure)


def _fields(demand: Demand, kit: Kit, read: Any) -> Made:
    """Places and times with where they stand; numbers and names by their places only: they are personal data."""
    listed = [place for place in read.places if place.code]
    others = [place.name for place in read.places if not place.code]
    street = next((place.name for place in listed if place.code not in kit.districts.values()), "")
    district = next((kit.districts[place.name] for place in listed if place.name in kit.districts), "")
    fill = {"division": district, "street": street, "address": "".join(others[:2])[:200]}
    output = {
        "fill": {name: value for name, value in fill.items() if value},
        "moments": [
            {"text": m.text, "first": m.first.isoformat(), "last": m.last.isoformat(), "recurring": m.recurring}
            for m in read.moments
        ],
        "places": [{"name": p.name, "code": p.code, "start": p.start, "end": p.end} for p in read.places],
        "people": [{"start": p.start, "end": p.end} for p in read.people],
        "numbers": [{"kind": str(n.kind), "start": n.start, "end": n.end} for n in read.numbers],
    }
    return Made(kind=Suggested.FIELDS, version="fields-1", output=output, first=fill["address"] or street)


def _summary(demand: Demand, read: Any) -> Made:
    asked = read.request.text if read.request else ""
    output = {
        "when": "、".join(moment.text for moment in read.moments[:2]),
        "where": "、".join(dict.fromkeys(place.name for place in read.places[:3])),
        "what": words.mask_text(read.summary.text),
        "wants": words.mask_text(asked),
    }
    return Made(kind=Suggested.SUMMARY, version="summary-1", output=output, first=output["what"][:200])


def _duplicates(demand: Demand, kit: Kit) -> Made:
    likeness = Likeness(kit.gazetteer)
    for sighting in kit.near:
        likeness.add(sighting)
    mine = Sighting(number=demand.number, at=demand.at, title=demand.title, body=demand.content, area=demand.division)
    found = [match for match in likeness.like(mine, limit=MOST_LIKE) if linked(match)]
    titles = {sighting.number: sighting.title for sighting in kit.near}
    output = {
        "items": [
            {
                "label": match.number,
                "title": titles[match.number],
                "confidence": round(match.score, 3),
                "shared": [kit.names.get(place, place) for place in match.shared],
            }
            for match in found
        ]
    }
    return Made(kind=Suggested.DUPLICATE, version="likeness-1", output=output, first=found[0].number if found else "")


class Kept:
    """Keeps what compares closed tickets (it takes seconds to make) for ten minutes, a few at a time."""

    EVERY_S, MOST = 600.0, 12

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[float, Departments]] = {}

    def is_fresh(self, key: Any) -> bool:
        """Say whether the one of ``key`` is there and not old."""
        return key in self._kept and time.monotonic() - self._kept[key][0] <= self.EVERY_S

    def get(self, key: Any, make: Callable[[], Departments]) -> Departments:
        """Return the one of ``key``, made by ``make`` if there is none or it is old."""
        if not self.is_fresh(key):
            self._kept = dict([*self._kept.items()][-self.MOST :]) | {key: (time.monotonic(), make())}
        return self._kept[key][1]
