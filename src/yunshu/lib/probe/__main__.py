"""``yunshu vantage``: a vantage's own program on a machine elsewhere. It needs no database and no Django; it dials out only.

yunshu vantage --hub https://yunshu.example.cn --folder /var/lib/yunshu-vantage [--ca FILE] [--reference HOST:PORT …]

The secret stands in YUNSHU_VANTAGE_SECRET (the hub shows it once, on the vantage's page).
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from yunshu.lib.probe.far import FarVantage, Hub
from yunshu.lib.probe.targets import BadTarget, Target, Tcp

SECRET = "YUNSHU_VANTAGE_SECRET"  # noqa: S105 - the variable's name


def main(words: Sequence[str]) -> int:
    """Run until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(prog="yunshu vantage", description="探测点：在另一处探测，结果送回云数")
    parser.add_argument("--hub", required=True, help="云数的地址，https:// 开头")
    parser.add_argument("--folder", required=True, type=Path, help="本机文件夹：计划与尚未送出的样本")
    parser.add_argument("--ca", type=Path, help="自建证书机构的证书")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="HOST:PORT", help="已知正常的地址，用来自检；可重复"
    )
    options = parser.parse_args(words)
    secret = os.environ.get(SECRET, "")
    if not secret:
        return _refused(f"请设置 {SECRET}（在云数的探测点页面生成）。")
    try:
        hub = Hub(url=options.hub.rstrip("/"), secret=secret, ca=options.ca)
        references = [_reference(text) for text in options.reference]
    except (ValueError, BadTarget) as error:
        return _refused(str(error))
    asyncio.run(_run(FarVantage(hub, options.folder, references=references)))
    return 0


def _reference(text: str) -> Target:
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"HOST:PORT: {text}")
    return Target(text, Tcp(host.strip("[]"), int(port)), 5, 3)


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


async def _run(vantage: FarVantage) -> None:
    working = asyncio.ensure_future(vantage.run())
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
