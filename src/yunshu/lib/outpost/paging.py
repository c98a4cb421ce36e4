"""Pages of a published view: in the order of the table's key, from where the last page ended.

Where a page ends is a key, and a key may be what the agreement hides. So it is sealed (SM4-GCM) with a secret of this node,
for this agreement and table: who asks can neither read it nor make one up.
"""

import base64
import json
from dataclasses import dataclass

from psycopg import sql

from yunshu.lib.crypto import sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.outpost.terms import SM4_KEY_BYTES, Terms, key_for
from yunshu.lib.tables import After, And, Drop, Extract, Field, Keep, Predicate, TableSchema, predicate

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cursor:
    """Writes and reads where a page ends."""

    terms: Terms
    secret: bytes

    def write(self, key: Key) -> str:
        """Return a key, sealed."""
        sealed = sm4.seal(self._key, json.dumps(list(key)).encode(), self._about)
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, text: str) -> Key:
        """Return the key that ``write`` sealed; empty for the first page. Raises Refused (``cursor_malformed``)."""
        if not text:
            return ()
        try:
            opened = json.loads(sm4.unseal(self._key, base64.urlsafe_b64decode(text.encode()), self._about))
        except (CryptoError, ValueError) as error:
            raise Refused("cursor_malformed", "翻页位置不对，请从第一页重新查询。") from error
        return tuple(map(str, opened))

    @property
    def _key(self) -> bytes:
        return key_for(self.secret, f"cursor {self.terms.agreement}")[:SM4_KEY_BYTES]

    @property
    def _about(self) -> bytes:
        return f"{self.terms.agreement}\n{self.terms.database}\n{self.terms.table}".encode()


def query(table: TableSchema, agreed: Extract, rows: Predicate, after: Key, most: int) -> sql.Composed:
    """Return the SELECT of one page: a JSON object a row as text, then its key as text. Raises Refused (``key_missing``)."""
    if not table.key:
        raise Refused("key_missing", "来源表没有主键，不能按页列出。")
    predicate.see_that_keys_compare(table)
    if after and len(after) != len(table.key):
        raise Refused("cursor_malformed", "翻页位置不对，请从第一页重新查询。")
    chosen = And((rows, After(table.key, after))) if after else rows
    places = [f"#{place}" for place in range(len(table.key))]
    keys = tuple(Field(column, Keep(), place) for column, place in zip(table.key, places, strict=True))
    inner = Extract(table, (*agreed.fields, *keys), chosen).select()
    names = [field.target for field in agreed.fields if not isinstance(field.mask, Drop)]
    listed = sql.SQL(", ")
    order = listed.join(
        sql.SQL('{} COLLATE "C"' if table.column(column).family == "text" else "{}").format(sql.Identifier(place))
        for column, place in zip(table.key, places, strict=True)
    )
    return sql.SQL(
        "SELECT row_to_json((SELECT seen FROM (SELECT {}) AS seen))::text, {}"
        " FROM (SELECT * FROM ({}) AS found ORDER BY {} LIMIT {}) AS made"
    ).format(
        listed.join(sql.Identifier("made", name) for name in names),
        listed.join(sql.SQL("{}::text").format(sql.Identifier("made", place)) for place in places),
        inner,
        order,
        sql.Literal(most),
    )
