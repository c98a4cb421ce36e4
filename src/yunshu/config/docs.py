"""Reference documents made from the source: ``docs/reference/settings.md``, ``errors.md``, ``metrics.md``; the alert rules in ``deploy/``.

``yunshu docs`` writes them; ``yunshu docs --check`` and a test say whether they are fresh.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import django

from yunshu.config import env
from yunshu.lib.kernel.errors import Refused

FOLDER = env.ROOT / "docs/reference"
SOURCE = env.ROOT / "src/yunshu"
_KINDS = {"NotFound": 404, "Refused": 422, "NotPermitted": 403, "Conflict": 409, "Refusal": 422}
_TYPES = {"text": "文本", "number": "整数", "path": "路径", "yes/no": "是否（1/0）"}
_NOTE = "<!-- 由 yunshu docs 生成，请勿手改。 -->\n"


def pages() -> dict[Path, str]:
    """Return each generated page and what it should say."""
    django.setup()  # what the apps register is part of it
    from yunshu.lib.observe import alerts

    return {
        FOLDER / "settings.md": settings_page(),
        FOLDER / "errors.md": errors_page(),
        FOLDER / "metrics.md": metrics_page(),
        env.ROOT / "deploy/prometheus/rules.yml": alerts.rules_file(),
    }


def write(say: Callable[[str], None], *, check: bool = False) -> None:
    """Write the pages; with ``check`` only look, and raise Refused ``docs_stale`` if one is out of date."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    if check:
        if stale:
            raise Refused("docs_stale", f"参考文档已过时：{'、'.join(p.name for p in stale)}。执行 yunshu docs 更新。")
        say("参考文档是最新的。")
        return
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        say(f"已写入 {path.relative_to(env.ROOT)}")


def settings_page() -> str:
    """Return the page of every variable of the environment."""
    lines = [_NOTE, "# 设置", "", "全部由环境变量给出；不设置时用默认值，不需要任何设置即可启动。", ""]
    for variable in env.VARIABLES:
        facts = [_TYPES[variable.kind]]
        facts += [f"单位 {variable.unit}"] if variable.unit else []
        facts += [f"默认 `{variable.default}`" if variable.default else "默认为空"]
        facts += ["保密"] if variable.secret else []
        lines += [f"## `{variable.name}`", "", f"{' · '.join(facts)}", "", variable.help, ""]
    return "\n".join(lines).rstrip() + "\n"


def metrics_page() -> str:
    """Return the page of every figure of ``/metrics``, and of every rule by which they are judged."""
    from yunshu.lib.observe import alerts, figures, meters

    lines = [_NOTE, "# 指标与告警规则", ""]
    lines += [
        "`/metrics` 的全部指标；平台的总览页面、告警规则用的是同一份声明。用法见 [observe.md](../operate/observe.md)。",
        "",
    ]
    lines += ["| 指标 | 含义 | 单位 | 标签 |", "|---|---|---|---|"]
    found = [each for source in figures.sources() for each in source.figures] + [figures.SOURCE_UP]
    for each in sorted(found, key=lambda figure: figure.name):
        lines.append(f"| `{each.name}` | {each.text} | {_UNITS.get(each.unit, each.unit)} | {_listed(each.labels)} |")
    for name, kind, text, labels in meters.described():
        lines.append(f"| `{name}` | {text}（{kind}） |  | {_listed(labels)} |")
    lines += [
        "",
        "## 告警规则",
        "",
        "| 规则 | 部分 | 条件 | 持续 | 级别 | 含义 | 怎么办 |",
        "|---|---|---|---|---|---|---|",
    ]
    for part, rule in figures.rules():
        level = {"slow": "迟缓", "stopped": "停止"}[rule.severity]
        where = f"| `Yunshu{rule.code}` | {part.name} | `{alerts.expression(rule)}` | {rule.for_s} 秒"
        lines.append(f"{where} | {level} | {rule.means} | {rule.todo} |")
    return "\n".join(lines) + "\n"


_UNITS = {"s": "秒", "B": "字节", "%": "比例"}


def _listed(names: tuple[str, ...]) -> str:
    return "、".join(f"`{name}`" for name in names)


def errors_page() -> str:
    """Return the page of every refusal in the source: its code, status, sentence and where it is raised."""
    rows: dict[tuple[str, int, str], set[str]] = {}
    for module, kind, code, sentence in _raised():
        rows.setdefault((code, _KINDS[kind], sentence), set()).add(module)
    lines = [_NOTE, "# 拒绝与错误", "", "`code` 供程序判断，不会改变；句子写给人看，`…` 处是当时的值。", ""]
    lines += ["| code | HTTP | 句子 | 出处 |", "|---|---|---|---|"]
    for (code, status, sentence), modules in sorted(rows.items()):
        lines.append(f"| `{code}` | {status} | {sentence.replace('|', chr(92) + '|')} | {'、'.join(sorted(modules))} |")
    return "\n".join(lines) + "\n"


def _raised() -> Iterator[tuple[str, str, str, str]]:
    """Yield ``(module, kind, code, sentence)`` for every kernel error made in the source with a literal code."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _KINDS:
                continue
            code = _words(node.args[0]) if node.args else ""
            if code and "…" not in code:
                yield module, node.func.id, code, _words(node.args[1]) if len(node.args) > 1 else ""


def _words(node: ast.expr) -> str:
    """Return a string expression as words, with ``…`` for what is only known at run time."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _words(node.left) + (_words(node.right) if isinstance(node.op, ast.Add) else "")
    if (
        isinstance(node, ast.Call)
        and node.args
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "gettext", "label"}
    ):
        return _words(node.args[0])
    return "…"


if __name__ == "__main__":
    write(print)
