"""The radar over new tickets: each is seen once, in the order of its coming; like ones of a place become a hotspot, people decide.

What was seen stands in ``RadarSighting``, one transaction a ticket: whoever is killed goes on with the next. The radar itself (words,
places, open incidents of ten days) is a cache in the process: made anew from those rows at the start, followed before each ticket.
Two processes may run it at once; a lock of the database lets one ticket in at a time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_with
from yunshu.domains.hotline.choices import Kind
from yunshu.domains.hotline.contracts import TICKET_DISPATCH
from yunshu.domains.hotline.models import Hotspot, RadarSighting, RadarThreshold, Ticket
from yunshu.domains.hotline.rules import life, suggesting
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.services import telling
from yunshu.domains.notify.api import NoticeSpec, send
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.ids import public_number
from yunshu.lib.radar import Radar, Sighting
from yunshu.lib.radar.incidents import WINDOW, Incident

MOST, LIFE = 500, timedelta(hours=24)
"""Tickets seen in one run; how long one radar is kept before it is made anew."""


class Follower:
    """One desk's radar in this process. Rows get their keys under the lock, so the last key says what was taken in."""

    def __init__(self, desk_id: int, now: datetime) -> None:
        self.desk_id, self.made_at = desk_id, now
        self.radar = Radar(selectors.gazetteer())
        self.last = 0

    def follow(self) -> None:
        """Take in what was seen since, by this process or another."""
        rows = RadarSighting.objects.filter(ticket__desk_id=self.desk_id, pk__gt=self.last)
        rows = rows.filter(ticket__received_at__gt=self.made_at - WINDOW)
        for row in rows.select_related("ticket").order_by("pk"):
            self.radar.place(sighting_of(row.ticket), row.key, row.score)
            self.last = row.pk


_followers: dict[int, Follower] = {}


def forget() -> None:
    """Drop the radars of this process; the next run makes them anew."""
    _followers.clear()


def sighting_of(row: Ticket) -> Sighting:
    """Return a ticket as the radar sees it."""
    return Sighting(
        number=row.number,
        at=row.received_at,
        title=row.title,
        body=f"{row.address}。{row.content}" if row.address else row.content,
        area=row.street,
    )


def watch(*, now: datetime, most: int = MOST) -> int:
    """See the tickets that were not seen; return how many. Safe to run twice and to be killed."""
    fresh = selectors.learnable().filter(sighting__isnull=True, received_at__gt=now - WINDOW, relation="")
    fresh = fresh.exclude(kind=Kind.PRAISE).exclude(state__in=(life.REJECTED, life.WITHDRAWN))
    done = 0
    for pk in list(fresh.order_by("received_at", "pk").values_list("pk", flat=True)[:most]):
        is_whole = False
        try:
            done += _see(pk, now)
            is_whole = True
        finally:
            if not is_whole:
                forget()
    return done


@transaction.atomic
def _see(pk: int, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('hotline.radar'))")
    row = Ticket.objects.select_related("category", "desk").get(pk=pk)
    if RadarSighting.objects.filter(ticket_id=pk).exists():
        return 0
    follower = _follower(row.desk_id, now)
    follower.follow()
    sighting = sighting_of(row)
    match = next(iter(follower.radar.like(sighting, limit=1)), None)
    follower.radar.see(sighting)
    incident = follower.radar.incident_of(row.number)
    joined = len(incident.members) > 1
    seen = RadarSighting.objects.create(
        ticket=row,
        key=incident.key,
        score=round(incident.scores[-1], 4) if joined else 0.0,
        shared=_named(match.shared) if joined and match else [],
        like=match.number if joined and match else "",
        seen_at=now,
    )
    follower.last = seen.pk
    if joined:
        _grow(row, incident, now)
    return 1


def _follower(desk_id: int, now: datetime) -> Follower:
    kept = _followers.get(desk_id)
    if kept is None or now - kept.made_at > LIFE:
        kept = _followers[desk_id] = Follower(desk_id, now)
    return kept


def _grow(row: Ticket, incident: Incident, now: datetime) -> None:
    """Bring the incident's hotspot up to date, or raise it if this ticket makes it one."""
    spot = Hotspot.objects.select_for_update().filter(key=incident.key).first()
    members = Ticket.objects.filter(sighting__key=incident.key, is_confidential=False).select_related("category")
    rows = list(members.order_by("received_at", "pk"))
    if spot is None:
        topic = topic_of(rows)
        least = threshold(topic)
        if len(rows) < least:
            return
        spot = _raise(row, rows, incident, topic, least, now)
    spot.size, spot.last_at, spot.confidence = len(rows), rows[-1].received_at, round(incident.confidence, 4)
    spot.places = _places(incident)
    spot.save(update_fields=["size", "last_at", "confidence", "places"])
    RadarSighting.objects.filter(key=incident.key, hotspot__isnull=True).update(hotspot=spot)


def _raise(row: Ticket, rows: list[Ticket], incident: Incident, topic: str, least: int, now: datetime) -> Hotspot:
    divisions = Counter(each.division for each in rows if each.division)
    spot = Hotspot.objects.create(
        number=public_number("RD", clock.city_date(now)),
        key=incident.key,
        title=rows[0].title,
        topic=topic,
        places=_places(incident),
        division=divisions.most_common(1)[0][0] if divisions else "",
        desk=row.desk,
        first_at=rows[0].received_at,
        last_at=rows[-1].received_at,
        size=len(rows),
        least=least,
        confidence=round(incident.confidence, 4),
        raised_at=now,
    )
    people = {card.id for card in people_with(TICKET_DISPATCH.code, row.desk.path, now)}
    spec = NoticeSpec(
        kind=telling.HOTSPOT.code,
        title=_("热点预警：%(title)s") % {"title": spot.title},
        body=_("%(n)s 件工单反映同一件事：%(places)s") % {"n": spot.size, "places": "、".join(spot.places) or "—"},
        url=f"/console/hotline/hotspots/{spot.number}/",
        once=f"hotspot-{spot.number}",
    )
    send(people=people, spec=spec, now=now)
    return spot


def _named(codes: Sequence[str]) -> list[str]:
    names = selectors.place_names()
    return [names.get(code, code)[:80] for code in codes]


def _places(incident: Incident) -> list[str]:
    """Return the places that more than one report gives, a listed one by its name instead of its code."""
    return _named([place for place, count in incident.places.most_common(5) if count > 1][:3])


def topic_of(rows: list[Ticket]) -> str:
    """Return the first-level class that most of the tickets have; empty if none has one."""
    found = Counter(selectors.first_level(row.category.path) for row in rows if row.category)
    return found.most_common(1)[0][0][:60] if found else ""


def threshold(topic: str) -> int:
    """Return how many reports of a topic make a hotspot: its own line, else that of the rest, else the base."""
    lines = dict(RadarThreshold.objects.filter(topic__in=(topic, ""), is_active=True).values_list("topic", "least"))
    return lines.get(topic, lines.get("", suggesting.BASE))
