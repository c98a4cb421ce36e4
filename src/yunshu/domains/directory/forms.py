"""Input shapes of the directory's pages; what they mean is decided by the services."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yunshu.domains.directory.models import CalendarDay, Org, Person, Role
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import permissions


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own field for a date with a time."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


def _orgs(rows: QuerySet[Org]) -> list[tuple[str, str]]:
    depth = {path: path.count("/") - 2 for path in rows.values_list("path", flat=True)}
    return [(o.code, f"{'　' * depth[o.path]}{o.name}") for o in rows.order_by("path")]


class OrgForm(forms.Form):
    """An organisation."""

    code = forms.CharField(label=_("机构编码"), max_length=32, help_text=_("建立后不可修改。"))
    name = forms.CharField(label=_("机构名称"), max_length=120)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("机构类别"), choices=Org.Kind.choices)
    parent_code = forms.ChoiceField(label=_("上级机构"), required=False)
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=18,
        required=False,
        help_text=_("18 位，按 GB 32100-2015 校验；没有时留空。"),
    )
    division_code = forms.CharField(label=_("行政区划代码"), max_length=12, required=False)
    order = forms.IntegerField(label=_("排序"), min_value=0, required=False)

    def __init__(self, *args: Any, parents: QuerySet[Org], fixed_code: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent_code"].choices = [("", _("（无上级）")), *_orgs(parents)]  # type: ignore[attr-defined]
        self.fields["code"].disabled = fixed_code

    def clean_uscc(self) -> str:
        """Write the code in capitals without blanks."""
        return str(self.cleaned_data["uscc"]).strip().upper()

    def clean_order(self) -> int:
        """Read a blank as the first place."""
        return self.cleaned_data["order"] or 0


class PersonForm(forms.Form):
    """A person."""

    number = forms.CharField(label=_("人员编号"), max_length=20, help_text=_("建立后不可修改。"))
    name = forms.CharField(label=_("姓名"), max_length=60)
    org_code = forms.ChoiceField(label=_("所在机构"))
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    phone = forms.CharField(label=_("联系电话"), max_length=20, required=False)
    is_active = forms.BooleanField(label=_("在岗"), required=False, initial=True)

    def __init__(self, *args: Any, orgs: QuerySet[Org], fixed_number: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org_code"].choices = _orgs(orgs)  # type: ignore[attr-defined]
        self.fields["number"].disabled = fixed_number


class AccountForm(forms.Form):
    """The name under which somebody will sign in."""

    username = forms.RegexField(
        label=_("登录名"),
        regex=r"^[a-z][a-z0-9._-]{2,63}$",
        max_length=64,
        help_text=_("3 位以上，小写字母开头，可含数字、点、横线和下划线。"),
        error_messages={"invalid": _("登录名须以小写字母开头，只含小写字母、数字、点、横线和下划线。")},
    )


class RoleForm(forms.Form):
    """A role with its permissions."""

    code = forms.SlugField(label=_("角色编码"), max_length=40, help_text=_("英文小写，建立后不可修改。"))
    name = forms.CharField(label=_("角色名称"), max_length=60)
    description = forms.CharField(label=_("职责说明"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)
    permissions = forms.MultipleChoiceField(label=_("权限"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, fixed_code: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = [(p.code, _(p.name)) for p in permissions().values()]  # type: ignore[attr-defined]
        self.fields["code"].disabled = fixed_code


class GrantForm(forms.Form):
    """A role for a person, somewhere, for a time, for a reason."""

    role_code = forms.ChoiceField(label=_("角色"))
    org_code = forms.ChoiceField(label=_("在哪个机构"))
    subtree = forms.BooleanField(label=_("含下级机构"), required=False)
    starts_on = forms.DateField(label=_("生效日期"), widget=DateInput)
    ends_on = forms.DateField(label=_("失效日期"), required=False, widget=DateInput, help_text=_("留空表示长期有效。"))
    reason = forms.CharField(label=_("授予事由"), max_length=200, help_text=_("写明依据，如岗位调整通知的文号。"))

    def __init__(self, *args: Any, orgs: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = Role.objects.filter(is_active=True)
        self.fields["role_code"].choices = [(r.code, r.name) for r in roles]  # type: ignore[attr-defined]
        self.fields["org_code"].choices = _orgs(orgs)  # type: ignore[attr-defined]


class DelegationForm(forms.Form):
    """Who stands in for whom, where and how long."""

    giver_number = forms.ChoiceField(label=_("委托人"))
    taker_number = forms.ChoiceField(label=_("受托人"))
    org_code = forms.ChoiceField(
        label=_("哪个机构的职权"), help_text=_("受托人得到委托人在该机构及其下级的全部角色权限。")
    )
    starts_at = forms.DateTimeField(label=_("开始时间"), widget=DateTimeInput)
    ends_at = forms.DateTimeField(label=_("结束时间"), widget=DateTimeInput)
    reason = forms.CharField(label=_("委托事由"), max_length=200)

    def __init__(
        self, *args: Any, givers: QuerySet[Person], takers: QuerySet[Person], orgs: QuerySet[Org], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("giver_number", givers), ("taker_number", takers)):
            people = [(p.number, _("%(name)s（%(org)s）") % {"name": p.name, "org": p.org.name}) for p in rows]
            self.fields[name].choices = people  # type: ignore[attr-defined]
        self.fields["org_code"].choices = _orgs(orgs)  # type: ignore[attr-defined]


class DayForm(forms.Form):
    """A date that differs from the ordinary week."""

    on = forms.DateField(label=_("日期"), widget=DateInput)
    kind = forms.ChoiceField(label=_("性质"), choices=CalendarDay.Kind.choices)
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("如“国庆节”“台风停工”。"))
    source = forms.CharField(label=_("依据文件"), max_length=120, help_text=_("通知的文号或名称。"))


class YearForm(forms.Form):
    """The notice by which a year is known."""

    source = forms.CharField(label=_("依据文件"), max_length=120, help_text=_("国务院办公厅放假安排通知的文号。"))


class HoursForm(forms.Form):
    """Working hours: a morning and an afternoon."""

    valid_from = forms.DateField(label=_("起始日期"), widget=DateInput)
    morning_start = forms.TimeField(
        label=_("上午上班"), initial=time(8, 30), widget=forms.TimeInput(attrs={"type": "time"})
    )
    morning_end = forms.TimeField(
        label=_("上午下班"), initial=time(12, 0), widget=forms.TimeInput(attrs={"type": "time"})
    )
    afternoon_start = forms.TimeField(
        label=_("下午上班"), initial=time(14, 30), widget=forms.TimeInput(attrs={"type": "time"})
    )
    afternoon_end = forms.TimeField(
        label=_("下午下班"), initial=time(17, 30), widget=forms.TimeInput(attrs={"type": "time"})
    )
    source = forms.CharField(label=_("依据文件"), max_length=120)

    def segments(self) -> list[tuple[time, time]]:
        """Return the two stretches."""
        value = self.cleaned_data
        return [(value["morning_start"], value["morning_end"]), (value["afternoon_start"], value["afternoon_end"])]


class ApiKeyForm(forms.Form):
    """A key for a program of an organisation."""

    org_code = forms.ChoiceField(label=_("机构"))
    name = forms.CharField(label=_("用途"), max_length=80, help_text=_("写明是哪个系统、做什么用。"))
    permissions = forms.MultipleChoiceField(
        label=_("权限"), widget=forms.CheckboxSelectMultiple, help_text=_("只能给出您自己在该机构拥有的权限。")
    )
    ends_on = forms.DateField(label=_("有效期至"), widget=DateInput)

    def __init__(self, *args: Any, orgs: QuerySet[Org], mine: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(p.code, _(p.name)) for p in permissions().values() if p.code in mine]
        self.fields["permissions"].choices = offered  # type: ignore[attr-defined]
        self.fields["org_code"].choices = _orgs(orgs)  # type: ignore[attr-defined]

    def expires_at(self) -> datetime:
        """Return the end of the last day."""
        return datetime.combine(self.cleaned_data["ends_on"] + timedelta(days=1), time.min, clock.CITY_ZONE)


class AuditForm(forms.Form):
    """What is looked for in the audit trail."""

    who = forms.CharField(label=_("操作人"), required=False)
    table = forms.ChoiceField(label=_("对象"), required=False)
    object_id = forms.IntegerField(label=_("对象编号"), required=False)
    request = forms.CharField(label=_("请求编号"), required=False)
    since = forms.DateField(label=_("从"), required=False, widget=DateInput)
    until = forms.DateField(label=_("到"), required=False, widget=DateInput)
    before = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, tables: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = [("", _("全部")), *tables]  # type: ignore[attr-defined]
