"""Input shapes of the telephones' pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.forms import CHOOSE, ChoosingForm, RegisterForm, text
from yunshu.domains.hotline.services.phone_missed import OUTCOMES


class CallTicketForm(RegisterForm):
    """A ticket that comes from a call: desk, channel and number are known."""

    desk = None  # type: ignore[assignment]
    channel = None  # type: ignore[assignment]
    source_number = None  # type: ignore[assignment]
    answer = text(
        _("当场答复"), 3, required=False, help_text=_("已在电话中答复清楚的填写，工单随即办结；需要派单的留空。")
    )

    field_order = ("kind", "title", "content", "division", "street", "address", "name", "phone", "answer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "ticket")
        super().__init__(*args, **kwargs)


class KnownTicketForm(forms.Form):
    """A ticket that is there already."""

    ticket = forms.CharField(label=_("工单编号"), max_length=24)
    words = text(_("补充情况"), 2, most=1000, required=False, help_text=_("诉求人补充的情况，写入工单。"))


class WithoutForm(ChoosingForm):
    """Why there is no ticket."""

    reason = forms.ChoiceField(label=_("事由"))
    words = forms.CharField(label=_("说明"), max_length=300, required=False)


class ListenForm(forms.Form):
    """Why somebody wants to hear a recording."""

    reason = forms.CharField(label=_("调听事由"), max_length=300, help_text=_("写明核查什么；每次调听都会存证。"))


class RecallForm(forms.Form):
    """What calling back came to."""

    outcome = forms.ChoiceField(label=_("回拨结果"), choices=[CHOOSE, *((one.value, one.label) for one in OUTCOMES)])
    words = forms.CharField(label=_("说明"), max_length=300, required=False)
