"""The tables of the crawler's frontier, which it writes by SQL of its own (``lib.crawl.frontier``)."""

from typing import Any

from django.db import migrations

from yunshu.lib.crawl.frontier import Frontier

FRONTIER = Frontier("inspection_crawl_")


def create(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        FRONTIER.create(cursor)


def drop(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        FRONTIER.drop(cursor)


class Migration(migrations.Migration):
    dependencies = [("inspection", "0001_inspection")]
    operations = [migrations.RunPython(create, drop)]
