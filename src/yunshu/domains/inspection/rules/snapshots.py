"""A frozen snapshot and what is made from it: the same snapshot and scheme versions give the same scores, always.

Shape: ``{"objects": [{number, type, name, kind, has_service_duty, org}], "findings": [{number, object, kind, state, severity,
url, place, first_seen, last_seen, detail}], "grants": [{version, object, code, points, words}], …}``; all values are text,
truth values or whole numbers, so that they survive storage unchanged.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from yunshu.domains.inspection.rules.fixing import Case
from yunshu.domains.inspection.rules.formulas import Fault
from yunshu.domains.inspection.rules.scoring import Grant, Indicator, Line, Score, Subject, score

Snapshot = Mapping[str, Any]


def detail_of(detail: Mapping[str, Any], keys: Collection[str]) -> dict[str, str]:
    """Return what formulas look at in a finding's detail, as text."""
    return {key: str(value) for key, value in sorted(detail.items()) if key in keys and value is not None}


def cases(snapshot: Snapshot, version: str, indicators: Sequence[Indicator]) -> dict[str, Case]:
    """Return every object of a snapshot under one scheme version, by number."""
    faults: dict[str, list[Fault]] = defaultdict(list)
    for row in snapshot["findings"]:
        faults[row["object"]].append(fault_of(row))
    grants: dict[str, dict[str, Grant]] = defaultdict(dict)
    for row in snapshot["grants"]:
        if row["version"] == version:
            grants[row["object"]][row["code"]] = Grant(points=Decimal(row["points"]), words=row["words"])
    return {
        row["number"]: Case(
            indicators=indicators,
            subject=Subject(number=row["number"], kind=row["kind"], has_service_duty=row["has_service_duty"]),
            faults=tuple(faults[row["number"]]),
            grants=dict(grants[row["number"]]),
        )
        for row in snapshot["objects"]
    }


def fault_of(row: Mapping[str, Any]) -> Fault:
    """Return a finding of a snapshot as scoring wants it."""
    return Fault(number=row["number"], kind=row["kind"], severity=row["severity"], detail=row["detail"])


def scores(snapshot: Snapshot, version: str, indicators: Sequence[Indicator]) -> dict[str, Score]:
    """Score every object of a snapshot by one scheme version."""
    return {
        number: score(case.indicators, case.subject, case.faults, case.grants)
        for number, case in cases(snapshot, version, indicators).items()
    }


def differences(kept: Iterable[Line], made: Iterable[Line]) -> list[str]:
    """Return, in words, where the lines that were kept are not those made anew."""
    old, new = {line.code: line for line in kept}, {line.code: line for line in made}
    found = [f"指标 {code}：原有，重算没有" for code in old if code not in new]
    found += [f"指标 {code}：重算有，原来没有" for code in new if code not in old]
    for code, line in old.items():
        if code in new and line != new[code]:
            found.append(f"指标 {code}：原扣 {line.deducted}，重算扣 {new[code].deducted}")
    return found
