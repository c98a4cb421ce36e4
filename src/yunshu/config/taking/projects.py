"""Projects, their contracts, the instalments of these: three files, one after the other."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.config.taking import orgs
from yunshu.domains.projects.choices import InstalmentKind, ProjectKind, Stage
from yunshu.domains.projects.services import taking as services
from yunshu.domains.projects.services.contracts import ContractSpec
from yunshu.domains.projects.services.projects import ProjectSpec
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind, taken

BASE, MONEY, DAYS = "名称与归属", "金额与供应商", "日期"
SOURCE = "接管自原系统"
NO_APPROVAL, NO_PLAN, NO_SUPPLIER, NO_SIGNING = "立项批复", "付款分期", "供应商", "签订日期"


class Projects(Kind):
    """信息化项目。"""

    code, name, order = "projects", _l("信息化项目"), 50
    about = _l("项目和所处阶段；批复、预算、验收由经办人按原件补登，缺的列为待补。")
    key = "code"
    fields = (
        Field(name="code", label=_l("项目代码"), form=Form.CODE, required=True, most=60, group=BASE, also=("项目编号", "编号")),
        Field(name="name", label=_l("项目名称"), required=True, most=120, group=BASE),
        Field(name="kind", label=_l("类别"), form=Form.CHOICE, required=True, choices=dict(ProjectKind.choices), group=BASE, also=("项目类别",)),
        orgs.org_field("org", _l("建设单位"), required=True, group=BASE, also=("单位", "业主单位")),
        Field(name="summary", label=_l("建设内容"), form=Form.LINES, most=5000, group=BASE, also=("内容",)),
        Field(name="stage", label=_l("所处阶段"), form=Form.CHOICE, choices={c: Stage(c).label for c in services.STANDING}, group=BASE,
              help=_l("空：阶段待补。")),
        Field(name="pays_directly", label=_l("无合同直接支出"), form=Form.YES_NO, group=BASE),
        Field(name="deliver_by", label=_l("交付期限"), form=Form.DAY, group=DAYS),
        Field(name="basis", label=_l("依据文件"), most=200, group=BASE),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find the organisations."""
        orgs.resolve(rows, "org")
        for row in rows:
            row.values["pays_directly"] = bool(row.values.get("pays_directly"))

    def known(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Projects by their code, whoever entered them."""
        return services.projects_of(keys)

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Register one."""
        names = ("code", "name", "kind", "summary", "pays_directly", "deliver_by", "basis")
        words = {name: values[name] for name in names if values.get(name) is not None}
        spec = ProjectSpec(**words, blanks=[NO_APPROVAL], source=SOURCE)
        stage = values.get("stage") or ""
        return services.take_in_project(actor=actor, org=values["org"], spec=spec, stage=stage, now=now)

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read projects back."""
        return services.read_projects(objects)

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What hangs on them."""
        return services.dependents_of_projects(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back_projects(actor=actor, numbers=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("projects:project", args=[number])


class Contracts(Kind):
    """项目合同。"""

    code, name, order = "contracts", _l("项目合同"), 60
    about = _l("先接管项目。合同存为未备案；补齐批复和分期后由经办人备案。原合同编号写在出处里。")
    key = "source_number"
    fields = (
        Field(name="source_number", label=_l("原合同编号"), form=Form.CODE, required=True, most=60, group=BASE, also=("合同编号", "编号")),
        Field(name="project", label=_l("项目代码"), form=Form.CODE, required=True, most=60, group=BASE, also=("项目编号",)),
        Field(name="name", label=_l("合同名称"), required=True, most=160, group=BASE),
        Field(name="amount_yuan", label=_l("合同金额"), form=Form.MONEY, required=True, group=MONEY, also=("金额", "合同总额", "合同价款")),
        Field(name="supplier", label=_l("供应商"), most=120, group=MONEY, also=("乙方", "中标单位")),
        Field(name="supplier_uscc", label=_l("供应商统一社会信用代码"), form=Form.USCC, group=MONEY),
        Field(name="signed_on", label=_l("签订日期"), form=Form.DAY, group=DAYS, also=("签约日期",)),
        Field(name="starts_on", label=_l("开始日期"), form=Form.DAY, group=DAYS),
        Field(name="ends_on", label=_l("结束日期"), form=Form.DAY, group=DAYS),
        Field(name="deliver_by", label=_l("交付期限"), form=Form.DAY, group=DAYS),
        Field(name="warranty_until", label=_l("质保期止"), form=Form.DAY, group=DAYS),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find the projects."""
        said = {row.values["project"] for row in rows}
        known = services.projects_of(said) | taken(Projects.code, said)
        for row in rows:
            if number := known.get(row.values["project"]):
                row.values["project"] = number
            else:
                row.refuse("project", _("平台里没有这个项目"), _("先接管项目。"))
            starts, ends = row.values.get("starts_on"), row.values.get("ends_on")
            if starts and ends and ends < starts:
                row.refuse("ends_on", _("早于开始日期"), _("核对两个日期。"))

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Write one down."""
        names = (
            "name",
            "amount_yuan",
            "supplier",
            "supplier_uscc",
            "signed_on",
            "starts_on",
            "ends_on",
            "deliver_by",
            "warranty_until",
        )
        words = {name: values[name] for name in names if values.get(name) is not None}
        lacking = [
            blank for name, blank in (("supplier", NO_SUPPLIER), ("signed_on", NO_SIGNING)) if not values.get(name)
        ]
        spec = ContractSpec(**words, blanks=[NO_APPROVAL, NO_PLAN, *lacking])
        was = values["source_number"]
        return services.take_in_contract(actor=actor, project=values["project"], was=was, spec=spec, now=now)

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read contracts back."""
        return services.read_contracts(objects)

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What hangs on them."""
        return services.dependents_of_contracts(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back_contracts(actor=actor, numbers=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("projects:contract", args=[number])


class Instalments(Kind):
    """付款分期。"""

    code, name, order = "instalments", _l("付款分期"), 70
    about = _l("先接管合同。一行一期，期次从 1 连续；合计与合同金额不等的，备案时会指出。")
    key = "contract+ordinal"
    fields = (
        Field(name="contract", label=_l("原合同编号"), form=Form.CODE, required=True, most=60, group=BASE, also=("合同编号",)),
        Field(name="ordinal", label=_l("期次"), form=Form.COUNT, required=True, group=BASE, also=("第几期",)),
        Field(name="milestone", label=_l("付款节点"), required=True, most=160, group=BASE, also=("付款条件",)),
        Field(name="amount_yuan", label=_l("金额"), form=Form.MONEY, required=True, group=MONEY, also=("付款金额", "应付金额")),
        Field(name="kind", label=_l("款项类别"), form=Form.CHOICE, choices=dict(InstalmentKind.choices), group=BASE, help=_l("空：进度款。")),
        Field(name="year", label=_l("预算年度"), form=Form.COUNT, group=DAYS, also=("年度",)),
        Field(name="due_on", label=_l("应付日期"), form=Form.DAY, group=DAYS),
        Field(name="note", label=_l("说明"), most=200, group=BASE, also=("备注",)),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find the contracts."""
        known = taken(Contracts.code, {row.values["contract"] for row in rows})
        for row in rows:
            row.values["kind"] = row.values.get("kind") or InstalmentKind.PROGRESS.value
            if number := known.get(row.values["contract"]):
                row.values["contract"] = number
            else:
                row.refuse("contract", _("没有接管过这份合同"), _("先接管合同。"))

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Add one to its contract."""
        words = {name: value for name, value in values.items() if value is not None}
        return services.add_part(actor=actor, **words)

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read instalments back."""
        return services.read_parts(list(objects))

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What hangs on them."""
        return services.dependents_of_parts(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back_parts(actor=actor, objects=objects)

    def url(self, number: str) -> str:
        """The page of its contract."""
        return reverse("projects:contract", args=[number.partition("/")[0]])
