"""The gate before closing: what a reply lacks is named, and what it has is shown."""

import pytest

from yunshu.lib.triage import Check, Earlier, examine

ASKED = "望江花园三号楼电梯坏了一个月，物业不修。请问电梯什么时候能修好？维修资金能不能动用？"
GOOD = (
    "您好，您反映的问题已收悉。经调查，望江花园三号楼电梯因曳引机损坏停用，我局于2026年11月20日约谈物业公司，责令其限期整改，"
    "配件已到货，电梯将于12月1日前修好并检验。关于动用维修资金，根据《住宅专项维修资金管理办法》第二十二条，经三分之二以上业主表决同意即可申请使用，"
    "表决由业主委员会组织，未成立业主委员会的由社区居委会代为组织，具体可到区住建局窗口咨询，联系电话0663-8888888。"
)


def test_a_whole_reply_passes_with_its_places_shown():
    seen = examine(ASKED, GOOD)

    assert seen.ready
    assert all(finding.passed for finding in seen.findings)
    assert seen.finding(Check.LAW).spans[0].text == "根据《住宅专项维修资金管理办法》第二十二条"


def test_the_question_without_an_answer_is_named():
    seen = examine(ASKED, "电梯已于2026年11月20日修复并检验合格，已督促物业公司加强日常保养，确保业主出行安全。")

    assert not seen.ready
    assert seen.finding(Check.ANSWERS).missing == ("维修资金能不能动用?",)


@pytest.mark.parametrize("reply", ["", "您好，您的来信已收悉，已转住建局处理，请耐心等待。", "感谢您的支持。"])
def test_a_reply_that_only_puts_off_is_not_ready(reply):
    assert not examine(ASKED, reply).ready


def test_a_copied_reply_is_found_with_the_ticket_it_comes_from():
    seen = examine(ASKED, GOOD, earlier=[Earlier("20261101001", "您好！" + GOOD[10:])])

    assert not seen.ready
    assert seen.finding(Check.OWN).ref == "20261101001"
    assert seen.score < examine(ASKED, GOOD).score


def test_politeness_in_common_is_no_copy():
    other = "您好，您反映的问题已收悉。经核实，渔湖路路灯已于11月3日修复，感谢您的监督。"

    assert examine(ASKED, GOOD, earlier=[Earlier("1", other)]).finding(Check.OWN).passed
