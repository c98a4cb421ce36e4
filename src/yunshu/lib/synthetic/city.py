"""``World``: a city made from a seed, as its departments have it and as it truly is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from yunshu.lib.synthetic.block import Block, Plot, built, plots
from yunshu.lib.synthetic.chance import chance, falls, mix
from yunshu.lib.synthetic.faults import RATES, Fault, Rates
from yunshu.lib.synthetic.living import Changes, newborns, renewed, touched, visited
from yunshu.lib.synthetic.people import EPOCH
from yunshu.lib.synthetic.registers import REGISTERS, Mention, Register, Row, Subject
from yunshu.lib.synthetic.tables import POPULATION, TABLES, Column, DepartmentTable, Grade

ROWS = 1_000_000  # each block numbers its rows from here; a day's insertions from _LATER + day
_LATER = 10_000
_EPOCH_AT = datetime(EPOCH.year, EPOCH.month, EPOCH.day, tzinfo=UTC) - timedelta(hours=8)  # midnight in China
_DAYS = 997  # visits after which every first row is gone

TRUTH = DepartmentTable(
    "truth", "真值", "合成数据",
    (
        Column("table_name", "text", "部门表", Grade.L1, required=True),
        Column("record_key", "bigint", "记录主键", Grade.L1, required=True),
        Column("role", "text", "角色", Grade.L1, required=True),
        Column("entity", "text", "真实主体", Grade.L1, required=True),
        Column("faults", "text[]", "差错", Grade.L1, required=True),
    ),
    ("table_name", "record_key", "role"), watermark=None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a department and the rows of the truth that belong to it."""

    row: Row
    truths: tuple[Row, ...]


@dataclass(frozen=True)
class World:
    """A city; equal values make equal cities. ``rates`` are the faults of each table, by its name."""

    seed: int
    people: int
    rates: Mapping[str, Rates]
    plots: tuple[Plot, ...]

    @property
    def tables(self) -> tuple[DepartmentTable, ...]:
        """The departments' tables; the truth is not among them."""
        return TABLES

    def block(self, plot: Plot) -> Block:
        """Return who truly lives on ``plot``."""
        return built(self.seed, plot)

    def rows(self, table: DepartmentTable) -> Iterator[Row]:
        """Yield all rows of ``table`` as of the day the city was made."""
        return (record.row for plot in self.plots for record in self.records(table, plot))

    def truth(self) -> Iterator[Row]:
        """Yield (table, key, role, entity, faults) for everybody whom any row mentions."""
        for plot in self.plots:
            for table in TABLES:
                for record in self.records(table, plot):
                    yield from record.truths

    def records(self, table: DepartmentTable, plot: Plot) -> Iterator[Record]:
        """Yield what ``table`` has of one block, each row with its truth: the cheap way through a large city."""
        register = _register(table)
        rng = chance(self.seed, "records", table.name, plot.number)
        mentions = (m for m in register.mentions(self.block(plot)) if self._on_file(register, m))
        yield from self._written(register, mentions, rng, plot.number * ROWS)

    def changes(self, day: date) -> Iterator[Changes]:
        """Yield what changes in each table on ``day``, after EPOCH; days follow from the seed, in any order.

        A day visits a few blocks. There, rows of the first load are renewed or removed (a removed row never comes
        back), and people who were not on file are entered, as are newborns. Rows entered later stay as they are.
        """
        passed = (day - EPOCH).days
        if passed < 1:
            raise ValueError(f"the city lives from the day after {EPOCH}: {day}")
        here, visit = visited(self.plots, passed)
        for register in REGISTERS:
            yield self._changed(register, here, day, visit)

    def _changed(self, register: Register, here: list[Plot], day: date, visit: int) -> Changes:
        table, passed = register.table, (day - EPOCH).days
        rng, at = chance(self.seed, "day", table.name, passed), _EPOCH_AT + timedelta(days=passed)
        salt = _salt(self.seed, table)
        gone, kept = touched(
            (record.row for plot in here for record in self.records(table, plot)), salt, visit, days=_DAYS
        )
        updates, deletes = renewed(table, gone, kept, rng, day)
        mentions = [m for plot in here for m in register.mentions(self.block(plot)) if self._late(register, m, visit)]
        if table is POPULATION:
            mentions += newborns([self.block(plot) for plot in here], rng, day, visit)
        first = (_LATER + passed) * ROWS
        entered = list(self._written(register, iter(mentions), rng, first, at=at + timedelta(days=1)))
        stamped = [(*row[:-1], at + timedelta(seconds=int(rng.random() * 86_400))) for row in updates]
        return Changes(
            day=day, table=table, inserts=tuple(r.row for r in entered), updates=tuple(stamped),
            deletes=tuple(deletes), truth=tuple(t for r in entered for t in r.truths),
        )  # fmt: skip

    def _on_file(self, register: Register, mention: Mention) -> bool:
        return falls(mention[0], _salt(self.seed, register.table), register.share)

    def _late(self, register: Register, mention: Mention, visit: int) -> bool:
        """Return whether somebody not on file is entered at this visit; in all, as large a share as is on file."""
        key, salt = mention[0], _salt(self.seed, register.table)
        due = mix(key, salt + 1) % _DAYS == visit
        return due and not self._on_file(register, mention) and falls(key, salt + 2, register.share)

    def _written(
        self, register: Register, mentions: Iterator[Mention], rng: Random, first: int, *, at: datetime = _EPOCH_AT
    ) -> Iterator[Record]:
        """Write each mention, some of them twice; the last change lies before ``at``, by years in the first load."""
        table, rates, key = register.table, self.rates[register.table.name], first
        span = 94_000_000 if at == _EPOCH_AT else 86_400
        for _, write in mentions:
            for copy in range(2 if rng.random() < rates.duplicate else 1):
                row, subjects = write(rng, rates)
                stamp = at - timedelta(seconds=1 + int(rng.random() * span))
                yield Record((key, *row, stamp), tuple(_truth(table.name, key, s, copy) for s in subjects))
                key += 1


def world(seed: int, people: int, *, rates: Mapping[str, Rates] = RATES) -> World:
    """Return the city of ``seed`` with ``people`` inhabitants; raise ValueError beyond what numbers allow."""
    return World(seed, people, rates, plots(people))


def _register(table: DepartmentTable) -> Register:
    return next(r for r in REGISTERS if r.table is table)


def _salt(seed: int, table: DepartmentTable) -> int:
    return seed * 100 + TABLES.index(table) * 10


def _truth(table: str, key: int, subject: Subject, copy: int) -> Row:
    role, entity, faults = subject
    return table, key, role, entity, [*map(str, faults), *([str(Fault.DUPLICATE)] if copy else [])]
