"""Moves tables between databases, masked on the way, with a digest of what went. No city business, no Django, no NATS.

Start at ``transfer.Transfer.run``: an ``Extract`` of a ``Source`` goes to a target in PostgreSQL, by chunks that commit with
their digests, and becomes visible in one transaction. Every failure is a ``TablesError``.

| to | read |
|---|---|
| say what leaves | ``query`` (fields, rows), ``masking`` (nine masks), ``predicate`` (which rows), ``schema`` (drift) |
| see how a table is cut | ``chunks`` |
| see how bytes go from server to server | ``relay``, then ``sockets``, ``wire`` and ``stopping`` |
| see what the target keeps | ``journal``, ``staging``, ``rules`` (quarantine) |
| carry rows where no connection goes through | ``pieces`` |
| send only what is new | ``incremental`` (watermark, comparison of keys), ``capture`` (the server's log, by ``pgoutput``) |
| encrypt a column | ``sealing``; no database has SM4, so such a transfer goes row by row (``rowload``) |
| read files, MySQL, SFTP | ``sources``, ``files``, ``foreign``; not imported here: Arrow and SQLAlchemy take 80 MB |

Masks, predicates, rules, schemas and extracts have JSON forms: ``masking.to_json(mask)``, ``Extract.from_json(form)``.
"""

from yunshu.lib.tables import masking, pieces, predicate, relay, rules
from yunshu.lib.tables.capture import Capture
from yunshu.lib.tables.chunks import Chunk
from yunshu.lib.tables.errors import (
    Drifted,
    ServerFailed,
    SourceFailed,
    Stopped,
    TablesError,
    TargetFailed,
    Unfit,
    Unreadable,
    Unverified,
)
from yunshu.lib.tables.incremental import Increments, Line, Watermark
from yunshu.lib.tables.masking import (
    DateShift,
    Drop,
    Encrypt,
    GeneraliseDate,
    GeneraliseNumber,
    GeneraliseText,
    Hash,
    Keep,
    Mask,
    Partial,
)
from yunshu.lib.tables.postgres import PostgresSource, Source
from yunshu.lib.tables.predicate import After, And, Eq, In, Or, Predicate, Prefix, Range
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.relay import Moved, connect
from yunshu.lib.tables.rules import Between, Length, NotNull, Pattern, Rule
from yunshu.lib.tables.schema import Column, Drift, TableSchema, drift, read_postgres
from yunshu.lib.tables.sealing import open_sealed
from yunshu.lib.tables.transfer import Options, Progress, Tally, Transfer

__all__ = [
    "After",
    "And",
    "Between",
    "Capture",
    "Chunk",
    "Column",
    "DateShift",
    "Drift",
    "Drifted",
    "Drop",
    "Encrypt",
    "Eq",
    "Extract",
    "Field",
    "GeneraliseDate",
    "GeneraliseNumber",
    "GeneraliseText",
    "Hash",
    "In",
    "Increments",
    "Keep",
    "Length",
    "Line",
    "Mask",
    "Moved",
    "NotNull",
    "Options",
    "Or",
    "Partial",
    "Pattern",
    "PostgresSource",
    "Predicate",
    "Prefix",
    "Progress",
    "Range",
    "Rule",
    "ServerFailed",
    "Source",
    "SourceFailed",
    "Stopped",
    "TableSchema",
    "TablesError",
    "Tally",
    "TargetFailed",
    "Transfer",
    "Unfit",
    "Unreadable",
    "Unverified",
    "Watermark",
    "connect",
    "drift",
    "masking",
    "open_sealed",
    "pieces",
    "predicate",
    "read_postgres",
    "relay",
    "rules",
]
