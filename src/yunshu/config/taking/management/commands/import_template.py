"""``yunshu import template KIND``: a workbook with headings and help, and a mapping to start from."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from yunshu.lib.taking import mapping as mappings
from yunshu.lib.taking import reading, templates
from yunshu.lib.taking.kinds import kind_of


class Command(BaseCommand):
    """Writes both files into a folder; of a source that is named, the mapping is guessed by its headings."""

    help = "写出一类数据的模板（XLSX）和映射（TOML）；给出源文件则按其列名猜映射"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("kind", help="类别，见 yunshu import kinds")
        parser.add_argument("--from", dest="source", type=Path, help="源文件：只写映射，列名取自它")
        parser.add_argument("--out", type=Path, default=Path(), help="写到哪个文件夹（默认当前）")

    def handle(self, *, kind: str, source: Path | None, out: Path, **_options: object) -> None:
        """Write."""
        wanted = kind_of(kind)
        out.mkdir(parents=True, exist_ok=True)
        head = reading.look_at(source).head if source else tuple(str(f.label) for f in wanted.fields)
        made = mappings.guessed(kind, [column for column in head if column], wanted.fields)
        mapping = templates.free(out / f"{kind}.toml")
        mapping.write_text(mappings.to_toml(made, wanted.fields), "utf-8")
        self.stdout.write(f"映射：{mapping}")
        if source is None:
            book = templates.free(out / f"{kind}.xlsx")
            templates.write(book, wanted)
            self.stdout.write(f"模板：{book}")
        elif lacking := mappings.missing(made, wanted.fields):
            self.stdout.write(f"还要对应的必填字段：{'、'.join(f'{f.label}（{f.name}）' for f in lacking)}")
