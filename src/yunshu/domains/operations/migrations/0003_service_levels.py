"""Service levels to begin with, as data that an official corrects on their pages.

The two hours of the 12345 system are the performance table's ("系统故障修复响应时间 ≤ 2 小时"); the table does not say in which time they
are counted, so they are counted round the clock. No document known to us fixes the other figures: they say so and are not verified.
"""

from django.db import migrations

OURS = "默认值，未见统一规定，请按本市制度或合同修改"
TABLE = "2022 年度部门整体绩效目标表：系统故障修复响应时间 ≤ 2 小时（12345 系统）；表中未写明计时方式，按全天候计"
HOURS = (("always", "全天候", "always"), ("working", "工作时间", "working"), ("duty", "工作时间与值班", "duty"))
STANDARD = {
    "P1": {"respond": (30, "always"), "restore": (240, "always"), "close": (2400, "working")},
    "P2": {"respond": (60, "always"), "restore": (480, "always"), "close": (2400, "working")},
    "P3": {"respond": (120, "duty"), "restore": (960, "duty"), "close": (4800, "working")},
    "P4": {"respond": (240, "working"), "restore": (2400, "working"), "close": (4800, "working")},
}
RULES = (
    ("room", "room", 1, "P1"),
    ("cloud", "cloud", 1, "P1"),
    ("many", "", 10, "P1"),
    ("line", "line", 1, "P2"),
    ("system", "system", 1, "P2"),
    ("some", "", 3, "P2"),
    ("any", "", 1, "P3"),
)
CALLS = (
    ("respond", 50, "first"),
    ("respond", 100, "second"),
    ("respond", 150, "leader"),
    ("restore", 80, "first"),
    ("restore", 100, "second"),
    ("restore", 120, "leader"),
    ("close", 100, "first"),
)


def seed(apps, schema_editor):
    def table(name):
        return apps.get_model("operations", name).objects

    for code, name, kind in HOURS:
        table("ServiceHours").get_or_create(code=code, defaults={"name": name, "kind": kind, "source": OURS})
    for code, name, scope, source in (
        ("standard", "通用服务级别", "", OURS),
        ("hotline-12345", "12345 系统服务级别", "12345", TABLE),
    ):
        level, _ = table("ServiceLevel").get_or_create(
            code=code, defaults={"name": name, "scope": scope, "source": source}
        )
        promise(table, level, hotline=scope == "12345")
    for code, kind, members, priority in RULES:
        rule = {"kind": kind, "members_from": members, "priority": priority, "source": OURS}
        table("PriorityRule").get_or_create(code=code, defaults=rule)
    for clock, percent, tier in CALLS:
        rule = {"clock": clock, "percent": percent, "tier": tier}
        table("IncidentCall").get_or_create(code=f"{clock}-{percent}", defaults=rule)


def promise(table, level, *, hotline):
    for priority, clocks in STANDARD.items():
        for clock, (minutes, hours) in clocks.items():
            terms = {"minutes": minutes, "hours": table("ServiceHours").get(code=hours), "source": OURS}
            if hotline and clock == "respond":
                terms |= {"minutes": 120, "hours": table("ServiceHours").get(code="always"), "source": TABLE}
            table("ServicePromise").get_or_create(
                code=f"{level.code}-{priority}-{clock}".lower(),
                defaults={"level": level, "priority": priority, "clock": clock} | terms,
            )


class Migration(migrations.Migration):
    dependencies = [("operations", "0002_incidents")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
