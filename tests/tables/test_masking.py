"""Each mask says the same in PostgreSQL and in Python."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from yunshu.lib.tables import masking
from yunshu.lib.tables.errors import Unfit
from yunshu.lib.tables.masking import (
    DateShift,
    Drop,
    Encrypt,
    GeneraliseDate,
    GeneraliseNumber,
    GeneraliseText,
    Hash,
    Keep,
    Partial,
)
from yunshu.lib.tables.schema import Column, TableSchema

KEYS = st.binary(min_size=16, max_size=100)
CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
TEXT = st.text(st.one_of(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), CHINESE), max_size=40)
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - a timestamp without time zone
VALUES = {
    "text": TEXT,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": st.decimals(-(10**20), 10**20, allow_nan=False, places=4),
    "date": DATES,
    "timestamp without time zone": MOMENTS,
    "timestamp with time zone": st.datetimes(datetime(1993, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "boolean": st.booleans(),
    "uuid": st.uuids(),
}
TIMES = ("date", "timestamp without time zone", "timestamp with time zone")
CASES = [
    *((st.builds(Hash, KEYS), kind) for kind in VALUES),
    (st.builds(Partial, st.integers(0, 5), st.integers(0, 5), st.sampled_from("*某#%'")), "text"),
    (st.builds(GeneraliseText, st.integers(0, 10)), "text"),
    *((st.builds(GeneraliseDate, st.sampled_from(["year", "month", "day"])), kind) for kind in TIMES),
    *(
        (st.builds(GeneraliseNumber, st.decimals("0.01", "100000", places=2)), kind)
        for kind in ("integer", "bigint", "numeric")
    ),
    *((st.builds(DateShift, KEYS, st.integers(1, 3000), st.just("subject")), kind) for kind in TIMES),
    *((st.just(Keep()), kind) for kind in VALUES),
]


def in_postgres(connection, mask, column, row):
    query = sql.SQL(
        "SELECT made, pg_typeof(made)::text FROM (SELECT {} AS made FROM (SELECT {}::{} AS {}, {}::text AS subject) s) t"
    )
    written = None if row["c"] is None else str(row["c"])
    values = (sql.Literal(written), sql.SQL(column.type), sql.Identifier("c"), sql.Literal(row["subject"]))
    return connection.execute(query.format(masking.postgres(mask, column), *values)).fetchone()


@pytest.mark.parametrize(("masks", "kind"), CASES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_postgres_and_python_agree(pair, masks, kind, data):
    mask, column = data.draw(masks), Column("c", kind)
    row = {"c": data.draw(st.none() | VALUES[kind]), "subject": data.draw(st.none() | TEXT)}
    table = TableSchema("public", "t", (column, Column("subject", "text")))

    found, found_type = in_postgres(pair.source, mask, column, row)

    assert found == masking.python(mask, column)(row)
    assert found_type == masking.fit(mask, column, table).type


@given(st.one_of(*(masks for masks, _ in CASES), st.just(Drop()), st.just(Encrypt("2026"))))
def test_a_mask_survives_its_json(mask):
    assert masking.from_json(masking.to_json(mask)) == mask


@given(TEXT, st.integers(0, 5), st.integers(0, 5))
def test_a_partial_mask_never_shows_a_whole_text(text, head, tail):
    masked = masking.python(Partial(head, tail, "\u25a0"), Column("c", "text"))({"c": text})

    assert len(masked) == len(text)
    assert not text or "\u25a0" in masked


@given(KEYS, DATES, DATES, TEXT)
def test_one_persons_dates_keep_their_distance(key, first, second, subject):
    shift = masking.python(DateShift(key, 100, "who"), Column("c", "date"))
    moved = [shift({"c": day, "who": subject}) for day in (first, second)]

    assert moved[1] - moved[0] == second - first
    assert abs((moved[0] - first).days) <= 100


@pytest.mark.parametrize(
    "form",
    [
        {"mask": "hash", "key": "00"},
        {"mask": "hash", "key": "no hex"},
        {"mask": "partial", "head": -1, "tail": 0},
        {"mask": "partial", "head": 1, "tail": 0, "fill": "**"},
        {"mask": "generalise_number", "width": "0"},
        {"mask": "generalise_number", "width": "NaN"},
        {"mask": "generalise_date", "unit": "century"},
        {"mask": "generalise_date", "unit": "year", "zone": "Mars/Olympus"},
        {"mask": "rot13"},
        {},
    ],
)
def test_a_malformed_mask_is_refused(form):
    with pytest.raises(Unfit):
        masking.from_json(form)


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        (Hash(b"k" * 16), "double precision"),
        (Partial(1, 1), "integer"),
        (GeneraliseNumber(Decimal(1)), "text"),
        (GeneraliseDate("day"), "text"),
        (DateShift(b"k" * 16, 5, "absent"), "date"),
        (Hash(b"short"), "text"),
    ],
)
def test_a_mask_that_does_not_fit_its_column_is_refused(mask, kind):
    column = Column("c", kind)

    with pytest.raises(Unfit):
        masking.fit(mask, column, TableSchema("public", "t", (column,)))
