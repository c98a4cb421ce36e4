"""Input shapes of the pages of projects."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.domains.projects.choices import (
    AcceptanceKind,
    ConfirmationKind,
    CostBasis,
    Criteria,
    GuaranteeForm,
    GuaranteeKind,
    InstalmentKind,
    MoveKind,
    ProjectKind,
    Verdicts,
)
from yunshu.lib.ui.fields import FilesField

Choices = Sequence[tuple[str, Any]]
MOST_ROWS = 200
BLANK = [("", _("请选择"))]


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def _yuan(label: Any, *, required: bool = True, least: str | None = "0.01", help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=18,
        decimal_places=2,
        min_value=Decimal(least) if least else None,
        help_text=help_text,
    )


def _percent(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=7, decimal_places=4, min_value=Decimal(0), max_value=Decimal(100)
    )


def _text(label: Any, most: int, *, required: bool = True, rows: int = 0, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else None
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, help_text=help_text)


class Offering(forms.Form):
    """A form whose choices are given when it is made: ``offers`` maps a field to its choices."""

    def __init__(self, *args: Any, offers: Mapping[str, Choices] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (offers or {}).items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                is_given = field.required and len(choices) == 1
                field.choices = list(choices) if is_given else [*BLANK, *choices]


class ProjectForm(Offering):
    """A project."""

    name = _text(_("项目名称"), 120)
    org = forms.ChoiceField(label=_("建设单位"))
    kind = forms.ChoiceField(label=_("类别"), choices=ProjectKind.choices)
    summary = _text(_("建设内容"), 4000, required=False, rows=4)
    deliver_by = _day(_("交付期限"), required=False)
    basis = _text(_("依据文件"), 200, required=False)
    pays_directly = forms.BooleanField(
        label=_("无合同直接支出"), required=False, help_text=_("日常经费等没有合同的支出，付款只受预算余额约束。")
    )
    blanks = _text(
        _("待补事项"), 1000, required=False, rows=2, help_text=_("每行一项，写系统看不出来的；空着的栏目系统自己列出。")
    )


class ApprovalForm(Offering):
    """What was approved."""

    item = _text(_("批复事项"), 120)
    document = _text(_("批复文件"), 200, help_text=_("文号或文件名称。"))
    on = _day(_("批复日期"), required=False)
    amount_yuan = _yuan(_("批复金额（元）"), help_text=_("该事项下合同合计不得超过这个金额。"))


class MoveForm(Offering):
    """Money granted, adjusted or recalled."""

    kind = forms.ChoiceField(
        label=_("变动类别"),
        choices=[(k.value, k.label) for k in (MoveKind.GRANTED, MoveKind.ADJUSTED, MoveKind.RECALLED)],
    )
    amount_yuan = _yuan(_("金额（元）"), least=None, help_text=_("调减时填负数；收回填收回的金额。"))
    on = _day(_("生效日期"), help_text=_("年份决定记入哪一年的额度。"))
    document = _text(_("依据文件"), 200)
    fund = _text(_("资金来源"), 60, required=False)


class CarryForm(Offering):
    """Money carried over to the next year."""

    year = forms.ChoiceField(label=_("转出年度"))
    amount_yuan = _yuan(_("结转金额（元）"))
    document = _text(_("依据文件"), 200)


class ContractForm(Offering):
    """A contract."""

    name = _text(_("合同名称"), 160)
    amount_yuan = _yuan(_("合同金额（元）"))
    approval = forms.ChoiceField(label=_("批复事项"), required=False)
    supplier = _text(_("供应商"), 120, required=False)
    supplier_uscc = _text(_("供应商统一社会信用代码"), 18, required=False)
    is_small_supplier = forms.NullBooleanField(label=_("供应商为中小企业"), required=False)
    signed_on = _day(_("签订日期"), required=False)
    starts_on = _day(_("开始日期"), required=False)
    ends_on = _day(_("结束日期"), required=False)
    deliver_by = _day(_("交付期限"), required=False)
    warranty_until = _day(_("质保期止"), required=False)
    advance_limit_yuan = _yuan(
        _("预付款上限（元）"), least="0", help_text=_("验收前最多可以确认预付的金额；没有约定填 0。")
    )
    advance_basis = _text(_("预付款依据"), 200, required=False)
    penalty_daily_percent = _percent(_("逾期违约金（每日，%）"))
    penalty_cap_percent = _percent(_("逾期违约金上限（%）"))
    blanks = _text(
        _("待补事项"), 1000, required=False, rows=2, help_text=_("每行一项，写系统看不出来的；空着的栏目系统自己列出。")
    )


class PartRow(forms.Form):
    """One instalment; a row without a milestone is left out."""

    milestone = _text(_("付款节点"), 160, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=InstalmentKind.choices, required=False, initial="progress")
    percent = _percent(_("比例（%）"))
    amount_yuan = _yuan(_("金额（元）"), required=False)
    due_on = _day(_("应付日期"), required=False)
    year = forms.IntegerField(label=_("预算年度"), min_value=1990, max_value=2200, required=False)
    required_evidence = _text(_("应附材料"), 400, required=False, help_text=_("多项之间用顿号分开。"))


PartRows = formset_factory(PartRow, extra=3, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)


class ChangeForm(Offering):
    """An approved change of a contract's sum."""

    amount_yuan = _yuan(_("增减金额（元）"), least=None, help_text=_("减少填负数。"))
    on = _day(_("批准日期"))
    document = _text(_("批准文件"), 200)
    reason = _text(_("变更原因"), 500, rows=2)
    approval = forms.ChoiceField(label=_("新的批复"), required=False)


class CostRow(forms.Form):
    """One cost line; a row without an item is left out."""

    item = _text(_("事项"), 120, required=False)
    quantity = forms.DecimalField(
        label=_("数量"), required=False, max_digits=12, decimal_places=2, min_value=Decimal(0)
    )
    unit = _text(_("单位"), 20, required=False)
    price_yuan = _yuan(_("单价（元）"), required=False, least="0")
    amount_yuan = _yuan(_("金额（元）"), required=False, least="0")
    basis = forms.ChoiceField(label=_("计价依据"), choices=[*BLANK, *CostBasis.choices], required=False)
    basis_detail = _text(_("依据说明"), 300, required=False)


CostRows = formset_factory(CostRow, extra=3, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)


class AcceptanceForm(Offering):
    """What an acceptance found."""

    kind = forms.ChoiceField(label=_("验收类别"), choices=AcceptanceKind.choices)
    item = _text(_("验收事项"), 160)
    contract = forms.ChoiceField(label=_("项目合同"), required=False, help_text=_("不选表示整个项目。"))
    on = _day(_("验收日期"))
    passed = forms.ChoiceField(label=_("结论"), choices=[("yes", _("通过")), ("no", _("不通过"))])
    statement = _text(_("结论与依据"), 500, rows=3)
    corrects = forms.ChoiceField(label=_("更正的记录"), required=False, help_text=_("只在更正原记录时选择。"))


class ConfirmationForm(Offering):
    """So much may be paid; each of ``demanded`` gets a field of its own."""

    kind = forms.ChoiceField(label=_("确认类别"), choices=ConfirmationKind.choices)
    acceptance = forms.ChoiceField(label=_("验收记录"), required=False, help_text=_("确认类别为“验收通过”的必选。"))
    amount_yuan = _yuan(_("确认金额（元）"))
    on = _day(_("确认日期"))
    statement = _text(_("确认意见"), 500, rows=2)

    def __init__(self, *args: Any, demanded: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demanded = tuple(demanded)
        for number, name in enumerate(self.demanded):
            self.fields[f"evidence_{number}"] = _text(name, 200, help_text=_("写明材料的编号、名称或存放处。"))

    def evidence(self) -> dict[str, str]:
        """What was given of what is demanded."""
        return {name: self.cleaned_data[f"evidence_{n}"] for n, name in enumerate(self.demanded)}


class PaymentForm(Offering):
    """A payment."""

    on = _day(_("付款日期"))
    amount_yuan = _yuan(_("付款金额（元）"))
    voucher = _text(_("凭证号"), 60)
    invoice = _text(_("发票号码"), 60, required=False)
    statement = _text(_("用途"), 200, required=False)
    fund = forms.ChoiceField(label=_("资金来源"), required=False)


class PenaltyForm(Offering):
    """A deduction."""

    amount_yuan = _yuan(_("扣款金额（元）"))
    on = _day(_("扣款日期"))
    clause = _text(_("合同条款"), 200)
    reason = _text(_("扣款事由"), 500, rows=2)
    days_late = forms.IntegerField(label=_("逾期天数"), min_value=0, max_value=100_000, required=False)


class GuaranteeEntryForm(Offering):
    """A guarantee."""

    kind = forms.ChoiceField(label=_("担保类别"), choices=GuaranteeKind.choices)
    form = forms.ChoiceField(label=_("担保形式"), choices=GuaranteeForm.choices)
    amount_yuan = _yuan(_("担保金额（元）"))
    document = _text(_("凭据"), 200)
    received_on = _day(_("收取日期"))
    expires_on = _day(_("有效期止"), required=False)


class ReturnForm(Offering):
    """The day a guarantee is given back."""

    on = _day(_("退还日期"))


class ReasonForm(Offering):
    """A reason, for what is taken back."""

    reason = _text(_("原因"), 500, rows=2)


class DocumentForm(Offering):
    """A document handed in; ``names`` are those that steps demand, others may be written."""

    name = _text(_("材料名称"), 120)
    reference = _text(_("文号或存放处"), 200)
    on = _day(_("日期"))
    attachments = FilesField(label=_("附件"), required=False, accept=files.ACCEPT)

    def __init__(self, *args: Any, names: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if names:
            self.fields["name"].help_text = _("各环节要求的材料：%(names)s") % {"names": "、".join(names)}


class ReviewForm(Offering):
    """Who reviews, for how much, with how many experts."""

    agency = _text(_("评审机构"), 120)
    fee_yuan = _yuan(_("评审服务费（元）"), least="0")
    size = forms.IntegerField(label=_("专家人数"), min_value=1, max_value=99, help_text=_("奇数。"))
    parties = _text(
        _("回避对象"),
        1000,
        required=False,
        rows=3,
        help_text=_("每行一个：拟用供应商、方案编制单位等；建设单位和评审机构自动计入。"),
    )


class WordForm(Offering):
    """The owner's word."""

    word = _text(_("随机词"), 60)


class FindingForm(Offering):
    """What was found."""

    criterion = forms.ChoiceField(label=_("评审要素"), choices=Criteria.choices)
    clause = _text(_("条款或页码"), 120)
    text = _text(_("问题"), 1000, rows=3)


class AnswerForm(Offering):
    """An answer; empty: close."""

    answer = _text(_("答复"), 1000, required=False, rows=3)


class OpinionForm(Offering):
    """What the review says in the end."""

    opinion = _text(_("评审意见"), 4000, rows=6)


class CutRow(forms.Form):
    """What is left of a cost line."""

    item = forms.CharField(label=_("事项"), required=False, disabled=True)
    approved_yuan = _yuan(_("审定金额（元）"), least="0")
    reason = _text(_("核减原因"), 300, required=False)


CutRows = formset_factory(CutRow, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class MarkRow(forms.Form):
    """An expert's word on one criterion."""

    criterion = forms.ChoiceField(label=_("评审要素"), choices=Criteria.choices)
    score = forms.DecimalField(
        label=_("评分"), min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
    )
    verdict = forms.ChoiceField(label=_("结论"), choices=Verdicts.choices)
    note = _text(_("意见"), 500, required=False)


MarkRows = formset_factory(MarkRow, extra=0, max_num=5, absolute_max=5)


class PaymentsFileForm(Offering):
    """A file of payments."""

    file = forms.FileField(label=_("付款文件"), help_text=_("XLSX 或 CSV，首行为列名；先下载模板。"))


def lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def words(text: str) -> list[str]:
    """Return the things listed in a text."""
    return [word.strip() for word in text.replace("，", "、").replace(",", "、").split("、") if word.strip()]
