"""Places, persons, numbers and summaries: what fills the form of a ticket."""

from datetime import datetime
from zoneinfo import ZoneInfo

from yunshu.lib.triage import Gazetteer, Listed, fields, people, requests, summarise

SAID = datetime(2026, 12, 5, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
GAZETTEER = Gazetteer(
    [Listed("仙桥街道", "445202006", aliases=("仙桥",)), Listed("榕城区", "445202"), Listed("榕城区中心小学", "X1")]
)
TOLD = "您好，我叫陈小明，电话13800138000。昨天晚上11点仙桥望江花园3栋的工地还在施工，噪音很大。孩子没法睡觉。请问什么时候能管一管？谢谢！"


def test_a_listed_place_carries_its_code_by_any_of_its_names():
    [place] = [place for place in GAZETTEER.find("仙桥这边停水") if place.code]

    assert (place.name, place.code) == ("仙桥街道", "445202006")


def test_the_longest_listed_name_wins():
    assert next(place.code for place in GAZETTEER.find("榕城区中心小学门口")) == "X1"


def test_an_unlisted_place_is_guessed_without_the_words_before_it():
    names = {place.name for place in Gazetteer().find("我是住在望江花园的业主，反映临港大道积水，在凤美村也一样")}

    assert {"望江花园", "临港大道", "凤美村"} <= names


def test_everyday_words_are_no_places():
    assert Gazetteer().find("我不知道，家里没有水，小区的人行道坏了") == []


def test_one_report_fills_the_whole_form():
    found = fields(TOLD, said=SAID, gazetteer=GAZETTEER)

    assert [person.name for person in found.people] == ["陈小明"]
    assert [moment.first.hour for moment in found.moments] == [23]
    assert "445202006" in {place.code for place in found.places}
    assert [TOLD[hit.start : hit.end] for hit in found.numbers] == ["13800138000"]
    assert found.request is not None
    assert "什么时候" in found.request.text


def test_persons_are_named_by_what_stands_around_them():
    assert [person.name for person in people("联系人：李华，昨天王先生来过，张某动手打人")] == ["李华", "王", "张"]


def test_a_summary_is_made_of_the_callers_own_sentences():
    summary = summarise(TOLD, limit=60)

    assert summary.spans
    assert all(TOLD[span.start : span.end] == span.text for span in summary.spans)
    assert len(summary.text) <= 60
    assert not any(span.text.startswith("谢谢") for span in summary.spans)


def test_nothing_said_gives_no_summary():
    assert summarise("您好！谢谢。").spans == ()
    assert requests("天气很好。") == []
