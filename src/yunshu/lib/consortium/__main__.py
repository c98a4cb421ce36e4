"""``yunshu ledger …`` (also ``python -m yunshu.lib.consortium``): set a consortium up, run a member, verify a log."""

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from yunshu.lib import bus
from yunshu.lib.consortium import founding, renewal, restoring, serve, setup, verifying
from yunshu.lib.consortium.charter import HASHES
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.fetching import Unreachable
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.machine import charter_note
from yunshu.lib.consortium.ordering import IRREGULAR, Order
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.kernel import clock
from yunshu.lib.tlog.errors import TlogError

COMMANDS = {
    "setup": "在一台机器上建立密钥、章程、策略和各成员的文件夹；可重复执行",
    "key": "在成员自己的机器上生成密钥，打印公钥行",
    "found": "由各成员的公钥行写成第一份章程",
    "sign": "签署下一份章程，打印签名",
    "amend": "把满法定数签名的章程发进消息流",
    "peer": "运行一个成员节点（SIGTERM 结束）",
    "vote": "消息流丢失或更换后，投票开始新一届（每个成员各执行一次，满法定数自动开始）",
    "restore": "从其他成员恢复丢失的账本，逐批逐头核验",
    "audit": "成员自查：重算本副本的每个区块和瓦片；可与另一成员对照",
    "verify": "任何人：按策略文件核验一份公开的账本，从每片叶重算到树头",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what is wrong is one line on stderr and exit code 1."""
    options = _parser().parse_args(arguments)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.dict_tracebacks,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(os.environ.get("YUNSHU_LOG", "info").lower()),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the stream of the moment, not of the start
    )
    try:
        options.run(options)
    except (Malformed, TlogError, CryptoError, Unreachable, OSError, sqlite3.OperationalError, *IRREGULAR) as error:
        sys.stderr.write(f"错误：{error or type(error).__name__}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunshu ledger", description="联盟账本：成员节点、密钥与章程、核验")
    commands = parser.add_subparsers(metavar="命令", required=True)
    serving = commands.add_parser("peer", help=COMMANDS["peer"])
    serving.add_argument("folder", type=Path, help="含 peer.toml 的文件夹")
    serving.add_argument("--nats", default="", help="NATS 地址，优先于 peer.toml")
    serving.add_argument("--listen", default="", metavar="HOST:PORT", help="监听地址，优先于 peer.toml")
    serving.set_defaults(run=_serve)
    setting = commands.add_parser("setup", help=COMMANDS["setup"])
    setting.add_argument("folder", type=Path)
    setting.add_argument("--members", required=True, help="成员，逗号分隔：bureau=数据局,police=公安局,…")
    setting.add_argument("--witnesses", default="", help="只见证、不计票的成员，写法相同")
    setting.add_argument("--nats", required=True, metavar="URL")
    setting.add_argument("--base-port", type=int, required=True, help="第一个成员的端口，其余依次加一")
    setting.add_argument("--ledger", default="ledger.yunshu.local", help="账本名称，写在每个树头的首行")
    setting.add_argument("--slug", default="city", help="账本在消息流中的名称：字母、数字、_")
    setting.add_argument("--org", default="", help="提交批次的机构（默认与第一个成员同名）")
    setting.add_argument("--replicas", type=int, default=1, help="消息流的副本数：三台服务器时为 3")
    setting.add_argument("--cosign", choices=["ed25519", "ml-dsa-44"], default="ed25519", help="SHA-256 树的共签算法")
    setting.set_defaults(run=_set_up)
    voting = commands.add_parser("vote", help=COMMANDS["vote"])
    voting.add_argument("folder", type=Path)
    voting.add_argument("--nats", default="", help="NATS 地址，优先于 peer.toml")
    voting.set_defaults(run=_vote)
    restoring_ = commands.add_parser("restore", help=COMMANDS["restore"])
    restoring_.add_argument("folder", type=Path)
    restoring_.set_defaults(run=_restore)
    auditing = commands.add_parser("audit", help=COMMANDS["audit"])
    auditing.add_argument("folder", type=Path)
    auditing.add_argument("--against", default="", metavar="URL", help="另一成员的地址")
    auditing.set_defaults(run=_audit)
    verifying_ = commands.add_parser("verify", help=COMMANDS["verify"])
    verifying_.add_argument("place", help="成员的地址，或复制来的 public 文件夹")
    verifying_.add_argument(
        "--policy", type=Path, required=True, help="policy-sha256.txt 或 policy-sm3.txt，首行写明哪个账本、哪棵树"
    )
    verifying_.set_defaults(run=_verify)
    _add_founding(commands)
    return parser


def _add_founding(commands: Any) -> None:
    making = commands.add_parser("key", help=COMMANDS["key"])
    making.add_argument("folder", type=Path)
    who = making.add_mutually_exclusive_group(required=True)
    who.add_argument("--member", metavar="NAME")
    who.add_argument("--submitter", metavar="ORG")
    making.add_argument("--title", default="")
    making.add_argument("--cosign", choices=["ed25519", "ml-dsa-44"], default="ed25519")
    making.add_argument("--rotate", action="store_true", help="生成新的一代密钥")
    making.set_defaults(run=_key)
    founding_ = commands.add_parser("found", help=COMMANDS["found"])
    founding_.add_argument("file", type=Path, help="要写的 charter.json")
    founding_.add_argument("members", type=Path, nargs="+")
    founding_.add_argument("--ledger", required=True)
    founding_.add_argument("--submitter", type=Path, nargs="+", required=True)
    founding_.add_argument("--witness", type=Path, nargs="*", default=[])
    founding_.set_defaults(run=_found)
    signing = commands.add_parser("sign", help=COMMANDS["sign"])
    signing.add_argument("folder", type=Path)
    signing.add_argument("charter", type=Path)
    signing.set_defaults(run=_sign)
    amending = commands.add_parser("amend", help=COMMANDS["amend"])
    amending.add_argument("folder", type=Path)
    amending.add_argument("notes", type=Path, nargs="+")
    amending.add_argument("--nats", default="", help="NATS 地址，优先于 peer.toml")
    amending.set_defaults(run=_amend)


def _key(options: argparse.Namespace) -> None:
    now, algorithm = clock.now(), Algorithm(options.cosign)
    if options.submitter:
        line = founding.submitter_line(options.folder, options.submitter, now=now)
    else:
        title = options.title or options.member
        line = founding.member_line(options.folder, options.member, title, algorithm, now=now, rotate=options.rotate)
    sys.stdout.write(line)


def _found(options: argparse.Namespace) -> None:
    charter = founding.found(options.ledger, options.members, options.witness, options.submitter)
    setup.write_file(options.file, charter.text(), mode=0o644)
    for name in HASHES:
        setup.write_file(options.file.with_name(f"policy-{name}.txt"), charter.policy(name).encode(), mode=0o644)
    sys.stdout.write(f"账本 {charter.ledger}：{len(charter.members)} 个成员，{charter.quorum} 个共签即最终确认。\n")


def _sign(options: argparse.Namespace) -> None:
    member = serve.read_member(options.folder)
    sys.stdout.write(member.seals.text(charter_note(founding.read_charter(options.charter))))


def _amend(options: argparse.Namespace) -> None:
    member = serve.read_member(options.folder, nats_url=options.nats)
    notes = [path.read_text() for path in options.notes]
    asyncio.run(_post_charter(member, notes))


async def _post_charter(member: serve.Member, notes: list[str]) -> None:
    disk = Disk(member.settings.folder / restoring.FILE)
    try:
        log = Log(disk, member.genesis)
        message = founding.amendment(log.charter, notes)
        async with bus.connection(member.settings.nats_url, f"ledger-amend-{member.settings.member}") as client:
            order = Order(client, member.settings.slug, log.state.epoch, replicas=member.settings.replicas)
            await order.post(message, f"charter-{log.state.epoch}-{log.charter.number + 1}")
    finally:
        disk.close()


def _serve(options: argparse.Namespace) -> None:
    serve.run(serve.read_member(options.folder, nats_url=options.nats, listen=options.listen))


def _set_up(options: argparse.Namespace) -> None:
    members = _named(options.members)
    plan = setup.Plan(
        members=members,
        witnesses=_named(options.witnesses),
        ledger=options.ledger,
        slug=options.slug,
        org=options.org or members[0][0],
        nats_url=options.nats,
        base_port=options.base_port,
        replicas=options.replicas,
        cosign=Algorithm(options.cosign),
    )
    charter = setup.set_up(options.folder, plan, now=clock.now())
    sys.stdout.write(
        f"账本 {charter.ledger}：{len(charter.members)} 个成员，{charter.quorum} 个共签即最终确认。\n"
        f"YUNSHU_LEDGER_SUBMITTER={options.folder.resolve() / setup.SUBMITTER / 'submitter.toml'}\n"
        f"YUNSHU_LEDGER_PEERS={setup.peers_setting(plan, members[0][0])}\n"
    )


def _vote(options: argparse.Namespace) -> None:
    member = serve.read_member(options.folder, nats_url=options.nats)
    sys.stdout.write(asyncio.run(_cast(member)))


async def _cast(member: serve.Member) -> str:
    disk = Disk(member.settings.folder / restoring.FILE)
    try:
        log = Log(disk, member.genesis)
        async with bus.connection(member.settings.nats_url, f"ledger-vote-{member.settings.member}") as client:
            epoch = log.state.epoch + 1
            order = Order(client, member.settings.slug, epoch, replicas=member.settings.replicas)
            return await renewal.cast_vote(order, log, member.seals)
    finally:
        disk.close()


def _restore(options: argparse.Namespace) -> None:
    member = serve.read_member(options.folder)
    with serve.alone(member.settings.folder):
        found = asyncio.run(restoring.restore(member.settings.folder, member.genesis, member.settings.peers))
    sys.stdout.write(
        f"已按 {found.source} 的副本恢复到第 {found.epoch} 届、{found.head.size} 片叶，逐批逐头核验无误。\n"
    )


def _audit(options: argparse.Namespace) -> None:
    member = serve.read_member(options.folder)
    disk = Disk(member.settings.folder / restoring.FILE)
    if fault := examine(disk, member.settings.folder / "public"):
        raise Malformed(fault)
    final = disk.last_final()
    sys.stdout.write(f"副本完好：{final[1].size if final else 0} 片叶已最终确认，逐块、逐瓦片重算一致。\n")
    if options.against:
        sys.stdout.write(asyncio.run(restoring.compare(disk, options.against)) + "\n")


def _verify(options: argparse.Namespace) -> None:
    found = verifying.verify(options.place, options.policy.read_bytes())
    sys.stdout.write(f"账本 {found.origin} 完好：{found.size} 片叶逐片重算一致，共签：{'、'.join(found.cosigners)}。\n")
    if found.unchecked:
        sys.stdout.write(f"本机无法检验、没有计入：{'、'.join(found.unchecked)}。\n")


def _named(text: str) -> list[tuple[str, str]]:
    pairs = [each.strip().partition("=") for each in text.split(",") if each.strip()]
    return [(name, title or name) for name, _, title in pairs]


if __name__ == "__main__":
    sys.exit(main())
