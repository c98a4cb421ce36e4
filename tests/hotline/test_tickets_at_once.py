"""Several people at one ticket in one moment: one acts, the others are told."""

from tests.at_once import AT_ONCE, together
from tests.factories.directory import staff
from tests.hotline.hotline_world import HANDLER, SORTER, Hotline

from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.rules import life


def test_of_those_who_sign_at_once_one_holds_the_ticket(committed_db: object) -> None:
    hotline = Hotline()
    row = hotline.dispatch(hotline.registered())
    people = [staff(HANDLER, org=hotline.urban) for _ in range(AT_ONCE)]
    said = together([lambda who=who: hotline.move(row, "sign", who) for who in people])  # type: ignore[misc]
    assert said["done"] == 1
    assert sum(said.values()) == AT_ONCE
    row.refresh_from_db()
    (step,) = row.steps.filter(verb="sign")
    assert row.holder is not None
    assert row.holder.name == step.actor
    assert [s.seq for s in row.steps.order_by("seq")] == list(range(1, row.steps.count() + 1))


def test_dispatching_at_once_makes_one_assignment(committed_db: object) -> None:
    hotline = Hotline()
    row = hotline.registered()
    people = [staff(SORTER, org=hotline.bureau) for _ in range(AT_ONCE)]
    units = [hotline.urban, hotline.power]
    acts = [
        lambda who=who, unit=units[n % 2]: hotline.dispatch(row, unit, who)  # type: ignore[misc]
        for n, who in enumerate(people)
    ]
    said = together(acts)
    assert said["done"] == 1
    row.refresh_from_db()
    assert row.assignments.get().unit == row.unit


def test_both_parts_close_at_once_and_the_whole_counts_both(committed_db: object) -> None:
    hotline = Hotline()
    row = hotline.dispatch(hotline.registered(), assists=[hotline.power.code, hotline.town.code])
    parts = list(row.children.order_by("pk"))
    for part, who in zip(parts, (hotline.other, hotline.townsman), strict=True):
        hotline.reply(hotline.move(part, "sign", who), who)
    said = together([lambda part=part: hotline.review(part) for part in parts])  # type: ignore[misc]
    assert said == {"done": 2}
    assert Ticket.objects.filter(parent=row, state=life.CLOSED).count() == 2
    assert row.steps.filter(verb="part_done").count() == 2
