"""Payments as a file: one row a payment, XLSX or CSV."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from yunshu.domains.projects.services import PaymentRow, PaymentSpec
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.reference.transfer import table_of

HEADS = {
    "contract": label("合同编号"),
    "ordinal": label("期次"),
    "project": label("项目编号"),
    "on": label("付款日期"),
    "amount": label("付款金额（元）"),
    "voucher": label("凭证号"),
    "invoice": label("发票号码"),
    "statement": label("用途"),
    "fund": label("资金来源"),
}
NEEDED = ("on", "amount", "voucher")
MOST_ROWS = 2_000
FINEST = -2


def read(upload: Any) -> list[PaymentRow]:
    """Return the payments of a file.

    Raises Refused (``file_unreadable``, ``columns_missing``, ``too_many_rows``, ``file_empty``, ``rows_bad``).
    """
    records = table_of(upload)
    head = [text.strip() for text in next(records, [])]
    columns = {key: head.index(_(name)) for key, name in HEADS.items() if _(name) in head}
    missing = [_(HEADS[key]) for key in NEEDED if key not in columns]
    if missing:
        raise Refused("columns_missing", _("缺少列：%(names)s。请先下载模板。") % {"names": "、".join(missing)})
    rows = []
    for number, record in enumerate(records, 2):
        line = {key: record[at].strip() if at < len(record) else "" for key, at in columns.items()}
        if any(line.values()):
            rows.append(_row(number, line))
        if len(rows) > MOST_ROWS:
            raise Refused("too_many_rows", _("一次最多导入 %(n)s 行，请分开导入。") % {"n": MOST_ROWS})
    if not rows:
        raise Refused("file_empty", _("文件里没有可导入的行。"))
    return rows


def _row(number: int, line: Mapping[str, str]) -> PaymentRow:
    words = {name: line.get(name, "") for name in ("voucher", "invoice", "statement", "fund")}
    spec = PaymentSpec(on=_day(number, line["on"]), amount_yuan=_amount(number, line["amount"]), **words)
    contract, ordinal = line.get("contract", ""), line.get("ordinal", "")
    if contract and not ordinal.isdecimal():
        raise _bad(number, _("请填写期次"))
    return PaymentRow(contract=contract, ordinal=int(ordinal or 0), project=line.get("project", ""), spec=spec)


def _day(number: int, text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise _bad(number, _("日期应写成 2022-06-30")) from None


def _amount(number: int, text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise _bad(number, _("金额不是数字")) from None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < FINEST or amount.adjusted() > 15:
        raise _bad(number, _("金额最多两位小数"))
    return amount


def _bad(number: int, why: str) -> Refused:
    return Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": number, "why": why}, where="file")
