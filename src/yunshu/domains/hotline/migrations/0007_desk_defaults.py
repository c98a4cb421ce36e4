"""Shifts, skills and score forms to begin with: ours, no document known to us fixes them; the city corrects them on their pages."""

from datetime import UTC, datetime, time

from django.db import migrations

OURS = "系统默认值，请按本市制度修改"
SHIFTS = (
    ("early", "早班", time(8), time(16), 30),
    ("late", "晚班", time(16), time(0), 30),
    ("night", "夜班", time(0), time(8), 60),
    ("day", "白班", time(9), time(18), 60),
)
FORMS = (
    (
        "ticket",
        "工单登记评分表",
        "ticket",
        (
            ("要素齐全：时间、地点、事由、诉求", 30, "缺一项扣 8 分"),
            ("标题概括准确", 15, ""),
            ("类型和分类正确", 20, ""),
            ("紧急程度判断正确", 15, ""),
            ("文字通顺，无错别字", 20, "每处扣 2 分"),
            ("正文写入诉求人姓名、电话或身份证号", 0, "泄露个人信息，一票否决"),
        ),
    ),
    (
        "reply",
        "单位答复评分表",
        "reply",
        (
            ("逐项回应诉求", 35, "漏一项扣 10 分"),
            ("写明措施、结果和时间", 25, ""),
            ("依据准确，引用现行规定", 20, ""),
            ("语气得体，群众看得懂", 10, ""),
            ("留有联系方式或后续渠道", 10, ""),
            ("答复与事实不符或弄虚作假", 0, "一票否决"),
        ),
    ),
    (
        "call",
        "通话评分表",
        "call",
        (
            ("开头语、结束语规范", 10, ""),
            ("耐心倾听，不打断", 20, ""),
            ("问清要素并复述确认", 30, ""),
            ("业务解答准确", 30, ""),
            ("告知编号、时限和查询办法", 10, ""),
            ("辱骂、推诿或擅自挂断", 0, "一票否决"),
        ),
    ),
)


def forwards(apps, schema_editor):
    shift = apps.get_model("hotline", "Shift")
    for code, name, starts, ends, rest in SHIFTS:
        shift.objects.create(code=code, name=name, starts_at=starts, ends_at=ends, rest_minutes=rest)
    form, item = apps.get_model("hotline", "ScoreForm"), apps.get_model("hotline", "ScoreItem")
    for code, name, subject, lines in FORMS:
        made = form.objects.create(
            code=code, version=1, name=name, subject=subject, state="draft", made_by=OURS, made_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        for n, (words, points, guide) in enumerate(lines, start=1):
            item.objects.create(form=made, ordinal=n, name=words, points=points, is_veto=points == 0, guide=guide)
        made.state = "used"
        made.save(update_fields=["state"])


class Migration(migrations.Migration):
    dependencies = [("hotline", "0006_desk_work")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
