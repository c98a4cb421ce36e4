"""``yunshu``: the instance (up, down, status …) and every domain's commands, by words.

``yunshu table import FILE --check`` is Django's ``table_import FILE --check``: the first words are joined by
``_`` and the longest command that exists wins.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

import django
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db import OperationalError

from yunshu.config import docs, env, logs
from yunshu.config.backup import commands as backups
from yunshu.config.bootstrap.databases import prepare_server
from yunshu.config.supervisor import control
from yunshu.config.upgrade import commands as upgrades
from yunshu.lib.consortium import __main__ as consortium
from yunshu.lib.kernel.errors import NotFound, Refused, YunshuError
from yunshu.lib.probe import __main__ as vantage

FAILED = 1
NO_SUCH_COMMAND = 127  # as a shell says it
PROGRAMS = {"backup": backups.backup, "restore": backups.restore, "upgrade": upgrades.upgrade}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; an expected refusal is one line on stderr and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    words = list(sys.argv[1:] if arguments is None else arguments)
    logs.configure()
    try:
        _run(words)
    except YunshuError as refusal:
        _fail(refusal.message or refusal.code, NO_SUCH_COMMAND if refusal.code == "command_not_found" else FAILED)
    except OperationalError as error:
        _fail(f"数据库没有应答，请先执行 make up。（{str(error).strip().splitlines()[0]}）")
    except KeyboardInterrupt:
        _fail("已中断。")
    except BrokenPipeError:  # `yunshu … | head`: whoever read has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> None:
    parser, own = _parser()
    if not words or words[0] in {"-h", "--help", "help"}:
        django.setup()
        say("用法：yunshu 命令 [参数]    每个命令都有 --help\n\n运行:")
        say(
            "\n".join(
                [
                    *(_line(name, text) for name, text in own.items()),
                    "",
                    "账本成员与核验（不需要数据库）:",
                    *_ledger_commands(),
                    "",
                    "前置节点（不需要数据库）:",
                    _line("node", "建立、信任、检查、运行前置节点（--help 查看子命令）"),
                    "",
                    "探测点（不需要数据库）:",
                    _line("vantage", "在另一处探测，结果送回云数（SIGTERM 结束）"),
                    "",
                    "备份、恢复与升级:",
                    _line("backup", backups.BACKUP_TEXT),
                    _line("restore", backups.RESTORE_TEXT),
                    _line("upgrade", upgrades.TEXT),
                    "",
                    *_domain_commands(),
                ]
            )
        )
    elif words[0] == "ledger" and words[1:2] and words[1] in consortium.COMMANDS:
        sys.exit(consortium.main(words[1:]))
    elif words[0] == "node":
        from yunshu.lib.outpost import __main__ as outpost  # database drivers that no other command needs

        sys.exit(outpost.main(words[1:]))
    elif words[0] == "vantage":
        sys.exit(vantage.main(words[1:]))
    elif words[0] in PROGRAMS:
        sys.exit(PROGRAMS[words[0]](words[1:], say))
    elif words[0] in own:
        options = parser.parse_args(words)
        run: Callable[[argparse.Namespace], None] = options.run
        run(options)
    else:
        django.setup()
        name, rest = _find(words)
        command = load_command_class(get_commands()[name], name)
        command.requires_system_checks = []  # they look at the source, which the tests did; a process would start half as fast again
        command.run_from_argv(["yunshu", name.replace("_", " "), *rest])


def _parser() -> tuple[argparse.ArgumentParser, dict[str, str]]:
    """Return the parser of the instance's own commands, and what each is for."""
    parser = argparse.ArgumentParser(prog="yunshu", description="云数：政务服务和数据管理平台", add_help=False)
    commands = parser.add_subparsers(metavar="命令", required=True)
    own: dict[str, str] = {}

    def add(name: str, text: str, run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        own[name] = text
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    up = add("up", "启动全部服务；已在运行时显示其地址", _up)
    up.add_argument("--foreground", action="store_true", help="留在前台，按 Ctrl-C 停止")
    up.add_argument("--resume", action="store_true", help="继续上一次没有完成的数据库迁移（请先备份）")
    add("down", "停止全部服务", lambda _: control.down(say))
    add("status", "显示地址与各进程的状态", lambda _: control.show(say))
    logs_of = add("logs", "显示日志的末尾", lambda o: control.logs(say, o.name, o.lines))
    logs_of.add_argument("name", nargs="?", help="日志名称，例如 web、worker、postgres；不写则列出全部")
    logs_of.add_argument("--lines", type=int, default=40, help="显示多少行（默认 40）")
    reset = add("reset", "停止并清空数据目录，重新开始", lambda o: control.reset(say, yes=o.yes))
    reset.add_argument("--yes", action="store_true", help="不再询问")
    add("prepare", "在自备的 PostgreSQL 上建立角色与数据库（一次即可）", _prepare)
    made = add("docs", "生成 docs/reference 中的参考文档", lambda o: docs.write(say, check=o.check))
    made.add_argument("--check", action="store_true", help="只检查是否最新")
    return parser, own


def _up(options: argparse.Namespace) -> None:
    control.up(say, foreground=options.foreground, resume=options.resume)
    if not options.foreground:
        control.welcome(say)


def _prepare(_: argparse.Namespace) -> None:
    addresses = [env.text(name) for name in ("DATABASE_SUPERUSER_URL", "DATABASE_OWNER_URL", "DATABASE_URL")]
    if not all(addresses):
        raise Refused("addresses_missing", "请设置 DATABASE_SUPERUSER_URL、DATABASE_OWNER_URL 与 DATABASE_URL。")
    say(f"数据库 {prepare_server(*addresses)} 与两个角色已就绪。")


def _find(words: list[str]) -> tuple[str, list[str]]:
    """Return the longest command that the first words name, and what follows. Raises NotFound ``command_not_found``."""
    commands = get_commands()
    leading = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    for length in range(leading, 0, -1):
        name = "_".join(words[:length]).replace("-", "_")
        if name in commands:
            return name, words[length:]
    near = [name.replace("_", " ") for name in sorted(commands) if words and name.startswith(f"{words[0]}_")]
    hint = f"以“{words[0]}”开头的有：{'、'.join(near)}。" if near else "执行 yunshu --help 查看全部命令。"
    raise NotFound("command_not_found", f"没有命令“{' '.join(words[:leading])}”。{hint}")


def _ledger_commands() -> list[str]:
    return [_line(f"ledger {name}", text) for name, text in consortium.COMMANDS.items()]


def _domain_commands() -> list[str]:
    """Return the commands of Yunshu's apps, grouped by app, each with its help."""
    groups: dict[str, list[str]] = {}
    for name, app in sorted(get_commands().items()):
        if str(app).startswith("yunshu."):
            text = str(load_command_class(app, name).help).split("\n", maxsplit=1)[0]
            groups.setdefault(str(app), []).append(_line(name.replace("_", " "), text))
    titles = {config.name: str(config.verbose_name) for config in apps.get_app_configs()}
    return [line for app, lines in groups.items() for line in (f"{titles[app]}:", *lines, "")]


def _line(name: str, text: str) -> str:
    return f"    {name:<20}{text}"


def say(line: str) -> None:
    """Print one line, now."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _fail(sentence: str, code: int = FAILED) -> None:
    sys.stderr.write(f"错误：{sentence}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
