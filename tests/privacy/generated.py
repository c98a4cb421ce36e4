"""A seeded set of people who do not exist, written the ways lists are published, with the truth beside it."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from yunshu.lib.identifiers import ric, uscc
from yunshu.lib.privacy import Kind

_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周", "甲乙丙丁戊己庚辛壬癸"
_PLACES = ("榕华街道新兴路", "玉窖镇东升村", "梅云街道建设路", "炮台镇新市村", "锡场镇华清村")
_BEGINNINGS = ("622202", "622848", "621700", "621661", "623058", "955880")
OFFICES = ("办公地址：榕城区东升街道临江南路36号", "办理地点：揭东区曲溪街道金溪大道12号政务服务中心3楼302室")


@dataclass
class Case:
    """One row: the cells, and what in them is personal."""

    cells: list[str]
    truth: list[tuple[Kind, str]] = field(default_factory=list)


class People:
    """Makes rows from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def digits(self, count: int) -> str:
        return "".join(self.chance.choices("0123456789", k=count))

    def id_number(self) -> str:
        born = date(1940, 1, 1) + timedelta(days=self.chance.randrange(28_000))
        area = self.chance.choice(["445202", "445221", "445222", "445224", "440106", "110101", "510104"])
        return ric.compose(area, born, self.chance.randrange(1000))

    def mobile(self) -> str:
        return "1" + self.chance.choice("3456789") + self.digits(9)

    def card(self) -> str:
        body = self.chance.choice(_BEGINNINGS)
        body += self.digits(18 - len(body))
        return next(body + d for d in "0123456789" if _luhn(body + d))

    def code(self) -> str:
        return uscc.compose("9", "1", "445200", self.digits(8))

    def name(self) -> str:
        return self.chance.choice(_SURNAMES) + "".join(self.chance.choices(_GIVEN, k=self.chance.choice([1, 2])))

    def address(self) -> str:
        return f"揭阳市榕城区{self.chance.choice(_PLACES)}{self.chance.randrange(1, 300)}号"

    def leaking(self) -> Case:
        """A row of a list that should have been masked."""
        name, number, mobile, card, home = self.name(), self.id_number(), self.mobile(), self.card(), self.address()
        truth = [(Kind.ID_NUMBER, number), (Kind.MOBILE, mobile), (Kind.BANK_CARD, card), (Kind.HOME_ADDRESS, home)]
        return Case([name, number, mobile, card, home], truth)

    def innocent(self) -> Case:
        """A row that looks like one: masked forms, codes of companies, numbers of files and orders, sums, offices."""
        number, mobile, digits = self.id_number(), self.mobile(), self.digits
        choices = [
            number[:2] + "*" * 13 + number[-3:],
            number[:6] + "********" + number[-4:],
            mobile[:3] + "****" + mobile[-4:],
            "统一社会信用代码 " + self.code(),
            f"索引号：11445200MB2C{digits(4)}8L/2022-00{digits(3)}",
            f"订单编号：{mobile}",
            f"{mobile}元",
            f"0663-8{digits(6)}",
            _off_by_one(number),
            f"揭府办〔2022〕{self.chance.randrange(1, 300)}号",
            self.chance.choice(OFFICES),
            f"20{digits(2)}1231{digits(14)}",
        ]
        return Case([self.name()[0] + "**", *self.chance.sample(choices, 4)])


HEADINGS = ["姓名", "身份证号码", "联系电话", "银行卡号", "家庭住址"]
INNOCENT_HEADINGS = ["姓名", "项目一", "项目二", "项目三", "项目四"]


def _off_by_one(number: str) -> str:
    last = "0123456789X"
    return number[:-1] + last[(last.index(number[-1]) + 1) % 11]


def _luhn(number: str) -> bool:
    digits = [int(c) for c in reversed(number)]
    return sum(digits[::2] + [d * 2 - 9 * (d > 4) for d in digits[1::2]]) % 10 == 0
