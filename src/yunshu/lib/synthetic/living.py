"""How the city lives on: whom a day touches, what it renews, who is born. ``city.World.changes`` puts it together.

No day needs the one before: whether a row is touched at the n-th visit of its block follows from its key.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from random import Random

from yunshu.lib.identifiers import ric
from yunshu.lib.synthetic.block import Block, Plot
from yunshu.lib.synthetic.chance import mix, pick
from yunshu.lib.synthetic.names import given_name
from yunshu.lib.synthetic.people import FEMALE, MALE, SEQUENCES, Marriage, Person, sequence
from yunshu.lib.synthetic.places import BY_CODE, address, phone
from yunshu.lib.synthetic.registers import Mention, Row, write_person
from yunshu.lib.synthetic.tables import (
    COMPANIES,
    ESTATE,
    FUND,
    INSURANCE,
    MARRIAGE,
    POPULATION,
    SUBSISTENCE,
    DepartmentTable,
)

_BLOCKS_A_DAY = 5
_RENEWAL_VISITS = 50  # a row is renewed at every fiftieth visit
_BIRTH_VISITS = 400
_NEWBORN = 1_000_000_000  # newborns are numbered from here: by day, then in order
_A_DAY = 10_000


@dataclass(frozen=True, kw_only=True)
class Changes:
    """One table's day: whole new rows, whole renewed rows, the keys of removed ones; and the truth of the new."""

    day: date
    table: DepartmentTable
    inserts: tuple[Row, ...]
    updates: tuple[Row, ...]
    deletes: tuple[object, ...]
    truth: tuple[Row, ...]


def visited(plots: tuple[Plot, ...], passed: int) -> tuple[list[Plot], int]:
    """Return the blocks visited after ``passed`` days, and which visit of theirs it is."""
    cycle = -(-len(plots) // _BLOCKS_A_DAY)
    return [plot for plot in plots if plot.number % cycle == passed % cycle], passed // cycle


def touched(rows: Iterable[Row], salt: int, visit: int, *, days: int) -> tuple[list[Row], list[Row]]:
    """Return the rows that end at this visit, and those that are renewed; every row ends at one of ``days`` visits."""
    gone, kept = [], []
    for row in rows:
        bits = mix(row[0], salt + 3)
        if bits % days == visit:
            gone.append(row)
        elif bits % days > visit and (bits >> 20) % _RENEWAL_VISITS == visit % _RENEWAL_VISITS:
            kept.append(row)
    return gone, kept


def renewed(
    table: DepartmentTable, gone: list[Row], kept: list[Row], rng: Random, day: date
) -> tuple[list[Row], list[object]]:
    """Return the renewed rows and the keys of removed ones. A company is never removed: it is struck off."""
    updates = [_changed(table, row, _RENEWALS[table.name], rng, day) for row in kept]
    if table is not COMPANIES:
        return updates, [row[0] for row in gone]
    return updates + [_changed(table, row, _STRUCK_OFF, rng, day) for row in gone], []


def newborns(blocks: list[Block], rng: Random, day: date, visit: int) -> list[Mention]:
    """Return the day's children of couples in ``blocks``, to be entered into the population register."""
    found: list[Mention] = []
    for block in blocks:
        for marriage in block.marriages:
            due = mix(marriage.wife.number, 7) % _BIRTH_VISITS == visit % _BIRTH_VISITS
            if due and _may_bear(marriage) and len(found) < SEQUENCES:
                child = _child(marriage.husband, rng, day, len(found))
                found.append((child.number, partial(write_person, child)))
    return found


def _may_bear(marriage: Marriage) -> bool:
    husband, wife = marriage.husband, marriage.wife
    return wife.age < 42 and not (marriage.ended_on or husband.died_on or wife.died_on)


def _child(father: Person, rng: Random, day: date, order: int) -> Person:
    sex = MALE if rng.random() < 0.52 else FEMALE
    surname = father.name[:2] if father.name.startswith("欧阳") else father.name[0]
    number = ric.compose(father.home.division.code, day, sequence(order, day.toordinal(), sex))
    return replace(
        father, number=_NEWBORN + (day.toordinal() % 100_000) * _A_DAY + order, ric=number,
        name=surname + given_name(rng, sex, day.year), former_name=None, sex=sex, born_on=day,
        relation="子" if sex == MALE else "女", marital="未婚", education=None, died_on=None, moved_on=None, origin=None,
    )  # fmt: skip


_Renewal = Callable[[Random, Row, DepartmentTable, date], object]


def _address_in(column: str) -> _Renewal:
    return lambda rng, row, table, _: address(rng, BY_CODE[row[table.index(column)]])


def _grown(column: str, step: int) -> _Renewal:
    return lambda _rng, row, table, _day: (row[table.index(column)] or 0) + step


def _phone(rng: Random, _row: Row, _table: DepartmentTable, _day: date) -> object:
    return phone(rng)


def _month(_rng: Random, _row: Row, _table: DepartmentTable, day: date) -> object:
    return f"{day:%Y%m}"


def _day(_rng: Random, _row: Row, _table: DepartmentTable, day: date) -> object:
    return day


def _one_of(*values: str) -> _Renewal:
    return lambda rng, _row, _table, _day: pick(rng, values)


_RENEWALS: Mapping[str, Mapping[str, _Renewal]] = {
    POPULATION.name: {"hkszd": _address_in("hjdxzqh"), "lxdh": _phone},
    COMPANIES.name: {"dom": _address_in("regorg"), "apprdate": _day, "tel": _phone},
    INSURANCE.name: {"aae202": _grown("aae202", 1), "aae005": _phone},
    MARRIAGE.name: {"ywlb": _one_of("离婚登记", "补领结婚证"), "djrq": _day},
    SUBSISTENCE.name: {"bzje": _grown("bzje", 30)},
    FUND.name: {"grzhye": _grown("grzhye", 500), "jzny": _month},
    ESTATE.name: {"qszt": _one_of("抵押", "现势"), "dh": _phone},
}
_STRUCK_OFF: Mapping[str, _Renewal] = {"regstate": _one_of("注销"), "candate": _day, "apprdate": _day}


def _changed(table: DepartmentTable, row: Row, renewals: Mapping[str, _Renewal], rng: Random, day: date) -> Row:
    values = list(row)
    for column, renewal in renewals.items():
        values[table.index(column)] = renewal(rng, row, table, day)
    return tuple(values)
