"""Companies: names as they are built in China, valid codes, one of the people as legal representative. Start at ``found``."""

from dataclasses import dataclass
from datetime import date
from random import Random

from yunshu.lib.identifiers import uscc
from yunshu.lib.synthetic.chance import pick, wheel
from yunshu.lib.synthetic.people import EPOCH, Person
from yunshu.lib.synthetic.places import Division, address, phone

PEOPLE_PER_COMPANY = 45
_BRAND = "恒盛鑫源宏泰顺兴隆达利丰裕华瑞祥安康佳美嘉诚信德润泽博远腾飞龙凤凯旋金银玉宝永久新锐智云海天鸿福汇聚创"
# form, kind of body in the code (GB 32100 table 1), word in the register
_FORMS = wheel([
    (("有限公司", "1", "有限责任公司(自然人投资或控股)"), 52), (("实业有限公司", "1", "有限责任公司(自然人投资或控股)"), 8),
    (("股份有限公司", "1", "股份有限公司(非上市)"), 2), (("商行", "2", "个体工商户"), 18), (("经营部", "2", "个体工商户"), 12),
    (("厂", "1", "个人独资企业"), 5), (("专业合作社", "3", "农民专业合作社"), 3),
])  # fmt: skip
_CAPITAL = wheel([(10, 20), (50, 26), (100, 24), (200, 10), (500, 12), (1000, 6), (5000, 2)])
_STATUS = wheel([("存续", 88), ("注销", 8), ("吊销", 4)])


@dataclass(frozen=True, slots=True)
class Company:
    """A company that does not exist. ``approved_on`` is the day of its last change."""

    number: int
    uscc: str
    name: str
    former_name: str | None
    kind: str
    trade: str
    representative: Person
    capital_wan: int
    founded_on: date
    approved_on: date
    status: str
    cancelled_on: date | None
    address: str
    phone: str

    @property
    def entity(self) -> str:
        """The truth's name."""
        return f"C{self.number:010d}"


def found(rng: Random, number: int, division: Division, representative: Person, taken: set[str]) -> Company:
    """Return a company of ``representative`` whose name is not among ``taken``, and add it there."""
    (form, kind, word), trade = pick(rng, _FORMS), pick(rng, division.trades)
    name = _name(rng, division, trade + form, taken)
    founded = EPOCH.toordinal() - 30 - int(rng.random() ** 2 * 9000)
    approved = founded + int(rng.random() * (EPOCH.toordinal() - founded))
    renamed, status = rng.random() < 0.08, pick(rng, _STATUS)
    changed = renamed or status != "存续" or rng.random() < 0.4
    approved_on = date.fromordinal(approved if changed else founded)
    return Company(
        number=number, uscc=uscc.compose("9", kind, division.code, _base(number)), name=name,
        former_name=_name(rng, division, trade + form, taken) if renamed else None, kind=word, trade=trade,
        representative=representative, capital_wan=pick(rng, _CAPITAL), founded_on=date.fromordinal(founded),
        approved_on=approved_on, status=status, cancelled_on=approved_on if status != "存续" else None,
        address=address(rng, division), phone=phone(rng),
    )  # fmt: skip


def _name(rng: Random, division: Division, rest: str, taken: set[str]) -> str:
    while True:
        brand = pick(rng, _BRAND) + pick(rng, _BRAND) + (pick(rng, _BRAND) if rng.random() < 0.3 else "")
        name = division.place + brand + rest
        if name not in taken:
            taken.add(name)
            return name


def _base(number: int) -> str:
    """Return eight characters for the organisation code: YY, which is not issued, and the number to base 31."""
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 31)
        digits = uscc.ALPHABET[digit] + digits
    return "YY" + digits
