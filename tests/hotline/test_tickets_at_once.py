"""Several people at one ticket in one moment: one acts, the others are told."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.at_once import AT_ONCE, together
from tests.factories.directory import staff
from tests.hotline.hotline_world import CONTENT, HANDLER, MANAGER, REVIEWER, SOLVED, SORTER, UNSOLVED, Hotline

from yunshu.domains.directory.contracts import Anonymous, Staff
from yunshu.domains.hotline.models import ObjectionReason, SuspendReason, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.services import answering, asking, dispatching, registering
from yunshu.lib.kernel.errors import Conflict


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


def parted(hotline: Hotline) -> Ticket:
    """A part whose reply waits for review."""
    row = hotline.dispatch(hotline.registered(), assists=[hotline.power.code])
    part = row.children.get()
    return hotline.reply(hotline.move(part, "sign", hotline.other), hotline.other)


def halved(hotline: Hotline, actor: Staff) -> Ticket:
    """A ticket in two parts that are done."""
    row = hotline.registered()
    act(hotline, row, "split", actor)
    for part, who in zip(row.children.order_by("pk"), (hotline.handler, hotline.other), strict=True):
        hotline.review(hotline.reply(hotline.move(part, "sign", who), who))
    return row


def asked_after(hotline: Hotline, spec: answering.CallSpec | None = None, times: int = 0) -> Ticket:
    """A ticket whose caller was called, after ``times`` reworks."""
    row = hotline.handled()
    for turn in range(times + 1):
        hotline.review(hotline.reply(row))
        if spec is not None:
            hotline.call(row, spec)
        if turn < times:
            row = hotline.move(row, "rework", hotline.agent)
    return row


def asked(hotline: Hotline, verb: str, *more: str) -> Ticket:
    """A ticket for which more time was asked, and what followed."""
    row = hotline.handled()
    act(hotline, row, verb, hotline.handler)
    for each in more:
        hotline.move(row, each, hotline.sorter)
    return row


def objected(hotline: Hotline) -> Ticket:
    """A ticket that its unit says is not its own."""
    row = hotline.dispatch(hotline.registered())
    act(hotline, row, "object", hotline.handler)
    return row


def merged(hotline: Hotline, actor: Staff) -> Ticket:
    """A ticket under another."""
    row = hotline.registered()
    act(hotline, row, "merge", actor)
    return row


def act(hotline: Hotline, row: Ticket, verb: str, actor: Staff) -> object:
    """Take any verb of the table as the page would."""
    who: dict[str, Any] = {"actor": actor, "number": row.number, "now": hotline.now}
    units = [hotline.urban.code, hotline.power.code]
    reason = ObjectionReason.objects.first()
    ground, until = SuspendReason.objects.first(), hotline.now.date() + timedelta(days=9)
    parts = [dispatching.PartSpec(unit=unit, title="一件") for unit in units]
    objection = dispatching.ObjectionSpec(reason=reason.code if reason else "", words="不是", basis="权责清单")
    acts: dict[str, Callable[[], object]] = {
        "reject": lambda: registering.reject(ground="petition", reason="", **who),
        "answer": lambda: registering.answer(words="已答复", **who),
        "dispatch": lambda: dispatching.dispatch(spec=dispatching.DispatchSpec(unit=units[0]), **who),
        "redispatch": lambda: dispatching.dispatch(spec=dispatching.DispatchSpec(unit=units[1]), **who),
        "object": lambda: dispatching.object_to(spec=objection, **who),
        "ask_extension": lambda: asking.ask_extension(amount=1, reason="需要时间", **who),
        "ask_pause": lambda: asking.ask_pause(ground=ground.code if ground else "", until=until, reason="等", **who),
        "reply": lambda: answering.reply(words="已办", measures="", **who),
        "pass": lambda: answering.review(passes=True, words="", **who),
        "pass_part": lambda: answering.review(passes=True, words="", **who),
        "fail": lambda: answering.review(passes=False, words="重写", **who),
        "confirm": lambda: answering.close(words="", **who),
        "merge": lambda: dispatching.merge(into=hotline.registered(title="主单").number, reason="同一事", **who),
        "unmerge": lambda: dispatching.unmerge(reason="不是一事", **who),
        "split": lambda: dispatching.split(parts=parts, reason="两件", **who),
        "withdraw": lambda: registering.withdraw(reason="不要了", **who),
        "gather": lambda: answering.gather(verb="gather", words="都办好了", **who),
        "province_answer": lambda: answering.gather(verb="province_answer", words="省里答复", **who),
        **{
            verb: lambda verb=verb: dispatching.call_meeting(verb=verb, units=units, reason="难", **who)  # type: ignore[misc]
            for verb in ("call_meeting", "whistle", "meet_again")
        },
    }
    return acts[verb]() if verb in acts else asking.move_ticket(verb=verb, reason="情况属实。", **who)


def situations(hotline: Hotline, actor: Staff) -> dict[str, Callable[[], Ticket]]:
    """Return how a ticket comes to where each verb is possible."""
    register, dispatched = hotline.registered, lambda: hotline.dispatch(hotline.registered())
    return {
        "accept": lambda: registering.receive(by=Anonymous(), spec=CONTENT, now=hotline.now).ticket,
        **dict.fromkeys(("reject", "answer", "dispatch", "call_meeting", "merge", "split", "upgrade"), register),
        **dict.fromkeys(("recall", "sign", "object"), dispatched),
        **dict.fromkeys(("redispatch", "take_back", "uphold", "drop_objection"), lambda: objected(hotline)),
        **dict.fromkeys(("ask_extension", "ask_pause", "reply", "whistle", "withdraw"), hotline.handled),
        **dict.fromkeys(
            ("grant_extension", "deny_extension", "drop_extension"), lambda: asked(hotline, "ask_extension")
        ),
        **dict.fromkeys(("grant_pause", "deny_pause", "drop_pause"), lambda: asked(hotline, "ask_pause")),
        **dict.fromkeys(("resume", "end_pause"), lambda: asked(hotline, "ask_pause", "grant_pause")),
        **dict.fromkeys(("pass", "fail"), lambda: hotline.reply(hotline.handled())),
        "pass_part": lambda: parted(hotline),
        "confirm": lambda: asked_after(hotline, SOLVED),
        **dict.fromkeys(("rework", "rework_desk"), lambda: asked_after(hotline, UNSOLVED)),
        "meet_again": lambda: asked_after(hotline, UNSOLVED, times=2),
        "unmerge": lambda: merged(hotline, actor),
        "gather": lambda: halved(hotline, actor),
        **dict.fromkeys(("province_return", "province_answer"), lambda: hotline.move(register(), "upgrade", actor)),
        **dict.fromkeys(("reopen", "archive"), hotline.closed),
    }


@pytest.mark.slow
def test_of_two_at_once_on_any_verb_one_acts_and_the_other_is_told_in_words(committed_db: object) -> None:
    hotline = Hotline()
    both = [staff((*MANAGER, *SORTER, *REVIEWER, *HANDLER), org=hotline.city) for _ in range(2)]
    found = situations(hotline, both[0])
    assert set(found) == set(life.BY_VERB) - {"answer_merged"}, "answer_merged is the system's, in closing the whole"
    wrong = {}
    for verb, come in found.items():
        row, said = come(), []

        def attempt(who: Staff, verb: str = verb, row: Ticket = row, said: list[str] = said) -> None:
            try:
                act(hotline, row, verb, who)
            except Conflict as error:
                said.append(error.message)
                raise

        ended = together([lambda who=who: attempt(who) for who in both])  # type: ignore[misc]
        taken = row.steps.filter(verb=verb).count()
        if ended["done"] != 1 or taken != 1 or len(said) != 1 or not re.search(r"[一-鿿]{4,}", said[0]):
            wrong[verb] = (ended, taken, said)
    assert wrong == {}
