"""What comes in: forms of requests, questions for requests; each fault is named, all of one form together."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import isfinite
from urllib.parse import urlsplit

from django.http import QueryDict

from yunshu.lib.georeport.contracts import (
    LISTS,
    LONGEST_DESCRIPTION,
    MOST_REQUESTS,
    Attribute,
    Fault,
    Faults,
    Query,
    Status,
    Submission,
)

WINDOW = timedelta(days=90)
"""The specification, GET requests: without dates the last 90 days; a range may not span more."""
LONGEST_FIELD, LONGEST_ADDRESS, LONGEST_ANSWER = 100, 500, 4000
_ATTRIBUTE = re.compile(r"attribute\[([^\]\[]{1,100})\](?:\[\])?")
_FIELDS = ("address_id", "email", "phone", "first_name", "last_name", "device_id", "account_id")
_STATUSES: tuple[Status, ...] = ("open", "closed")
Found = Iterator[Fault]


def submission(form: QueryDict, attributes: Sequence[Attribute]) -> Submission:
    """Return the request of a form whose service is known; raise Faults that name every wrong field."""
    answers = _answers(form)
    place, faults = _place(form)
    faults += [*_texts(form), *_misanswered(answers, attributes)]
    if faults:
        raise Faults(*faults)
    return Submission(
        service_code=_said(form, "service_code"),
        description=_said(form, "description"),
        lat=place[0] if place else None,
        long=place[1] if place else None,
        address=_said(form, "address_string"),
        media_url=_said(form, "media_url"),
        attributes=answers,
        **{name: _said(form, name) for name in _FIELDS},
    )


def query(asked: QueryDict, now: datetime) -> Query:
    """Return the question; raise Faults (400) that name what cannot be read."""
    ids = _listed(asked, "service_request_id")
    if ids:
        return Query(ids=ids[:MOST_REQUESTS])
    faults: list[Fault] = []
    start, end = _instant(asked, "start_date", faults), _instant(asked, "end_date", faults)
    page, size = _count(asked, "page", 1, faults), _count(asked, "page_size", MOST_REQUESTS, faults)
    said = _listed(asked, "status")
    statuses = [status for status in _STATUSES if status in said]
    if len(statuses) != len(set(said)):
        faults.append(Fault(400, "status is open, closed, or both with a comma between"))
    if start and end and not timedelta(0) <= end - start <= WINDOW:
        faults.append(Fault(400, "end_date must follow start_date by no more than 90 days"))
    if faults:
        raise Faults(*faults)
    end = end or (min(now, start + WINDOW) if start else now)
    return Query(
        codes=_listed(asked, "service_code"),
        statuses=statuses,
        start=start or end - WINDOW,
        end=end,
        page=page,
        page_size=min(size, MOST_REQUESTS),
    )


def _said(form: QueryDict, name: str) -> str:
    return _kept(form.get(name))


def _kept(value: object) -> str:
    """Return a text without the one character that no database and no XML keeps."""
    return str(value or "").replace("\0", "").strip()


def _listed(asked: QueryDict, name: str) -> list[str]:
    return [one for value in asked.getlist(name) for part in str(value).split(",") if (one := _kept(part))]


def _answers(form: QueryDict) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for name in form:
        if found := _ATTRIBUTE.fullmatch(name):
            given = [text for value in form.getlist(name) if (text := _kept(value))]
            answers.setdefault(found[1], []).extend(given)
    return {code: given for code, given in answers.items() if given}


def _place(form: QueryDict) -> tuple[tuple[float, float] | None, list[Fault]]:
    """Return latitude and longitude, and what is wrong with the place: it is a point, an address, or both."""
    lat, long = _said(form, "lat"), _said(form, "long")
    if not lat and not long:
        if _said(form, "address_string") or _said(form, "address_id"):
            return None, []
        return None, [Fault(400, "lat and long, address_string, or address_id is required")]
    point = _degrees(lat, 90), _degrees(long, 180)
    if point[0] is None or point[1] is None:
        return None, [Fault(400, "lat and long must both be given: WGS84 degrees within 90 and 180")]
    return (point[0], point[1]), []


def _degrees(text: str, most: float) -> float | None:
    try:
        degrees = float(text)
    except ValueError:
        return None
    return degrees if isfinite(degrees) and abs(degrees) <= most else None


def _texts(form: QueryDict) -> Found:
    limits = {"description": LONGEST_DESCRIPTION, "address_string": LONGEST_ADDRESS, "media_url": 2000}
    for name, most in {**limits, **dict.fromkeys(_FIELDS, LONGEST_FIELD)}.items():
        if len(_said(form, name)) > most:
            yield Fault(400, f"{name} has more than {most} characters")
    media = _said(form, "media_url")
    if media and not _is_web(media):
        yield Fault(400, "media_url is not an address that begins with https:// or http://")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _misanswered(answers: dict[str, list[str]], attributes: Iterable[Attribute]) -> Found:
    asked = {attribute.code: attribute for attribute in attributes if attribute.variable}
    for code in answers:
        if code not in asked:
            yield Fault(400, f"attribute[{code}] is not asked for by this service")
    for code, attribute in asked.items():
        given = answers.get(code)
        if not given:
            if attribute.required:
                yield Fault(400, f"attribute[{code}] is required")
        elif wrong := _wrong(given, attribute):
            yield Fault(400, f"attribute[{code}] {wrong}")


def _wrong(given: Sequence[str], attribute: Attribute) -> str:
    """Return what is wrong with the answers to an attribute, "" if nothing."""
    if len(given) > 1 and attribute.datatype != "multivaluelist":
        return "takes one value"
    if any(len(text) > LONGEST_ANSWER for text in given):
        return f"has more than {LONGEST_ANSWER} characters"
    keys = [value.key for value in attribute.values]
    if attribute.datatype in LISTS and not set(given) <= set(keys):
        return f"is none of {', '.join(keys)}"
    if attribute.datatype == "number" and not all(map(_is_number, given)):
        return "is not a number"
    if attribute.datatype == "datetime" and not all(map(_parsed, given)):
        return "is not a date and time with its zone, as in 2026-11-28T08:00:00+08:00"
    return ""


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _parsed(text: str) -> datetime | None:
    """Return an aware instant of a year that can be reckoned with, None if the text is none."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1900 <= at.year <= 2200 else None


def _instant(asked: QueryDict, name: str, faults: list[Fault]) -> datetime | None:
    text = _said(asked, name)
    at = _parsed(text)
    if text and at is None:
        faults.append(Fault(400, f"{name} is not a date and time with its zone, as in 2026-11-28T00:00:00Z"))
    return at


def _count(asked: QueryDict, name: str, default: int, faults: list[Fault]) -> int:
    text = _said(asked, name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) > 0):
        faults.append(Fault(400, f"{name} is a number from 1"))
        return default
    return int(text)
