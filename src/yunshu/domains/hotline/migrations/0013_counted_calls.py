"""Indicators of the telephones. None of the definitions is verified; a city corrects them on their page.
"""

from django.db import migrations, models

STANDARD = "名称和 15 秒、95% 两项要求见 GB/T 33358-2016（据公开摘录）；口径为本平台整理，未核对原文"
OURS = "口径为本平台整理，未见统一规定，请按本市制度修改"
RECALL = "国办函〔2025〕66号要求对未接通来电回拨；口径为本平台整理，未核对原文"
INDICATORS = (
    ("calls_in", "来电量", "count", "calls_in", "", "neither", OURS, "期内呼入并已结束的来电，无论是否接通、有无工单。"),
    ("call_connected", "接通率", "share", "calls_answered", "calls_asked", "higher", STANDARD, "接通的来电 ÷（来电 − 5 秒内放弃的）；因系统中断未接通的计入分母。"),
    ("call_in_time", "15 秒接通率", "share", "calls_in_time", "calls_answered", "higher", STANDARD, "从来电到人工应答不超过 15 秒的，占接通的来电。"),
    ("call_promised", "时限内接通率", "share", "calls_promised", "calls_answered", "higher", OURS, "不超过本机构“测算参数”所定接听时限的，占接通的来电；未设时按 15 秒。"),
    ("call_abandoned", "放弃率", "share", "calls_abandoned", "calls_asked", "lower", OURS, "等待 5 秒及以上后放弃的来电 ÷（来电 − 5 秒内放弃的）。"),
    ("calls_lost", "系统中断来电", "count", "calls_lost", "", "lower", OURS, "因话务平台中断而未接通的来电。"),
    ("call_wait", "平均等待时长", "mean", "calls_waited", "calls_answered", "lower", OURS, "接通的来电从来电到人工应答的时间之和 ÷ 接通的来电。"),
    ("call_talk", "平均通话时长", "mean", "calls_spoke", "calls_answered", "neither", OURS, "接通的来电从应答到结束的时间之和 ÷ 接通的来电，含保持和转接。"),
    ("call_recalled", "漏话回拨完成率", "share", "calls_recalled", "calls_missed", "higher", RECALL, "未接通的来电中，来电人后来由热线联系上或自己再次打通的比例；不显示号码的来电也在分母中。"),
    ("recall_in_time", "按时回拨率", "share", "recalls_in_time", "recalls_due", "higher", RECALL, "回拨期限在期内的来电人（一个号码一条）中，在期限内联系上的比例。"),
)  # fmt: skip


def seed(apps, schema_editor):
    rows = apps.get_model("hotline", "Indicator").objects
    for position, (code, name, form, top, bottom, better, source, meaning) in enumerate(INDICATORS, 21):
        words = {"name": name, "form": form, "numerator": top, "denominator": bottom, "better": better}
        more = {"meaning": meaning, "source": source, "verified": False, "position": position * 10}
        rows.get_or_create(code=code, defaults={**words, **more})


def _form():
    choices = [("share", "分子 ÷ 分母"), ("rest", "1 − 分子 ÷ 分母"), ("count", "件数"), ("mean", "平均秒数")]
    return models.CharField(choices=choices, max_length=10, verbose_name="算法")


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_separate_duties"), ("hotline", "0012_taken_over")]
    operations = [
        migrations.AlterField("indicator", "form", _form()),
        migrations.AlterField("indicatorevent", "form", _form()),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
