"""Reading a list back from CSV or XLSX: every row is judged first; all are written, or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.papers import UnreadableError as Unreadable
from yunshu.lib.papers.rows import rows as sheet_rows
from yunshu.lib.ui.lists.export import rearmed
from yunshu.lib.ui.reference.declaration import ReferenceList
from yunshu.lib.ui.reference.records import form_class

MAX_ROWS = 5_000
SALT = "ui.reference.import"
SEAL_AGE_S = 3600
Line = dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """What will become of one row: ``new``, ``changed``, ``same`` or ``bad`` with its reasons."""

    number: int
    key: str
    outcome: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """All verdicts of a file; ``sealed`` carries its rows to the confirmation, so that they cannot be changed."""

    verdicts: tuple[Verdict, ...]
    sealed: str

    def count(self, outcome: str) -> int:
        """How many rows have this outcome."""
        return sum(v.outcome == outcome for v in self.verdicts)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {outcome: self.count(outcome) for outcome in ("new", "changed", "same", "bad")}

    @property
    def is_writable(self) -> bool:
        """No row is bad and something would change."""
        return not self.count("bad") and bool(self.count("new") + self.count("changed"))

    @property
    def notable(self) -> tuple[Verdict, ...]:
        """Rows to show: the bad ones, else the new and changed ones."""
        wanted = {"bad"} if self.count("bad") else {"new", "changed"}
        return tuple(v for v in self.verdicts if v.outcome in wanted)[:500]


def read(reference: ReferenceList, upload: UploadedFile[Any]) -> list[Line]:
    """Return the file's rows as texts by field name.

    Raises Refused: ``file_unreadable``, ``columns_missing``, ``too_many_rows``, ``file_empty``.
    """
    records = table_of(upload)
    head = next(records, [])
    names = {str(reference.field(name).verbose_name): name for name in reference.fields}
    missing = [label for label, name in names.items() if label not in head and not _has_default(reference, name)]
    if missing:
        raise Refused(
            "columns_missing", _("缺少列：%(names)s。请先导出，再在导出的表格上修改。") % {"names": "、".join(missing)}
        )
    lines = []
    for record in records:
        line = {names[h]: text for h, text in zip(head, record, strict=False) if h in names}
        if any(line.values()):
            lines.append(line)
        if len(lines) > MAX_ROWS:
            raise Refused("too_many_rows", _("一次最多导入 %(n)s 行，请分开导入。") % {"n": MAX_ROWS})
    if not lines:
        raise Refused("file_empty", _("文件里没有可导入的行。"))
    return lines


def _has_default(reference: ReferenceList, name: str) -> bool:
    field = reference.field(name)
    return name != reference.key and (field.blank or field.has_default())


def try_out(reference: ReferenceList, lines: Sequence[Line]) -> Trial:
    """Judge every row; nothing stays written."""
    with transaction.atomic():
        verdicts = tuple(_judge(reference, lines))
        transaction.set_rollback(True)
    return Trial(verdicts, signing.dumps([reference.slug, list(lines)], salt=SALT, compress=True))


def unseal(reference: ReferenceList, sealed: str) -> list[Line]:
    """Return the rows of a trial; raise Refused (``trial_expired``) if they are altered or too old."""
    try:
        slug, lines = signing.loads(sealed, salt=SALT, max_age=SEAL_AGE_S)
    except signing.BadSignature:
        slug, lines = "", []
    if slug != reference.slug:
        raise Refused("trial_expired", _("核对结果已过期，请重新上传文件。"))
    return [{str(k): str(v) for k, v in line.items()} for line in lines]


@transaction.atomic
def write(reference: ReferenceList, viewer: Any, lines: Sequence[Line], now: datetime) -> Trial:
    """Write all rows. Raises NotPermitted, and Refused (``rows_bad``) if one is bad: then none is written."""
    viewer.require(reference.edit)
    verdicts = tuple(_judge(reference, lines))
    bad = [v for v in verdicts if v.outcome == "bad"]
    if bad:
        raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": bad[0].number, "why": bad[0].reasons[0]})
    if reference.on_change:
        changed = [v.key for v in verdicts if v.outcome != "same"]
        for record in reference.model._default_manager.filter(**{f"{reference.key}__in": changed}):
            reference.on_change(viewer, record, now)
    return Trial(verdicts, "")


def _judge(reference: ReferenceList, lines: Sequence[Line]) -> Iterator[Verdict]:
    """Write row by row and say what became of each; the caller decides whether the writing stays."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, 2):
        key = line.get(reference.key, "")
        if key and key in seen:
            yield Verdict(number, key, "bad", (_("与第 %(n)s 行重复") % {"n": seen[key]},))
            continue
        seen[key] = number
        yield _judge_one(reference, number, key, line)


def _judge_one(reference: ReferenceList, number: int, key: str, line: Line) -> Verdict:
    form = form_class(reference)
    data, doubts = _form_data(reference, line)
    record = _existing(reference, key)
    if record is not None:
        before = form(instance=record).initial
        data = {**{k: v for k, v in before.items() if k not in data}, **data}
    filled = form(data, instance=record)
    if doubts or not filled.is_valid():
        labels = {name: str(f.label) for name, f in filled.fields.items()}
        errors = [
            f"{labels.get(name, '')}：{text}".lstrip("：") for name, texts in filled.errors.items() for text in texts
        ]
        return Verdict(number, key, "bad", (*doubts, *errors))
    if record is not None and not filled.has_changed():
        return Verdict(number, key, "same")
    filled.save()
    return Verdict(number, key, "new" if record is None else "changed")


def _existing(reference: ReferenceList, key: str) -> models.Model | None:
    field = reference.field(reference.key)
    try:
        value = field.to_python(key) if key else None
    except ValidationError:
        return None
    found: models.Model | None = (
        reference.model._default_manager.filter(**{reference.key: value}).first() if value else None
    )
    return found


def _form_data(reference: ReferenceList, line: Line) -> tuple[dict[str, Any], tuple[str, ...]]:
    data: dict[str, Any] = {}
    doubts = []
    for name, text in line.items():
        field = reference.field(name)
        if field.choices:
            data[name] = _choice_value(field, text)
        elif isinstance(field, models.BooleanField):
            data[name] = None if field.null and not text else text in {"是", "1", "true", "True", "TRUE", "Yes"}
        elif field.is_relation and text:
            data[name], doubt = _related(field, text)
            doubts += [doubt] if doubt else []
        else:
            data[name] = text
    return data, tuple(doubts)


def _choice_value(field: models.Field[Any, Any], text: str) -> Any:
    by_label: Mapping[str, Any] = {str(label): value for value, label in field.flatchoices}
    return by_label.get(text, text)


def _related(field: models.Field[Any, Any], text: str) -> tuple[Any, str]:
    model = field.related_model
    names = [n for n in ("code", "number", "name") if any(f.name == n for f in model._meta.fields)]  # type: ignore[union-attr]
    for name in names:
        found = list(model._default_manager.filter(**{name: text}).values_list("pk", flat=True)[:2])  # type: ignore[union-attr]
        if len(found) == 1:
            return found[0], ""
        if found:
            return None, _("%(label)s“%(text)s”不止一个，请填编码") % {"label": field.verbose_name, "text": text}
    return None, _("%(label)s“%(text)s”不存在") % {"label": field.verbose_name, "text": text}


def table_of(upload: UploadedFile[Any]) -> Iterator[list[str]]:
    """Yield the rows of an uploaded CSV or XLSX file as stripped texts. Raises Refused (``file_unreadable``)."""
    records = _xlsx(upload) if str(upload.name).lower().endswith(".xlsx") else _csv(upload)
    for record in records:
        yield [rearmed(_text(value).strip()) for value in record]


def _csv(upload: UploadedFile[Any]) -> Iterator[Sequence[Any]]:
    content = upload.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _lines(text)
    raise Refused("file_unreadable", _("读不出这个文件，请另存为 XLSX 或 UTF-8 编码的 CSV。"))


def _lines(text: str) -> Iterator[Sequence[Any]]:
    try:
        yield from csv.reader(io.StringIO(text))
    except csv.Error as error:  # a field longer than any table has
        raise Refused("file_unreadable", _("读不出这个文件，请另存为 XLSX 或 UTF-8 编码的 CSV。")) from error


def _xlsx(upload: UploadedFile[Any]) -> Iterator[Sequence[Any]]:
    try:
        yield from sheet_rows(upload.read())
    except Unreadable:
        raise Refused("file_unreadable", _("读不出这个文件，请另存为 XLSX 或 UTF-8 编码的 CSV。")) from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
