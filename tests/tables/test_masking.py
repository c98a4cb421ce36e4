"""A mask in the source's query gives what the same mask gives in Python, for any value."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.lib.tables import masking
from yunshu.lib.tables.schema import Column, TableSchema

KEY = b"a key of an agreement"
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30) | st.none()
DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1)) | st.none()
NUMBERS = st.decimals(-(10**9), 10**9, places=2) | st.none()
SCHEMA = TableSchema(
    name="t",
    columns=(Column(name="v", type="text"), Column(name="d", type="date"), Column(name="n", type="numeric")),
)


@pytest.fixture(scope="module")
def link(postgres: EmbeddedPostgres) -> Any:
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        yield connection


def under(link: Any, mask: dict[str, Any], column: str, value: Any, subject: Any = None) -> Any:
    expression = masking.compiled(mask, column, SCHEMA, KEY)
    query = sql.SQL("SELECT {} FROM (SELECT %s::text AS v, %s::date AS d, %s::numeric AS n) AS t").format(expression)
    texts = {"v": subject, "d": None, "n": None} | {column: value}
    return link.execute(query, [texts["v"], texts["d"], texts["n"]]).fetchone()[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    value=TEXTS,
    mask=st.sampled_from(
        [
            {"kind": "keep"},
            {"kind": "hash"},
            {"kind": "partial", "head": 1, "tail": 0},
            {"kind": "partial", "head": 6, "tail": 4},
            {"kind": "generalise", "prefix": 6},
        ]
    ),
)
def test_text(link: Any, value: Any, mask: dict[str, Any]) -> None:
    assert under(link, mask, "v", value) == masking.plain(mask, value, KEY)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(value=DATES, subject=TEXTS, unit=st.sampled_from(["year", "month"]))
def test_dates(link: Any, value: Any, subject: Any, unit: str) -> None:
    mask = {"kind": "generalise", "unit": unit}
    assert under(link, mask, "d", value) == masking.plain(mask, value, KEY)
    shift = {"kind": "date_shift", "days": 30, "subject": "v"}
    assert under(link, shift, "d", value, subject) == masking.plain(shift, value, KEY, subject)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(value=NUMBERS, band=st.sampled_from([1, 100, 1000]))
def test_numbers(link: Any, value: Decimal | None, band: int) -> None:
    mask = {"kind": "generalise", "band": band}
    assert under(link, mask, "n", value) == masking.plain(mask, value, KEY)


@pytest.mark.parametrize(
    ("mask", "column"),
    [
        ({"kind": "hash"}, "d"),
        ({"kind": "unknown"}, "v"),
        ({"kind": "generalise", "unit": "day'; DROP TABLE t; --"}, "d"),
        ({"kind": "generalise", "prefix": "1; SELECT 1"}, "v"),
        ({"kind": "partial", "head": -1}, "v"),
        ({"kind": "date_shift", "days": 30, "subject": "nothing"}, "d"),
        ({"kind": "keep"}, "nothing"),
    ],
)
def test_what_does_not_fit_is_refused(mask: dict[str, Any], column: str) -> None:
    with pytest.raises(masking.BadMask):
        masking.compiled(mask, column, SCHEMA, KEY)


def test_a_shift_stays_within_its_days_and_is_one_per_subject(link: Any) -> None:
    mask = {"kind": "date_shift", "days": 7, "subject": "v"}
    day = date(2026, 1, 1)
    shifts = {under(link, mask, "d", day, f"s{n}") - day for n in range(60)}
    assert max(abs(s.days) for s in shifts) <= 7
    assert len(shifts) > 5
    assert under(link, mask, "d", day, "a") == under(link, mask, "d", day, "a")
