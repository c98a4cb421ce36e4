"""What the exchange shows others, as plain values: catalogue entries, what was agreed, the rights and the choices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from yunshu.domains.ledger.contracts import declare_kind
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

CATALOGUE_VIEW = declare("exchange.catalogue.view", label("查看数据目录"))
CATALOGUE_EDIT = declare("exchange.catalogue.edit", label("编制数据目录"))
CATALOGUE_CHECK = declare("exchange.catalogue.check", label("审核数据目录"))
CATALOGUE_CONFIGURE = declare("exchange.catalogue.configure", label("维护目录分类、数据元与时限"))
REQUEST_EDIT = declare("exchange.request.edit", label("申请共享数据"))
REQUEST_CHECK = declare("exchange.request.check", label("合规性审查共享申请"))
REQUEST_ANSWER = declare("exchange.request.answer", label("答复共享申请"))
REQUEST_DECIDE = declare("exchange.request.decide", label("裁决共享争议"))
NODE_OPERATE = declare("exchange.node.operate", label("管理前置节点"))
DELIVERY_VIEW = declare("exchange.delivery.view", label("查看数据交付"))

PROOF_KIND = "exchange."
"""How every kind of ledger record of this domain begins."""


class Proven(StrEnum):
    """What of the exchange is proven by the ledger."""

    ENTRY = "entry"
    ENTRY_STEP = "entry_step"
    LIST = "list"
    REQUEST = "request"
    REQUEST_STEP = "request_step"
    AGREEMENT = "agreement"
    NODE = "node"
    RECEIPT = "receipt"
    INTERFACE = "interface"
    CLIENT = "client"
    CONSENT = "consent"
    CALLS = "calls"
    CORRECTION = "correction"
    DEBT = "debt"
    UPPER_TASK = "upper_task"
    UPPER_CASE = "upper_case"


PROVEN_NAMES = {
    Proven.ENTRY: label("数据目录版本"),
    Proven.ENTRY_STEP: label("数据目录流转"),
    Proven.LIST: label("共享清单"),
    Proven.REQUEST: label("共享申请"),
    Proven.REQUEST_STEP: label("共享申请流转"),
    Proven.AGREEMENT: label("共享协议"),
    Proven.NODE: label("前置节点"),
    Proven.RECEIPT: label("交付对账回执"),
    Proven.INTERFACE: label("查询接口"),
    Proven.CLIENT: label("调用方应用"),
    Proven.CONSENT: label("授权同意"),
    Proven.CALLS: label("调用记录批次"),
    Proven.CORRECTION: label("数据异议"),
    Proven.DEBT: label("数据回流"),
    Proven.UPPER_TASK: label("上级任务"),
    Proven.UPPER_CASE: label("报请上级"),
}
for _proven, _name in PROVEN_NAMES.items():
    declare_kind(f"{PROOF_KIND}{_proven.value}", _name)


class SharingType(StrEnum):
    """共享类型 (政务信息资源目录编制指南(试行)); the labels are the guide's words."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Format(StrEnum):
    """信息资源格式: the guide's six groups."""

    DOCUMENT = "document"
    SPREADSHEET = "spreadsheet"
    DATABASE = "database"
    IMAGE = "image"
    MEDIA = "media"
    SELF_DESCRIBED = "self_described"


class Way(StrEnum):
    """共享方式: by the sharing platform, or by mail, disk or other medium."""

    PLATFORM = "platform"
    MAIL = "mail"
    MEDIUM = "medium"


class Cycle(StrEnum):
    """更新周期: how often the source promises new data."""

    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"


class DataType(StrEnum):
    """数据类型 of an item: GB/T 21063.4 core metadata as the guide abbreviates them."""

    CHARACTER = "C"
    NUMBER = "N"
    MONEY = "Y"
    DATE = "D"
    INSTANT = "T"
    LOGICAL = "L"
    INTEGER = "I"
    FLOAT = "B"
    MEMO = "M"
    GENERAL = "G"


class Grade(StrEnum):
    """数据分级: GB/T 43697-2024 grades data as core, important and general; general data is split by harm (L1 to L4)."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    IMPORTANT = "important"
    CORE = "core"


GRADE_ORDER = tuple(Grade)


@dataclass(frozen=True, kw_only=True)
class ItemForm:
    """信息项: ``name`` is the column, ``title`` what people call it; ``element`` the code of its data element."""

    ordinal: int
    name: str
    title: str
    data_type: DataType
    length: int | None = None
    grade: Grade = Grade.L1
    is_key: bool = False
    is_required: bool = False
    is_shared: bool = True
    element: str = ""
    source_org: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class EntryForm:
    """One catalogue entry as it is typed, imported and published: the guide's core fields and its items."""

    name: str
    org: str
    category: str
    summary: str
    format: Format
    format_detail: str
    sharing_type: SharingType
    sharing_condition: str
    sharing_scope: str
    legal_basis: str
    way: Way
    is_open: bool
    open_condition: str
    cycle: Cycle
    related: tuple[str, ...]
    items: tuple[ItemForm, ...]
    code: str = ""
    table: str = ""


class Severity(StrEnum):
    """An error keeps an entry from being published, a warning asks to look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with an entry: ``where`` is a field or ``items.3.title``; ``values`` fill the message's places."""

    rule: str
    severity: Severity
    where: str
    message: str
    source: str = ""
    values: tuple[tuple[str, str], ...] = ()
