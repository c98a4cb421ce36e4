"""``yunshu world make``: the departments, nodes and agreements that ``make up`` shows; called by the supervisor."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yunshu.config.bootstrap import machine
from yunshu.config.world import sample


class Command(BaseCommand):
    """Safe to repeat; ends by writing what was made into the folder."""

    help = "建立示例部门的数据库、前置节点和共享协议（仅内置数据库，由 make up 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command's words."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--superuser-url", required=True)

    def handle(self, *, folder: Path, superuser_url: str, **_: object) -> None:
        """Make what is missing."""
        if not settings.HUB_FOLDER:
            raise CommandError("没有枢纽，不能建立示例节点。")
        secrets = machine.Secrets(folder.parent)
        parts = sample.make(
            folder, superuser_url, secrets.get("nodes").encode(), lambda code: secrets.get(f"dept {code}")
        )
        machine.write_private(folder / "world.json", json.dumps(parts, indent=1))
        self.stdout.write(f"示例世界：{len(parts)} 个部门各有数据库和前置节点。")
