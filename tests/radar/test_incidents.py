"""Mass incidents: found at the third report, kept apart from each other, never made of everyday complaints."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.radar.made import bursts

from yunshu.lib.radar import Radar, Sighting
from yunshu.lib.triage import Gazetteer, Listed

FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)
OTHER = (
    "咨询公积金提取需要什么材料", "建议增加夜间公交班次", "驾照到期怎么换证", "退休金什么时候上调", "孩子户口怎么迁", "疫苗第三针在哪里打",
    "门牌号登记错了", "求助找回走失的狗", "举报网吧接待未成年人", "体检报告拿不到",
)  # fmt: skip


def told(number, hours, title, body="", area=""):
    return Sighting(number=number, at=FIRST + timedelta(hours=hours), title=title, body=body, area=area)


def followed(sightings, **options):
    radar = Radar(Gazetteer(), **options)
    alerts = [alert for sighting in sorted(sightings, key=lambda s: s.at) if (alert := radar.see(sighting))]
    return radar, alerts


@pytest.fixture(scope="module")
def stream():
    planted = bursts(12, 4, first=FIRST, days=90)
    noise = [told(f"n{at}", at * 7, f"{OTHER[at % 10]}", f"第{at}位市民来电。") for at in range(0, 300, 3)]
    return planted, [*noise, *(s for incident in planted for s in incident.sightings)]


def test_most_planted_incidents_are_found_and_alerts_are_about_them(stream):
    planted, sightings = stream
    _, alerts = followed(sightings)
    of = {s.number: at for at, incident in enumerate(planted) for s in incident.sightings}
    true = {of[a.members[0]] for a in alerts if len({of.get(member) for member in a.members}) == 1 and a.number in of}

    assert len(true) >= 9
    assert all(len(alert.members) == 3 for alert in alerts)


def test_an_alert_comes_at_the_third_report_with_the_place_they_share():
    _, [alert] = followed(
        [
            told("1", 0, "云岭花园停水两天", "从昨天起一滴水都没有。"),
            told("2", 5, "云岭花园又停水了", "家里没有水，老人没法做饭。"),
            told("3", 9, "什么时候来水", "云岭花园停水没有通知。"),
            told("4", 12, "云岭花园停水", "到现在也没有来水。"),
        ]
    )

    assert alert.number == "3"
    assert "云岭花园" in alert.places


def test_the_same_trouble_in_another_place_is_another_incident():
    radar, _ = followed(
        [told(f"a{at}", at, "云岭花园停水没有通知", "云岭花园从早上停水。") for at in range(3)]
        + [told(f"b{at}", at + 0.5, "望江公寓停水没有通知", "望江公寓从早上停水。") for at in range(3)]
    )

    assert [{member[0] for member in incident.members} for incident in radar.incidents()] == [{"a"}, {"b"}]


def test_what_is_long_ago_is_another_incident():
    radar, alerts = followed([told(str(at), at * 24 * 15, "云岭花园停水", "云岭花园停水了。") for at in range(4)])

    assert (alerts, radar.incidents()) == ([], [])


def test_a_listed_place_joins_its_other_names():
    radar = Radar(Gazetteer([Listed("仙桥街道", "445202006", aliases=("仙桥镇", "仙桥街办"))]))
    alerts = [
        radar.see(told("1", 0, "仙桥镇自来水发黄", "水龙头流出黄水")),
        radar.see(told("2", 1, "仙桥街道水质有问题", "自来水发黄有味道")),
        radar.see(told("3", 2, "仙桥街办的自来水不能喝", "黄水已经三天")),
    ]

    assert alerts[2] is not None
    assert alerts[2].places == ("445202006",)


def test_the_clerk_is_shown_earlier_reports_with_what_they_share():
    radar, _ = followed([told("1", 0, "云岭花园停水", "没有通知"), told("2", 1, "咨询公积金", "怎么提取")])
    [match, *_] = radar.like(told("3", 2, "云岭花园停水两天了", "没人管"))

    assert (match.number, match.shared) == ("1", ("云岭花园",))


def test_the_same_reports_give_the_same_incidents(stream):
    _, sightings = stream

    assert [i.members for i in followed(sightings)[0].incidents()] == [
        i.members for i in followed(sightings)[0].incidents()
    ]


def test_a_radar_that_starts_again_goes_on_where_it_stopped():
    told_so_far = [told("1", 0, "云岭花园停水两天"), told("2", 5, "云岭花园又停水了")]
    first, _ = followed(told_so_far)
    second = Radar(Gazetteer())
    for sighting in told_so_far:
        second.place(sighting, first.incident_of(sighting.number).key, 0.5)

    alert = second.see(told("3", 9, "云岭花园停水没有通知"))

    assert alert
    assert alert.members == ("1", "2", "3")
