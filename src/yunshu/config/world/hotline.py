"""Generated tickets of the hotline, driven by the services that people use into every state there is.

Only beside sample people, only where no other ticket is. Each ticket is one transaction under a number of its own (``DEMO-seed-n``), so that a
run that was cut short goes on where it stopped. Times lie in the past weeks: what a ticket went through is told as if it had happened then.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from yunshu.config.world import hotline_ways as ways
from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.synthetic.chance import chance
from yunshu.lib.synthetic.demands import demand

SOURCE = "DEMO-"
OLDEST = timedelta(days=21)


@dataclass(frozen=True)
class Cast:
    """The sample people who act: one for each of the desk's duties, and each unit with its handler."""

    agent: Staff
    sorter: Staff
    reviewer: Staff
    manager: Staff
    units: tuple[tuple[Org, Staff], ...]


def cast(now: datetime) -> Cast:
    """Return who acts. Raises Refused (``no_cast``) where sample people lack a duty."""
    desk = desk_org().path
    rights = (contracts.TICKET_REGISTER, contracts.TICKET_DISPATCH, contracts.TICKET_REVIEW, contracts.TICKET_MANAGE)
    found = [_viewer(right.code, desk, now) for right in rights]
    units = [
        (org, who)
        for org in Org.objects.filter(is_active=True, kind=Org.Kind.DEPARTMENT).order_by("path")
        if (who := _viewer(contracts.TICKET_HANDLE.code, org.path, now)) is not None
    ]
    agent, sorter, reviewer, manager = found
    if agent is None or sorter is None or reviewer is None or manager is None or len(units) < ways.FEWEST_UNITS:
        raise Refused(
            "no_cast", "示例人员不全：需要话务、派单、审核、管理各一人，和至少两个单位的承办人（见城市包 people.csv）。"
        )
    return Cast(agent=agent, sorter=sorter, reviewer=reviewer, manager=manager, units=tuple(units))


def _viewer(permission: str, path: str, now: datetime) -> Staff | None:
    able = {card.id for card in directory.people_with(permission, path, now)}
    for person in Person.objects.filter(pk__in=able, is_sample=True, account__isnull=False).order_by("number"):
        viewer = directory.viewer_for_account(person.account, now) if person.account else None
        if isinstance(viewer, Staff):
            return viewer
    return None


def demand_empty() -> None:
    """Raise Refused (``real_tickets``) where a ticket is that no demonstration made."""
    real = Ticket.objects.filter(parent__isnull=True).exclude(source_number__startswith=SOURCE)
    if real.exists():
        raise Refused("real_tickets", "库里已有不是示范生成的工单，不能再放示范工单。请在另一个实例上演示。")


def tickets(seed: int, count: int, now: datetime) -> Iterator[tuple[int, str, bool]]:
    """Make ``count`` tickets, one of each way first; yield (n, way, whether it was made now). Raises Refused."""
    demand_empty()
    people = cast(now)
    for n in range(1, count + 1):
        way = way_of(seed, n)
        source = f"{SOURCE}{seed}-{n}"
        fresh = not Ticket.objects.filter(source_number=source).exists()
        if fresh:
            with transaction.atomic():
                _drive(people, seed, n, way, source, now)
        yield n, way, fresh


def way_of(seed: int, n: int) -> str:
    """Return by which way the n-th ticket goes: each once, then by their weights."""
    names = list(ways.WAYS)
    if n <= len(names):
        return names[n - 1]
    rng = chance("way", seed, n)
    return rng.choices(names, [ways.WAYS[name].weight for name in names])[0]


def _drive(people: Cast, seed: int, n: int, way: str, source: str, now: datetime) -> None:
    rng = chance("drive", seed, n)
    steps = ways.WAYS[way]
    began = now - timedelta(hours=steps.hours) - (OLDEST - timedelta(days=2)) * rng.random() * steps.spread
    run = ways.Run(people, demand(seed, n), source, began, now, rng)
    for step in steps.steps:
        step(run)


def reached() -> dict[str, int]:
    """Return how many generated tickets stand in each state, parts with them."""
    return dict(Counter(Ticket.objects.values_list("state", flat=True)))
