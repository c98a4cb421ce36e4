"""总体绩效目标: numbered sentences out of the paragraphs of one cell, or of several rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from yunshu.domains.evaluation.contracts import Cell, Goal
from yunshu.domains.evaluation.sheets import figures, labels
from yunshu.domains.evaluation.sheets.notes import Notes
from yunshu.domains.evaluation.sheets.texts import clean, fold

_CHINESE = "一二三四五六七八九"
MARKS = (
    re.compile(r"\s*(?P<n>[0-9０-９]{1,3})\s*(?:、|[)）]|[.．](?![0-9０-９]))\s*"),
    re.compile(r"\s*[(（]\s*(?P<n>[0-9０-９]{1,3})\s*[)）]\s*[、.．]?\s*"),
    re.compile(r"\s*(?P<n>[①-⑳㉑-㉟])\s*[、.．]?\s*"),
    re.compile(r"\s*(?P<n>[一二三四五六七八九十]{1,3})、\s*"),
    re.compile(r"\s*[(（](?P<n>[一二三四五六七八九十]{1,3})[)）]\s*、?\s*"),
)
"""The ways of numbering; the first one met is the goals' own, the others belong to their text."""
_INLINE = r"(?<=[。；;！!？?，,\s])\s*(?:{n}、|{n}[.．](?!\d)|[(（]{n}[)）]|{circle})"


@dataclass
class _Paragraph:
    cell: Cell
    place: str
    text: str


@dataclass
class _Found:
    """One goal in the making."""

    number: int
    first: _Paragraph
    texts: list[str] = field(default_factory=list)


def number(text: str) -> tuple[int, int, int] | None:
    """Return style, number and length of the mark a paragraph begins with, None if it begins with none."""
    for style, pattern in enumerate(MARKS):
        match = pattern.match(text)
        if match:
            return style, _integer(match["n"]), match.end()
    return None


def _integer(typed: str) -> int:
    if typed[0] in _CHINESE or typed[0] == "十":
        tens, _, ones = typed.rpartition("十")
        high = (_CHINESE.find(tens) + 1 or 1) * 10 if "十" in typed else 0
        return high + _CHINESE.find(ones) + 1 if ones else high
    return int(fold(typed))


def goals(notes: Notes, first: int | None, end: int) -> tuple[str, tuple[Goal, ...]]:
    """Return preamble and goals; faults: no such row, numbers that do not run 1, 2, 3…, an empty goal."""
    if first is None:
        notes.fault("总体绩效目标", "没有找到“总体绩效目标”一栏。", "请保留该栏。", "goals")
        return "", ()
    paragraphs = _paragraphs(notes, first, end)
    if not paragraphs:
        return "", ()
    preamble, found = _split(notes, paragraphs)
    numbers = [f.number for f in found]
    if numbers != list(range(1, len(numbers) + 1)):
        listed = "、".join(map(str, numbers))
        notes.fault(
            paragraphs[0].cell, f"总体绩效目标的编号不连续或重复：{listed}。", "请按 1、2、3… 重新编号。", "goals"
        )
    made = [_goal(notes, n, f) for n, f in enumerate(found, 1)]
    if found:
        _doubt_inline(notes, paragraphs, found[-1], len(found))
    else:
        _doubt_unnumbered(notes, paragraphs)
    return preamble, tuple(made)


def _paragraphs(notes: Notes, first: int, end: int) -> list[_Paragraph]:
    label = next(c for c in notes.grid.written(first) if fold(c.text) in labels.GOALS)
    notes.know(label)
    cells = []
    for row in range(first, end):
        written = [c for c in notes.grid.written(row) if c is not label]
        for extra in written[1:]:
            notes.know(extra)
            message = f"总体绩效目标后面有不止一格内容：“{figures.shown(extra.text)}”。"
            notes.fault(extra, message, "请合并为一格。", "goals")
        cells += written[:1]
    blank = cells[0] if cells else notes.cell(first, label.column + label.column_span)
    whole = notes.take(blank, "goals", text=blank.text)
    if "goals" in notes.corrections:
        notes.know(*cells)
        cells = []
    for cell in cells[1:]:
        if cell.row >= label.row + label.row_span:
            notes.doubt(
                cell, "goals", f"“{figures.shown(cell.text)}”单独成行，按总体绩效目标的续行读取。", clean(cell.text)
            )
    texts = [(c, clean(c.text)) for c in cells] or [(blank, clean(whole))]
    if not any(text for _, text in texts):
        notes.doubt(blank, "goals", "总体绩效目标没有填写。", "")
        return []
    return [
        _Paragraph(cell, f"{cell.place}第{n}段" if "\n" in text else cell.place, line)
        for cell, text in texts
        for n, line in enumerate(text.split("\n"), 1)
    ]


def _split(notes: Notes, paragraphs: list[_Paragraph]) -> tuple[str, list[_Found]]:
    preamble: list[str] = []
    found: list[_Found] = []
    style: int | None = None
    for paragraph in paragraphs:
        notes.know(paragraph.cell)
        mark = number(paragraph.text)
        if mark is not None and style in (None, mark[0]):
            style = mark[0]
            found.append(_Found(mark[1], paragraph, [paragraph.text[mark[2] :].strip()]))
        elif found:
            found[-1].texts.append(paragraph.text)
            message = f"这一段没有编号，按第 {len(found)} 条目标的续段读取：“{figures.shown(paragraph.text)}”。"
            notes.doubt(paragraph.cell, f"goals.{len(found)}", message, "\n".join(found[-1].texts))
        else:
            preamble.append(paragraph.text)
            message = f"编号之前的文字按引言读取：“{figures.shown(paragraph.text)}”。"
            notes.doubt(paragraph.cell, "goals.preamble", message, paragraph.text)
    return "\n".join(preamble), found


def _goal(notes: Notes, ordinal: int, found: _Found) -> Goal:
    field_path = f"goals.{ordinal}"
    text = clean(notes.take(found.first.cell, field_path, text="\n".join(found.texts), place=found.first.place))
    notes.value(field_path, text)
    if not text:
        notes.fault(found.first.cell, f"第 {ordinal} 条目标没有内容。", "请补填或删去该编号。", field_path)
    return Goal(ordinal=found.number, text=text)


def _doubt_inline(notes: Notes, paragraphs: list[_Paragraph], last: _Found, ordinal: int) -> None:
    """Doubt a last goal in which the next number seems to hide, as when line breaks were lost on the way."""
    text, following = "\n".join(last.texts), ordinal + 1
    circle = chr(ord("①") + following - 1) if following <= 20 else "$^"
    if re.search(_INLINE.format(n=following, circle=circle), text) is None:
        return
    whole = "\n".join(p.text for p in paragraphs)
    split = re.sub(_INLINE.format(n=r"\d{1,3}", circle="[①-⑳]"), lambda m: "\n" + m[0].strip(), whole)
    message = f"第 {ordinal} 条目标里似乎还有第 {following} 条（编号没有另起一段），按一条读取。"
    notes.doubt(last.first.cell, "goals", message, whole, (split,))


def _doubt_unnumbered(notes: Notes, paragraphs: list[_Paragraph]) -> None:
    whole = "\n".join(p.text for p in paragraphs)
    numbered = "\n".join(f"{n}、{p.text}" for n, p in enumerate(paragraphs, 1))
    notes.doubt(paragraphs[0].cell, "goals", "总体绩效目标没有编号，没有分条。", whole, (numbered,))
