"""Masks as Python does them for a whole row, and the one that only Python can do: SM4-GCM.

A sealed value is: length of the key's id (1 byte), the id, nonce (12), ciphertext, tag (16); the id and the column's name
at the target are sealed with it, so a value cannot be passed off as another column's. ``open_sealed`` reads it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from yunshu.lib.crypto import sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.tables import masking
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.masking import Drop, Encrypt, Row
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.values import text_of

Keys = Mapping[str, bytes]


def compiled_row(extract: Extract, keys: Keys) -> Callable[[Row], list[Any]]:
    """Return the function that makes the row that leaves; raise Unfit (``key_unknown`` and as ``masking.fit``)."""
    extract.output("", "")
    made = [compiled_field(field, extract, keys) for field in extract.fields if not isinstance(field.mask, Drop)]
    return lambda row: [change(row) for change in made]


def compiled_field(field: Field, extract: Extract, keys: Keys) -> Callable[[Row], Any]:
    """Return the function that makes one field of a row; raise Unfit (``key_unknown``)."""
    if not isinstance(field.mask, Encrypt):
        return masking.python(field.mask, extract.table.column(field.column))
    name, key_id = field.column, field.mask.key_id
    if key_id not in keys or not 0 < len(key_id.encode()) < 256:
        raise Unfit("key_unknown", f"there is no key {key_id} to encrypt column {name} with")
    key, target = keys[key_id], field.target
    return lambda row: None if row[name] is None else seal(key, key_id, target, text_of(row[name]))


def seal(key: bytes, key_id: str, column: str, text: str) -> bytes:
    """Return ``text`` sealed; raise CryptoError (``malformed_key``)."""
    head = _head(key_id)
    return head + sm4.seal(key, text.encode(), head + column.encode())


def key_id_of(sealed: bytes) -> str:
    """Return which key sealed a value."""
    return sealed[1 : 1 + sealed[0]].decode()


def open_sealed(sealed: bytes, column: str, keys: Keys) -> str:
    """Return the text; raise CryptoError (``key_missing``, ``decryption_failed``)."""
    key_id = key_id_of(sealed)
    if key_id not in keys:
        raise CryptoError("key_missing", f"there is no key {key_id}")
    head = _head(key_id)
    return sm4.unseal(keys[key_id], sealed[len(head) :], head + column.encode()).decode()


def _head(key_id: str) -> bytes:
    written = key_id.encode()
    return bytes([len(written)]) + written
