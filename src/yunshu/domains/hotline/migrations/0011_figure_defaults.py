"""Indicators and rules to begin with, as data that an official corrects on their pages; none of the definitions is verified.

The names are those of the sheet of indicators (Suzhou DB3205/T 1044-2022 annex A is the public tree to compare with, its text was not
obtained); 国办函〔2025〕66号 asks for graded evaluation without a chase of places. The lines of the rules are ours.
"""

from django.db import migrations

TREE = "指标名称参照苏州 DB3205/T 1044-2022 附录 A；口径为本平台整理，未核对原文"
OURS = "默认值，未见统一规定，请按本市制度修改"
INDICATORS = (
    ("received", "受理诉求量", "count", "accepted", "", "neither", "期内收到并受理的诉求，不含子单。"),
    ("closed", "办结诉求量", "count", "closed", "", "neither", "期内办结的诉求，不含子单。"),
    ("direct", "在线答复率", "share", "answered_direct", "accepted", "higher", "未派单而由热线直接答复的，占期内受理。"),
    ("first_time", "一次解决率", "share", "closed_first", "closed", "higher", "未经重办而办结的，占期内办结。"),
    ("accuracy", "派单准确率", "rest", "objections_granted", "dispatches", "higher", "1 − 期内申请且获同意的退单 ÷ 期内派单。"),
    ("signing", "签收及时率", "share", "signed_in_time", "to_sign", "higher", "在签收期限内签收的，占期内派出且已签收或签收期限已到的。"),
    ("on_time", "按时办结率（含延期）", "share", "due_kept", "due", "higher", "期限（含批准的延期）在期内的工单，在期限前答复的比例。"),
    ("on_time_first", "按时办结率（不认延期）", "share", "due_kept_first", "due", "higher", "同上，但以延期前的期限衡量。"),
    ("late", "超期工单", "count", "due_late", "", "lower", "期限在期内而逾期答复或仍未答复的工单。"),
    ("extended", "延期率", "share", "due_extended", "due", "lower", "期内到期工单中获准延期的比例。"),
    ("objected", "退单率", "share", "objections", "dispatches", "lower", "期内退单申请（无论是否同意）÷ 期内派单。"),
    ("rework", "重办率", "share", "reworked", "closed", "lower", "期内办结的诉求中重办过的比例。"),
    ("called", "回访率", "share", "called", "to_call", "higher", "期内办结、派单办理的诉求中作过回访的比例。"),
    ("contact", "回访接通率", "share", "reached", "callbacks", "neither", "期内回访中接通的比例。"),
    ("result", "结果满意率", "share", "content_result", "asked_result", "higher", "末次接通回访中结果 3 分及以上的比例；经两人认定不纳入的除外。"),
    ("process", "过程满意率", "share", "content_process", "asked_process", "higher", "末次接通回访中过程 3 分及以上的比例；不作剔除。"),
    ("solved", "解决率", "share", "solved", "asked_result", "higher", "末次接通回访中认为已解决的比例；经两人认定不纳入的除外。"),
    ("judged", "不纳入评价认定", "share", "judged", "asked_process", "neither", "末次接通回访中经两人认定不纳入评价的比例。"),
    ("rated", "主动评价满意率", "share", "ratings_content", "ratings", "higher", "诉求人自己评价的结果 3 分及以上的比例。"),
    ("supervised", "督办件", "count", "supervisions", "", "neither", "期内发出的督办。"),
)
GRADES = (
    ("signing", "98", "95"),
    ("on_time", "98", "95"),
    ("on_time_first", "95", "90"),
    ("rework", "3", "8"),
    ("result", "90", "80"),
    ("process", "95", "85"),
    ("solved", "90", "80"),
)


def seed(apps, schema_editor):
    indicators = apps.get_model("hotline", "Indicator").objects
    rules = apps.get_model("hotline", "GradeRule").objects
    for position, (code, name, form, numerator, denominator, better, meaning) in enumerate(INDICATORS, 1):
        indicators.create(
            code=code, name=name, form=form, numerator=numerator, denominator=denominator, better=better, meaning=meaning,
            source=TREE, verified=False, position=position * 10,
        )  # fmt: skip
    for code, good, fair in GRADES:
        rules.create(indicator=indicators.get(code=code), good=good, fair=fair, fewest=20, source=OURS, verified=False)


class Migration(migrations.Migration):
    dependencies = [("hotline", "0010_figures")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
