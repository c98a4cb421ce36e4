"""Reading a city pack: TOML and CSV into the facts of ``schema``, with every fault at its place."""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from yunshu.config.city.loan_facts import LoansFacts
from yunshu.config.city.problems import Problem
from yunshu.config.city.schema import (
    Assigned,
    City,
    Division,
    ExchangeFacts,
    Organisation,
    ProjectsFacts,
    Roles,
    Row,
    SamplePerson,
    TableFacts,
    TargetRow,
    Year,
)

Model = TypeVar("Model", bound=BaseModel)
RowModel = TypeVar("RowModel", bound=Row)


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Everything a city pack says. ``years`` and ``tables`` are keyed by file name."""

    folder: Path
    city: City
    roles: Roles
    divisions: tuple[Division, ...]
    organisations: tuple[Organisation, ...]
    people: tuple[SamplePerson, ...]
    assignments: tuple[Assigned, ...]
    years: dict[str, Year]
    tables: dict[str, TableFacts]
    exchange: ExchangeFacts
    targets: tuple[TargetRow, ...]
    projects: ProjectsFacts | None = None
    loans: LoansFacts = field(default_factory=LoansFacts)


def read(folder: Path) -> tuple[Pack | None, list[Problem]]:
    """Return the pack in ``folder``, or None with the faults that keep it from being read."""
    reader = _Reader(folder)
    city, roles = reader.toml("city.toml", City), reader.toml("roles.toml", Roles)
    divisions = reader.rows("divisions.csv", Division)
    organisations = reader.rows("organisations.csv", Organisation)
    people, assignments = reader.rows("people.csv", SamplePerson), reader.rows("assignments.csv", Assigned)
    years, tables = reader.folder_of("calendar", Year), reader.folder_of("tables", TableFacts)
    exchange, targets = reader.toml("exchange.toml", ExchangeFacts), reader.rows("targets.csv", TargetRow)
    projects = reader.toml("projects.toml", ProjectsFacts) if (folder / "projects.toml").exists() else None
    loans = reader.toml("loans.toml", LoansFacts) if (folder / "loans.toml").exists() else LoansFacts()
    if reader.problems or loans is None or exchange is None or city is None or roles is None:
        return None, reader.problems
    pack = Pack(
        folder=folder,
        city=city,
        roles=roles,
        divisions=divisions,
        organisations=organisations,
        people=people,
        assignments=assignments,
        years=years,
        tables=tables,
        exchange=exchange,
        targets=targets,
        projects=projects,
        loans=loans,
    )
    return pack, []


class _Reader:
    """Reads the files of one folder and gathers what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def toml(self, name: str, model: type[Model]) -> Model | None:
        """Return one TOML file as ``model``, or None with its faults noted."""
        text = self._text(name)
        if text is None:
            return None
        try:
            return model.model_validate(tomllib.loads(text, parse_float=Decimal))
        except tomllib.TOMLDecodeError as error:
            self._add(name, "", _("不是有效的 TOML（%(detail)s）。") % {"detail": error}, _("请按提示的行列改正。"))
        except ValidationError as error:
            self.problems += [Problem(file=name, place=place, message=text) for place, text in sentences(error)]
        return None

    def folder_of(self, name: str, model: type[Model]) -> dict[str, Model]:
        """Return every TOML file of a subfolder, by file name."""
        paths = sorted((self.folder / name).glob("*.toml"))
        if not paths:
            self._add(
                f"{name}/",
                "",
                _("没有任何 .toml 文件。"),
                _("请每年放一个文件，如 %(name)s。") % {"name": f"{name}/2026.toml"},
            )
        files = {f"{name}/{p.name}": self.toml(f"{name}/{p.name}", model) for p in paths}
        return {file: value for file, value in files.items() if value is not None}

    def rows(self, name: str, model: type[RowModel]) -> tuple[RowModel, ...]:
        """Return the rows of one CSV file."""
        text = self._text(name)
        if text is None:
            return ()
        lines = csv.DictReader(text.splitlines(), restkey="")
        known = set(model.model_fields) - {"line"}
        needed = {n for n, f in model.model_fields.items() if f.is_required()} - {"line"}
        header = set(lines.fieldnames or ())
        if not needed <= header or header - known:
            self._header(name, missing=needed - header, unknown=header - known)
            return ()
        return tuple(self._rows(name, lines, model))

    def _rows(self, name: str, lines: "csv.DictReader[str]", model: type[RowModel]) -> Iterator[RowModel]:
        for values in lines:
            try:
                yield model.model_validate({**values, "line": lines.line_num})
            except ValidationError as error:
                for place, text in sentences(error):
                    self._add(name, _("第%(line)s行 %(column)s") % {"line": lines.line_num, "column": place}, text)

    def _header(self, name: str, *, missing: set[str], unknown: set[str]) -> None:
        if missing:
            self._add(name, _("第1行"), _("缺少列：%(columns)s。") % {"columns": "、".join(sorted(missing))})
        if unknown:
            self._add(
                name,
                _("第1行"),
                _("不认识的列：%(columns)s。") % {"columns": "、".join(sorted(unknown))},
                _("请核对列名或删除该列。"),
            )

    def _text(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self._add(name, "", _("文件不存在。"), _("请参照 docs/operate/city.md 补齐。"))
        except UnicodeDecodeError:
            self._add(name, "", _("不是 UTF-8 编码。"), _("请另存为 UTF-8。"))
        return None

    def _add(self, file: str, place: str, message: str, advice: str = "") -> None:
        self.problems.append(Problem(file=file, place=place, message=message, advice=advice))


def sentences(error: ValidationError) -> list[tuple[str, str]]:
    """Return ``(place, sentence)`` for each fault pydantic found, in the reader's language."""
    return [(_place(fault["loc"]), _sentence(fault["type"], fault)) for fault in error.errors()]


def _place(loc: tuple[int | str, ...]) -> str:
    parts = [_("第%(number)s项") % {"number": step + 1} if isinstance(step, int) else step for step in loc]
    return " ".join(parts)


def _sentence(kind: str, fault: Any) -> str:
    context = fault.get("ctx", {})
    match kind.split("_")[0], kind:
        case _, "missing":
            return _("必填项没有填写。")
        case _, "extra_forbidden":
            return _("不认识的项。请核对名称，或删除它。")
        case _, "literal_error" | "enum":
            return _("取值只能是 %(choices)s。") % {"choices": context.get("expected", "")}
        case _, "string_too_short" | "too_short":
            return _("不能留空。")
        case _, "string_too_long":
            return _("超过 %(limit)s 个字。") % {"limit": context.get("max_length", "")}
        case _, "string_pattern_mismatch":
            return _("“%(value)s”格式不对，应符合 %(pattern)s。") % {
                "value": fault["input"],
                "pattern": context.get("pattern", ""),
            }
        case ("date" | "time", _):
            return _("“%(value)s”不是日期或时间。请写成 2026-01-31 或 08:30。") % {"value": fault["input"]}
        case ("decimal" | "int" | "greater" | "less", _):
            return _("“%(value)s”不是合适的数。") % {"value": fault["input"]}
        case ("bool", _):
            return _("请填写 true 或 false。")
    return _("取值不合要求（%(detail)s）。") % {"detail": fault["msg"]}
