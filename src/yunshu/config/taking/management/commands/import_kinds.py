"""``yunshu import kinds [KIND]``: what can be taken over, its fields, and what cannot and why."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from yunshu.config.taking.wiring import NOT_TAKEN
from yunshu.lib.taking.fields import FORM_NAMES
from yunshu.lib.taking.kinds import Kind, kind_of, kinds


class Command(BaseCommand):
    """Lists kinds, or the fields of one."""

    help = "列出可以接管的数据类别、各类的字段，以及不能接管的"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("kind", nargs="?", help="只看这一类的字段")

    def handle(self, *, kind: str | None, **_options: object) -> None:
        """Print."""
        if kind:
            self._fields(kind_of(kind))
            return
        self.stdout.write("按这个顺序接管：")
        for each in kinds():
            self.stdout.write(f"  {each.code:<14} {each.name}：{each.about}")
        self.stdout.write("\n不能接管：")
        for name, why in NOT_TAKEN:
            self.stdout.write(f"  {name}：{why}")
        self.stdout.write("\n下一步：yunshu import kinds 类别 看字段；yunshu import template 类别 写出模板和映射。")

    def _fields(self, kind: Kind) -> None:
        self.stdout.write(f"{kind.name}（{kind.code}），主键 {kind.key}：{kind.about}")
        for f in kind.fields:
            must = "必填" if f.required else "可空"
            choices = f"；可填 {'、'.join(str(_label) for _label in f.choices.values())}" if f.choices else ""
            self.stdout.write(f"  {f.name:<16} {f.label}  {must}  {FORM_NAMES[f.form]}{choices}  {f.help}".rstrip())
