"""Choices of the loans' tables with their Chinese names; the terms' values are those of ``lib.loans``."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class DayCounts(models.IntegerChoices):
    """Actual days over this many."""

    ACT_365 = 365, _l("实际天数/365")
    ACT_360 = 360, _l("实际天数/360")


class Remainders(models.TextChoices):
    """Which instalment takes what equal ones leave."""

    FIRST = "first", _l("首期")
    LAST = "last", _l("末期")


class Roundings(models.TextChoices):
    """How interest becomes whole yen."""

    DOWN = "down", _l("舍去不足一日元部分")
    HALF_UP = "half_up", _l("四舍五入")
    UP = "up", _l("进为一日元")


class FeeBases(models.TextChoices):
    """What a fee is a share of."""

    BALANCE = "balance", _l("按本金余额计（年率）")
    PAYMENT = "payment", _l("按每次还本付息额计")


class PenaltyBases(models.TextChoices):
    """What interest on arrears is reckoned on."""

    PRINCIPAL = "principal", _l("逾期本金")
    ALL = "all", _l("逾期本金、利息和费用")


class PrepaymentOrders(models.TextChoices):
    """Which instalments a prepayment takes away."""

    LAST_FIRST = "last_first", _l("冲减最后几期")
    NEXT_FIRST = "next_first", _l("冲减最近几期")


class RateKind(models.TextChoices):
    """Whose rate, at which side of the counter."""

    PARITY = "parity", _l("人民币汇率中间价")
    SELLING = "selling", _l("银行现汇卖出价")
    BUDGET = "budget", _l("预算汇率")
    OTHER = "other", _l("其他")


class EntryKind(models.TextChoices):
    """What an entry of the account is."""

    OPEN = "open", _l("建账")
    REVALUE = "revalue", _l("汇率重估")
    REPAY = "repay", _l("还本付息")
    REVERSE = "reverse", _l("冲销")
