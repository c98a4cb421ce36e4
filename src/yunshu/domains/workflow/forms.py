"""Input shapes of the worklist's pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class HandOverForm(forms.Form):
    """To whom."""

    person = forms.ChoiceField(label=_("转交给"), help_text=_("只列出有权办理此事项的人员。"))

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(key), name) for key, name in choices]


class ExtendForm(forms.Form):
    """How much longer, and why."""

    amount = forms.IntegerField(
        label=_("延长"), min_value=1, max_value=400, help_text=_("单位与原时限相同；只能延期一次，不超过原时限。")
    )
    reason = forms.CharField(label=_("延期理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class SuperviseForm(forms.Form):
    """What is required, until when."""

    requirement = forms.CharField(label=_("督办要求"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    due_at = forms.DateTimeField(
        label=_("反馈期限"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )


class AnswerForm(forms.Form):
    """What was done."""

    feedback = forms.CharField(label=_("反馈内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
