"""Limits and reasons to begin with, as data that an official corrects on their pages.

The three handling limits are the province's (广东省12345政务服务便民热线管理办法, in force 2022-09-01); no document known to us fixes the
other figures for the city: they say so and are not verified.
"""

from datetime import date

from django.db import migrations

PROVINCE = "广东省12345政务服务便民热线管理办法（2022-09-01 起施行）"
OURS = "默认值，未见统一规定，请按本市制度修改"
FROM = date(2022, 9, 1)
DAYS, HOURS, MINUTES = "working_days", "working_hours", "minutes"
LIMITS = (
    ("handle-consult", "handle", {"kind": "consult"}, 2, DAYS, True),
    ("handle-help", "handle", {"kind": "help"}, 10, DAYS, True),
    ("handle-suggest", "handle", {"kind": "suggest"}, 10, DAYS, True),
    ("handle-complain", "handle", {"kind": "complain"}, 15, DAYS, True),
    ("handle-report", "handle", {"kind": "report"}, 15, DAYS, True),
    ("handle-praise", "handle", {"kind": "praise"}, 5, DAYS, False),
    ("handle-urgent", "handle", {"urgency": "urgent"}, 2, DAYS, False),
    ("handle-critical", "handle", {"urgency": "critical"}, 1, DAYS, False),
    ("accept", "accept", {}, 1, DAYS, False),
    ("dispatch", "dispatch", {}, 4, HOURS, False),
    ("dispatch-critical", "dispatch", {"urgency": "critical"}, 30, MINUTES, False),
    ("sign", "sign", {}, 4, HOURS, False),
    ("sign-critical", "sign", {"urgency": "critical"}, 30, MINUTES, False),
    ("contact", "contact", {}, 1, DAYS, False),
    ("contact-critical", "contact", {"urgency": "critical"}, 30, MINUTES, False),
    ("object", "object", {}, 1, DAYS, False),
    ("object-critical", "object", {"urgency": "critical"}, 120, MINUTES, False),
    ("decide", "decide", {}, 1, DAYS, False),
    ("review", "review", {}, 1, DAYS, False),
    ("call-back", "call_back", {}, 2, DAYS, False),
    ("rework", "rework", {}, 5, DAYS, False),
)
SUSPEND = (
    ("appraisal", "等待鉴定、检测或评估结论"),
    ("proceedings", "等待司法、复议或仲裁结果"),
    ("caller", "等待诉求人补充材料或配合"),
    ("season", "施工、绿化等受季节或天气限制"),
    ("force", "自然灾害等不可抗力"),
    ("funds", "已列入计划，等待资金或项目批复"),
)
OBJECTION = (
    ("not-ours", "不属于本单位职责"),
    ("other-place", "不属于本辖区"),
    ("unclear", "诉求要素不清，无法办理"),
    ("duplicate", "与已有工单重复"),
    ("not-acceptable", "属于不予受理情形"),
)
REJECT = (
    ("litigation", "已经或者应当通过诉讼解决的", "人民法院"),
    ("arbitration", "已经或者应当通过仲裁解决的", "仲裁机构"),
    ("discipline", "属于纪检监察机关受理的", "纪检监察机关（12388）"),
    ("review", "已经或者应当通过行政复议解决的", "行政复议机构"),
    ("petition", "信访事项已经受理或正在办理的", "信访部门"),
    ("secret", "涉及国家秘密、商业秘密或个人隐私不宜由热线办理的", "有权机关"),
    ("emergency", "属于 110、119、120、122 等紧急服务的", "请立即拨打相应紧急电话"),
)


def seed(apps, schema_editor):
    def table(name):
        return apps.get_model("hotline", name).objects

    for code, clock, more, amount, unit, verified in LIMITS:
        terms = {"clock": clock, "amount": amount, "unit": unit, "valid_from": FROM, "verified": verified}
        source = PROVINCE if verified else OURS
        table("TimeLimit").get_or_create(code=code, defaults=terms | more | {"source": source})
    for name, rows in (("SuspendReason", SUSPEND), ("ObjectionReason", OBJECTION)):
        for code, words in rows:
            table(name).get_or_create(code=code, defaults={"name": words, "source": OURS})
    for code, words, channel in REJECT:
        table("RejectGround").get_or_create(
            code=code, defaults={"name": words, "channel": channel, "source": OURS}
        )


class Migration(migrations.Migration):
    dependencies = [("hotline", "0001_hotline")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
