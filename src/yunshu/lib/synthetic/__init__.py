"""A made-up city: its people and companies, as six departments have them on file, with faults and with the truth.

Everything follows from a seed; nobody in it is real. Start at ``world``; ``registers.TABLES`` are the departments' tables.

| to | call |
|---|---|
| make a city | ``world(seed, people)`` |
| read one department's rows | ``city.rows(table)``; one neighbourhood at a time: ``city.records(table, block)`` |
| know who is who, for scoring | ``city.truth()`` |
| let it live | ``city.changes(day)`` |
| put it into PostgreSQL | ``create_sql``, ``load``, ``fill``, ``apply`` |

Numbers are valid in form, so a made-up identity number may by chance be somebody's; the name beside it is not. Telephone
numbers begin with 164, which no operator has (as known in 2025). Organisation codes begin with YY, which is not issued.
"""

from yunshu.lib.synthetic.city import TRUTH, World, world
from yunshu.lib.synthetic.faults import RATES, Rates
from yunshu.lib.synthetic.living import Changes
from yunshu.lib.synthetic.postgres import apply, create_sql, fill, load
from yunshu.lib.synthetic.tables import POPULATION, Column, DepartmentTable, Grade

__all__ = [
    "POPULATION",
    "RATES",
    "TRUTH",
    "Changes",
    "Column",
    "DepartmentTable",
    "Grade",
    "Rates",
    "World",
    "apply",
    "create_sql",
    "fill",
    "load",
    "world",
]
