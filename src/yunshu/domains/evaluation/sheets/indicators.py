"""绩效指标: three levels, explanation, comparator, target, unit; a blank or merged level is the one above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yunshu.domains.evaluation.contracts import Cell, Comparator, Indicator
from yunshu.domains.evaluation.sheets import figures, labels
from yunshu.domains.evaluation.sheets.notes import Notes
from yunshu.domains.evaluation.sheets.tasks import columns
from yunshu.domains.evaluation.sheets.texts import clean, fold

LEVELS = {"level1": ("一级指标", labels.LEVEL1), "level2": ("二级指标", labels.LEVEL2)}


def indicators(notes: Notes, heads: Sequence[int], end: int) -> tuple[Indicator, ...]:
    """Return the indicators under the header; faults: no header, a repeated or incomplete one, no indicator."""
    if not heads:
        message = "没有找到指标表头（一级指标、二级指标、三级指标…）。"
        notes.fault("绩效指标", message, "请保留表头。", "indicators")
        return ()
    for extra in heads[1:]:
        message = "指标表头出现了两次。"
        notes.fault(notes.grid.written(extra)[0], message, "请删去重复的表头，一次只导入一张表。", "indicators")
    place = columns(notes, heads[0], labels.INDICATOR_COLUMNS)
    missing = [name for key, name in labels.INDICATOR_COLUMNS.items() if key not in place]
    if missing:
        first = notes.grid.written(heads[0])[0]
        notes.fault(first, f"指标表头缺少：{'、'.join(missing)}。", "请补全表头。", "indicators")
        return ()
    made: list[Indicator] = []
    for row in range(heads[0] + 1, end):
        if len(notes.grid.written(row)) > 1:
            made.append(_Row(notes, row, place, made[-1] if made else None, len(made) + 1).read())
    if not made:
        notes.fault("绩效指标", "没有读到任何指标。", "请至少填写一个指标。", "indicators")
    return tuple(made)


@dataclass
class _Row:
    """One indicator in the making."""

    notes: Notes
    row: int
    place: Mapping[str, int]
    above: Indicator | None
    ordinal: int

    def read(self) -> Indicator:
        level1 = self._level("level1", "")
        same = self.above is not None and self.above.level1 == level1
        level2 = self._level("level2", "" if same else "一级指标已变")
        name = self.notes.line(self._cell("name"), self._path("name"))
        if not name:
            message = f"第 {self.ordinal} 个指标没有名称。"
            self.notes.fault(self._cell("name"), message, "请补填三级指标。", self._path("name"))
        explanation = self.notes.lines(self._cell("explanation"), self._path("explanation"))
        if not explanation:
            message = f"第 {self.ordinal} 个指标没有解释。"
            self.notes.doubt(self._cell("explanation"), self._path("explanation"), message, "")
        number = self._number()
        comparator = self._comparator(number)
        return Indicator(
            ordinal=self.ordinal,
            level1=level1,
            level2=level2,
            name=name,
            explanation=explanation,
            comparator=comparator,
            target=number.value,
            unit=self._unit(number),
            comparator_text=self.notes.typed(self._path("comparator")),
            target_text=self.notes.typed(self._path("target")),
        )

    def _path(self, key: str) -> str:
        return f"indicators.{self.ordinal}.{key}"

    def _cell(self, key: str) -> Cell:
        return self.notes.cell(self.row, self.place[key])

    def _level(self, key: str, changed: str) -> str:
        cell, field = self._cell(key), self._path(key)
        label, usual = LEVELS[key]
        merged = cell.row < self.row
        place = f"{cell.place}（合并至第{self.row}行）" if merged else cell.place
        text = fold(self.notes.take(cell, field, text=cell.text, place=place))
        above = getattr(self.above, key) if self.above else ""
        if not text and above and not changed:
            text = above
            message = f"第 {self.ordinal} 个指标的{label}为空，视为同上：“{above}”。"
            self.notes.doubt(cell, field, message, above)
        elif not text:
            why = f"（{changed}）" if changed and above else ""
            self.notes.fault(cell, f"第 {self.ordinal} 个指标没有{label}{why}。", f"请补填{label}。", field)
        elif text not in usual and not merged:
            self.notes.doubt(cell, field, f"“{figures.shown(text)}”不是常见的{label}，照录。", text)
        self.notes.value(field, text)
        return text

    def _number(self) -> figures.Number:
        cell, field = self._cell("target"), self._path("target")
        if not clean(self.notes.corrections.get(field, cell.text)):
            self.notes.take(cell, field)
            self.notes.fault(cell, f"第 {self.ordinal} 个指标没有指标值。", "请填写数字。", field)
            return figures.Number("", Decimal(0), "")
        number = self.notes.read(cell, field, figures.target)
        if number is None:
            return figures.Number("", Decimal(0), "")
        self.notes.value(field, number.value)
        return number

    def _comparator(self, number: figures.Number) -> Comparator:
        """Return the sign of the comparator's cell, or the one joined to the target; both must agree."""
        cell, field = self._cell("comparator"), self._path("comparator")
        text = self.notes.take(cell, field)
        if not fold(text) and not number.sign:
            known = "、".join(c.value for c in Comparator)
            self.notes.fault(cell, f"第 {self.ordinal} 个指标没有对比符号。", f"请填写 {known} 之一。", field)
            return Comparator.EQ
        found: list[Comparator] = []
        for typed in filter(None, (fold(text), number.sign)):
            try:
                read = figures.comparator(typed)
            except figures.Illegible as error:
                self.notes.fault(cell, str(error), error.advice, field)
                return Comparator.EQ
            found.append(read.value)
            if len(found) == 1:
                self.notes.doubt_all(cell, field, read.doubts)
        if len(set(found)) > 1:
            message = f"对比符号“{figures.shown(text)}”与指标值前后的“{number.sign}”不一致。"
            self.notes.fault(cell, message, "请只保留一个对比符号。", field)
        self.notes.value(field, found[0].value)
        return found[0]

    def _unit(self, number: figures.Number) -> str:
        cell, field = self._cell("unit"), self._path("unit")
        unit = figures.unit(self.notes.take(cell, field))
        if unit and number.unit and fold(unit) != fold(number.unit):
            message = f"计量单位“{figures.shown(unit)}”与指标值后面的“{figures.shown(number.unit)}”不一致。"
            self.notes.fault(cell, message, "请只保留一个计量单位。", field)
        unit = unit or figures.unit(number.unit)
        if not unit:
            self.notes.doubt(cell, field, f"第 {self.ordinal} 个指标没有计量单位。", "")
        self.notes.value(field, unit)
        return unit
