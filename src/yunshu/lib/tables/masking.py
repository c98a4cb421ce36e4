"""Masks: how a value is given away. Each compiles into the source's own query, so that the plain value never leaves it.

JSON forms: ``{"kind": "keep"}``, ``{"kind": "hash"}``, ``{"kind": "partial", "head": 6, "tail": 4}``,
``{"kind": "generalise", "unit": "month"}`` (or ``"year"``; ``"prefix": 6``; ``"band": 1000``),
``{"kind": "date_shift", "days": 30, "subject": "id_number"}``. What is dropped is simply not asked for.
``plain`` is the same mask over a Python value; a property test holds the two together.
"""

import hashlib
import hmac
import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from psycopg import sql

from yunshu.lib.tables.errors import TransferError
from yunshu.lib.tables.schema import TableSchema, family

BLOCK = 64
FILL = "*"
LONGEST_SHIFT_DAYS = 3650
Mask = Mapping[str, Any]
BEARING = {
    "keep": frozenset({"text", "number", "date", "instant", "yesno", "bytes", "other"}),
    "hash": frozenset({"text"}),
    "partial": frozenset({"text"}),
    "date_shift": frozenset({"date"}),
}


class BadMask(TransferError):
    """A mask is unknown, or its column cannot bear it."""


def check(mask: Mask, type_name: str, column: str) -> None:
    """Raise BadMask unless a column of this type can bear the mask."""
    kind, held = mask.get("kind"), family(type_name)
    if kind == "generalise":
        needs = "text" if "prefix" in mask else "number" if "band" in mask else "date"
        fits = held == needs or (needs == "date" and held == "instant")
        fits = fits and mask.get("unit") in (None, "month", "year")
    else:
        fits = held in BEARING.get(str(kind), ())
    if not fits:
        raise BadMask(f"column {column} ({type_name}) cannot bear the mask {dict(mask)}")


def compiled(mask: Mask, column: str, schema: TableSchema, key: bytes) -> sql.Composable:
    """Return the SQL expression that gives a column away under its mask; ``key`` belongs to the agreement.

    Raises BadMask.
    """
    found = schema.column(column)
    if found is None:
        raise BadMask(f"there is no column {column}")
    check(mask, found.type, column)
    value = sql.Identifier(column)
    if mask["kind"] == "hash":
        return keyed_hash(value, key)
    if mask["kind"] == "partial":
        return _partial(value, _count(mask, "head"), _count(mask, "tail"))
    if mask["kind"] == "generalise":
        return _generalised(mask, value, found.type)
    if mask["kind"] == "date_shift":
        return _shifted(mask, value, schema, key)
    return value


def keyed_hash(value: sql.Composable, key: bytes) -> sql.Composable:
    """Return HMAC-SHA256 (RFC 2104) of a text in hexadecimal, from PostgreSQL's own ``sha256``."""
    inner, outer = _pads(key)
    return sql.SQL("encode(sha256({}::bytea || sha256({}::bytea || convert_to({}::text, 'UTF8'))), 'hex')").format(
        sql.Literal("\\x" + outer.hex()), sql.Literal("\\x" + inner.hex()), value
    )


def _pads(key: bytes) -> tuple[bytes, bytes]:
    whole = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in whole), bytes(b ^ 0x5C for b in whole)


def _partial(value: sql.Composable, head: int, tail: int) -> sql.Composable:
    return sql.SQL(
        "CASE WHEN length({v}) <= {shown} THEN repeat({f}, length({v})) "
        "ELSE left({v}, {h}) || repeat({f}, length({v}) - {shown}) || right({v}, {t}) END"
    ).format(v=value, f=sql.Literal(FILL), h=sql.Literal(head), t=sql.Literal(tail), shown=sql.Literal(head + tail))


def _generalised(mask: Mask, value: sql.Composable, type_name: str) -> sql.Composable:
    if "prefix" in mask:
        return sql.SQL("left({}, {})").format(value, sql.Literal(_count(mask, "prefix")))
    if "band" in mask:
        width = sql.Literal(_count(mask, "band"))
        return sql.SQL("(floor({}::numeric / {}) * {})::{}").format(value, width, width, sql.SQL(type_name))
    return sql.SQL("date_trunc({}, {})::date").format(sql.Literal(mask["unit"]), value)


def _shifted(mask: Mask, value: sql.Composable, schema: TableSchema, key: bytes) -> sql.Composable:
    days, subject = _count(mask, "days"), str(mask.get("subject"))
    if schema.column(subject) is None or not 0 < days <= LONGEST_SHIFT_DAYS:
        raise BadMask(f"the shift names no subject column or too many days: {dict(mask)}")
    hashed = keyed_hash(sql.SQL("coalesce({}::text, '')").format(sql.Identifier(subject)), key)
    return sql.SQL("({} + (mod(('x' || left({}, 8))::bit(32)::bigint, {}) - {})::integer)").format(
        value, hashed, sql.Literal(2 * days + 1), sql.Literal(days)
    )


def _count(mask: Mask, name: str) -> int:
    found = mask.get(name, 0)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= 10**12:
        raise BadMask(f"{name} of the mask {dict(mask)} is no count")
    return found


def plain(mask: Mask, value: Any, key: bytes, subject: Any = None) -> Any:
    """Return a Python value under its mask, as the SQL would: for sources that are not PostgreSQL."""
    if value is None or mask["kind"] == "keep":
        return value
    if mask["kind"] == "hash":
        return hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()
    if mask["kind"] == "partial":
        return _plain_partial(str(value), mask.get("head", 0), mask.get("tail", 0))
    if mask["kind"] == "date_shift":
        hashed = hmac.new(key, ("" if subject is None else str(subject)).encode(), hashlib.sha256).hexdigest()
        return value + timedelta(days=int(hashed[:8], 16) % (2 * mask["days"] + 1) - mask["days"])
    return _plain_generalised(mask, value)


def _plain_partial(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return FILL * len(text)
    return text[:head] + FILL * (len(text) - head - tail) + text[len(text) - tail :]


def _plain_generalised(mask: Mask, value: Any) -> Any:
    if "prefix" in mask:
        return str(value)[: mask["prefix"]]
    if "band" in mask:
        if isinstance(value, Decimal):
            return (value / mask["band"]).to_integral_value(ROUND_FLOOR) * mask["band"]
        return type(value)(math.floor(value / mask["band"]) * mask["band"])
    day = value.date() if isinstance(value, datetime) else value
    return date(day.year, 1 if mask["unit"] == "year" else day.month, 1)
