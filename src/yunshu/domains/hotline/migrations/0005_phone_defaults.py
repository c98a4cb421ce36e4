"""Skills, a queue, reasons and emergency numbers to begin with, as data that an official corrects on their pages."""

from django.db import migrations

STATE = "国办函〔2025〕66号"
OURS = "默认值，未见统一规定，请按本市制度修改"
EMERGENCY = "国办发〔2020〕53号：紧急电话不并入热线；国办函〔2025〕66号：及时转接"
SKILLS = (
    ("teochew", "潮汕话", f"{STATE}：方言服务；本市方言"),
    ("hakka", "客家话", f"{STATE}：方言服务；本市方言"),
    ("business", "涉企", f"{STATE}：涉企服务专席"),
)
TARGETS = (
    ("police", "公安报警", "110"),
    ("fire", "消防救援", "119"),
    ("ambulance", "医疗急救", "120"),
    ("traffic", "交通事故报警", "122"),
)
BREAKS = (("meal", "用餐"), ("rest", "休息"), ("meeting", "会议或培训"), ("other-work", "其他工作"))
REASONS = (("invalid", "无效来电"), ("harassment", "骚扰"), ("wrong-number", "打错电话"), ("silent", "无声或掉线"))


def seed(apps, schema_editor):
    def keep(model, key, **words):
        apps.get_model("hotline", model).objects.get_or_create(code=key, defaults=words)

    for code, name, source in SKILLS:
        keep("Skill", code, name=name, source=source)
    for code, name, number in TARGETS:
        keep("TransferTarget", code, name=name, number=number, is_emergency=True, source=EMERGENCY)
    for code, name in BREAKS:
        keep("BreakReason", code, name=name, source=OURS)
    for code, name in REASONS:
        keep("CallReason", code, name=name, source=OURS)
    keep("CallQueue", "general", name="综合")
    for code, name, _source in SKILLS:
        keep("CallQueue", code, name=name, skills=[code], numbers=["-"], overflow_after=60)


class Migration(migrations.Migration):
    dependencies = [("hotline", "0004_phone")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
