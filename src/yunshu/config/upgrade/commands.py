"""``yunshu upgrade``: look, migrate beside the running release, then replace its processes one by one."""

import argparse
from collections.abc import Callable, Sequence
from urllib.parse import quote, urlsplit

import django

from yunshu.config import env
from yunshu.config.bootstrap import machine, migrate
from yunshu.config.bootstrap.databases import OWNER
from yunshu.config.supervisor import control
from yunshu.config.supervisor.state import Folder
from yunshu.config.upgrade import preflight, releases
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

Say = Callable[[str], None]
TEXT = "升级正在运行的实例：检查、迁移数据库、逐个更换进程，不中断服务"


def upgrade(words: Sequence[str], say: Say) -> int:
    """Upgrade the connected instance to this code; return the exit code.

    Raises Refused: what ``preflight`` and ``bootstrap.migrate`` raise, ``not_running``, ``owner_unknown``, and what ``supervisor.control.roll`` raises.
    """
    options = _parser().parse_args(words)
    control.settle(say)
    owner_url = _owner_url()
    django.setup()
    preflight.wait_for_others(say)
    found = preflight.look(releases.read(), resume=options.resume)
    release = f"{found.release} 版或更新" if found.release else "首个版本之前的"
    say(f"数据库是 {release}；待执行的迁移 {len(found.pending)} 个。")
    for app, name in found.pending:
        say(f"  {app}.{name}")
    if found.pending:
        _require_safety(found, say, without_backup=options.without_backup)
    if options.check:
        say("可以升级。")
        return 0
    if found.pending or options.resume:
        say("迁移数据库（原版本继续服务）…")
        migrate(owner_url, resume=options.resume, beside=True, tell=lambda line: say(f"  {line}"))
        say("数据库已迁移。")
    if Folder(env.path("YUNSHU_DATA")).is_supervised():
        say("逐个更换进程…")
        control.roll(say)
    else:
        say("进程不由本机的管理进程看护：请按 docs/operate/deploy.md “升级”的顺序逐个重新启动。")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunshu upgrade", description=TEXT)
    parser.add_argument("--check", action="store_true", help="只检查能否升级，什么也不改")
    parser.add_argument("--without-backup", action="store_true", help="备份由别处负责，不检查备份")
    parser.add_argument("--resume", action="store_true", help="继续上一次被中断的迁移")
    return parser


def _require_safety(found: preflight.Upgrade, say: Say, *, without_backup: bool) -> None:
    data = env.path("YUNSHU_DATA")
    if without_backup:
        say("按要求不检查备份。")
    else:
        say(f"备份 {preflight.require_backup(data, clock.now())} 可用。")
    if (data / "postgres").exists():
        preflight.require_space(data, found)


def _owner_url() -> str:
    """Return the address of whoever owns the tables. Raises Refused (``not_running``, ``owner_unknown``)."""
    app, given = env.text("DATABASE_URL"), env.text("DATABASE_OWNER_URL")
    folder = Folder(env.path("YUNSHU_DATA"))
    if not app:
        raise Refused("not_running", "没有在运行的实例可以升级。离线升级请直接执行 make up，启动时会迁移数据库。")
    if given:
        return given
    if not (folder.path / "postgres").exists():
        raise Refused(
            "owner_unknown", "迁移须用表的所有者登录：请设置 DATABASE_OWNER_URL（见 docs/operate/deploy.md）。"
        )
    password = machine.Secrets(folder.path).get(OWNER)
    return _as_owner(app, password)


def _as_owner(app: str, password: str) -> str:
    place = urlsplit(app)
    return place._replace(netloc=f"{OWNER}:{quote(password)}@{place.hostname}:{place.port}").geturl()
