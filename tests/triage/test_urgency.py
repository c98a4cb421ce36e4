"""Red flags, and how far a negation reaches."""

import pytest

from yunshu.lib.triage import Level, flags, urgency


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("楼道里闻到很浓的煤气味", "gas"),
        ("三楼天然气管道泄漏了", "gas"),
        ("隔壁仓库着火了快来人", "fire"),
        ("我不想活了", "suicide"),
        ("孩子在幼儿园被老师殴打", "minors"),
        ("拖欠我们农民工工资半年", "wages"),
        ("我们三十多个工人被欠薪", "wages"),
        ("在饭店吃了海鲜后全家上吐下泻", "food_poisoning"),
        ("一直没有人管煤气泄漏的事", "gas"),
        ("报警后没人处理，天然气还在泄漏", "gas"),
    ],
)
def test_a_danger_is_seen_at_once(text, kind):
    found = flags(text)

    assert kind in {flag.kind for flag in found}
    assert found[0].level in {Level.EMERGENCY, Level.URGENT}
    assert all(text[flag.start : flag.end] == flag.text for flag in found)


@pytest.mark.parametrize("text", ["没有闻到煤气味", "不是火灾，是烧落叶", "未发生爆炸", "并没有食物中毒"])
def test_what_is_denied_is_no_flag(text):
    assert flags(text) == []


@pytest.mark.parametrize(
    "text", ["万一着火怎么跑", "消防通道被堵，存在火灾隐患", "社区组织火灾逃生演练", "防火灾措施不到位"]
)
def test_what_might_be_is_a_risk(text):
    assert urgency(text) is Level.RISK


@pytest.mark.parametrize("text", ["小区绿化带被占", "咨询公积金提取", "公交线路调整建议"])
def test_an_ordinary_report_has_none(text):
    assert urgency(text) is None


def test_the_most_urgent_comes_first_whatever_the_order():
    text = "井盖缺失好几天了，而且现在隔壁着火了"

    assert [flag.kind for flag in flags(text)] == ["fire", "infrastructure"]
