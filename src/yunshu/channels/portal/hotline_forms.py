"""What a citizen fills in on the pages of 12345."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.files import api as files
from yunshu.domains.hotline import api as hotline
from yunshu.domains.hotline.contracts import DemandField
from yunshu.lib.ui.fields import FilesField

CHOOSE = ("", _l("请选择"))
"""Nothing is chosen beforehand: a mark that nobody gave is none."""
STARS = [CHOOSE, *((str(n), _l("%(n)s 分") % {"n": n}) for n in range(5, 0, -1))]
PAGE_WORD = 22
"""Characters of a page's own word: 131 bits."""
MOST_FILES, MEGABYTE = 9, 1024 * 1024
PLACES = 5
"""Decimals of a degree that are kept: about a metre."""


def _photos() -> FilesField:
    return FilesField(
        label=_l("照片或文件"),
        required=False,
        accept=files.ACCEPT,
        help_text=_l("可以不传；拍一张现场照片更容易办。最多 %(n)s 个，合计不超过 %(most)s MB。")
        % {"n": MOST_FILES, "most": settings.UPLOAD_MAX_BYTES // MEGABYTE},
    )


class TextArea(forms.Textarea):
    """Several lines that a browser does not cut off: what is too long is said, not lost."""

    def use_required_attribute(self, initial: Any) -> bool:
        """No."""
        return False

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Leave out ``maxlength``, with which a browser drops the end of what is pasted, silently."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        if most := attrs.pop("maxlength", None):
            attrs["data-most"] = most
        return attrs


class DemandForm(forms.Form):
    """A demand in a citizen's own words: the one form of every channel, with files and a place; who says it is a wish, not a duty."""

    lon = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)
    lat = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)
    attachments = _photos()
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Left blank by people; what fills it in is a program."""
    page = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    """A word made for this page: what it sends again is the same ticket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"].initial = lambda: get_random_string(PAGE_WORD)  # unless the view knows one
        choices = hotline.demand_choices()
        for asked in hotline.demand_fields():
            self.fields[asked.name] = _field(asked, choices.get(asked.name, []))
        self.order_fields(ORDER)

    def clean_website(self) -> str:
        """Refuse what a program sends."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("提交没有成功，请重试。"))
        return ""

    def clean_page(self) -> str:
        """Keep a word of the shape that was made; anything else is none."""
        word: str = self.cleaned_data["page"]
        return word if re.fullmatch(r"[0-9A-Za-z]{22}", word) else ""

    def clean_attachments(self) -> list[Any]:
        """Refuse more files than anybody looks at."""
        found: list[Any] = self.cleaned_data["attachments"]
        if len(found) > MOST_FILES:
            raise forms.ValidationError(_("一次最多 %(n)s 个文件，其余可在提交后补充。") % {"n": MOST_FILES})
        return found

    def clean(self) -> dict[str, Any]:
        """Make a place of what the browser knows; half a place, or none on this earth, is none: the address stands."""
        data = super().clean() or {}
        lon, lat = _degrees(data.get("lon"), 180), _degrees(data.get("lat"), 90)
        return data | ({"lon": lon, "lat": lat} if None not in (lon, lat) else {"lon": None, "lat": None})


ORDER = ("kind", "title", "content", "division", "address", "attachments", "name", "phone", "is_confidential")


def _field(asked: DemandField, choices: list[tuple[str, str]]) -> forms.Field:
    words: dict[str, Any] = {"label": _(asked.label), "required": asked.is_required}
    if asked.help:
        words["help_text"] = _(asked.help)
    if asked.type == "boolean":
        return forms.BooleanField(**words)
    if asked.type == "choice":
        chosen = [("", _("请选择")), *choices] if asked.is_required else choices
        return forms.ChoiceField(choices=chosen, **words)
    if asked.type == "text":
        return forms.CharField(max_length=asked.most, widget=TextArea(attrs={"rows": 5}), **words)
    attrs = {"autocomplete": asked.fills} if asked.fills else {}
    attrs |= {"inputmode": "tel"} if asked.fills == "tel" else {}
    words |= {"validators": [callable_number]} if asked.fills == "tel" else {}
    return forms.CharField(max_length=asked.most, widget=forms.TextInput(attrs=attrs), **words)


def callable_number(text: str) -> None:
    """Refuse what nobody could call back; to leave it blank is everybody's right."""
    if not hotline.is_callable(text):
        raise forms.ValidationError(_("这个号码打不通：请填 11 位手机号，或带区号的固定电话；不方便留的可以不填。"))


def _degrees(text: str | None, most: int) -> float | None:
    if not text or not re.fullmatch(r"-?\d{1,3}(\.\d{1,18})?", text):
        return None
    return round(float(text), PLACES) if abs(float(text)) <= most else None


class LookForm(forms.Form):
    """A number and its code."""

    number = forms.CharField(
        label=_l("工单编号"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "RX…"})
    )
    code = forms.CharField(
        label=_l("查询码或手机号"),
        max_length=20,
        help_text=_l("查询码在提交时显示一次；留了手机号的，也可以填手机号。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class MoreForm(forms.Form):
    """What is added."""

    words = forms.CharField(label=_l("补充情况"), max_length=2000, widget=TextArea(attrs={"rows": 3}))
    attachments = _photos()


class RateForm(forms.Form):
    """What the citizen thinks of it; result and process apart."""

    solved = forms.ChoiceField(label=_l("问题解决了吗"), choices=[CHOOSE, ("1", _l("解决了")), ("0", _l("没有解决"))])
    result_score = forms.ChoiceField(label=_l("对结果满意吗"), choices=STARS)
    process_score = forms.ChoiceField(label=_l("对办理过程满意吗"), choices=STARS)
    words = forms.CharField(label=_l("还想说的"), max_length=1000, required=False, widget=TextArea(attrs={"rows": 2}))
