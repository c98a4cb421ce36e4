"""Input shapes of evaluation's pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.lib.ui.fields import FilesField

Choices = Sequence[tuple[str, str]]


class ChoosingForm(forms.Form):
    """A form one of whose fields offers what its page knows: ``choices`` go to the field ``chosen``."""

    chosen = ""

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[self.chosen]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices)


class UploadForm(ChoosingForm):
    """Choose a file and the department it belongs to."""

    chosen = "org"

    org = forms.ChoiceField(label=_("部门"))
    file = forms.FileField(label=_("绩效目标表文件"), help_text=_("文本（制表符分隔）、XLSX 或 DOCX，不超过 10 MB。"))


class ReasonForm(forms.Form):
    """A step of the table's life with an opinion."""

    verb = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("意见"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class EvidenceForm(forms.Form):
    """A value entered by hand with what proves it."""

    on = forms.DateField(label=_("发生日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    value = forms.DecimalField(label=_("数值"), max_digits=14, decimal_places=4, min_value=0)
    statement = forms.CharField(
        label=_("佐证说明"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明文件名称、文号、签收人或系统记录编号，使他人能够查证。"),
    )
    attachments = FilesField(
        label=_("佐证附件"),
        required=False,
        accept=files.ACCEPT,
        help_text=_("可选多个：PDF、OFD、Office、图片或文本。附件以摘要登记，事后不能替换。"),
    )


class MoreFilesForm(forms.Form):
    """Further files for evidence that stands."""

    attachments = FilesField(label=_("补充附件"), accept=files.ACCEPT, help_text=_("补充的附件另行登记时间和上传人。"))


class JudgementForm(ChoosingForm):
    """Judge a line that no figure measures."""

    chosen = "choice"

    kind = forms.CharField(widget=forms.HiddenInput, initial="judgement")
    choice = forms.ChoiceField(label=_("档次"))
    share = forms.DecimalField(label=_("得分比例（%）"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    basis = forms.CharField(
        label=_("佐证与理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明佐证编号或文件名称。"),
    )


class ApplicabilityForm(forms.Form):
    """Set a line aside, or take it back."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="inapplicable")
    choice = forms.ChoiceField(label=_("本年度"), choices=[("yes", _("不适用，不参与评分")), ("no", _("适用"))])
    basis = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TargetForm(forms.Form):
    """Say whether the target set at the year's beginning was too low."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="target")
    choice = forms.ChoiceField(label=_("年初指标值"), choices=[("no", _("并非偏低")), ("yes", _("明显偏低"))])
    basis = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class WeightsForm(forms.Form):
    """Why the points differ from the rule set's."""

    basis = forms.CharField(label=_("调整依据"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class WithdrawForm(forms.Form):
    """Take back, with a reason."""

    reason = forms.CharField(label=_("原因"), max_length=300)


class BindForm(ChoosingForm):
    """How an indicator is measured."""

    chosen = "metric"

    metric = forms.ChoiceField(label=_("测量方式"), required=False)
    accumulates = forms.BooleanField(
        label=_("佐证数值逐次累计"), required=False, help_text=_("如培训次数、完成个数；不勾选时以最近一次数值为准。")
    )
    reason = forms.CharField(
        label=_("变更理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("提交后由另一位有审定权限的人审批；批准以前仍按原来的方式测量。"),
    )


class DecisionForm(forms.Form):
    """Decide a change of how an indicator is measured; the pressed button says how."""

    opinion = forms.CharField(
        label=_("审批意见"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不批准的须写明意见。"),
    )


class PaymentForm(ChoosingForm):
    """Money that left."""

    chosen = "task"

    task = forms.ChoiceField(label=_("任务"))
    on = forms.DateField(label=_("付款日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    amount_yuan = forms.DecimalField(label=_("付款金额（元）"), max_digits=18, decimal_places=2, min_value=0)
    voucher = forms.CharField(label=_("凭证号"), max_length=60)
    statement = forms.CharField(label=_("说明"), max_length=300, required=False)


class TaskProjectForm(forms.Form):
    """Which task is paid from which project."""

    linked_task = forms.ChoiceField(label=_("任务"))
    project = forms.ChoiceField(label=_("信息化项目"), help_text=_("对应以后，任务的已付金额取自项目中登记的付款。"))

    def __init__(self, *args: Any, tasks: Choices, projects: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("linked_task", tasks), ("project", projects)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = list(choices)


class StatementForm(ChoosingForm):
    """A report at a node of the year."""

    chosen = "through_month"

    through_month = forms.ChoiceField(label=_("监控期"))
    choice = forms.ChoiceField(label=_("处置"), required=False, help_text=_("已预警的须选择。"))
    statement = forms.CharField(
        label=_("情况说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("偏差原因和改进措施。"),
    )

    def __init__(self, *args: Any, decisions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["choice"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("没有预警，不需处置")), *decisions]
