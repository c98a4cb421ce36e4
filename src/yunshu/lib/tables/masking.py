"""Masks: what becomes of a column before it leaves the source. Start at ``from_json``, then ``fit``.

Each mask is written three times and must say the same each time (a property test holds them together): as an expression
for PostgreSQL, as one for MySQL, and in Python. What comes out:

    mask              takes                                   gives
    keep              any column                              the same type
    drop              any column                              nothing: the column does not leave
    hash              what has a text (``values``)            text, 64 hex digits of HMAC-SHA-256 (RFC 2104)
    partial           text                                    text of the same length
    generalise_date   date, timestamp, timestamptz            date: the first day of the year, the month, or the day
    generalise_number integer, numeric                        numeric: the lower end of the band
    generalise_text   text                                    text: the first ``length`` characters
    date_shift        date, timestamp, timestamptz            the same type, days moved by what the subject's hash says
    encrypt           what has a text                         bytea, SM4-GCM; only in Python (``sealing``)

NULL stays NULL. A key of ``hash`` and ``date_shift`` appears in the query that the source runs, as two padded blocks:
the source's administrators can read it, who see the plain values anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

from psycopg import sql

from yunshu.lib.crypto import digests
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.schema import Column, TableSchema
from yunshu.lib.tables.values import TEXT_FAMILIES, text_of

Row = Mapping[str, Any]
_EXACT = Context(prec=400)  # more digits than PostgreSQL's numeric shows in practice: nothing is rounded
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
_SHIFT_DIGITS = 7  # 28 bits of the hash: positive in every integer type


@dataclass(frozen=True)
class Keep:
    """The value as it is."""

    takes = frozenset({*TEXT_FAMILIES, "bytes", "other"})


@dataclass(frozen=True)
class Drop:
    """The column does not leave the source."""

    takes = frozenset({*TEXT_FAMILIES, "bytes", "other"})


@dataclass(frozen=True)
class Hash:
    """Keyed hash: the same value has the same pseudonym under one key, and none can be guessed without it."""

    key: bytes
    takes = TEXT_FAMILIES


@dataclass(frozen=True)
class Partial:
    """Keep ``head`` and ``tail`` characters, hide the rest; a text too short to hide anything is hidden whole."""

    head: int
    tail: int
    fill: str = "*"
    takes = frozenset({"text"})


@dataclass(frozen=True)
class GeneraliseDate:
    """The first day of the year, the month, or the day; ``zone`` says which day an instant is on."""

    unit: Literal["year", "month", "day"]
    zone: str = "Asia/Shanghai"
    takes = _TIMES


@dataclass(frozen=True)
class GeneraliseNumber:
    """The lower end of the band of this width; bands begin at 0 and are closed below."""

    width: Decimal
    takes = frozenset({"integer", "number"})


@dataclass(frozen=True)
class GeneraliseText:
    """The first ``length`` characters."""

    length: int
    takes = frozenset({"text"})


@dataclass(frozen=True)
class DateShift:
    """Move by -max_days..max_days, as the keyed hash of ``subject`` says: one person's dates keep their distances.

    NULL if the subject is NULL: an unshifted date must not slip through.
    """

    key: bytes
    max_days: int
    subject: str
    takes = _TIMES


@dataclass(frozen=True)
class Encrypt:
    """Sealed under the key called ``key_id``; makes a transfer take the row path, for no database has SM4."""

    key_id: str
    takes = TEXT_FAMILIES


Mask = Keep | Drop | Hash | Partial | GeneraliseDate | GeneraliseNumber | GeneraliseText | DateShift | Encrypt
_NAMES: dict[str, type[Mask]] = {
    "keep": Keep,
    "drop": Drop,
    "hash": Hash,
    "partial": Partial,
    "generalise_date": GeneraliseDate,
    "generalise_number": GeneraliseNumber,
    "generalise_text": GeneraliseText,
    "date_shift": DateShift,
    "encrypt": Encrypt,
}


def to_json(mask: Mask) -> dict[str, Any]:
    """Return the JSON form; a key in hex: whoever stores the form stores a secret."""
    name = next(name for name, kind in _NAMES.items() if kind is type(mask))
    plain = {key: _plain(value) for key, value in asdict(mask).items()}
    return {"mask": name, **plain}


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value) if isinstance(value, Decimal) else value


def from_json(form: Mapping[str, Any]) -> Mask:
    """Read the JSON form; raise Unfit (``mask_malformed``)."""
    values = {key: value for key, value in form.items() if key != "mask"}
    try:
        if "key" in values:
            values["key"] = bytes.fromhex(values["key"])
        if "width" in values:
            values["width"] = Decimal(values["width"])
        mask = _NAMES[form["mask"]](**values)
        return _sound(mask)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Unfit("mask_malformed", f"this is no mask: {error}") from error


def _sound(mask: Mask) -> Mask:
    """Return ``mask`` if its own numbers make sense; raise ValueError."""
    match mask:
        case Hash(key) if len(key) < 16:
            raise ValueError("a key has at least 16 bytes")
        case DateShift(key, days) if len(key) < 16 or not 0 < days <= 100_000:
            raise ValueError("a key has at least 16 bytes, and a shift 1 to 100000 days")
        case Partial(head, tail, fill) if head < 0 or tail < 0 or len(fill) != 1 or fill == "\0":
            raise ValueError("head and tail are not negative, the fill is one character")
        case GeneraliseNumber(width) if not width.is_finite() or width <= 0:
            raise ValueError("the width of a band is positive")
        case GeneraliseText(length) if length < 0:
            raise ValueError("a length is not negative")
        case GeneraliseDate(unit, zone):
            ZoneInfo(zone)
            if unit not in ("year", "month", "day"):
                raise ValueError(f"there is no unit {unit!r}")
    return mask


def fit(mask: Mask, column: Column, table: TableSchema) -> Column | None:
    """Return the column that comes out (None: nothing does); raise Unfit (``mask_unfit``, ``mask_malformed``)."""
    try:
        _sound(mask)
    except (ValueError, KeyError) as error:
        raise Unfit("mask_malformed", f"column {column.name}: {error}") from error
    if column.family not in mask.takes:
        raise Unfit("mask_unfit", f"{type(mask).__name__} does not fit column {column.name} of type {column.type}")
    if isinstance(mask, DateShift):
        subject = table.column(mask.subject)
        if subject.family not in TEXT_FAMILIES:
            raise Unfit("mask_unfit", f"column {subject.name} cannot be the subject of a date shift")
        return Column(column.name, column.type, column.nullable or subject.nullable)
    if isinstance(mask, Drop):
        return None
    return Column(column.name, _GIVES.get(type(mask), column.type), column.nullable)


_GIVES: dict[type[Mask], str] = {
    Hash: "text",
    Partial: "text",
    GeneraliseDate: "date",
    GeneraliseNumber: "numeric",
    GeneraliseText: "text",
    Encrypt: "bytea",
}


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the key's inner and outer block of HMAC-SHA-256: ``K ^ ipad``, ``K ^ opad`` (RFC 2104, section 2)."""
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def postgres(mask: Mask, column: Column) -> sql.Composable:
    """Return the expression for PostgreSQL; raise Unfit (``mask_not_in_sql``) for what only Python can do."""
    name = sql.Identifier(column.name)
    match mask:
        case Keep():
            return name
        case Hash(key):
            return _hmac(key, name)
        case Partial(head, tail, fill):
            form = (
                "CASE WHEN char_length({c}) > {n} THEN left({c}, {h}) || repeat({f}, char_length({c}) - {n}) || right({c}, {t})"
                " ELSE repeat({f}, char_length({c})) END"
            )
            return sql.SQL(form).format(
                c=name, n=sql.Literal(head + tail), h=sql.Literal(head), t=sql.Literal(tail), f=sql.Literal(fill)
            )
        case GeneraliseDate(unit, zone):
            local = sql.SQL("{} AT TIME ZONE {}").format(name, sql.Literal(zone))
            day = local if column.family == "timestamptz" else sql.SQL("{}::timestamp").format(name)
            return sql.SQL("date_trunc({}, {})::date").format(sql.Literal(unit), day)
        case GeneraliseNumber(width):
            form = "({c}::numeric - mod({c}::numeric, {w}) - CASE WHEN mod({c}::numeric, {w}) < 0 THEN {w} ELSE 0 END)"
            return sql.SQL(form).format(c=name, w=sql.SQL("{}::numeric").format(sql.Literal(str(width))))
        case GeneraliseText(length):
            return sql.SQL("left({}, {})").format(name, sql.Literal(length))
        case DateShift(key, days, subject):
            days_sql = sql.SQL("((('x' || left({}, {}))::bit(28)::int % {}) - {})").format(
                _hmac(key, sql.Identifier(subject)),
                sql.Literal(_SHIFT_DIGITS),
                sql.Literal(2 * days + 1),
                sql.Literal(days),
            )
            form = "({} + {})" if column.family == "date" else "({} + {} * interval '24 hours')"
            return sql.SQL(form).format(name, days_sql)
    raise Unfit("mask_not_in_sql", f"{type(mask).__name__} cannot be an expression")


def _hmac(key: bytes, name: sql.Identifier) -> sql.Composable:
    inner, outer = pads(key)
    form = "encode(sha256({} || sha256({} || convert_to({}::text, 'UTF8'))), 'hex')"
    return sql.SQL(form).format(sql.Literal(outer), sql.Literal(inner), name)


def mysql(mask: Mask, column: Column) -> str:
    """Return the expression for MySQL and MariaDB (no ``%s`` in it); raise Unfit (``mask_not_in_sql``)."""
    name = mysql_name(column.name)
    match mask:
        case Keep():
            return name
        case Hash(key):
            return _hmac_mysql(key, name)
        case Partial(head, tail, fill):
            mark = f"CONVERT(x'{fill.encode().hex()}' USING utf8mb4)"
            hidden = f"REPEAT({mark}, CHAR_LENGTH({name}) - {head + tail})"
            whole = f"REPEAT({mark}, CHAR_LENGTH({name}))"
            shown = f"CONCAT(LEFT({name}, {head}), {hidden}, RIGHT({name}, {tail}))"
            return f"CASE WHEN CHAR_LENGTH({name}) > {head + tail} THEN {shown} ELSE {whole} END"
        case GeneraliseDate(unit) if column.family != "timestamptz":
            form = {"year": "%%Y-01-01", "month": "%%Y-%%m-01", "day": "%%Y-%%m-%%d"}[unit]
            return f"CAST(DATE_FORMAT({name}, '{form}') AS DATE)"
        case GeneraliseNumber(width):
            wide = format(width, "f")
            return f"({name} - MOD({name}, {wide}) - CASE WHEN MOD({name}, {wide}) < 0 THEN {wide} ELSE 0 END)"
        case GeneraliseText(length):
            return f"LEFT({name}, {length})"
        case DateShift(key, days, subject):
            digits = f"LEFT({_hmac_mysql(key, mysql_name(subject))}, {_SHIFT_DIGITS})"
            shift = f"(CAST(CONV({digits}, 16, 10) AS SIGNED) MOD {2 * days + 1} - {days})"
            return f"DATE_ADD({name}, INTERVAL {shift} DAY)"
    raise Unfit("mask_not_in_sql", f"{type(mask).__name__} cannot be an expression for MySQL on column {column.name}")


def mysql_name(column: str) -> str:
    """Return the column's name quoted for MySQL, in a text whose ``%`` are doubled for the driver."""
    return f"`{column.replace('`', '``')}`".replace("%", "%%")


def _hmac_mysql(key: bytes, name: str) -> str:
    inner, outer = pads(key)
    text = f"CAST({name} AS CHAR CHARACTER SET utf8mb4)"
    return f"SHA2(CONCAT(x'{outer.hex()}', UNHEX(SHA2(CONCAT(x'{inner.hex()}', CAST({text} AS BINARY)), 256))), 256)"


def python(mask: Mask, column: Column) -> Callable[[Row], Any]:
    """Return the function that gives the masked value of a row; ``encrypt`` is compiled by ``sealing``."""
    name, change = column.name, _change(mask)
    if isinstance(mask, DateShift):
        return lambda row: _shifted(mask, row[name], row[mask.subject])
    return lambda row: None if row[name] is None else change(row[name])


def _change(mask: Mask) -> Callable[[Any], Any]:
    match mask:
        case Hash(key):
            return lambda value: digests.hmac_sha256(key, text_of(value).encode()).hex()
        case Partial(head, tail, fill):
            return lambda value: _partly(value, head, tail, fill)
        case GeneraliseDate(unit, zone):
            return lambda value: _first_day(value, unit, zone)
        case GeneraliseNumber(width):
            return lambda value: _band(Decimal(value), width)
        case GeneraliseText(length):
            return lambda value: value[:length]
        case Keep() | DateShift():
            return lambda value: value
    raise Unfit("mask_not_here", f"{type(mask).__name__} is not done here")


def _partly(value: str, head: int, tail: int, fill: str) -> str:
    hidden = len(value) - head - tail
    return value[:head] + fill * hidden + value[len(value) - tail :] if hidden > 0 else fill * len(value)


def _first_day(value: date, unit: str, zone: str) -> date:
    if isinstance(value, datetime):
        value = (value.astimezone(ZoneInfo(zone)) if value.tzinfo else value).date()
    return value.replace(month=1, day=1) if unit == "year" else value.replace(day=1) if unit == "month" else value


def _band(value: Decimal, width: Decimal) -> Decimal:
    rest = _EXACT.remainder(value, width)
    lower = _EXACT.subtract(value, rest)
    return _EXACT.subtract(lower, width) if rest < 0 else lower


def _shifted(mask: DateShift, value: Any, subject: Any) -> Any:
    if value is None or subject is None:
        return None
    digits = digests.hmac_sha256(mask.key, text_of(subject).encode()).hex()[:_SHIFT_DIGITS]
    days = int(digits, 16) % (2 * mask.max_days + 1) - mask.max_days
    moved = value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
    return moved + timedelta(days=days)
