"""Indicators of the knowledge base and of the line to the province. None of the definitions is verified; a city corrects them on their page."""

from django.db import migrations

OURS = "口径为本平台整理，未见统一规定，请按本市制度修改"
RULE = "国办函〔2025〕66号要求知识库及时更新；口径为本平台整理，未核对原文"
INDICATORS = (
    ("kb_hit", "知识库命中率", "share", "consulted_cited", "consulted", "higher", OURS, "期内办结的咨询中，答复引用了知识条目的比例；接管自原系统的不计。"),
    ("kb_expired", "知识库过期率", "share", "articles_expired", "articles", "lower", RULE, "已发布的知识条目中，过了有效期的比例；只有现在的数，时期不含今天时不显示。"),
    ("province_told", "省平台工单报送率", "share", "province_told", "province_sheets", "higher", OURS, "期内省平台转来的工单中，省平台已收到本市首次报送（受理、退单等）的比例。"),
    ("province_lag", "省平台工单首次报送用时", "mean", "province_waited", "province_told", "lower", OURS, "省平台转来的工单从到达本市到省平台收到本市首次报送的平均时间；尚未报送的不计，见报送率。"),
)  # fmt: skip


def seed(apps, schema_editor):
    rows = apps.get_model("hotline", "Indicator").objects
    for position, (code, name, form, top, bottom, better, source, meaning) in enumerate(INDICATORS, 31):
        words = {"name": name, "form": form, "numerator": top, "denominator": bottom, "better": better}
        more = {"meaning": meaning, "source": source, "verified": False, "position": position * 10}
        rows.get_or_create(code=code, defaults={**words, **more})


class Migration(migrations.Migration):
    dependencies = [("hotline", "0014_counted_indexes")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
