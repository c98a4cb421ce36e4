"""Organisations: departments, counties, townships, vendors; a tree by the code of what stands above."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.domains.directory.services import taking as services
from yunshu.domains.directory.services.organisations import OrgSpec, save_org
from yunshu.lib.kernel.errors import Conflict
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind

BASE, PLACE = "名称与类别", "隶属与区划"
NAMES = ("code", "name", "kind", "short_name", "division_code", "order")


class Organisations(Kind):
    """机构。"""

    code, name, order = "organisations", _l("机构"), 10
    about = _l("市直部门、县区、镇街、内设机构、服务商；上级按编码，可在同一文件里，不分先后。")
    key, parent = "code", "parent"
    fields = (
        Field(name="code", label=_l("机构编码"), form=Form.CODE, required=True, most=32, group=BASE, example="445200-120",
              also=("单位编码", "部门编码", "编码")),
        Field(name="name", label=_l("机构名称"), required=True, most=120, group=BASE, example="揭阳市某局", also=("单位名称", "部门名称")),
        Field(name="kind", label=_l("机构类别"), form=Form.CHOICE, required=True, choices=dict(Org.Kind.choices), group=BASE,
              example="市直单位", also=("类别", "单位性质")),
        Field(name="short_name", label=_l("简称"), most=40, group=BASE),
        Field(name="uscc", label=_l("统一社会信用代码"), form=Form.USCC, group=BASE, help=_l("核对校验码；一个代码只属于一个机构。"),
              also=("信用代码", "社会信用代码")),
        Field(name="parent", label=_l("上级机构编码"), form=Form.CODE, most=32, group=PLACE, example="445200",
              help=_l("空：没有上级。"), also=("上级编码", "上级单位编码", "主管部门编码")),
        Field(name="division_code", label=_l("行政区划代码"), form=Form.CODE, most=12, group=PLACE, example="445200",
              also=("区划代码",)),
        Field(name="order", label=_l("排序"), form=Form.COUNT, group=PLACE, also=("序号", "顺序号")),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Refuse a parent that is neither here nor in the file, and a credit code that is another's."""
        above = {row.values["parent"] for row in rows if row.values.get("parent")}
        there = set(Org.objects.filter(code__in=above).values_list("code", flat=True)) | {row.key for row in rows}
        codes = {row.values["uscc"] for row in rows if row.values.get("uscc")}
        holders = dict(Org.objects.filter(uscc__in=codes).values_list("uscc", "code"))
        for row in rows:
            if (parent := row.values.get("parent")) and parent not in there:
                row.refuse("parent", _("平台和源表里都没有这个上级"), _("先接管上级，或改正编码。"))
            if holders.get(row.values.get("uscc"), row.key) != row.key:
                row.refuse("uscc", _("统一社会信用代码已属于另一机构"), _("核对代码。"))

    def known(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Organisations by their code, whoever entered them."""
        return {code: code for code in Org.objects.filter(code__in=list(keys)).values_list("code", flat=True)}

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Make one; never change one that somebody else just made."""
        if Org.objects.filter(code=values["code"]).exists():
            raise Conflict("org_exists", _("机构编码已存在。"), where="code")
        words = {name: values[name] for name in (*NAMES, "uscc") if values.get(name) is not None}
        return save_org(actor=actor, spec=OrgSpec(parent_code=values.get("parent") or "", **words)).code

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read organisations back."""
        rows = Org.objects.filter(code__in=list(objects)).select_related("parent")
        return {
            row.code: {name: getattr(row, name) for name in (*NAMES, "uscc")}
            | {"parent": row.parent.code if row.parent else ""}
            for row in rows
        }

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What refers to them."""
        return services.dependents_of_orgs(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back_orgs(actor=actor, codes=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("directory:org", args=[number])
