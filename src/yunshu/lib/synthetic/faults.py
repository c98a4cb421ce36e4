"""How a department gets somebody wrong: given rates, and ``seen``, which applies them and says what it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from types import MappingProxyType

from yunshu.lib.identifiers import ric
from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.names import HOMOPHONES, LOOKALIKES, mistaken
from yunshu.lib.synthetic.people import Person

# numbers of eighteen digits are issued since 1999-10-01: only who was born before can have an old one
_OLD_UNTIL = date(1999, 10, 1)


class Fault(StrEnum):
    """What is wrong with one record."""

    HOMOPHONE = "homophone"
    LOOKALIKE = "lookalike"
    FORMER_NAME = "former_name"
    MISSING_NUMBER = "missing_number"
    TRANSPOSED = "transposed"
    OLD_NUMBER = "old_number"
    WRONG_DATE = "wrong_date"
    STALE_ADDRESS = "stale_address"
    MISSING_PHONE = "missing_phone"
    FORMER_UNIT = "former_unit"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The share of a table's mentions of people with each fault.

    ``former_name`` is a share of those who have one, ``old_number`` of those born before October 1999, ``former_unit``
    of mentions of a renamed employer, ``duplicate`` of records entered twice. Rates of columns that a table lacks stay 0.
    """

    homophone: float = 0.0
    lookalike: float = 0.0
    former_name: float = 0.0
    missing_number: float = 0.0
    transposed: float = 0.0
    old_number: float = 0.0
    wrong_date: float = 0.0
    stale_address: float = 0.0
    missing_phone: float = 0.0
    former_unit: float = 0.0
    duplicate: float = 0.0


RATES: Mapping[str, Rates] = MappingProxyType({
    "gaj_hjrk": Rates(homophone=0.002, lookalike=0.001, former_name=0.01, transposed=0.0005, wrong_date=0.001,
                      stale_address=0.03, missing_phone=0.15, duplicate=0.001),
    "scjgj_qydj": Rates(homophone=0.004, lookalike=0.004, former_name=0.05, missing_number=0.01, transposed=0.003,
                        old_number=0.06, duplicate=0.004),
    "rsj_cbxx": Rates(homophone=0.008, lookalike=0.006, former_name=0.10, missing_number=0.004, transposed=0.005,
                      old_number=0.05, wrong_date=0.008, stale_address=0.12, missing_phone=0.10, former_unit=0.4, duplicate=0.012),
    "mzj_hydj": Rates(homophone=0.010, lookalike=0.008, former_name=0.30, missing_number=0.03, transposed=0.006,
                      old_number=0.25, wrong_date=0.010, duplicate=0.006),
    "mzj_dbdx": Rates(homophone=0.015, lookalike=0.010, former_name=0.15, missing_number=0.01, transposed=0.008,
                      old_number=0.06, stale_address=0.10, missing_phone=0.20, duplicate=0.015),
    "gjj_gjjc": Rates(homophone=0.004, lookalike=0.003, former_name=0.08, missing_number=0.002, transposed=0.002,
                      old_number=0.02, missing_phone=0.05, former_unit=0.4, duplicate=0.004),
    "zrzyj_bdcdj": Rates(homophone=0.008, lookalike=0.008, former_name=0.20, missing_number=0.05, transposed=0.005,
                         old_number=0.20, missing_phone=0.30, duplicate=0.010),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody as one record has them, and the faults of it."""

    name: str
    number: str | None
    born_on: date
    address: str
    phone: str | None
    faults: tuple[Fault, ...]


def seen(rng: Random, person: Person, rates: Rates) -> Seen:
    """Return ``person`` as a clerk wrote them down. At most one fault each of name and number."""
    faults: list[Fault] = []
    name, number = _name(rng, person, rates, faults), _number(rng, person, rates, faults)
    born_on, address, phone = person.born_on, person.home.address, None
    if rng.random() < rates.wrong_date:
        born_on = _wrong(rng, born_on)
        faults.append(Fault.WRONG_DATE)
    if rng.random() < rates.stale_address:
        address = person.home.before
        faults.append(Fault.STALE_ADDRESS)
    if rng.random() < rates.missing_phone:
        faults.append(Fault.MISSING_PHONE)
    else:
        phone = person.phone
    return Seen(name, number, born_on, address, phone, tuple(faults))


def _name(rng: Random, person: Person, rates: Rates, faults: list[Fault]) -> str:
    draw = rng.random()
    if draw < rates.homophone:
        faults.append(Fault.HOMOPHONE)
        return mistaken(rng, person.name, HOMOPHONES)
    draw -= rates.homophone
    if draw < rates.lookalike:
        faults.append(Fault.LOOKALIKE)
        return mistaken(rng, person.name, LOOKALIKES)
    if person.former_name and draw - rates.lookalike < rates.former_name:
        faults.append(Fault.FORMER_NAME)
        return person.former_name
    return person.name


def _number(rng: Random, person: Person, rates: Rates, faults: list[Fault]) -> str | None:
    draw = rng.random()
    if draw < rates.missing_number:
        faults.append(Fault.MISSING_NUMBER)
        return None
    draw -= rates.missing_number
    if draw < rates.transposed:
        faults.append(Fault.TRANSPOSED)
        return _transposed(rng, person.ric)
    if person.born_on < _OLD_UNTIL and draw - rates.transposed < rates.old_number:
        faults.append(Fault.OLD_NUMBER)
        return ric.to_15(person.ric)
    return person.ric


def _transposed(rng: Random, number: str) -> str:
    """Return ``number`` with two unlike neighbours of birth and sequence swapped: MOD 11-2 always finds that."""
    i = pick(rng, [i for i in range(6, 16) if number[i] != number[i + 1]])
    return number[:i] + number[i + 1] + number[i] + number[i + 2 :]


def _wrong(rng: Random, born_on: date) -> date:
    """Return another date: month and day swapped where that is one, else some days or years off."""
    if rng.random() < 0.4 and born_on.day <= 12 and born_on.day != born_on.month:
        return born_on.replace(month=born_on.day, day=born_on.month)
    return born_on + timedelta(days=pick(rng, (-3652, -365, -30, -10, -1, 1, 10, 30)))
