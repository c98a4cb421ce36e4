"""Input shapes of the loans' pages."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.projects.loan_choices import (
    DayCounts,
    FeeBases,
    PenaltyBases,
    PrepaymentOrders,
    RateKind,
    Remainders,
    Roundings,
)

MOST_YEN = 10**15
PUBLISHED = [(kind.value, kind.label) for kind in (RateKind.PARITY, RateKind.SELLING)]
ENTERED = [*PUBLISHED, (RateKind.OTHER.value, RateKind.OTHER.label)]


def _day(name: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=name, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


def _yen(name: Any, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=name, **({"min_value": 1, "max_value": MOST_YEN} | more))


def _percent(name: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(label=name, min_value=0, max_digits=8, decimal_places=5, **more)


def _rate(name: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(label=name, min_value=Decimal("0.000001"), max_digits=12, decimal_places=6, **more)


class LoanForm(forms.Form):
    """What is known of a loan."""

    name = forms.CharField(label=_("贷款名称"), max_length=120)
    org = forms.ChoiceField(label=_("还款单位"))
    lender = forms.CharField(
        label=_("贷款人（上级转贷方）"), max_length=120, required=False, help_text=_("不清楚的留空，显示为“待补”。")
    )
    guarantor = forms.CharField(label=_("担保单位"), max_length=120, required=False)
    purpose = forms.CharField(
        label=_("用途"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    basis = forms.CharField(label=_("依据文件"), max_length=200, required=False)
    project = forms.CharField(label=_("关联项目编号"), max_length=24, required=False)
    source = forms.CharField(label=_("出处"), max_length=200, required=False)

    def __init__(self, *args: Any, orgs: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["org"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(orgs)


class TermsForm(forms.Form):
    """A version of the terms; every convention is what the agreement says."""

    basis = forms.CharField(
        label=_("依据（协议名称、条款）"), max_length=300, help_text=_("未见协议原件的，写明以何材料为准。")
    )
    principal = _yen(_("贷款本金（日元）"))
    rate_percent = _percent(_("年利率（%）"), max_value=Decimal("99.99999"))
    starts_on = _day(_("起息日"))
    grace_months = forms.IntegerField(
        label=_("宽限期（月）"), min_value=0, max_value=600, help_text=_("宽限期内只付利息。")
    )
    instalments = forms.IntegerField(label=_("还本期数"), min_value=1, max_value=600)
    months = forms.IntegerField(label=_("每期月数"), min_value=1, max_value=12, initial=6)
    day = forms.IntegerField(label=_("还款日（每月几日）"), min_value=1, max_value=31, initial=20)
    day_count = forms.TypedChoiceField(label=_("计息基础"), choices=DayCounts.choices, coerce=int)
    unit = forms.IntegerField(label=_("每期本金取整到（日元）"), min_value=1, max_value=10**9, initial=1000)
    remainder = forms.ChoiceField(label=_("尾差归入"), choices=Remainders.choices)
    rounding = forms.ChoiceField(label=_("利息尾数"), choices=Roundings.choices)
    fee_percent = _percent(_("手续费率（%）"), initial=0)
    fee_base = forms.ChoiceField(label=_("手续费计算"), choices=FeeBases.choices)
    penalty_percent = _percent(_("逾期罚息年率（%）"), initial=0)
    penalty_base = forms.ChoiceField(label=_("罚息基数"), choices=PenaltyBases.choices)
    penalty_replaces = forms.BooleanField(label=_("罚息代替原利息"), required=False)
    prepayment = forms.ChoiceField(label=_("提前还款"), choices=PrepaymentOrders.choices)
    opening_on = _day(
        _("接账日"), required=False, help_text=_("从中途接管账目时填写：此日以前到期的视为已还清；从头记账的留空。")
    )
    opening_balance = _yen(_("接账本金余额（日元）"), min_value=0, required=False)


class OpeningForm(forms.Form):
    """Open the books."""

    on = _day(_("建账日"))
    kind = forms.ChoiceField(label=_("按哪一种牌价折算"), choices=PUBLISHED)


class RevaluationForm(forms.Form):
    """Carry the balance at a rate of the day."""

    on = _day(_("重估日"), help_text=_("一般为月末、季末或年末。"))
    kind = forms.ChoiceField(label=_("按哪一种牌价"), choices=PUBLISHED)


class RepaymentForm(forms.Form):
    """A repayment as the bank's voucher says."""

    on = _day(_("还款日期"))
    amount = _yen(_("还款金额（日元）"), help_text=_("本金、利息、手续费和罚息合计，由系统按条款拆分。"))
    cost_yuan = forms.DecimalField(
        label=_("付出人民币（元）"), max_digits=18, decimal_places=2, help_text=_("以银行购汇凭证为准。")
    )
    rate_source = forms.CharField(
        label=_("汇率来源"), max_length=200, help_text=_("例如“某银行现汇卖出价”，写明日期和银行。")
    )
    voucher = forms.CharField(label=_("银行凭证号"), max_length=60)
    may_prepay = forms.BooleanField(label=_("多余部分提前还本"), required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class ReversalForm(forms.Form):
    """Why an entry is undone."""

    reason = forms.CharField(label=_("冲销原因"), max_length=300)


class BudgetForm(forms.Form):
    """A year's budget."""

    year = forms.IntegerField(label=_("年度"), min_value=1990, max_value=2100)
    amount_yuan = forms.DecimalField(label=_("批复预算（元）"), min_value=0, max_digits=18, decimal_places=2)
    planned = _yen(_("计划还本付息（日元）"), min_value=0, required=False)
    rate = _rate(_("预算汇率（元/100日元）"), required=False)
    basis = forms.CharField(label=_("依据"), max_length=200, help_text=_("预算批复的文号或表格。"))


class ReserveForm(forms.Form):
    """For what a reserve is asked."""

    kind = forms.ChoiceField(label=_("按哪一种牌价"), choices=PUBLISHED)
    share_percent = forms.IntegerField(label=_("覆盖历史变动的比例（%）"), min_value=50, max_value=100, initial=95)
    months = forms.IntegerField(label=_("今后几个月"), min_value=1, max_value=36, initial=6)


class ClosingForm(forms.Form):
    """Close a loan."""

    on = _day(_("结清日期"))
    archive = forms.CharField(label=_("结清档案"), max_length=200, help_text=_("结清证明的名称、文号和档案号。"))


class RatesForm(forms.Form):
    """Rates, one a line."""

    kind = forms.ChoiceField(label=_("汇率种类"), choices=ENTERED)
    source = forms.CharField(label=_("来源"), max_length=200, help_text=_("网址、文件或银行名称。"))
    lines = forms.CharField(
        label=_("牌价"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "每行一个日期和一个汇率（100 日元合多少元），例如 2022-06-30 4.9136；可以从表格软件中整列复制粘贴。"
        ),
    )


class RateForm(forms.Form):
    """The right rate in place of a wrong one."""

    rate = _rate(_("正确的汇率（元/100日元）"))
    source = forms.CharField(label=_("来源"), max_length=200)
