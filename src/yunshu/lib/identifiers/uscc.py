"""The unified social credit code 统一社会信用代码 (GB 32100-2015): check character, parts, check. Start at ``check``.

Eighteen characters: who registers (1), kind of body (1), area (6), organisation code of GB 11714 (9), check (1).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

# GB 32100-2015 table 2: the digits and letters without I, O, S, V, Z; the place is the value
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
# §4.6: weight of position i is 3^(i-1) mod 31
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
# GB 11714: organisation code, letters count from A = 10
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FORM = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


class Fault(StrEnum):
    """What makes a code impossible."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_CHARACTER = "check_character"


class Doubt(StrEnum):
    """What a person should look at."""

    ORGANISATION_CODE = "organisation_code"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a code says; ``registrar`` 9 is 市场监督管理, there ``kind`` 1 is a company, 2 an individual business."""

    registrar: str
    kind: str
    area: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What :func:`check` found."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Doubt, ...] = ()

    @property
    def ok(self) -> bool:
        """True if no fault was found; warnings do not count."""
        return not self.faults


def check_character(body: str) -> str:
    """Return the eighteenth character for the first seventeen; raise ValueError for a letter outside the alphabet."""
    try:
        # C18 = 31 - sum(Ci * Wi) mod 31, and 31 is written as 0
        return ALPHABET[-sum(map(mul, _WEIGHTS, (_VALUES[c] for c in body))) % 31]
    except KeyError:
        raise ValueError(body) from None


def organisation_code(base: str) -> str:
    """Return the nine characters of GB 11714 for the first eight."""
    rest = -sum(map(mul, _ORGANISATION_WEIGHTS, (int(c, 36) for c in base))) % 11
    return base + "0123456789X"[rest]


def compose(registrar: str, kind: str, area: str, base: str) -> str:
    """Return the code of a body whose organisation code begins with the eight characters ``base``."""
    body = registrar + kind + area + organisation_code(base)
    return body + check_character(body)


def parse(code: str) -> Parts:
    """Return the parts of ``code``; raise ValueError with the faults if it has any."""
    verdict = check(code)
    if verdict.faults:
        raise ValueError(", ".join(verdict.faults))
    return Parts(code[0], code[1], code[2:8], code[8:17])


def check(code: str) -> Verdict:
    """Return the faults and warnings of ``code``; length and characters each end the check."""
    if len(code) != 18:
        return Verdict(faults=(Fault.LENGTH,))
    if not _FORM.fullmatch(code):
        return Verdict(faults=(Fault.CHARACTERS,))
    faults = () if check_character(code[:17]) == code[17] else (Fault.CHECK_CHARACTER,)
    warnings = () if organisation_code(code[8:16]) == code[8:17] else (Doubt.ORGANISATION_CODE,)
    return Verdict(faults, warnings)


def faults_sql(column: str) -> str:
    """Return a PostgreSQL expression: the faults of ``column`` as text[], empty if none, null for null."""
    weighted = " + ".join(
        f"{w} * (strpos('{ALPHABET}', substr({column}, {i}, 1)) - 1)" for i, w in enumerate(_WEIGHTS, 1)
    )
    return (
        f"CASE WHEN {column} IS NULL THEN NULL"
        f" WHEN length({column}) <> 18 THEN ARRAY['{Fault.LENGTH}']"
        f" WHEN {column} !~ '^{_FORM.pattern}$' THEN ARRAY['{Fault.CHARACTERS}']"
        f" WHEN substr('{ALPHABET}', (31 - ({weighted}) % 31) % 31 + 1, 1) = substr({column}, 18, 1)"
        f" THEN '{{}}'::text[] ELSE ARRAY['{Fault.CHECK_CHARACTER}'] END"
    )
