"""Input shapes of the exchange's pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from yunshu.domains.exchange.choices import (
    CaseKind,
    Cycles,
    DataTypes,
    DebtSide,
    Delivery,
    Formats,
    Grades,
    InterfaceKind,
    Modes,
    Sharing,
    Suites,
    Ways,
)
from yunshu.domains.exchange.contracts import (
    Cycle,
    DataType,
    EntryForm,
    Format,
    Grade,
    ItemForm,
    SharingType,
    Way,
)

Choices = Sequence[tuple[str, str]]
MOST_ITEMS = 1_000
BLANK_ROWS = 3
MOST_LOOKUP, MOST_NETWORKS = 4, 20


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ResourceForm(forms.Form):
    """The core fields of an entry; items stand in ``ItemRows``."""

    name = forms.CharField(label=_("信息资源名称"), max_length=200)
    org = forms.ChoiceField(label=_("提供方"))
    category = forms.ChoiceField(
        label=_("信息资源分类"), required=False, help_text=_("决定信息资源代码；部门类、主题类或基础类。")
    )
    summary = forms.CharField(
        label=_("信息资源摘要"),
        max_length=2000,
        required=False,
        widget=_text(),
        help_text=_("写明数据的内容、来源和用途。"),
    )
    format = forms.ChoiceField(label=_("信息资源格式"), choices=Formats.choices, initial=Format.DATABASE.value)
    format_detail = forms.CharField(
        label=_("格式说明"), max_length=60, required=False, help_text=_("例如 PostgreSQL、XLSX、PDF。")
    )
    table = forms.CharField(
        label=_("来源表"),
        max_length=130,
        required=False,
        help_text=_("前置节点所接数据库中的“模式.表名”，例如 public.person。"),
    )
    sharing_type = forms.ChoiceField(label=_("共享类型"), choices=Sharing.choices)
    sharing_condition = forms.CharField(label=_("共享条件"), max_length=1000, required=False, widget=_text(2))
    sharing_scope = forms.CharField(label=_("共享范围和用途"), max_length=1000, required=False, widget=_text(2))
    legal_basis = forms.CharField(
        label=_("法律依据"),
        max_length=1000,
        required=False,
        widget=_text(2),
        help_text=_("不予共享的，写明法律、行政法规或者党中央、国务院政策依据的名称和条款。"),
    )
    way = forms.ChoiceField(label=_("共享方式"), choices=Ways.choices)
    cycle = forms.ChoiceField(label=_("更新周期"), choices=Cycles.choices)
    is_open = forms.BooleanField(label=_("向社会开放"), required=False)
    open_condition = forms.CharField(label=_("开放条件"), max_length=500, required=False)
    related = forms.CharField(
        label=_("关联资源代码"), max_length=500, required=False, help_text=_("多个代码之间用空格分开。")
    )

    def __init__(self, *args: Any, orgs: Choices, categories: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)
        _offer(self, "category", [("", _("请选择")), *categories])


class ItemRow(forms.Form):
    """One item of an entry; a row without a column name is left out."""

    name = forms.CharField(label=_("字段名"), max_length=63, required=False)
    title = forms.CharField(label=_("信息项名称"), max_length=100, required=False)
    data_type = forms.ChoiceField(label=_("数据类型"), choices=DataTypes.choices, required=False)
    length = forms.IntegerField(label=_("长度"), min_value=1, max_value=10_000_000, required=False)
    grade = forms.ChoiceField(label=_("分级"), choices=Grades.choices, required=False)
    is_key = forms.BooleanField(label=_("主键"), required=False)
    is_required = forms.BooleanField(label=_("必填"), required=False)
    is_shared = forms.BooleanField(label=_("可共享"), required=False, initial=True)
    element = forms.CharField(label=_("数据元编码"), max_length=40, required=False)
    source_org = forms.CharField(label=_("来源部门编码"), max_length=32, required=False)
    note = forms.CharField(label=_("备注"), max_length=300, required=False)


ItemRows = formset_factory(ItemRow, extra=BLANK_ROWS, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS, validate_max=True)


def initial_of(entry: EntryForm) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the forms show of an entry that stands."""
    plain = {name: getattr(entry, name) for name in ResourceForm.base_fields}
    plain |= {"related": " ".join(entry.related)}
    rows = [{name: getattr(item, name) for name in ItemRow.base_fields} for item in entry.items]
    return {k: _value(v) for k, v in plain.items()}, [{k: _value(v) for k, v in row.items()} for row in rows]


def entry_of(data: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> EntryForm:
    """Return the entry that cleaned forms describe."""
    filled = [row for row in rows if row.get("name") or row.get("title")]
    words = {k: v for k, v in data.items() if k in ResourceForm.base_fields}
    words |= {
        "format": Format(data["format"]),
        "sharing_type": SharingType(data["sharing_type"]),
        "way": Way(data["way"]),
        "cycle": Cycle(data["cycle"]),
        "related": tuple(str(data["related"]).split()),
    }
    return EntryForm(items=tuple(_item(n, row) for n, row in enumerate(filled, 1)), **words)


def _item(ordinal: int, row: Mapping[str, Any]) -> ItemForm:
    words = dict(row) | {
        "ordinal": ordinal,
        "data_type": DataType(row.get("data_type") or "C"),
        "grade": Grade(row.get("grade") or "L1"),
    }
    return ItemForm(**{k: v for k, v in words.items() if k in ItemForm.__dataclass_fields__})


def _value(value: Any) -> Any:
    return getattr(value, "value", value)


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField | forms.MultipleChoiceField):
        field.choices = list(choices)


class RequestForm(forms.Form):
    """What is asked for."""

    org = forms.ChoiceField(label=_("申请单位"))
    items = forms.MultipleChoiceField(
        label=_("申请的信息项"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只选办理事项必需的信息项（最小必要）。"),
    )
    purpose = forms.CharField(
        label=_("使用用途"), max_length=1000, widget=_text(), help_text=_("办理什么事项、怎样使用、谁来使用。")
    )
    basis = forms.CharField(
        label=_("履职依据"), max_length=1000, widget=_text(2), help_text=_("法律法规或者三定规定的名称和条款。")
    )
    delivery = forms.ChoiceField(label=_("共享方式"), choices=Delivery.choices)
    cycle = forms.ChoiceField(label=_("更新频率"), choices=Cycles.choices, initial=Cycle.DAILY.value)
    row_field = forms.ChoiceField(
        label=_("限定数据范围：信息项"), required=False, help_text=_("不限定时留空，表示全部数据。")
    )
    row_values = forms.CharField(
        label=_("限定数据范围：取值"),
        max_length=1000,
        required=False,
        help_text=_("只要这些取值的数据，多个取值用空格分开；末尾加 * 表示以此开头，例如 445202*。"),
    )
    starts_on = forms.DateField(label=_("使用期起"), widget=_day())
    ends_on = forms.DateField(label=_("使用期止"), widget=_day())
    contact = forms.CharField(label=_("联系人及电话"), max_length=100)

    def __init__(self, *args: Any, orgs: Choices, items: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)
        _offer(self, "items", items)
        _offer(self, "row_field", [("", _("全部数据")), *items])


class StepForm(forms.Form):
    """A step with an opinion."""

    verb = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("意见"), required=False, max_length=500, widget=_text())


class AnswerForm(StepForm):
    """An answer to a request: a refusal names its legal basis."""

    basis = forms.CharField(label=_("不予共享的依据"), required=False, max_length=1000, widget=_text(2))


class NodeStepForm(forms.Form):
    """Cutting a node off, or letting it in again."""

    verb = forms.ChoiceField(choices=(("bar", "bar"), ("readmit", "readmit")))
    reason = forms.CharField(required=False, max_length=500)


class ListLineForm(forms.Form):
    """A line of the demand, duty or negative list."""

    org = forms.ChoiceField(label=_("部门"))
    name = forms.CharField(label=_("数据名称"), max_length=200)
    content = forms.CharField(label=_("内容"), max_length=1000, widget=_text())
    purpose = forms.CharField(label=_("用途"), max_length=500, required=False, widget=_text(2))
    basis = forms.CharField(label=_("依据"), max_length=500, required=False, widget=_text(2))
    resource = forms.CharField(label=_("对应目录的登记编号"), max_length=24, required=False)

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)


class EntryUploadForm(forms.Form):
    """A workbook in the guide's layout."""

    file = forms.FileField(label=_("目录文件"), help_text=_("按编制指南的格式填写的 XLSX，不超过 20 MB。"))


class EnrolForm(forms.Form):
    """A node's card, and the fingerprint that its operator read aloud."""

    card = forms.FileField(
        label=_("节点证件"), help_text=_("前置机上 keys/card.json 文件，由节点管理员交来。"), max_length=200
    )
    fingerprint = forms.CharField(
        label=_("指纹"),
        max_length=80,
        help_text=_("在前置机上执行 yunshu node card 显示。请电话或当面听节点管理员读出，不要从同一封邮件复制。"),
    )


class OrderForm(forms.Form):
    """Whether the whole table is wanted."""

    whole = forms.BooleanField(required=False)


class RouteForm(forms.Form):
    """Both ends of an agreement's way; each side sees its own fields."""

    OWNERS = ("source_node", "source_database", "source_table", "watermark")

    source_node = forms.ChoiceField(label=_("来源节点"))
    source_database = forms.CharField(
        label=_("来源库别名"), max_length=40, help_text=_("节点设置 [databases.别名] 中的别名；这里不填地址和口令。")
    )
    source_table = forms.CharField(
        label=_("来源表"), max_length=130, help_text=_("“模式.表名”；文件来源填文件名，例如 person.csv。")
    )
    watermark = forms.CharField(
        label=_("增量字段"),
        max_length=63,
        required=False,
        help_text=_("每次写入都会变大的字段，例如 updated_at；填写后只传变化的行，每周全量比对一次。"),
    )
    target_node = forms.ChoiceField(label=_("目标节点"))
    target_database = forms.CharField(label=_("目标库别名"), max_length=40)
    target_table = forms.RegexField(
        r"^[^\W\d]\w{0,62}$", label=_("目标表"), help_text=_("写入目标节点接收模式下的这张表。")
    )
    mode = forms.ChoiceField(
        label=_("写入方式"),
        choices=Modes.choices,
        help_text=_("目标表上建有视图的，选“按主键更新并删除”。增量更新须填写增量字段。"),
    )
    suite = forms.ChoiceField(label=_("加密套件"), choices=Suites.choices)
    is_active = forms.BooleanField(label=_("按周期自动交付"), required=False)

    def __init__(self, *args: Any, sources: Sequence[str], targets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, nodes in (("source_node", sources), ("target_node", targets)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("请选择")), *((node, node) for node in nodes)]

    def keep_only(self, *, owns: bool, uses: bool) -> None:
        """Leave out the fields of the other side."""
        for name in list(self.fields):
            if not (owns if name in self.OWNERS else uses):
                del self.fields[name]


# query interfaces -----------------------------------------------------------------------------------------------------


class InterfaceForm(forms.Form):
    """How a resource is asked row by row, as its owner sets it."""

    node = forms.ChoiceField(label=_("来源节点"))
    kind = forms.ChoiceField(label=_("来源"), choices=InterfaceKind.choices, initial=InterfaceKind.TABLE.value)
    database = forms.CharField(
        label=_("来源库别名"),
        max_length=40,
        required=False,
        initial="main",
        help_text=_("节点设置 [databases.别名] 中的别名；这里不填地址和口令。"),
    )
    table = forms.CharField(
        label=_("来源表"), max_length=130, required=False, help_text=_("“模式.表名”，只支持 PostgreSQL 协议的库。")
    )
    service = forms.CharField(
        label=_("服务名称"),
        max_length=40,
        required=False,
        help_text=_("来源是接口服务时填写：节点设置 [services.名称] 中的名称；地址只写在节点上。"),
    )
    lookup = forms.MultipleChoiceField(
        label=_("查询条件"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "使用方每次都要给出全部条件的值，最多四项；请在来源表上为它们建立索引。发布视图可以不选，选了的由使用方任选使用。"
        ),
    )
    is_view = forms.BooleanField(
        label=_("可以按页列出"),
        required=False,
        help_text=_(
            "发布视图：使用方可以不给条件，按主键顺序一页一页取协议授予的行；每页不超过上面的行数，同样脱敏、计次、记录。"
        ),
    )
    most_rows = forms.IntegerField(label=_("每次最多行数"), min_value=1, max_value=1000, initial=10)
    needs_consent = forms.BooleanField(
        label=_("须当事人同意"), required=False, help_text=_("勾选后，没有登记有效同意的，一律不予答复。")
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, nodes: Sequence[str], items: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "node", [("", _("请选择")), *((node, node) for node in nodes)])
        _offer(self, "lookup", items)

    def clean_lookup(self) -> list[str]:
        """Return at most four items."""
        chosen: list[str] = self.cleaned_data["lookup"]
        if len(chosen) > MOST_LOOKUP:
            raise forms.ValidationError(_("查询条件最多四项。"))
        return chosen


class ProgramForm(forms.Form):
    """A consumer's program; its organisation is chosen when it is registered."""

    org = forms.ChoiceField(label=_("使用方"))
    name = forms.CharField(
        label=_("应用名称"), max_length=80, help_text=_("调用数据的业务系统，例如“高龄津贴审批系统”。")
    )
    networks = forms.CharField(
        label=_("允许的地址"),
        required=False,
        max_length=1000,
        widget=_text(),
        help_text=_("每行一个地址或网段，例如 10.1.2.0/24，最多二十个；不填则不限。"),
    )
    per_second = forms.IntegerField(label=_("每秒次数"), min_value=1, max_value=1000, initial=20)
    per_day = forms.IntegerField(label=_("每日次数"), min_value=1, max_value=10_000_000, initial=10_000)
    sm2_key = forms.CharField(
        label=_("SM2 公钥"),
        required=False,
        max_length=130,
        help_text=_("用国密签名代替令牌时填写，128 或 130 个十六进制字符；私钥留在应用里，不要交出。"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if orgs:
            _offer(self, "org", orgs)
        else:
            del self.fields["org"]

    def clean_networks(self) -> list[str]:
        """Return the lines that say something."""
        lines = [line.strip() for line in self.cleaned_data["networks"].splitlines()]
        found = [line for line in lines if line]
        if len(found) > MOST_NETWORKS:
            raise forms.ValidationError(_("最多二十个地址或网段。"))
        return found


class QuestionForm(forms.Form):
    """One question by hand: a field for each item that is asked by, named ``key.<item>``."""

    purpose = forms.CharField(
        label=_("本次用途"), max_length=200, help_text=_("所办的事项，例如“王某高龄津贴申请”。用途和您的姓名一起记录。")
    )
    consent = forms.CharField(
        label=_("同意编号"), max_length=24, required=False, help_text=_("不填时取当事人最近的有效同意。")
    )

    after = forms.CharField(required=False, max_length=4096, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lookup: Choices, needs_consent: bool, is_view: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = {
            f"key.{name}": forms.CharField(label=title, max_length=200, required=not is_view) for name, title in lookup
        }
        for field in keys.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields = keys | self.fields
        if not needs_consent:
            del self.fields["consent"]
        if not is_view:
            del self.fields["after"]

    @property
    def key(self) -> dict[str, str]:
        """Return the values asked for by item; the form must be valid."""
        given = self.cleaned_data.items()
        return {name.removeprefix("key."): text for name, text in given if name.startswith("key.") and text}


class ConsentForm(forms.Form):
    """A consent that the consumer obtained."""

    subject = forms.CharField(
        label=_("当事人证件号码"),
        max_length=200,
        help_text=_("公民身份号码或统一社会信用代码；系统只保存加密摘要，之后无法看到原号码。"),
    )
    purpose = forms.CharField(label=_("用途"), max_length=200)
    means = forms.CharField(
        label=_("同意方式"), max_length=200, help_text=_("怎样取得、原件在哪里，例如“窗口书面同意，随申请材料归档”。")
    )
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=366, initial=30)


class CorrectionForm(forms.Form):
    """A wrong record, as whoever noticed it tells it."""

    org = forms.ChoiceField(label=_("提出单位"))
    items = forms.MultipleChoiceField(label=_("有误的信息项"), widget=forms.CheckboxSelectMultiple)
    record_key = forms.CharField(
        label=_("哪条记录"),
        max_length=200,
        help_text=_("主键值，例如公民身份号码、统一社会信用代码。只给双方和数据主管部门看，办结后清除。"),
    )
    said = forms.CharField(label=_("现在的内容"), max_length=500, required=False)
    proposed = forms.CharField(label=_("应当是"), max_length=500)
    grounds = forms.CharField(
        label=_("依据和说明"), max_length=2000, widget=_text(), help_text=_("怎样发现的，凭什么材料认定有误。")
    )
    origin = forms.CharField(
        label=_("由何处提出"),
        max_length=120,
        required=False,
        help_text=_("代当事人提出的，写明来源，例如 12345 工单号。"),
    )

    def __init__(self, *args: Any, orgs: Choices, items: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)
        _offer(self, "items", items)


class DebtForm(forms.Form):
    """Data that an upper level must return."""

    org = forms.ChoiceField(label=_("需要单位"))
    side = forms.ChoiceField(label=_("谁欠谁"), choices=DebtSide.choices)
    name = forms.CharField(label=_("数据名称"), max_length=200)
    resource = forms.CharField(
        label=_("对应目录"),
        max_length=24,
        required=False,
        help_text=_("本市应回流县区的，填写目录的登记编号（ML 开头，见目录页标题下）。"),
    )
    content = forms.CharField(
        label=_("信息项和范围"), max_length=2000, widget=_text(), help_text=_("需要哪些信息项、哪些行、多久更新一次。")
    )
    basis = forms.CharField(
        label=_("依据"), max_length=1000, widget=_text(), help_text=_("履职依据，或上级文件中回流的要求。")
    )

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)


class CaseForm(forms.Form):
    """What is asked of the level above."""

    org = forms.ChoiceField(label=_("提出单位"))
    kind = forms.ChoiceField(label=_("类别"), choices=CaseKind.choices)
    name = forms.CharField(label=_("数据名称"), max_length=200, help_text=_("上级目录里的名称。"))
    content = forms.CharField(
        label=_("内容"),
        max_length=2000,
        widget=_text(),
        help_text=_("申请的写信息项、用途和使用期；提异议的写哪里有误、应当是什么。不要写个人的证件号码。"),
    )
    basis = forms.CharField(label=_("依据"), max_length=1000, widget=_text())

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "org", orgs)


class TaskStepForm(StepForm):
    """A step of a task from above; ``org`` takes it over."""

    org = forms.CharField(max_length=40, required=False)
