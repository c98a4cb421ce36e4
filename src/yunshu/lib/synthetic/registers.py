"""What each department writes down of the same people. Start at ``REGISTERS``.

A register names whom it may mention (``mentions``) and what share of them it has on file; a mention is a key and the
way to write it, which gives a row without its own key and time, and whom the row truly tells of.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from yunshu.lib.synthetic.block import Block
from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.companies import Company
from yunshu.lib.synthetic.faults import Fault, Rates, seen
from yunshu.lib.synthetic.people import EPOCH, MALE, Marriage, Person, living_adults
from yunshu.lib.synthetic.places import BY_CODE
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

Row = tuple[Any, ...]  # values as psycopg takes them
Subject = tuple[str, str, tuple[Fault, ...]]  # role, entity, faults
Written = tuple[Row, tuple[Subject, ...]]
Mention = tuple[int, Callable[[Random, Rates], Written]]


@dataclass(frozen=True, slots=True)
class Register:
    """One department's table and how it is filled."""

    table: DepartmentTable
    share: float
    mentions: Callable[[Block], Iterator[Mention]]


def write_person(person: Person, rng: Random, rates: Rates) -> Written:
    """Write ``person`` into the population register."""
    s = seen(rng, person, rates)
    home, died = person.home, person.died_on
    row = (
        s.number, s.name, person.former_name if rng.random() < 0.7 else None, person.sex, person.ethnic, s.born_on,
        f"{home.number:010d}", person.relation, home.division.code, s.address, person.moved_on, person.origin,
        person.marital, person.education, s.phone, "死亡注销" if died else "正常", died,
    )  # fmt: skip
    return row, (("本人", person.entity, s.faults),)


def write_company(company: Company, rng: Random, rates: Rates) -> Written:
    """Write ``company`` and its representative into the companies' register."""
    s = seen(rng, company.representative, rates)
    row = (
        company.uscc, company.name, company.former_name, company.kind, s.name, s.number, company.capital_wan,
        company.founded_on, company.approved_on, company.uscc[2:8], company.address, company.trade, company.status,
        company.cancelled_on, company.phone,
    )  # fmt: skip
    return row, (("企业", company.entity, ()), ("法定代表人", company.representative.entity, s.faults))


def _insured(person: Person, employer: Company | None, rng: Random, rates: Rates) -> Written:
    s = seen(rng, person, rates)
    worked = int(rng.random() * min(max(person.age - 16, 1), 40) * 12)
    kind = "企业职工基本养老保险" if employer else "城乡居民基本养老保险"
    wage = 2000 + int(rng.random() ** 3 * 180) * 100 if employer else None
    state = "待遇享受" if person.age >= 60 else pick(rng, ("参保缴费", "参保缴费", "参保缴费", "参保缴费", "暂停缴费"))
    unit, works = _unit(rng, employer, rates) if employer else (None, ())
    code = employer.uscc if employer else None
    row = (s.number, s.name, _word(person), s.born_on, s.phone, s.address, unit, code, kind,
           EPOCH - timedelta(days=worked * 30 + 1), state, wage, worked)  # fmt: skip
    return row, (("参保人", person.entity, s.faults), *works)


def _married(marriage: Marriage, rng: Random, rates: Rates) -> Written:
    his, hers = seen(rng, marriage.husband, rates), seen(rng, marriage.wife, rates)
    on = marriage.ended_on or marriage.married_on
    code = marriage.husband.home.division.code
    row = (
        f"{'L' if marriage.ended_on else 'J'}{code}-{on.year}-{int(rng.random() * 1e6):06d}",
        "离婚登记" if marriage.ended_on else "结婚登记", his.name, his.number, his.born_on,
        hers.name, hers.number, hers.born_on, on, f"{BY_CODE[code].name}民政局婚姻登记处",
    )  # fmt: skip
    return row, (("男方", marriage.husband.entity, his.faults), ("女方", marriage.wife.entity, hers.faults))


def _supported(person: Person, rng: Random, rates: Rates) -> Written:
    s = seen(rng, person, rates)
    heads = 1 + int(rng.random() * 4)
    since = EPOCH - timedelta(days=1 + int(rng.random() * 3000))
    row = (s.name, s.number, s.address, s.phone, heads, heads * (400 + int(rng.random() * 40) * 10), since, "享受")
    return row, (("户主", person.entity, s.faults),)


def _saving(person: Person, employer: Company, rng: Random, rates: Rates) -> Written:
    s = seen(rng, person, rates)
    unit, works = _unit(rng, employer, rates)
    base = 2000 + int(rng.random() ** 2 * 180) * 100
    months = 1 + int(rng.random() * max(person.age - 17, 1) * 12)
    # 5% to 12% of the base, from the employee and as much from the employer
    monthly = base * (5 + int(rng.random() * 8)) // 100 * 2
    row = (s.name, s.number, _word(person), s.phone, unit, base, monthly, monthly * months,
           EPOCH - timedelta(days=months * 30 + 1), "202512", "正常" if rng.random() < 0.85 else "封存")  # fmt: skip
    return row, (("缴存人", person.entity, s.faults), *works)


def _owned(person: Person, rng: Random, rates: Rates) -> Written:
    s = seen(rng, person, rates)
    code, r = person.home.division.code, rng.random
    on = EPOCH - timedelta(days=1 + int(r() * 5000))
    row = (
        f"粤({on.year}){BY_CODE[code].name}不动产权第{int(r() * 1e7):07d}号",
        f"{code}{int(r() * 999) + 1:03d}{int(r() * 999) + 1:03d}GB{int(r() * 1e5):05d}F{int(r() * 1e8):08d}",
        s.name, s.number, s.phone, s.address, pick(rng, ("住宅", "住宅", "住宅", "住宅", "商业", "车库")),
        4000 / 100 + int(r() * 16000) / 100, "共同共有" if person.marital == "已婚" else "单独所有", on, "现势",
    )  # fmt: skip
    return row, (("权利人", person.entity, s.faults),)


def _word(person: Person) -> str:
    return "男" if person.sex == MALE else "女"


def _unit(rng: Random, employer: Company, rates: Rates) -> tuple[str, tuple[Subject, ...]]:
    """Return the employer's name as this department has it, sometimes the former one, and whom it tells of."""
    former = employer.former_name if rng.random() < rates.former_unit else None
    return former or employer.name, (("单位", employer.entity, (Fault.FORMER_UNIT,) if former else ()),)


def _everybody(block: Block) -> Iterator[Mention]:
    return ((p.number, partial(write_person, p)) for p in block.people)


def _companies(block: Block) -> Iterator[Mention]:
    return ((c.number, partial(write_company, c)) for c in block.companies)


def _insurable(block: Block) -> Iterator[Mention]:
    return ((p.number, partial(_insured, p, block.employers.get(p.number))) for p in block.people if p.age >= 16)


def _couples(block: Block) -> Iterator[Mention]:
    return ((m.wife.number, partial(_married, m)) for m in block.marriages)


def _householders(block: Block) -> Iterator[Mention]:
    return ((p.number, partial(_supported, p)) for p in living_adults(block.people) if p.relation == "户主")


def _employees(block: Block) -> Iterator[Mention]:
    people = ((p, block.employers.get(p.number)) for p in block.people)
    return ((p.number, partial(_saving, p, employer)) for p, employer in people if employer)


def _owners(block: Block) -> Iterator[Mention]:
    return ((p.number, partial(_owned, p)) for p in living_adults(block.people) if p.relation in {"户主", "妻"})


REGISTERS = (
    Register(POPULATION, 0.99, _everybody),
    Register(COMPANIES, 0.97, _companies),
    Register(INSURANCE, 0.85, _insurable),
    Register(MARRIAGE, 0.97, _couples),
    Register(SUBSISTENCE, 0.025, _householders),
    Register(FUND, 0.45, _employees),
    Register(ESTATE, 0.45, _owners),
)
