"""Which column of the source is which field: a TOML file that the operator keeps beside the source.

::

    kind = "tickets"
    date_formats = ["%d.%m.%Y %H:%M"]      # tried before the usual ways of writing a day
    sheet = "工单"                           # of a workbook; without it the first
    [columns]
    "工单号" = "source_number"
    [values.state]                          # what the source says → what we say
    "办结" = "archived"
    [constants]                             # what no column says, the same for every row
    channel = "phone"
    [units]
    amount_yuan = "wan"                     # the column is in 万元
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking.fields import Field, Form

PARTS = frozenset({"kind", "sheet", "date_formats", "columns", "values", "constants", "units"})
IGNORED = ""


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """``columns``: column → field (empty: left out on purpose); ``values``: field → (what the source says → what we say)."""

    kind: str
    columns: Map[str, str]
    sheet: str = ""
    date_formats: Sequence[str] = ()
    values: Map[str, Map[str, str]] = field(default_factory=dict)
    constants: Map[str, str] = field(default_factory=dict)
    units: Map[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what it says, whatever the order."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def fields(self) -> frozenset[str]:
        """The fields that it fills."""
        return frozenset({name for name in self.columns.values() if name} | set(self.constants))

    def column_of(self, name: str) -> str:
        """Return the column of a field, empty if it has none."""
        return next((column for column, of in self.columns.items() if of == name), "")


def read(path: Path, kind: str, fields: Sequence[Field]) -> Mapping:
    """Read a mapping and see that it makes sense for the fields. Raises Refused (``mapping_faulty``)."""
    try:
        said = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _faulty(_("读不出映射文件 %(name)s：%(why)s") % {"name": path.name, "why": error}) from error
    return of(said, kind, fields)


def of(said: Map[str, Any], kind: str, fields: Sequence[Field]) -> Mapping:
    """Return the mapping that a document stands for. Raises Refused (``mapping_faulty``)."""
    if unknown := sorted(set(said) - PARTS):
        raise _faulty(_("映射里有不认识的部分：%(names)s") % {"names": "、".join(unknown)})
    for part in ("columns", "values", "constants", "units"):
        if not isinstance(said.get(part, {}), dict):
            raise _faulty(_("映射的 [%(part)s] 应当是一张表") % {"part": part})
    values = said.get("values", {})
    if not all(isinstance(table, dict) for table in values.values()):
        raise _faulty(_("映射的 [values.字段] 应当是一张表"))
    formats = said.get("date_formats", [])
    if not isinstance(formats, list) or not all(isinstance(form, str) for form in formats):
        raise _faulty(_("映射的 date_formats 应当是文字的列表"))
    made = Mapping(
        kind=str(said.get("kind", kind)),
        columns={str(column).strip(): str(name) for column, name in said.get("columns", {}).items()},
        sheet=str(said.get("sheet", "")),
        date_formats=tuple(formats),
        values={name: {str(k).strip(): str(v) for k, v in table.items()} for name, table in values.items()},
        constants={name: _plain(value) for name, value in said.get("constants", {}).items()},
        units=said.get("units", {}),
    )
    _demand_sense(made, kind, fields)
    return made


def guessed(kind: str, head: Sequence[str], fields: Sequence[Field]) -> Mapping:
    """Return a mapping by the headings: a column is a field if it bears its label, its name or one of its other names."""
    names = {_folded(word): f.name for f in fields for word in (*f.also, f.name, str(f.label))}
    found: dict[str, str] = {}
    for column in head:
        name = names.get(_folded(column), IGNORED)
        found[column] = IGNORED if name in found.values() else name
    return Mapping(kind=kind, columns=found)


def missing(mapping: Mapping, fields: Sequence[Field]) -> list[Field]:
    """Return the demanded fields that the mapping fills from nowhere."""
    return [f for f in fields if f.required and f.name not in mapping.fields]


def to_toml(mapping: Mapping, fields: Sequence[Field]) -> str:
    """Write a mapping for people: each field that may be filled stands in it, with what it is."""
    lines = [f"kind = {_quoted(mapping.kind)}"]
    lines += [f"sheet = {_quoted(mapping.sheet)}"] if mapping.sheet else []
    lines += [f"date_formats = [{', '.join(map(_quoted, mapping.date_formats))}]", "", "[columns]"]
    labels = {f.name: str(f.label) for f in fields}
    for column, name in mapping.columns.items():
        label = labels.get(name) or _("不接管")
        lines.append(f"{_quoted(column)} = {_quoted(name)}  # {label}")
    if spare := [f for f in fields if f.name not in mapping.fields]:
        lines.append("# " + _("还可以对应的字段："))
        must = "  # " + _("必填")
        lines += [f"# {_quoted(str(f.label))} = {_quoted(f.name)}{must if f.required else ''}" for f in spare]
    for f in fields:
        if f.form is Form.CHOICE and f.name in mapping.fields:
            lines += ["", f"[values.{f.name}]  # {f.label}"]
            said = {str(text): value for value, text in f.choices.items()} | dict(mapping.values.get(f.name, {}))
            lines += [f"{_quoted(text)} = {_quoted(value)}" for text, value in said.items()]
        elif mapping.values.get(f.name):
            lines += ["", f"[values.{f.name}]  # {f.label}"]
            lines += [f"{_quoted(text)} = {_quoted(value)}" for text, value in mapping.values[f.name].items()]
    lines += ["", "[constants]", *(f"{name} = {_quoted(value)}" for name, value in mapping.constants.items())]
    lines += ["", "[units]", *(f"{name} = {_quoted(unit)}" for name, unit in mapping.units.items()), ""]
    return "\n".join(lines)


def _demand_sense(made: Mapping, kind: str, fields: Sequence[Field]) -> None:
    known = {f.name: f for f in fields}
    if made.kind != kind:
        raise _faulty(_("映射是为“%(kind)s”写的，不是“%(asked)s”") % {"kind": made.kind, "asked": kind})
    mapped = [name for name in made.columns.values() if name]
    named = {*mapped, *made.values, *made.constants, *made.units}
    if unknown := sorted(named - set(known)):
        raise _faulty(_("没有这些字段：%(names)s；执行 yunshu import kinds 查看") % {"names": "、".join(unknown)})
    twice = sorted({name for name in mapped if mapped.count(name) > 1} | (set(mapped) & set(made.constants)))
    if twice:
        raise _faulty(_("这些字段对应了不止一处：%(names)s") % {"names": "、".join(twice)})
    if wrong := sorted(
        name for name, unit in made.units.items() if unit != "wan" or known[name].form is not Form.MONEY
    ):
        raise _faulty(_('units 只能给金额字段写 "wan"：%(names)s') % {"names": "、".join(wrong)})


def _plain(value: object) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else str(value)


def _folded(text: object) -> str:
    return "".join(c for c in str(text).casefold() if c.isalnum())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _faulty(sentence: str) -> Refused:
    return Refused("mapping_faulty", sentence, where="mapping")
