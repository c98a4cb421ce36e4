"""The resident identity number 公民身份号码 (GB 11643-1999): check digit, parts, old form, check. Start at ``check``.

An area code says where the number was issued, not where its holder was born, and codes come and go: 440525 (揭阳县)
ended when the county was raised to a city, while its numbers live on. So an unknown area is a *warning*, never a fault,
and is never compared with the birth date.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul

# GB 11643-1999 §5.2, ISO 7064 MOD 11-2: weight of position i is 2^(18-i) mod 11
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# the digit that brings the weighted sum to 1 modulo 11
_CHECK_DIGITS = "10X98765432"
_NEW_FORM = re.compile("[0-9]{17}[0-9X]")
_OLD_FORM = re.compile("[0-9]{15}")
# GB/T 2260 provinces; 81-83 residents of Hong Kong, Macao and Taiwan; 9 begins a foreign permanent resident's number
_KNOWN_AREAS = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9]")
# of fifteen digits, the sequences 996-999 were kept for people born in the century before
_CENTENARIAN = 996


class Fault(StrEnum):
    """What makes a number impossible."""

    LENGTH = "length"
    CHARACTERS = "characters"
    DATE = "date"
    CHECK_DIGIT = "check_digit"


class Doubt(StrEnum):
    """What a person should look at; real people have such numbers."""

    AREA = "area_unknown"
    OLD_FORM = "old_form"


class Sex(StrEnum):
    """GB/T 2261.1, as far as a number tells it."""

    MALE = "1"
    FEMALE = "2"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a number says."""

    area: str
    born_on: date
    sequence: int
    sex: Sex


@dataclass(frozen=True, slots=True)
class Verdict:
    """What :func:`check` found."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Doubt, ...] = ()

    @property
    def ok(self) -> bool:
        """True if no fault was found; warnings do not count."""
        return not self.faults


def check_digit(body: str) -> str:
    """Return the eighteenth character for the first seventeen digits."""
    return _CHECK_DIGITS[sum(map(mul, _WEIGHTS, map(int, body))) % 11]


def compose(area: str, born_on: date, sequence: int) -> str:
    """Return the number of eighteen; an odd ``sequence`` (0-999) is a man's, an even one a woman's."""
    body = f"{area}{born_on.year:04d}{born_on.month:02d}{born_on.day:02d}{sequence:03d}"
    return body + check_digit(body)


def normal(text: str) -> str:
    """Return ``text`` as a number is written: half width, no blanks, a capital X."""
    half = (chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return "".join(c for c in half if not c.isspace()).upper()


def to_18(number: str) -> str:
    """Return an old number of fifteen digits in the form of eighteen (GB 11643-1989 to 1999)."""
    if not _OLD_FORM.fullmatch(number):
        raise ValueError(number)
    body = number[:6] + _century(number) + number[6:]
    return body + check_digit(body)


def to_15(number: str) -> str:
    """Return the old form of a number of eighteen: no century, no check digit."""
    if not _NEW_FORM.fullmatch(number):
        raise ValueError(number)
    return number[:6] + number[8:17]


def parse(number: str) -> Parts:
    """Return the parts of a number of 15 or 18; raise ValueError with the faults if it has any."""
    verdict = check(number)
    if verdict.faults:
        raise ValueError(", ".join(verdict.faults))
    whole = number if len(number) == 18 else to_18(number)
    sequence = int(whole[14:17])
    born_on = date(int(whole[6:10]), int(whole[10:12]), int(whole[12:14]))
    return Parts(whole[:6], born_on, sequence, Sex.MALE if sequence % 2 else Sex.FEMALE)


def check(number: str, *, areas: Collection[str] | None = None, today: date | None = None) -> Verdict:
    """Return the faults and warnings of ``number``.

    ``areas``: codes ever valid; without it only the province is looked at. ``today``: a later birth is a fault.
    Length and characters each end the check: what follows would be noise.
    """
    if len(number) not in (15, 18):
        return Verdict(faults=(Fault.LENGTH,))
    old = len(number) == 15
    if not (_OLD_FORM if old else _NEW_FORM).fullmatch(number):
        return Verdict(faults=(Fault.CHARACTERS,))
    faults = []
    if not _real(_century(number) + number[6:12] if old else number[6:14], today):
        faults.append(Fault.DATE)
    if not old and check_digit(number[:17]) != number[17]:
        faults.append(Fault.CHECK_DIGIT)
    known = _KNOWN_AREAS.match(number) if areas is None else number[:6] in areas
    warnings = ([] if known else [Doubt.AREA]) + ([Doubt.OLD_FORM] if old else [])
    return Verdict(tuple(faults), tuple(warnings))


def faults_sql(column: str, *, today: date | None = None) -> str:
    """Return a PostgreSQL expression: the faults of ``column`` as text[], empty if none, null for null.

    ``column`` is trusted SQL (a quoted name), not a value. It gives the same faults as :func:`check`, in its order.
    """
    old_year = f"CASE WHEN substr({column}, 13, 3) >= '{_CENTENARIAN}' THEN '18' ELSE '19' END"
    born = f"CASE length({column}) WHEN 15 THEN {old_year} || substr({column}, 7, 6) ELSE substr({column}, 7, 8) END"
    weighted = " + ".join(f"{w} * substr({column}, {i}, 1)::int" for i, w in enumerate(_WEIGHTS, 1))
    digit = f"substr('{_CHECK_DIGITS}', ({weighted}) % 11 + 1, 1)"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL"
        f" WHEN length({column}) NOT IN (15, 18) THEN ARRAY['{Fault.LENGTH}']"
        f" WHEN {column} !~ '^([0-9]{{15}}|[0-9]{{17}}[0-9X])$' THEN ARRAY['{Fault.CHARACTERS}']"
        f" ELSE CASE WHEN {_real_sql(f'({born})', today)} THEN '{{}}'::text[] ELSE ARRAY['{Fault.DATE}'] END"
        f" || CASE WHEN length({column}) = 15 THEN '{{}}'::text[]"
        f" WHEN {digit} = substr({column}, 18, 1) THEN '{{}}'::text[] ELSE ARRAY['{Fault.CHECK_DIGIT}'] END END"
    )


def _century(old: str) -> str:
    return "18" if int(old[12:15]) >= _CENTENARIAN else "19"


def _real(born: str, today: date | None) -> bool:
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    return today is None or day <= today


def _real_sql(born: str, today: date | None) -> str:
    """Return the condition that eight digits are a day of the Gregorian calendar; no cast to date, which would raise."""
    year, month, day = (f"substr({born}, {start}, {size})::int" for start, size in ((1, 4), (5, 2), (7, 2)))
    leap = f"({year} % 4 = 0 AND {year} % 100 <> 0 OR {year} % 400 = 0)"
    last = f"CASE WHEN {month} IN (4, 6, 9, 11) THEN 30 WHEN {month} <> 2 THEN 31 WHEN {leap} THEN 29 ELSE 28 END"
    real = f"{year} > 0 AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND {last}"
    return real if today is None else f"{real} AND {born} <= '{today:%Y%m%d}'"
