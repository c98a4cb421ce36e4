"""Input shapes of the pages of findings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.domains.inspection.choices import Check, Severity
from yunshu.domains.inspection.choices_findings import TermScope
from yunshu.lib.ui.fields import FilesField

NO_TEACH = ("", _("不认可，仅此一条"))


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReviewForm(forms.Form):
    """One step of review: ``verb`` is accept, false, waive or undo."""

    verb = forms.ChoiceField(choices=[(verb, verb) for verb in ("accept", "false", "waive", "undo")])
    words = forms.CharField(max_length=500, required=False)
    teach = forms.ChoiceField(choices=[NO_TEACH, *TermScope.choices], required=False)
    until = forms.DateField(required=False)


class DecideForm(forms.Form):
    """What the supervisor does with a finding that was put to a unit."""

    verb = forms.CharField(max_length=12)
    words = forms.CharField(max_length=500, required=False)


class IssueForm(forms.Form):
    """A notice for confirmed findings."""

    words = forms.CharField(label=_("整改要求"), max_length=2000, required=False, widget=_text())


class SubmitForm(forms.Form):
    """What the unit did."""

    words = forms.CharField(label=_("整改情况"), max_length=2000, widget=_text())
    attachments = FilesField(
        label=_("佐证材料"), required=False, accept=files.ACCEPT, help_text=_("截图、说明等，提交后自动复测。")
    )


class ExtensionForm(forms.Form):
    """More time."""

    until = forms.DateTimeField(
        label=_("延期至"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    reason = forms.CharField(label=_("延期理由"), max_length=500, widget=_text())


class AppealForm(forms.Form):
    """Why a finding is wrong."""

    reason = forms.CharField(label=_("申诉理由"), max_length=2000, widget=_text())
    attachments = FilesField(label=_("证明材料"), required=False, accept=files.ACCEPT)


class AppealDecisionForm(forms.Form):
    """Whether it is."""

    is_upheld = forms.TypedChoiceField(
        label=_("审定结论"),
        choices=[("1", _("申诉成立，撤销问题")), ("0", _("申诉不成立"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(label=_("审定意见"), max_length=2000, widget=_text())


class ExtensionDecisionForm(forms.Form):
    """Whether more time is granted."""

    is_granted = forms.TypedChoiceField(
        label=_("审批结论"),
        choices=[("1", _("同意延期")), ("0", _("不同意"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("审批意见"), max_length=500, required=False, widget=_text(2))


class TakeUpForm(forms.Form):
    """How a citizen's report becomes a finding."""

    kind = forms.ChoiceField(label=_("检查项"), choices=Check.choices, initial=Check.OTHER.value)
    severity = forms.ChoiceField(label=_("严重程度"), choices=Severity.choices, initial=Severity.GENERAL.value)
    words = forms.CharField(
        label=_("问题描述"), max_length=300, required=False, widget=_text(2), help_text=_("不填用网民的描述。")
    )

    def __init__(self, *args: Any, sites: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"] = forms.ChoiceField(
            label=_("所属网站"), required=False, choices=[("", _("按网址识别")), *sites]
        )


class AnswerForm(forms.Form):
    """The answer a citizen reads."""

    reply = forms.CharField(label=_("答复内容"), max_length=2000, widget=_text(), help_text=_("网民凭编号查看。"))
    is_declined = forms.BooleanField(label=_("不予受理"), required=False)
