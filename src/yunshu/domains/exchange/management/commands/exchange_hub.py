"""``yunshu exchange hub``: the process between the exchange's tables and the nodes."""

import asyncio
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.exchange.switching import switch
from yunshu.lib.crypto.errors import CryptoError


class Command(BaseCommand):
    """Runs until SIGTERM."""

    help = "运行数据交换枢纽：接入前置节点、下达任务、接收报告。"

    def handle(self, **_: object) -> None:
        """Run; exit code 1 where the hub is not set up."""
        if not settings.HUB_URL:
            raise CommandError("没有配置枢纽（YUNSHU_HUB_URL），见 docs/operate/nodes.md。")
        try:
            asyncio.run(switch(settings.HUB_URL, Path(settings.HUB_FOLDER), settings.HUB_PASSPHRASE.encode()))
        except CryptoError as error:
            raise CommandError(f"枢纽密钥打不开：{error}") from error
