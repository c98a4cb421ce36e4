"""``yunshu openapi``: write the description of the JSON API to ``docs/reference/openapi.json``."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

DEFAULT = Path("docs/reference/openapi.json")


def description() -> str:
    """Return the API's description as it is kept under version control."""
    # by name: the wiring stands above the domains
    return json.dumps(import_string("yunshu.config.api.api").get_openapi_schema(), ensure_ascii=False, indent=2) + "\n"


class Command(BaseCommand):
    help = "生成接口说明 openapi.json。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take another place to write to."""
        parser.add_argument("--output", type=Path, default=DEFAULT, metavar="FILE")

    def handle(self, *, output: Path, **_options: object) -> None:
        """Write it."""
        output.write_text(description())
        self.stdout.write(f"已写入 {output}")
