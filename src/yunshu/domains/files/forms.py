"""What an archivist fills in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HoldForm(forms.Form):
    """Why an attachment must outlast its term; empty lets the term run."""

    because = forms.CharField(
        label=_("暂缓原因"),
        required=False,
        max_length=200,
        help_text=_("例如诉讼、审计未结。留空并保存，即解除暂缓。"),
    )


class EraseForm(forms.Form):
    """On what ground an attachment is erased."""

    because = forms.CharField(
        label=_("销毁依据"), max_length=200, help_text=_("写明鉴定报告或批准文件的文号。销毁后内容不能恢复。")
    )
