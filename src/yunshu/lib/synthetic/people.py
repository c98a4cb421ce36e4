"""Households: who lives together, married whom, moved and died. Start at ``settle``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from yunshu.lib.identifiers import ric
from yunshu.lib.synthetic.chance import pick, wheel
from yunshu.lib.synthetic.names import SURNAMES, given_name
from yunshu.lib.synthetic.places import BY_CODE, DIVISIONS, Division, address, phone

EPOCH = date(2026, 1, 1)  # the city is made as of this day; it lives from here
_TODAY = EPOCH.toordinal()
MALE, FEMALE = "1", "2"
# Each block has two sequence numbers of its own for a day and sex, of the 498 below 996: no two people share a number.
_PER_DAY = 2
SEQUENCES = 498
MAX_BLOCKS = SEQUENCES // _PER_DAY

_AGES = wheel(
    (age, weight / 10 ** (age > 90))
    for first, last, weight in ((22, 29, 10), (30, 39, 24), (40, 49, 24), (50, 59, 20), (60, 69, 13), (70, 79, 7), (80, 96, 2))
    for age in range(first, last + 1)
)  # fmt: skip
_CHILDREN = wheel([(0, 15), (1, 30), (2, 38), (3, 14), (4, 3)])
_TWINS = 0.012  # of later children; the hardest to tell apart: one surname, address and birthday
_FROM_OUTSIDE = ("445102", "445122", "440513", "440582", "441521", "441581", "441424", "360730", "430426", "511602")
_EDUCATION = wheel([("小学", 22), ("初中", 38), ("高中", 18), ("中专", 6), ("大专", 9), ("本科", 6), ("研究生", 1)])
_ETHNIC = wheel([("汉族", 985), ("畲族", 3), ("壮族", 4), ("苗族", 3), ("土家族", 3), ("瑶族", 2)])


@dataclass(frozen=True, slots=True)
class Home:
    """A household's dwelling now and before, and whence it came if it moved in."""

    number: int
    division: Division
    address: str
    before: str
    moved_on: date | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. ``number`` is the truth's name for them."""

    number: int
    ric: str
    name: str
    former_name: str | None
    sex: str
    born_on: date
    relation: str
    marital: str
    education: str | None
    ethnic: str
    phone: str
    died_on: date | None
    home: Home
    moved_on: date | None
    origin: str | None

    @property
    def age(self) -> int:
        """Full years on the day the city was made."""
        return EPOCH.year - self.born_on.year - 1

    @property
    def entity(self) -> str:
        """The truth's name."""
        return f"P{self.number:010d}"


@dataclass(frozen=True, slots=True)
class Marriage:
    """Two people and the day; ``ended_on`` is the day of a divorce."""

    husband: Person
    wife: Person
    married_on: date
    ended_on: date | None


@dataclass(slots=True)
class Neighbourhood:
    """A block while it is being settled; only ``settle`` changes it."""

    rng: Random
    block: int
    division: Division
    first: int
    people: list[Person] = field(default_factory=list)
    marriages: list[Marriage] = field(default_factory=list)
    taken: set[tuple[str, int, str, int]] = field(default_factory=set)
    homes: int = 0

    def number(self, area: str, born: int, sex: str) -> tuple[str, date]:
        """Return an identity number nobody has, and the birth date, earlier by a day where the day was full."""
        while True:
            for turn in range(_PER_DAY):
                key = (area, born, sex, turn)
                if key not in self.taken:
                    self.taken.add(key)
                    born_on = date.fromordinal(born)
                    return ric.compose(area, born_on, sequence(self.block * _PER_DAY + turn, born, sex)), born_on
            born -= 1


def sequence(slot: int, born: int, sex: str) -> int:
    """Return the sequence number of ``slot`` (below SEQUENCES) on a day: another order each day, odd for men."""
    return (slot * 7 + born * 13) % SEQUENCES * 2 + (sex == MALE)


def settle(rng: Random, block: int, division: Division, first: int, count: int) -> Neighbourhood:
    """Return a neighbourhood of exactly ``count`` people, whose numbers begin with ``first``."""
    hood = Neighbourhood(rng, block, division, first)
    while len(hood.people) < count:
        _household(hood)
    del hood.people[count:]
    last = first + count
    hood.marriages = [m for m in hood.marriages if m.husband.number < last and m.wife.number < last]
    return hood


def _household(hood: Neighbourhood) -> None:
    rng, home, surname = hood.rng, _home(hood), pick(hood.rng, SURNAMES)
    born = _TODAY - int((pick(rng, _AGES) + rng.random()) * 365.2425)
    if rng.random() < 0.14:
        sex = MALE if rng.random() < 0.55 else FEMALE
        _join(hood, home, _Member(surname, sex, born, "户主", "未婚"))
        return
    wife_born = min(born + int((rng.random() * 9 - 3) * 365), _TODAY - 7400)
    # 民法典 art. 1047: men from 22, women from 20
    married = max(born + 22 * 366, wife_born + 20 * 366) + int(rng.random() ** 2 * 2500)
    if married >= _TODAY:
        _join(hood, home, _Member(surname, MALE, born, "户主", "未婚"))
        return
    _family(hood, home, surname, (born, wife_born, married))
    if rng.random() < 0.2:
        _parents(hood, home, surname, born)


def _family(hood: Neighbourhood, home: Home, surname: str, days: tuple[int, int, int]) -> None:
    rng, (born, wife_born, married) = hood.rng, days
    ended = married + 700 + int(rng.random() * 5000) if rng.random() < 0.07 else _TODAY
    divorced = ended < _TODAY
    his_end, her_end = _death(rng, born, married), _death(rng, wife_born, married)
    husband = _join(
        hood,
        home,
        _Member(surname, MALE, born, "户主", _marital(divorced=divorced, widowed=her_end is not None), his_end),
    )
    origin = _elsewhere(hood) if rng.random() < 0.25 else None
    her_home = _home(hood) if divorced else home
    her = _Member(pick(rng, SURNAMES), FEMALE, wife_born, "户主" if divorced else "妻",
                  _marital(divorced=divorced, widowed=his_end is not None), her_end, origin, married if origin else None)  # fmt: skip
    wife = _join(hood, her_home, her)
    hood.marriages.append(
        Marriage(husband, wife, date.fromordinal(married), date.fromordinal(ended) if divorced else None)
    )
    child_born, last = married, min(ended, *(end.toordinal() for end in (his_end, her_end) if end), _TODAY)
    for _ in range(pick(rng, _CHILDREN)):
        if child_born == married or rng.random() > _TWINS:
            child_born += 300 + int(rng.random() * 900)
        if child_born < last and (child_born > _TODAY - 9000 or rng.random() < 0.3):
            sex = MALE if rng.random() < 0.52 else FEMALE
            _join(hood, home, _Member(surname, sex, child_born, "子" if sex == MALE else "女", "未婚"))


def _parents(hood: Neighbourhood, home: Home, surname: str, born: int) -> None:
    rng = hood.rng
    father_born = born - int((21 + rng.random() * 12) * 365)
    mother_born = father_born + int((rng.random() * 6 - 1) * 365)
    his_end, her_end = _death(rng, father_born), _death(rng, mother_born)
    father_known, mother_known = father_born > _TODAY - 102 * 365, mother_born > _TODAY - 104 * 365
    if father_known:
        marital = _marital(divorced=False, widowed=her_end is not None or not mother_known)
        _join(hood, home, _Member(surname, MALE, father_born, "父", marital, his_end))
    if mother_known:
        marital = _marital(divorced=False, widowed=his_end is not None or not father_known)
        _join(hood, home, _Member(pick(rng, SURNAMES), FEMALE, mother_born, "母", marital, her_end))


@dataclass(frozen=True, slots=True)
class _Member:
    surname: str
    sex: str
    born: int
    relation: str
    marital: str
    died_on: date | None = None
    origin: str | None = None
    moved: int | None = None


def _join(hood: Neighbourhood, home: Home, member: _Member) -> Person:
    rng, sex = hood.rng, member.sex
    moved_on = date.fromordinal(member.moved) if member.moved else home.moved_on
    origin = member.origin or home.origin
    if moved_on and moved_on.toordinal() <= member.born:
        moved_on = origin = None
    year = date.fromordinal(member.born).year
    number, born_on = hood.number(_area(rng, home.division, origin, year), member.born, sex)
    given = given_name(rng, sex, year)
    former = member.surname + given_name(rng, sex, year) if rng.random() < 0.05 else None
    person = Person(
        number=hood.first + len(hood.people), ric=number, name=member.surname + given,
        former_name=former if former != member.surname + given else None, sex=sex, born_on=born_on,
        relation=member.relation, marital=member.marital, education=pick(rng, _EDUCATION) if year < 2008 else "小学" if year < 2019 else None,
        ethnic=pick(rng, _ETHNIC), phone=phone(rng), died_on=member.died_on, home=home,
        moved_on=moved_on, origin=origin,
    )  # fmt: skip
    hood.people.append(person)
    return person


def _home(hood: Neighbourhood) -> Home:
    rng, division = hood.rng, hood.division
    hood.homes += 1
    moved_on = origin = None
    if rng.random() < 0.12:
        moved_on = date.fromordinal(_TODAY - 1 - int(rng.random() * 9000))
        origin = pick(rng, _FROM_OUTSIDE) if rng.random() < 0.3 else _elsewhere(hood)
    number = hood.block * 100_000 + hood.homes
    return Home(number, division, address(rng, division), address(rng, division), moved_on, origin)


def _elsewhere(hood: Neighbourhood) -> str:
    return pick(hood.rng, [d.code for d in DIVISIONS if d is not hood.division])


def _area(rng: Random, division: Division, origin: str | None, year: int) -> str:
    """Return the area a number was issued in: where somebody came from; for a third, some years after the birth."""
    issued = year + (16 if rng.random() < 0.35 else 0)
    if origin is None:
        return division.area_of(issued)
    return BY_CODE[origin].area_of(issued) if origin in BY_CODE else origin


def _marital(*, divorced: bool, widowed: bool) -> str:
    return "离婚" if divorced else "丧偶" if widowed else "已婚"


def _death(rng: Random, born: int, after: int = 0) -> date | None:
    """Return the day of a death in the last three years and later than ``after``; the older, the likelier."""
    age = (_TODAY - born) / 365.2425
    share = 0.002 if age < 50 else 0.012 if age < 65 else 0.05 if age < 75 else 0.18 if age < 85 else 0.4
    died = _TODAY - 1 - int(rng.random() * 1095)
    return date.fromordinal(died) if rng.random() < share and died > after else None


def living_adults(people: Iterable[Person]) -> Iterator[Person]:
    """Yield who is alive and of age."""
    return (p for p in people if p.died_on is None and p.age >= 18)
