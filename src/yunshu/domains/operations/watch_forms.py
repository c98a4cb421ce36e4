"""Input shapes beside targets: vantages, discovery, the sheet."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations.target_forms import SECRET, Choices
from yunshu.lib.probe.sweep import MOST_PORTS


class VantageForm(forms.Form):
    """A place that probes look from; ``row``: the one that is changed (its code stays, it may be switched off)."""

    name = forms.SlugField(label=_("代码"), max_length=40, help_text=_("小写字母、数字和连字符，例如 rongcheng。"))
    title = forms.CharField(label=_("名称"), max_length=80)
    scopes = forms.CharField(
        label=_("范围标签"),
        max_length=200,
        required=False,
        help_text=_("空格分开；只探测带其中任一标签的对象，不填则探测全部。只让它探测它够得着的对象。"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        if row is not None:
            kwargs["initial"] = {"title": row.title, "scopes": " ".join(row.scopes), "is_active": row.is_active}
        super().__init__(*args, **kwargs)
        del self.fields["is_active" if row is None else "name"]

    def clean_scopes(self) -> list[str]:
        """Return the labels."""
        return sorted(set(self.cleaned_data["scopes"].split()))


class DiscoveryForm(forms.Form):
    """Where to look for what could be watched."""

    networks = forms.CharField(
        label=_("网段或地址"),
        required=False,
        max_length=400,
        help_text=_("空格分开，例如 10.1.1.0/24 10.1.2.5；一次最多 256 个地址。"),
    )
    ports = forms.CharField(
        label=_("TCP 端口"), required=False, max_length=100, initial="80 443", help_text=_("空格分开，最多 16 个。")
    )
    community = forms.CharField(
        label=_("SNMP 团体名"), required=False, max_length=100, widget=SECRET, help_text=_("不填则不问 SNMP；不保存。")
    )
    prometheus = forms.URLField(
        label=_("Prometheus 地址"),
        required=False,
        assume_scheme="http",
        help_text=_("填写时只读取它的抓取清单，例如 http://10.1.1.5:9090。"),
    )
    org = forms.ChoiceField(label=_("主管单位"))

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["org"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(orgs)

    def clean_networks(self) -> list[str]:
        """Return the networks."""
        return str(self.cleaned_data["networks"]).split()

    def clean_ports(self) -> list[int]:
        """Return the ports."""
        words = str(self.cleaned_data["ports"]).split()
        if len(words) > MOST_PORTS or not all(word.isdigit() and 0 < int(word) < 65_536 for word in words):
            raise forms.ValidationError(_t("端口是 1 到 65535 的数字，最多 16 个。"))
        return sorted({int(word) for word in words})

    def clean(self) -> dict[str, Any]:
        """One of the two ways is needed."""
        data: dict[str, Any] = dict(super().clean() or {})
        if not self.errors and not (data.get("networks") or data.get("prometheus")):
            self.add_error("networks", _t("请填写网段，或 Prometheus 地址。"))
        return data


class TargetUploadForm(forms.Form):
    """A list of targets."""

    file = forms.FileField(label=_("监测对象清单"), help_text=_("XLSX 或 CSV，第一行为列名；可先导出模板再填。"))
