"""``yunshu node``: a node's own program. It needs no database of Yunshu and no Django; it dials out and opens no port.

yunshu node create  FOLDER --org 445200-010 --name n1 --hub nats://hub:4222
yunshu node card    FOLDER                       show the card and its fingerprint, for the bureau
yunshu node trust   FOLDER CARD --fingerprint "…" [--hub]
yunshu node check   FOLDER                       open every database, list what may leave
yunshu node keys    FOLDER                       show the keys of encrypted columns that came with deliveries
yunshu node release FOLDER                       drop every replication slot this node made (it will not go on serving)
yunshu node run     FOLDER [FOLDER …]
"""

import argparse
import asyncio
import ctypes
import json
import os
import signal
import ssl
import sys
from pathlib import Path
from typing import TextIO

import structlog

from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError
from yunshu.lib.nodes import cards, connecting
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.agent import Agent, Settings
from yunshu.lib.nodes.cards import CardBook, NodeCard
from yunshu.lib.observe.pulse import beating
from yunshu.lib.outpost import checking, settings, slots
from yunshu.lib.outpost.book import Book
from yunshu.lib.outpost.work import BOOK, TableWork, secret_of

ASKED_FROM = "YUNSHU_NODE_PASSPHRASE"
"""The variable that holds the passphrase of a node's keys."""
HUB_CARD = "hub.json"
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h of glibc
MMAP_FROM_BYTES, ARENAS = 256 << 10, 2
_TEMPLATE = """# 前置节点设置。数据库口令只写在这里，不会上传到枢纽。说明见 docs/operate/nodes.md。
hub = ["{hub}"]

# [databases.main]
# url = "postgresql://reader:口令@127.0.0.1/数据库"
# send = ["public.表名"]        # 允许对外提供的表，可用 * 通配
# receive = "incoming"          # 接收数据的模式；不接收就不写
"""
log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (YunshuError, CryptoError) as error:
        _say(f"错误：{error if isinstance(error, CryptoError) else error.message or error.code}", sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunshu node", description="前置节点（前置机）程序")
    commands = parser.add_subparsers(required=True, metavar="命令")
    create = commands.add_parser("create", help="建立节点：生成密钥、设置文件和证件")
    create.add_argument("folder", type=Path)
    create.add_argument("--org", required=True, help="单位代码，例如 445200-010")
    create.add_argument("--name", default="n1", help="节点名称，由字母、数字和连字符组成（默认 n1）")
    create.add_argument("--hub", required=True, help="枢纽地址，例如 nats://hub.example:4222")
    create.add_argument("--version", type=int, default=1, help="证件版本；更换密钥时比原来的大（默认 1）")
    create.add_argument("--sm2", action="store_true", help="同时使用 SM2 签名")
    create.set_defaults(run=_create)
    card = commands.add_parser("card", help="显示本节点证件和指纹")
    card.add_argument("folder", type=Path)
    card.set_defaults(run=_card)
    trust = commands.add_parser("trust", help="核对指纹后信任枢纽或另一节点的证件")
    trust.add_argument("folder", type=Path)
    trust.add_argument("card", type=Path)
    trust.add_argument("--fingerprint", required=True, help="由对方当面或电话告知，不能从同一网络取得")
    trust.add_argument("--hub", action="store_true", help="这是枢纽的证件：只执行它签署的指令")
    trust.set_defaults(run=_trust)
    opened = commands.add_parser("keys", help="列出收到的加密列的密钥（只在本节点，不上传）")
    opened.add_argument("folder", type=Path)
    opened.set_defaults(run=_keys)
    check = commands.add_parser("check", help="逐个打开数据库，列出允许提供的表")
    check.add_argument("folder", type=Path)
    check.set_defaults(run=lambda options: checking.check(settings.read(options.folder / settings.FILE), _say))
    release = commands.add_parser("release", help="删除本节点建立的全部复制槽；节点停用、拆除或被切断时执行")
    release.add_argument("folder", type=Path)
    release.set_defaults(run=_release)
    run = commands.add_parser("run", help="运行节点，直到收到停止信号")
    run.add_argument("folders", type=Path, nargs="+")
    run.set_defaults(run=lambda options: asyncio.run(_run(options.folders)))
    return parser


def _create(options: argparse.Namespace) -> int:
    made = node_keys.generate(options.org, options.name, now=clock.now(), version=options.version, with_sm2=options.sm2)
    folder: Path = options.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    node_keys.create(folder / "keys", _passphrase(), made)
    secret_of(folder)
    file = folder / settings.FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(_TEMPLATE.format(hub=options.hub))
    _say(f"已建立节点 {made.card}，设置文件 {file}。")
    return _card(options)


def _keys(options: argparse.Namespace) -> int:
    book = Book(options.folder / BOOK)
    try:
        found = dict(sorted(pair for manifest in book.manifests() for pair in json.loads(manifest)["keys"].items()))
    finally:
        book.close()
    for agreement, key in found.items():
        _say(f"{agreement}  {key}")
    if not found:
        _say("没有收到过加密列。")
    return 0


def _release(options: argparse.Namespace) -> int:
    found, book = settings.read(options.folder / settings.FILE), Book(options.folder / BOOK)
    try:
        kept = book.slots()
        left = slots.end_all(found, book, kept)
    finally:
        book.close()
    for slot in kept:
        _say(f"{'未能删除' if slot in left else '已删除'}  {slot.name}（{slot.database}）")
    if not kept:
        _say("本节点没有建立复制槽。")
    return 1 if left else 0


def _card(options: argparse.Namespace) -> int:
    path = options.folder / "keys" / node_keys.CARD
    if not path.exists():
        raise Refused("key_missing", f"{options.folder} 里没有节点，请先执行 yunshu node create。")
    card = cards.read(path.read_bytes())
    _say(f"证件文件：{path}\n单位：{card.org}\n节点：{card.node}（第 {card.version} 版）\n指纹：{card.fingerprint}")
    return 0


def _trust(options: argparse.Namespace) -> int:
    data = options.card.read_bytes()
    if options.hub:
        card = cards.read(data)
        if card.fingerprint.split() != options.fingerprint.split():
            raise Refused("fingerprint_differs", "指纹不一致，请与枢纽管理单位当面或电话核对。")
        (options.folder / HUB_CARD).write_bytes(data)
    else:
        card = CardBook(options.folder / "cards").pin(data, options.fingerprint)
    _say(f"已信任 {card}。")
    return 0


def _spare_memory() -> None:
    """Let glibc give large buffers back at once, and keep few arenas: a third less memory, nothing lost in speed."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, MMAP_FROM_BYTES)
        libc.mallopt(M_ARENA_MAX, ARENAS)


async def _run(folders: list[Path]) -> int:
    """Run the nodes of these folders in one process until SIGTERM."""
    _spare_memory()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    agents = [agent_of(folder) for folder in folders]
    async with beating("nodes"):
        await asyncio.gather(*(agent.run(stopped) for agent in agents))
    return 0


def agent_of(folder: Path) -> Agent:
    """Return the agent of a node's folder. Raises CryptoError and Refused (``hub_unknown`` and what settings raise)."""
    found = settings.read(folder / settings.FILE)
    keys = node_keys.load(folder / "keys", _passphrase())
    hub = _hub_card(folder)
    wanted = Settings(
        urls=list(found.hub), hub=hub.public_keys, folder=folder, version=found.version, tls=_trust_of(found, folder)
    )
    return Agent(wanted, keys, TableWork(found, folder))


def _trust_of(found: settings.NodeSettings, folder: Path) -> ssl.SSLContext | None:
    """Return by what the hub's server is known; None lets nats-py ask the machine's authorities for a ``tls://`` address."""
    if not found.ca:
        return None
    file = folder / found.ca
    try:
        return connecting.trusting(file)
    except (OSError, ssl.SSLError) as error:
        raise Refused("authority_unreadable", f"读不到 ca 指定的证书 {file}：{error}", where="ca") from error


def _hub_card(folder: Path) -> NodeCard:
    path = folder / HUB_CARD
    if not path.exists():
        raise Refused("hub_unknown", f"{folder} 还没有信任枢纽：yunshu node trust {folder} 证件 --fingerprint … --hub")
    return cards.read(path.read_bytes())


def _passphrase() -> bytes:
    given = os.environ.get(ASKED_FROM, "")
    if not given:
        raise Refused("passphrase_missing", f"请在环境变量 {ASKED_FROM} 中给出密钥口令。")
    return given.encode()


def _say(words: str, stream: TextIO | None = None) -> None:
    print(words, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
