"""From a cell's text to a value, or to what is wrong with it. Every value has one canonical text (``canonical``)."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from yunshu.lib.identifiers import ric, uscc
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.money import from_wan, yuan
from yunshu.lib.taking.fields import Fault, Field, Form

YES = frozenset({"是", "有", "1", "true", "yes", "y", "√", "已解决"})
NO = frozenset({"否", "无", "0", "false", "no", "n", "×", "未解决"})
FIRST_YEAR, LAST_YEAR = 1949, 2100
MOST_YUAN = Decimal(10) ** 13
SHOWN = 40
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]*")
_PHONE = re.compile(r"\+?[0-9][0-9\-]{4,18}")
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")
_TIME = re.compile(r"(\d{1,2})[:：时](\d{1,2})分?(?:[:：]?(\d{1,2})秒?)?(?:\.\d+)?")
_LONG_DIGITS = re.compile(r"\d{7,}[\dXx]?")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_HIDDEN = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
Value = str | int | bool | Decimal | date | datetime


class Unfit(ValueError):
    """A cell that cannot be read: why, and what to do."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(why)
        self.why, self.todo = why, todo


def parse(field: Field, text: str, *, formats: Sequence[str] = (), unit: str = "") -> Value | None:
    """Return what a cell says; None where it is blank. Raises Unfit."""
    text = text.strip()
    if not text:
        return None
    if any(c in _HIDDEN or (c not in "\n\r\t" and unicodedata.category(c) in ("Cc", "Cs")) for c in text):
        raise Unfit(_("含有看不见的控制字符"), _("在源表中重新键入这一格。"))
    return _READERS[field.form](field, text, formats, unit)


def canonical(value: Value | None) -> str:
    """Return the one text of a value: what digests are made of and comparisons are made by."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def masked(text: str, *, wholly: bool = False) -> str:
    """Return a cell as reports may show it: long numbers without their middle, a sensitive one without all but its first."""
    text = " ".join(text.split())
    if wholly and text:
        return f"{text[:1]}***"
    text = _LONG_DIGITS.sub(lambda found: f"{found.group()[:3]}****{found.group()[-2:]}", text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _text(field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    if field.clean:
        kept = field.clean(text)
    else:
        kept = text.replace("\r\n", "\n") if field.form is Form.LINES else " ".join(text.split())
    if len(kept) > field.most:
        raise Unfit(
            _("有 %(n)s 字，最多 %(most)s 字") % {"n": len(kept), "most": field.most}, _("缩短，或另放一列说明。")
        )
    if field.form is Form.TEXT and _IDENTITY.search(kept) and ric.check(_IDENTITY.findall(kept)[0].upper()).ok:
        raise Unfit(_("含有公民身份号码，本列不得保存"), _("从这一列删去身份号码。"))
    return kept


def _code(field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    if not _CODE.fullmatch(text) or len(text) > field.most:
        raise Unfit(_("不是编码"), _("只用字母、数字、-、_、.、/，不超过 %(n)s 个字符，不含空格。") % {"n": field.most})
    if _is_identity(text):
        raise Unfit(_("是公民身份号码，不能作编号"), _("换用单位内部的编号；身份号码不得明文保存。"))
    return text


def _is_identity(text: str) -> bool:
    return bool(_IDENTITY.fullmatch(text)) and ric.check(text.upper()).ok


def _count(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text.replace(",", "")):
        raise Unfit(_("不是整数"), _("填 0 或正整数。"))
    return int(text.replace(",", ""))


def _decimal(text: str) -> Decimal:
    plain = re.sub(r"[,，\s￥¥]|元$", "", text)
    try:
        found = Decimal(plain)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= MOST_YUAN or not re.fullmatch(r"-?[0-9]*\.?[0-9]+", plain):
        raise Unfit(_("不是数字"), _("只填数字，例如 1200.50；单位写在映射里。"))
    return found


def _money(_field: Field, text: str, _formats: Sequence[str], unit: str) -> Decimal:
    found = _decimal(text)
    amount = from_wan(found) if unit == "wan" else yuan(found)
    if amount != found * (10_000 if unit == "wan" else 1):
        raise Unfit(_("金额精确到分，这里更细"), _('核对小数位；单位是万元的，在映射里写 unit = "wan"。'))
    if amount < 0:
        raise Unfit(_("金额是负数"), _("填正数；退款、核减不能这样接管。"))
    return amount


def _percent(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> Decimal:
    found = _decimal(text.removesuffix("%").removesuffix("％"))
    if not 0 <= found <= 100 or found != round(found, 4):
        raise Unfit(_("不是 0 到 100 之间的百分数"), _("例如 30 或 30%。"))
    return found


def _day(_field: Field, text: str, formats: Sequence[str], _unit: str) -> date:
    found = _moment(text, formats)
    if isinstance(found, datetime) and found.time() != time():
        raise Unfit(_("带有时刻，这一列只要日期"), _("只留日期，例如 2024-03-01。"))
    return found.date() if isinstance(found, datetime) else found


def _instant(_field: Field, text: str, formats: Sequence[str], _unit: str) -> datetime:
    found = _moment(text, formats)
    naive = found if isinstance(found, datetime) else datetime.combine(found, time())
    return naive.replace(microsecond=0, tzinfo=CITY_ZONE)


def _moment(text: str, formats: Sequence[str]) -> date | datetime:
    """Read a day, with or without a time; the mapping's own formats first."""
    found: date | datetime | None = None
    for form in formats:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the city's, given by the caller
            break
        except ValueError:
            continue
    found = found or _usual(text)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unfit(
            _("不是日期，或这一天不存在"),
            _("写成 2024-03-01、2024/3/1 或 2024年3月1日（时刻 09:30）；别的写法在映射的 date_formats 里声明。"),
        )
    return found


def _usual(text: str) -> date | datetime | None:
    head = _DAY.match(text)
    if head is None:
        return None
    rest = text[head.end() :].strip(" T\u3000")
    clock = _TIME.fullmatch(rest) if rest else None
    if rest and clock is None:
        return None
    year, month, day = (int(p) for p in head.groups() if p and p.isdigit())
    try:
        if clock is None:
            return date(year, month, day)
        hour, minute, second = (int(p or 0) for p in clock.groups())
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller gives the zone
    except ValueError:
        return None


def _choice(field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    by_label = {str(_label): value for value, _label in field.choices.items()}
    found = text if text in field.choices else by_label.get(text)
    if found is None:
        known = "、".join(str(_label) for _label in field.choices.values())
        raise Unfit(
            _("不在选项中"), _("可填：%(known)s；源系统的说法在映射的 values 里对应。") % {"known": known[:200]}
        )
    return found


def _yes_no(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> bool:
    said = text.lower()
    if said not in YES | NO:
        raise Unfit(_("不是“是”或“否”"), _("填 是 或 否，或在映射的 values 里对应。"))
    return said in YES


def _phone(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    kept = re.sub(r"[\s()（）]", "", text)
    if not _PHONE.fullmatch(kept) or _is_identity(kept):
        raise Unfit(_("不是电话号码"), _("只填一个号码，例如 0663-8000000 或 13800000000。"))
    return kept


def _uscc(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    kept = text.upper()
    if not uscc.check(kept).ok:
        raise Unfit(_("统一社会信用代码校验不通过"), _("核对 18 位代码，尤其第 18 位校验码。"))
    return kept


def _identity(_field: Field, text: str, _formats: Sequence[str], _unit: str) -> str:
    kept = ric.normal(text)
    if not ric.check(kept).ok:
        raise Unfit(_("公民身份号码校验不通过"), _("核对号码；没有的留空。"))
    return kept


_READERS: Mapping[Form, Callable[[Field, str, Sequence[str], str], Value]] = {
    Form.TEXT: _text,
    Form.LINES: _text,
    Form.CODE: _code,
    Form.COUNT: _count,
    Form.MONEY: _money,
    Form.PERCENT: _percent,
    Form.DAY: _day,
    Form.INSTANT: _instant,
    Form.CHOICE: _choice,
    Form.YES_NO: _yes_no,
    Form.PHONE: _phone,
    Form.USCC: _uscc,
    Form.IDENTITY: _identity,
}


def fault_of(field: Field, text: str, unfit: Unfit) -> Fault:
    """Return the fault of a cell, its text as it may be shown."""
    return Fault(field.name, masked(text, wholly=field.sensitive), unfit.why, unfit.todo)
