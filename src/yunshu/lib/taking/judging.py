"""One row against the mapping and the fields: every fault of it at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from yunshu.lib.taking import values
from yunshu.lib.taking.fields import Fault, Field
from yunshu.lib.taking.mapping import Mapping as Mapped
from yunshu.lib.taking.reading import Line


@dataclass
class Judged:
    """A row as it was understood: by field, the values; the faults say why it may not be taken."""

    line: int
    key: str
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    identity: str = ""

    def refuse(self, name: str, why: str, todo: str) -> None:
        """Add a fault that only the city's own records show."""
        text = values.canonical(self.values.get(name))
        self.faults.append(Fault(name, values.masked(text), why, todo))


class Judge:
    """Judges the rows of one source."""

    def __init__(self, fields: Sequence[Field], key: str, mapping: Mapped, head: Sequence[str]) -> None:
        self.fields, self.key, self.mapping = {f.name: f for f in fields}, key, mapping
        self.places = {name: place for place, column in enumerate(head) if (name := mapping.columns.get(column))}
        self.first: dict[str, int] = {}
        self.people: dict[bytes, int] = {}

    def judge(self, line: Line) -> Judged:
        """Return the row with its faults; a key that came before is one."""
        row = Judged(line.number, "", {})
        for name in self.fields:
            if name in self.mapping.fields:
                self._cell(row, self.fields[name], line)
        for name in set(self.fields) - self.mapping.fields:
            if self.fields[name].required:
                row.faults.append(Fault(name, "", _("没有对应的列"), _("在映射的 columns 或 constants 里补上。")))
        row.key = self._key(row)
        self._twice(row)
        row.faults = [replace(f, column=self.column(f.field)) for f in row.faults]
        return row

    def column(self, name: str) -> str:
        """Return how the source calls a field: its column, else its label."""
        known = self.fields.get(name)
        return self.mapping.column_of(name) or (str(known.label) if known else "")

    def _key(self, row: Judged) -> str:
        """Return what the source calls the row: one field, or several joined; empty where one is missing."""
        parts = [values.canonical(row.values.get(name)) for name in self.key.split("+")]
        return "#".join(parts) if all(parts) else ""

    def _cell(self, row: Judged, known: Field, line: Line) -> None:
        place = self.places.get(known.name)
        if place is not None and place in line.formulas:
            why, todo = _("是公式，不是值"), _("复制这一列，选择性粘贴为“数值”后再接管。")
            row.faults.append(Fault(known.name, "", why, todo))
            return
        text = self.mapping.constants.get(known.name, "")
        if place is not None:
            text = line.cells[place].strip() if place < len(line.cells) else ""
        said = self.mapping.values.get(known.name, {}).get(text, text)
        try:
            value = values.parse(
                known, said, formats=self.mapping.date_formats, unit=self.mapping.units.get(known.name, "")
            )
        except values.Unfit as unfit:
            row.faults.append(values.fault_of(known, text, unfit))
            return
        if value is None and known.required:
            row.faults.append(Fault(known.name, "", _("没有填写"), _("补上，或在映射的 constants 里给一个值。")))
        if known.is_kept:
            row.values[known.name] = value
        elif value is not None:
            row.identity = str(value)

    def _twice(self, row: Judged) -> None:
        if row.key:
            before = self.first.setdefault(row.key, row.line)
            if before != row.line:
                why = _("与第 %(n)s 行重复") % {"n": before}
                row.faults.append(Fault(self.key.partition("+")[0], values.masked(row.key), why, _("删去其中一行。")))
        if row.identity:  # of a number that must not be kept, for as long as the file is read, its digest is
            name = next(f.name for f in self.fields.values() if not f.is_kept)
            before = self.people.setdefault(hashlib.sha256(row.identity.encode()).digest(), row.line)
            if before != row.line:
                why = _("与第 %(n)s 行是同一个人") % {"n": before}
                row.faults.append(Fault(name, "***", why, _("一个人只留一行。")))


def digest_of(said: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the SHA-256 of the canonical texts of some fields, by name."""
    out = hashlib.sha256()
    for name in sorted(names):
        text = values.canonical(said.get(name)).encode()
        out.update(f"{name}:{len(text)}:".encode())
        out.update(text)
    return out.hexdigest()
