"""Input shapes of the ledger's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DestroyForm(forms.Form):
    """Destroy a record's text, with the legal basis."""

    reason = forms.CharField(
        label=_("销毁依据"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("法律条款或批准文号。销毁后任何人都不能再证明这条存证说了什么，只能证明它曾经存在。"),
    )


class OpenForm(forms.Form):
    """Opening a record's text to the person who asks."""

    why = forms.CharField(
        label=_("调阅事由"),
        max_length=300,
        help_text=_("写明审计项目或案件。谁在何时为何调阅，同样写入账本。"),
    )


class HandleForm(forms.Form):
    """What was done about an alarm."""

    handling = forms.CharField(label=_("处置情况"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
