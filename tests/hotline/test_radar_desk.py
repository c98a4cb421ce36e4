"""Hotspots: raised at the n-th report, gone on with after a kill, merged with an answer to each, dismissed with a lesson; none of it confidential."""

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import staff
from tests.hotline import smart_world
from tests.hotline.hotline_world import SORTER, Hotline

from yunshu.domains.hotline.models import Hotspot, RadarSighting, RadarThreshold, Ticket
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import hotspots as selectors
from yunshu.domains.hotline.services import hotspots, radar
from yunshu.domains.notify.models import Notice
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused


@pytest.fixture
def hotline(db: None) -> Hotline:
    radar.forget()
    return Hotline(now=clock.now())


def seen(hotline: Hotline) -> int:
    return radar.watch(now=hotline.now)


def merged(hotline: Hotline, spot: Hotspot, rows: list[Ticket], **more: object) -> hotspots.Merged:
    given = {"main": rows[0].number, "tickets": [row.number for row in rows], "reason": "同一次停水"} | more
    return hotspots.merge(actor=hotline.sorter, number=spot.number, now=hotline.now, **given)


def test_the_third_report_raises_a_hotspot_and_tells_the_dispatchers(hotline: Hotline) -> None:
    rows = smart_world.outage(hotline, 2)
    hotline.registered(title="公积金怎么提取", content="请问公积金提取需要什么材料？")
    assert (seen(hotline), Hotspot.objects.count()) == (3, 0)
    rows += smart_world.outage(hotline, 3)[2:]
    assert seen(hotline) == 3
    spot = Hotspot.objects.get()
    assert (spot.key, spot.places, spot.least) == (rows[0].number, ["云岭花园"], 3)
    assert spot.members.count() == spot.size
    told = Notice.objects.filter(kind="hotline.hotspot").values_list("person_id", flat=True)
    assert set(told) == {hotline.sorter.person_id, hotline.manager.person_id}


def test_a_radar_that_was_killed_goes_on_with_the_next_ticket(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    smart_world.outage(hotline, 4)
    assert radar.watch(now=hotline.now, most=2) == 2
    with monkeypatch.context() as patch:
        patch.setattr(radar, "people_with", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seen(hotline)
    assert (RadarSighting.objects.count(), Hotspot.objects.count()) == (2, 0)
    assert (seen(hotline), seen(hotline)) == (2, 0)
    spot = Hotspot.objects.get()
    assert (spot.size, spot.members.count()) == (4, 4)


def test_two_processes_that_take_turns_see_one_incident(hotline: Hotline) -> None:
    smart_world.outage(hotline, 1)
    seen(hotline)
    other, radar._followers = radar._followers.copy(), {}
    smart_world.outage(hotline, 3)
    radar.watch(now=hotline.now, most=1)
    radar._followers = other
    seen(hotline)
    assert set(RadarSighting.objects.values_list("key", flat=True)) == {Hotspot.objects.get().key}


def test_confidential_reports_and_praise_are_never_seen(hotline: Hotline) -> None:
    rows = smart_world.outage(hotline, 3, kind="report")
    smart_world.outage(hotline, 1, kind="praise")
    assert seen(hotline) == 0
    with pytest.raises(DatabaseError, match="confidential"), transaction.atomic():
        RadarSighting.objects.create(ticket=rows[0], key="x", seen_at=hotline.now)


def test_one_click_merges_and_each_citizen_is_answered(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    rows = [member.ticket for member in selectors.members_of(hotline.sorter, spot)]
    assert merged(hotline, spot, rows).count == 2
    spot.refresh_from_db()
    assert (spot.state, spot.main) == ("merged", rows[0])
    main = hotline.move(hotline.dispatch(Ticket.objects.get(pk=rows[0].pk)), "sign")
    hotline.reply(main)
    hotline.review(main)
    hotline.call(main)
    hotline.close(main)
    answers = set(Ticket.objects.filter(parent=main).values_list("state", "answer"))
    assert answers == {(life.CLOSED, "已更换灯具，6月3日恢复照明。")}


def test_what_cannot_be_merged_is_left_and_named(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    rows = [member.ticket for member in selectors.members_of(hotline.sorter, spot)]
    hotline.reply(hotline.move(hotline.dispatch(rows[2]), "sign"))
    done = merged(hotline, spot, rows)
    assert (done.count, [number for number, _why in done.left]) == (1, [rows[2].number])
    with pytest.raises(Refused):
        merged(hotline, spot, rows, tickets=[])
    with pytest.raises(NotFound):
        merged(hotline, spot, rows, main="RX1")


def test_a_later_report_joins_a_hotspot_that_was_merged(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    rows = [member.ticket for member in selectors.members_of(hotline.sorter, spot)]
    merged(hotline, spot, rows)
    late = smart_world.outage(hotline, 1)
    seen(hotline)
    assert late[0].pk in set(spot.members.values_list("ticket", flat=True))
    assert merged(hotline, spot, [rows[0], *late]).count == 1


def test_three_dismissals_raise_the_threshold_of_the_topic(hotline: Hotline) -> None:
    for _n in range(3):
        Ticket.objects.none()
        spot = smart_world.hotspot(hotline)
        hotspots.dismiss(actor=hotline.sorter, number=spot.number, dismissal="usual", words="", now=hotline.now)
        hotline.later(days=11)
    assert RadarThreshold.objects.get(topic="").least == 4
    smart_world.outage(hotline, 3)
    seen(hotline)
    assert Hotspot.objects.filter(state="open").count() == 0


def test_a_dismissal_that_is_known_teaches_nothing_and_is_done_once(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    given = {"actor": hotline.sorter, "number": spot.number, "words": "", "now": hotline.now}
    with pytest.raises(Refused):
        hotspots.dismiss(**given, dismissal="none")
    hotspots.dismiss(**given, dismissal="known")
    with pytest.raises(Conflict):
        hotspots.dismiss(**given, dismissal="known")
    with pytest.raises(Conflict):
        merged(hotline, spot, [member.ticket for member in selectors.members_of(hotline.sorter, spot)])
    assert not RadarThreshold.objects.exists()


def test_strangers_see_no_hotspot_and_agents_may_not_decide(hotline: Hotline) -> None:
    spot = smart_world.hotspot(hotline)
    for person, refusal in ((hotline.agent, NotPermitted), (hotline.handler, NotFound), (staff(SORTER), NotFound)):
        with pytest.raises(refusal):
            hotspots.dismiss(actor=person, number=spot.number, dismissal="known", words="", now=hotline.now)
