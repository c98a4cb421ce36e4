"""Input shapes of what is watched: one form for a target, one for each kind of check."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import Boundaries, CheckKind, TargetKind
from yunshu.domains.operations.rules import readings
from yunshu.lib.probe import BadTarget, Check, from_json

Choices = Sequence[tuple[str, str]]
SECRET = forms.PasswordInput(attrs={"autocomplete": "new-password"})
KEPT = _("已保存；不填则保持不变。")


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})


class TargetForm(forms.Form):
    """What is said of a target beside its check."""

    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类别"), choices=TargetKind.choices, initial=TargetKind.SYSTEM)
    org = forms.ChoiceField(label=_("主管单位"))
    code = forms.SlugField(
        label=_("代码"),
        max_length=60,
        required=False,
        help_text=_("小写字母、数字和连字符；不填则自动生成。导入和依赖关系用它指称。"),
    )
    interval_s = forms.IntegerField(label=_("探测间隔（秒）"), min_value=5, max_value=3600, initial=30)
    timeout_s = forms.IntegerField(label=_("超时（秒）"), min_value=1, max_value=60, initial=5)
    confirm = forms.IntegerField(label=_("几个探点确认才算中断"), min_value=1, max_value=20, initial=1)
    boundary = forms.ChoiceField(
        label=_("中断起点"), choices=Boundaries.choices, help_text=_("按合同约定：状态在两次探测之间何时转变。")
    )
    slow_ms = forms.IntegerField(
        label=_("响应慢于（毫秒）算降级"),
        min_value=1,
        max_value=60_000,
        required=False,
        help_text=_("不填则不按快慢判断。"),
    )
    promise = forms.DecimalField(
        label=_("承诺可用率（%）"),
        max_digits=7,
        decimal_places=4,
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("合同或服务级别的数值，例如 99.9；没有承诺则不填。"),
    )
    in_service_on = forms.DateField(
        label=_("投入使用日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("此前不计可用率；不填时，没有样本的时间都算未知。"),
    )
    provider = forms.CharField(label=_("服务商"), max_length=80, required=False)
    contract = forms.CharField(label=_("合同编号"), max_length=40, required=False)
    scopes = forms.CharField(
        label=_("范围标签"),
        max_length=200,
        required=False,
        help_text=_("多个之间用空格分开，例如 oa 12345；用来限定指标的计算范围。"),
    )
    is_public = forms.BooleanField(label=_("在公众状态页显示"), required=False)
    source = forms.CharField(label=_("出处"), max_length=200, required=False)
    note = forms.CharField(label=_("说明"), max_length=2000, required=False, widget=_text(2))

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["org"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(orgs)

    def clean_scopes(self) -> list[str]:
        """Return the labels."""
        return sorted(set(self.cleaned_data["scopes"].split()))


class CheckForm(forms.Form):
    """A check: its fields bear the names of ``lib.probe``'s; ``made`` is the check once the form is valid."""

    prefix = "check"
    kind: ClassVar[str] = ""
    secret: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, kept: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        same = kept if kept and kept.get("kind") == self.kind else None
        if same:
            kwargs["initial"] = self.shown(same) | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.kept = same
        self.made: Check | None = None
        for name in self.secret:
            if same and checks.has_secret(same, name):
                self.fields[name].help_text = KEPT
                self.fields[name].required = False

    def shown(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page shows of a kept form: never a secret."""
        plain = {n: v for n, v in form.items() if n in self.base_fields and n not in self.secret}
        return {n: " ".join(map(str, v)) if isinstance(v, list) else v for n, v in plain.items()}

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON form of cleaned fields."""
        return data

    def clean(self) -> dict[str, Any]:
        """Make the check; what cannot be meant is said at its field."""
        data: dict[str, Any] = dict(super().clean() or {})
        if self.errors:
            return data
        given = {n: v for n, v in data.items() if v not in (None, "")}
        try:
            form = self.words(given) | {"kind": self.kind}
            self.made = from_json(self._with_secrets(form))
        except readings.BadLine as error:
            words = {"n": error.number, "text": error.text}
            self.add_error("readings", _t("第 %(n)s 行看不懂：%(text)s") % words)
        except BadTarget as error:
            field = {"oid": "readings", "oids": "readings", "registers": "readings", "address": "readings"}.get(
                error.field, error.field
            )
            self.add_error(field if field in self.fields else None, _t("填写有误：%(why)s") % {"why": str(error)})
        return data

    def _with_secrets(self, form: dict[str, Any]) -> dict[str, Any]:
        """Put back the secrets that were left as they are."""
        for name in self.secret:
            if self.kept and name not in form and checks.has_secret(self.kept, name):
                form[name] = checks.opened_secret(name, self.kept[name])
        return form


def _host() -> forms.CharField:
    return forms.CharField(label=_("主机"), max_length=253, help_text=_("IP 地址或域名。"))


def _port(initial: int | None = None) -> forms.IntegerField:
    return forms.IntegerField(label=_("端口"), min_value=1, max_value=65535, initial=initial)


class HttpCheck(CheckForm):
    """A page."""

    kind, secret = "http", ("headers",)
    url = forms.CharField(label=_("网址"), max_length=1000, help_text=_("http:// 或 https:// 开头。"))
    method = forms.ChoiceField(label=_("方法"), choices=[(m, m) for m in ("GET", "HEAD", "POST", "OPTIONS")])
    statuses = forms.CharField(
        label=_("正常的状态码"), required=False, max_length=60, help_text=_("空格分开；不填为 200 至 299。")
    )
    contains = forms.CharField(label=_("页面应含文字"), required=False, max_length=200)
    headers = forms.CharField(
        label=_("请求头"), required=False, widget=_text(2), help_text=_("每行一个“名称: 值”；加密保存，不再显示。")
    )
    verify_tls = forms.BooleanField(label=_("核验证书"), required=False, initial=True)
    follow_redirects = forms.BooleanField(label=_("跟随跳转"), required=False)

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Statuses are numbers, headers pairs."""
        words = data.get("statuses", "").split()
        if not all(word.isdigit() for word in words):
            raise BadTarget("statuses", data["statuses"])
        out = data | {"statuses": [int(word) for word in words]}
        return out | {"headers": checks.headers_of(data["headers"])} if "headers" in data else out


class TcpCheck(CheckForm):
    """A port."""

    kind = "tcp"
    host, port = _host(), _port()


class IcmpCheck(CheckForm):
    """Echoes."""

    kind = "icmp"
    host = _host()
    tries = forms.IntegerField(label=_("几次不应答才算失败"), min_value=1, max_value=10, initial=3)


class DnsCheck(CheckForm):
    """A name."""

    kind = "dns"
    name = forms.CharField(label=_("域名"), max_length=253)
    record = forms.ChoiceField(
        label=_("记录类型"), choices=[(r, r) for r in ("A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "PTR")]
    )
    server = forms.CharField(label=_("解析服务器"), max_length=253, required=False, help_text=_("不填则用本机的。"))
    expects = forms.CharField(label=_("应含的结果"), max_length=500, required=False, help_text=_("空格分开。"))

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Expected answers are a list."""
        return data | {"expects": data.get("expects", "").split()}


class TlsCheck(CheckForm):
    """A certificate."""

    kind = "tls"
    host, port = _host(), _port(443)
    server_name = forms.CharField(
        label=_("证书上的名称"), max_length=253, required=False, help_text=_("与主机不同时填写。")
    )
    min_days = forms.IntegerField(label=_("剩余天数少于几天算降级"), min_value=1, max_value=365, initial=14)
    verify = forms.BooleanField(label=_("核验证书链"), required=False, initial=True)


class SnmpCheck(CheckForm):
    """A device's numbers."""

    kind, secret = "snmp", ("community", "auth_key", "privacy_key")
    host, port = _host(), _port(161)
    version = forms.ChoiceField(label=_("版本"), choices=[("2c", "v2c"), ("3", "v3"), ("1", "v1")])
    community = forms.CharField(
        label=_("团体名"),
        required=False,
        widget=SECRET,
        max_length=100,
        help_text=_("v1、v2c；不填为 public。加密保存，不再显示。"),
    )
    user = forms.CharField(label=_("用户（v3）"), required=False, max_length=100)
    auth = forms.ChoiceField(
        label=_("认证算法（v3）"), choices=[(a, a) for a in ("sha256", "sha", "sha384", "sha512", "md5")]
    )
    auth_key = forms.CharField(label=_("认证口令（v3）"), required=False, widget=SECRET, max_length=100)
    privacy = forms.ChoiceField(
        label=_("加密算法（v3）"), choices=[(p, p) for p in ("aes128", "aes192", "aes256", "des")]
    )
    privacy_key = forms.CharField(label=_("加密口令（v3）"), required=False, widget=SECRET, max_length=100)
    readings = forms.CharField(
        label=_("读数"),
        widget=_text(5),
        help_text=_("每行一个：名称 OID [x倍率] [下限~上限]，例如：电池电量% 1.3.6.1.2.1.33.1.2.4.0 20~"),
    )

    def shown(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Readings as lines."""
        return super().shown(form) | {"readings": readings.written(form.get("oids", ()))}

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Lines as readings."""
        return {n: v for n, v in data.items() if n != "readings"} | {"oids": readings.oids(data["readings"])}


class ModbusCheck(CheckForm):
    """A device's registers."""

    kind = "modbus"
    host, port = _host(), _port(502)
    unit = forms.IntegerField(label=_("从站号"), min_value=0, max_value=247, initial=1)
    readings = forms.CharField(
        label=_("读数"),
        widget=_text(5),
        help_text=_(
            "每行一个：名称 地址 [holding|input] [uint16|int16|float32] [x倍率] [下限~上限]，例如：回风温度 1 holding int16 x0.1 18~27"
        ),
    )

    def shown(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Readings as lines."""
        return super().shown(form) | {"readings": readings.written(form.get("registers", ()))}

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Lines as readings."""
        return {n: v for n, v in data.items() if n != "readings"} | {"registers": readings.registers(data["readings"])}


class PushCheck(CheckForm):
    """The target calls us."""

    kind = "push"


class ScrapeCheck(CheckForm):
    """An exporter."""

    kind = "scrape"
    url = forms.CharField(
        label=_("网址"), max_length=1000, help_text=_("Prometheus 指标地址，例如 http://10.1.1.1:9100/metrics")
    )
    metric = forms.CharField(label=_("指标"), max_length=200, required=False, help_text=_("不填则只看能否读取。"))
    low = forms.FloatField(label=_("下限"), required=False)
    high = forms.FloatField(label=_("上限"), required=False)
    values = forms.CharField(label=_("另取读数"), max_length=500, required=False, help_text=_("指标名，空格分开。"))

    def shown(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The bound's sides."""
        return super().shown(form) | {side: (form.get("bound") or {}).get(side) for side in ("low", "high")}

    def words(self, data: dict[str, Any]) -> dict[str, Any]:
        """Low and high as a bound."""
        plain = {n: v for n, v in data.items() if n not in ("low", "high")}
        bound = {"low": data.get("low"), "high": data.get("high")}
        return plain | {"bound": bound, "values": data.get("values", "").split()}


CHECK_FORMS: Mapping[str, type[CheckForm]] = {
    form.kind: form
    for form in (HttpCheck, TcpCheck, IcmpCheck, DnsCheck, TlsCheck, SnmpCheck, ModbusCheck, PushCheck, ScrapeCheck)
}


def check_choices() -> list[tuple[str, str]]:
    """Return the kinds of check with their names, first that no address is known."""
    return [("", _t("待补（地址未知，暂不探测）")), *((kind, str(name)) for kind, name in CheckKind.choices)]


class NeedRow(forms.Form):
    """One thing that is needed."""

    upstream = forms.ChoiceField(label=_("依赖于"), required=False)
    group = forms.CharField(label=_("互备组"), max_length=40, required=False)
    least = forms.IntegerField(label=_("组内至少几个正常"), min_value=1, max_value=100, required=False, initial=1)

    def __init__(self, *args: Any, targets: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["upstream"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "—"), *targets]


NeedRows = formset_factory(NeedRow, extra=3, max_num=200, absolute_max=200)


class RetireForm(forms.Form):
    """Taking a target out of service."""

    on = forms.DateField(label=_("停用日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = forms.CharField(label=_("原因"), max_length=200)
