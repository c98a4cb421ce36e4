"""What a kind of thing wants to know: its fields, and what is wrong with a cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _l


class Form(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    LINES = "lines"
    CODE = "code"
    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    DAY = "day"
    INSTANT = "instant"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PHONE = "phone"
    USCC = "uscc"
    IDENTITY = "identity"


FORM_NAMES: Mapping[str, Any] = {
    Form.TEXT: _l("一行文字"),
    Form.LINES: _l("多行文字"),
    Form.CODE: _l("编码（字母、数字、-、_、.、/）"),
    Form.COUNT: _l("整数"),
    Form.MONEY: _l("金额（元；映射里可写万元）"),
    Form.PERCENT: _l("百分数（0–100）"),
    Form.DAY: _l("日期"),
    Form.INSTANT: _l("日期时间"),
    Form.CHOICE: _l("选项"),
    Form.YES_NO: _l("是或否"),
    Form.PHONE: _l("电话号码"),
    Form.USCC: _l("统一社会信用代码"),
    Form.IDENTITY: _l("公民身份号码（只核对，不保存）"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing to know. ``group`` is the unit of reconciliation; ``also`` other headings by which its column is found.

    What is ``sensitive`` is masked in reports and the journal; ``clean`` brings a text to the form in which the domain keeps it.
    """

    name: str
    label: Any
    form: Form = Form.TEXT
    required: bool = False
    most: int = 200
    choices: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    help: Any = ""
    example: str = ""
    also: tuple[str, ...] = ()
    sensitive: bool = False
    clean: Callable[[str], str] | None = None

    @property
    def is_kept(self) -> bool:
        """An identity number is looked at and never kept."""
        return self.form is not Form.IDENTITY


@dataclass(frozen=True)
class Fault:
    """Why a row is not taken: the field, what stood there, what is wrong, what to do. ``column`` is filled in by the judge."""

    field: str
    value: str
    why: str
    todo: str
    column: str = ""
