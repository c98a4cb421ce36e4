"""Sheets read in: every row is tried, nothing is written until all of them may be, then all are.

What a sheet looks like is data (``Heading``): its own name for a column and those that official lists use.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.ui.reference.transfer import MAX_ROWS, Trial, Verdict

Line = dict[str, str]
HEAD_WITHIN = 6
"""An official list has its title above the head of the table: the head is looked for in so many rows."""
LARGEST_SEAL, SEAL_AGE_S = 2_000_000, 3600
YES, NO = {"是", "有", "1", "true", "yes", "已认证"}, {"否", "无", "0", "false", "no", "未认证"}


@dataclass(frozen=True)
class Heading:
    """A column: the field, its name in our sheet, its names in others', whether a row must have it."""

    field: str
    label: Any
    others: tuple[str, ...] = ()
    needed: bool = False

    def names(self) -> set[str]:
        """Return every name of the column, without spaces."""
        return {squeezed(str(name)) for name in (self.label, *self.others)}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A kind of sheet. ``put`` writes a line and returns ``new``, ``changed`` or ``same``; ``values`` is a row as the sheet has it.

    ``finish`` is called with all lines once they are written.
    """

    slug: str
    title: Any
    key: str
    headings: tuple[Heading, ...]
    put: Callable[[Viewer, Line, datetime], str]
    values: Callable[[Any], Sequence[Any]]
    finish: Callable[[Viewer, Sequence[Line], datetime], None] = lambda _actor, _lines, _now: None


def lines_of(sheet: Sheet, table: Iterator[list[str]]) -> list[Line]:
    """Return rows as texts by field. Raises Refused (``columns_missing``, ``file_empty``, ``too_many_rows``)."""
    head = _head(sheet, table)
    lines = []
    for record in table:
        line = {name: text for name, text in zip(head, record, strict=False) if name}
        if any(line.values()):
            lines.append(line)
        if len(lines) > MAX_ROWS:
            raise Refused("too_many_rows", _("一次最多导入 %(n)s 行，请分开导入。") % {"n": MAX_ROWS})
    if not lines:
        raise Refused("file_empty", _("文件里没有可导入的行。"))
    return lines


def _head(sheet: Sheet, table: Iterator[list[str]]) -> list[str]:
    by_name = {name: h.field for h in sheet.headings for name in h.names()}
    needed = {h.field for h in sheet.headings if h.needed}
    best: list[str] = []
    for _n, record in zip(range(HEAD_WITHIN), table, strict=False):
        head = [by_name.get(squeezed(text), "") for text in record]
        if needed <= set(head):
            return head
        best = max(best, head, key=lambda each: len(needed & set(each)))
    missing = [str(h.label) for h in sheet.headings if h.needed and h.field not in best]
    raise Refused("columns_missing", _("缺少列：%(names)s。可先下载模板。") % {"names": "、".join(missing)})


def squeezed(text: str) -> str:
    """Return a heading without spaces and the star that marks what must be filled in."""
    return "".join(text.split()).strip("*＊")


def try_out(sheet: Sheet, actor: Viewer, lines: Sequence[Line], now: datetime) -> Trial:
    """Judge every row, write nothing. Raises NotPermitted and Refused (``too_much``)."""
    actor.require(REGISTRY_EDIT)
    with transaction.atomic():
        verdicts = tuple(_judge(sheet, actor, lines, now))
        transaction.set_rollback(True)
    sealed = signing.dumps([sheet.slug, list(lines)], salt="inspection.sheets", compress=True)
    if len(sealed) > LARGEST_SEAL:
        raise Refused("too_much", _("内容太多，请分几个文件导入。"))
    return Trial(verdicts, sealed)


def unseal(sheet: Sheet, sealed: str) -> list[Line]:
    """Return the rows of a trial; raise Refused (``trial_expired``)."""
    try:
        slug, lines = signing.loads(sealed, salt="inspection.sheets", max_age=SEAL_AGE_S)
    except signing.BadSignature:
        slug, lines = "", []
    if slug != sheet.slug:
        raise Refused("trial_expired", _("核对结果已过期，请重新上传文件。"))
    return list(lines)


@transaction.atomic
def write(sheet: Sheet, actor: Viewer, lines: Sequence[Line], now: datetime) -> Trial:
    """Write every row. Raises NotPermitted, and Refused (``rows_bad``) if one is bad: then none is written."""
    actor.require(REGISTRY_EDIT)
    verdicts = tuple(_judge(sheet, actor, lines, now))
    bad = next((v for v in verdicts if v.outcome == "bad"), None)
    if bad:
        raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": bad.number, "why": bad.reasons[0]})
    sheet.finish(actor, lines, now)
    return Trial(verdicts, "")


def records_of(sheet: Sheet, rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Return rows as the sheet that ``lines_of`` reads back, the head first."""
    yield [str(h.label) for h in sheet.headings]
    for row in rows:
        yield sheet.values(row)


def _judge(sheet: Sheet, actor: Viewer, lines: Sequence[Line], now: datetime) -> Iterator[Verdict]:
    seen: dict[tuple[str, ...], int] = {}
    keys = sheet.key.split(",")
    for number, line in enumerate(lines, 2):
        key = tuple(line.get(name, "") for name in keys)
        if key in seen:
            yield Verdict(number, " ".join(key), "bad", (_("与第 %(n)s 行重复") % {"n": seen[key]},))
            continue
        seen[key] = number
        yield _judge_one(sheet, actor, number, " ".join(key), line, now)


def _judge_one(sheet: Sheet, actor: Viewer, number: int, key: str, line: Line, now: datetime) -> Verdict:
    blank = [str(h.label) for h in sheet.headings if h.needed and not line.get(h.field)]
    if blank:
        return Verdict(number, key, "bad", (_("没有填写：%(names)s") % {"names": "、".join(blank)},))
    try:
        with transaction.atomic():
            return Verdict(number, key, sheet.put(actor, line, now))
    except (Refused, NotFound, Conflict) as error:
        if isinstance(error, NotPermitted):
            return Verdict(number, key, "bad", (_("没有权限维护该单位的台账"),))
        return Verdict(number, key, "bad", (error.message or error.code,))


def yes(text: str, *, default: bool | None) -> bool | None:
    """Return what 是/否 says, ``default`` where nothing is said; raise Refused (``yes_or_no``)."""
    word = text.strip().lower()
    if word in YES or word in NO:
        return word in YES
    if word:
        raise Refused("yes_or_no", _("应填“是”或“否”：%(text)s") % {"text": text})
    return default


def choice(text: str, choices: Iterable[tuple[str, Any]], name: Any) -> str:
    """Return the value of what a cell calls by its name or its code; raise Refused (``choice_unknown``)."""
    known = {str(label): value for value, label in choices}
    value = known.get(text, text)
    if value not in known.values():
        words = {"name": name, "text": text, "all": "、".join(known)}
        raise Refused("choice_unknown", _("%(name)s应为%(all)s之一：%(text)s") % words)
    return value


def org_code(text: str) -> str:
    """Return the code of an organisation named by its full name or its code; raise Refused (``org_ambiguous``)."""
    codes = list(Org.objects.filter(name=text, is_active=True).values_list("code", flat=True)[:2])
    if len(codes) > 1:
        raise Refused("org_ambiguous", _("机构“%(name)s”不止一个，请填编码。") % {"name": text})
    return codes[0] if codes else text


def instant(text: str) -> datetime:
    """Return an instant, of the city's zone unless it says another; a day is its beginning. Raises Refused (``time_bad``)."""
    tidy = text.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        at = parse_datetime(tidy)
        on = parse_date(tidy) if at is None else None
    except ValueError:
        at = on = None
    if on is not None:
        at = datetime(on.year, on.month, on.day, tzinfo=CITY_ZONE)
    if at is None:
        raise Refused("time_bad", _("时间应写成 2026-01-31 09:30：%(text)s") % {"text": text[:40]}, where="at")
    return at if at.tzinfo else at.replace(tzinfo=CITY_ZONE)


def written(row: Any, name: str) -> str:
    """Return a row's yes or no as the sheet has it; blank where it is not known."""
    value = getattr(row, name)
    return "" if value is None else _("是") if value else _("否")
