"""A table of residents, and an agreement about it."""

from yunshu.lib.tables.masking import DateShift, Drop, GeneraliseDate, Hash, Keep, Partial
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.schema import read_postgres

KEY = b"k" * 32
DDL = """
CREATE TABLE resident (
    id bigint PRIMARY KEY, name text NOT NULL, id_no varchar(18), born date, amount numeric(12,2),
    area integer, made timestamptz, ok boolean, note text);
"""
ROWS = """
INSERT INTO resident
SELECT i, '张' || chr(19968 + i %% 5000), '44520219' || lpad(i::text, 10, '0'), date '1950-01-01' + i %% 25000,
    (i %% 1000) / 100.0, 445200 + i %% 25, timestamptz '2020-01-01' + i * interval '1 second', i %% 3 = 0,
    CASE WHEN i %% 7 = 0 THEN NULL ELSE '榕城区第' || i || '号' END
FROM generate_series(1, %s) AS i
"""


def fill(connection, rows):
    connection.execute(DDL)
    connection.execute(ROWS, (rows,))


def extract(connection, rows=None, **masks):
    """Return the agreement over ``resident``: keep all, but what ``masks`` says."""
    table = read_postgres(connection, "public", "resident")
    return Extract(table, tuple(Field(c.name, masks.get(c.name, Keep())) for c in table.columns), rows)


MASKS = {
    "name": Partial(1, 0),
    "id_no": Hash(KEY),
    "born": GeneraliseDate("year"),
    "made": DateShift(KEY, 30, "id_no"),
    "note": Drop(),
}
