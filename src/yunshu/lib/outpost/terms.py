"""What an order asks for, read from its spec, and the extract that follows from it and from the table as it is.

    {"role": "send", "peer": {"org": …, "node": …}, "resource": …, "suite": …,
     "database": "main", "table": "public.gaj_hjrk", "mode": "swap",
     "fields": [{"name": "xm", "type": "C", "mask": {"mask": "partial", "head": 1, "tail": 0, "fill": "*"}, …}],
     "rows": {"is": "prefix", "column": "hjdxzqh", "text": "4452"}, "since": "<the last delivery>", "watermark": "updated_at",
     "follow": true}                                      (instead of a watermark: by the source's log, lib.tables.following)

Keys of masks are made here, one an agreement, from a secret that never leaves the node: the hub could not undo a hash.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.orders import Order
from yunshu.lib.tables import Extract, Field, Predicate, TableSchema, Unfit, masking, predicate
from yunshu.lib.tables.journal import digest_of

Mode = Literal["swap", "refresh", "upsert"]
MODES: tuple[Mode, ...] = ("swap", "refresh", "upsert")
_KEYED = ("hash", "date_shift")
_FAMILIES: dict[str, tuple[str, ...]] = {
    "C": ("text", "uuid"),
    "M": ("text",),
    "N": ("integer", "number"),
    "Y": ("integer", "number"),
    "I": ("integer", "number"),
    "B": ("number", "integer", "other"),
    "D": ("date",),
    "T": ("timestamp", "timestamptz"),
    "L": ("boolean",),
}
"""Which types of a column fit a catalogue's data type (GB/T 21063.4 as the guide abbreviates them); G fits all."""
SM4_KEY_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class AgreedField:
    """One agreed item. ``mask`` is ``lib.tables.masking``'s JSON without keys."""

    name: str
    type: str
    length: int | None
    is_required: bool
    mask: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """An order's spec, typed. ``table`` is at the source ``schema.name`` or a file; at the target a name only."""

    agreement: str
    transfer: str
    database: str
    table: str
    mode: Mode
    fields: tuple[AgreedField, ...]
    rows: Predicate | None
    watermark: str = ""
    since: str = ""
    follow: bool = False

    @classmethod
    def of(cls, order: Order) -> "Terms":
        """Read an order; raise Refused (``order_malformed``)."""
        spec = order.spec
        try:
            if spec["mode"] not in MODES:
                raise ValueError("no such mode")
            return cls(
                agreement=order.agreement,
                transfer=order.transfer,
                database=str(spec["database"]),
                table=str(spec["table"]),
                mode=spec["mode"],
                fields=tuple(_field(words) for words in spec["fields"]),
                rows=predicate.from_json(spec["rows"]) if spec.get("rows") else None,
                watermark=str(spec.get("watermark") or ""),
                since=str(spec.get("since") or ""),
                follow=spec.get("follow") is True,
            )
        except (KeyError, TypeError, ValueError, Unfit) as error:
            raise Refused("order_malformed", "指令内容格式不符，拒绝执行。") from error

    @property
    def names(self) -> frozenset[str]:
        """The columns that may arrive."""
        return frozenset(field.name for field in self.fields)


def _field(words: Mapping[str, Any]) -> AgreedField:
    length = words.get("length")
    return AgreedField(
        name=str(words["name"]),
        type=str(words["type"]),
        length=None if length is None else int(length),
        is_required=bool(words.get("required")),
        mask=dict(words["mask"]),
    )


def extract_of(terms: Terms, found: TableSchema, secret: bytes) -> Extract:
    """Return the agreed extract of the table ``found``; raise Unfit for what does not fit it."""
    fields = tuple(Field(each.name, masking.from_json(_with_key(each.mask, terms, secret))) for each in terms.fields)
    return Extract(found, fields, terms.rows)


def _with_key(mask: Mapping[str, Any], terms: Terms, secret: bytes) -> dict[str, Any]:
    if mask.get("mask") in _KEYED:
        return {**mask, "key": key_for(secret, f"mask {terms.agreement}").hex()}
    if mask.get("mask") == "encrypt":
        return {**mask, "key_id": terms.agreement}
    return dict(mask)


def key_for(secret: bytes, label: str) -> bytes:
    """Return the key of 32 bytes that this node uses for ``label``."""
    return hmac.digest(secret, label.encode(), "sha256")


def column_keys(terms: Terms, secret: bytes) -> dict[str, bytes]:
    """Return the SM4 keys of encrypted columns, by their id: one an agreement; empty if no column is encrypted."""
    if not any(each.mask.get("mask") == "encrypt" for each in terms.fields):
        return {}
    return {terms.agreement: key_for(secret, f"column {terms.agreement}")[:SM4_KEY_BYTES]}


def slot_of(agreement: str) -> str:
    """Return the name of the replication slot by which a table is followed under an agreement."""
    return f"yunshu_{digest_of(agreement)[:32]}"


def differences(terms: Terms, found: TableSchema) -> list[dict[str, str]]:
    """Return where the table is not what the catalogue says: a column missing, of another type, or not in the agreement."""
    now = {column.name: column for column in found.columns}
    out: list[dict[str, str]] = []
    for each in terms.fields:
        column = now.pop(each.name, None)
        if column is None:
            out.append({"column": each.name, "kind": "missing", "agreed": each.type, "found": ""})
        elif each.type in _FAMILIES and column.family not in _FAMILIES[each.type]:
            out.append({"column": each.name, "kind": "type", "agreed": each.type, "found": column.type})
    return out
