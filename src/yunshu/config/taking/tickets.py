"""Tickets of the hotline that went before: history as it was, open ones into the life at a named state."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.config.taking import orgs
from yunshu.domains.hotline.choices import Channel, Urgency
from yunshu.domains.hotline.choices import Kind as TicketKind
from yunshu.domains.hotline.rules import life, plain
from yunshu.domains.hotline.selectors import taking as selectors
from yunshu.domains.hotline.services import taking as services
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.kernel import clock
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind

WHAT, WHO, TIMES, DONE, RATED = "诉求", "诉求人", "时间", "办理", "回访与满意度"
STATES = {code: life.STATE_NAMES[code] for code in (*services.PAST, *services.ENTERING)}
SCORES = {"5": _l("非常满意"), "4": _l("满意"), "3": _l("基本满意"), "2": _l("不满意"), "1": _l("非常不满意")}
ORDER = ("received_at", "accepted_at", "dispatched_at", "signed_at", "replied_at", "closed_at")
OF_PAST = (
    "replied_at",
    "closed_at",
    "answer",
    "called_at",
    "solved",
    "result_score",
    "process_score",
    "due_at",
    "reworks",
)
"""What an open ticket cannot have yet, or what the platform works out by its own limits."""


def _time(name: str, label: Any, *, required: bool = False, also: tuple[str, ...] = (), help_: Any = "") -> Field:
    return Field(name=name, label=label, form=Form.INSTANT, required=required, group=TIMES, also=also, help=help_)


def _score(name: str, label: Any, also: tuple[str, ...] = ()) -> Field:
    return Field(name=name, label=label, form=Form.CHOICE, choices=SCORES, group=RATED, also=also)


class Tickets(Kind):
    """热线工单。"""

    code, name, order = "tickets", _l("热线工单"), 30
    about = _l(
        "办结的存为历史工单：保留原编号和已知的时间，不知道的时间空着，也不进指标；未办结的从指明的状态（待派单、待签收、"
        "办理中）进入流程，时限从受理时间起按平台的规定重算。"
    )
    key = "source_number"
    fields = (
        Field(name="source_number", label=_l("原工单编号"), form=Form.CODE, required=True, most=60, group=WHAT, also=("工单编号", "工单号", "编号")),
        Field(name="kind", label=_l("诉求类型"), form=Form.CHOICE, required=True, choices=dict(TicketKind.choices), group=WHAT, also=("工单类型", "类型")),
        Field(name="title", label=_l("标题"), required=True, most=100, group=WHAT, clean=plain.line, also=("工单标题", "诉求标题")),
        Field(name="content", label=_l("诉求内容"), form=Form.LINES, required=True, most=20_000, group=WHAT, clean=plain.paragraphs, also=("内容", "工单内容")),
        Field(name="category", label=_l("诉求分类"), most=200, group=WHAT, help=_l("分类代码、全称或名称。"), also=("分类", "事项分类")),
        Field(name="channel", label=_l("来源渠道"), form=Form.CHOICE, choices=dict(Channel.choices), group=WHAT, help=_l("空：电话。"), also=("来源", "渠道")),
        Field(name="urgency", label=_l("紧急程度"), form=Form.CHOICE, choices=dict(Urgency.choices), group=WHAT, help=_l("空：一般。")),
        Field(name="division", label=_l("行政区划代码"), form=Form.CODE, most=12, group=WHAT),
        Field(name="street", label=_l("镇街"), most=60, group=WHAT, clean=plain.line),
        Field(name="address", label=_l("地址"), most=200, group=WHAT, clean=plain.line, also=("事发地址",)),
        Field(name="name", label=_l("诉求人姓名"), most=60, group=WHO, sensitive=True, clean=plain.line, also=("姓名", "来电人")),
        Field(name="phone", label=_l("诉求人电话"), form=Form.PHONE, group=WHO, sensitive=True, also=("联系电话", "来电号码", "电话")),
        Field(name="is_confidential", label=_l("身份保密"), form=Form.YES_NO, group=WHO, help=_l("举报一律保密。"), also=("是否保密",)),
        Field(name="state", label=_l("状态"), form=Form.CHOICE, required=True, choices=STATES, group=DONE, also=("工单状态", "办理状态")),
        orgs.org_field("unit", _l("承办单位"), required=False, group=DONE, also=("办理单位", "主办单位")),
        Field(name="answer", label=_l("答复内容"), form=Form.LINES, most=20_000, group=DONE, clean=plain.paragraphs, also=("办理结果", "答复")),
        Field(name="reworks", label=_l("重办次数"), form=Form.COUNT, group=DONE, help=_l("空：按没有重办。")),
        _time("received_at", _l("收到时间"), required=True, also=("来电时间", "登记时间", "创建时间")),
        _time("accepted_at", _l("受理时间"), help_=_l("未办结的没有受理时间，时限从收到时间起算。")),
        _time("dispatched_at", _l("派单时间"), also=("派发时间", "转办时间")),
        _time("signed_at", _l("签收时间")),
        _time("replied_at", _l("答复时间")),
        _time("closed_at", _l("办结时间"), also=("结案时间",)),
        _time("due_at", _l("办理期限"), also=("截止时间",)),
        Field(name="called_at", label=_l("回访时间"), form=Form.INSTANT, group=RATED, help=_l("时间、是否解决、两项满意度齐全才计入回访指标。")),
        Field(name="solved", label=_l("是否解决"), form=Form.YES_NO, group=RATED),
        _score("result_score", _l("结果满意度"), also=("满意度", "评价")),
        _score("process_score", _l("过程满意度")),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find units and categories; see that times and the state agree; let what is sealed not be compared."""
        orgs.resolve(rows, "unit")
        categories, now = selectors.categories(), clock.now()
        for row in rows:
            _category(row, categories)
            row.values["kind"] = row.values.get("kind")
            for name, usual in (("channel", Channel.PHONE.value), ("urgency", Urgency.NORMAL.value), ("reworks", 0)):
                if row.values.get(name) is None:
                    row.values[name] = usual
            row.values["is_confidential"] = bool(row.values.get("is_confidential")) or row.values["kind"] == "report"
            _times(row, now)
            _past(row) if row.values["state"] in services.PAST else _open(row)
            if row.values["is_confidential"]:
                row.values["sealed"] = {name: row.values.pop(name, None) or "" for name in ("name", "phone")}

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Keep one as history, or take it into the life."""
        spec = _spec(values)
        if spec.state in services.PAST:
            return services.keep_past(actor=actor, desk=desk_org(), specs=[spec], now=now)[0]
        return services.take_in(actor=actor, desk=desk_org(), spec=spec, now=now)

    def create_all(self, rows: Sequence[Mapping[str, Any]], actor: Any, now: datetime) -> list[str] | None:
        """Keep the closed ones at once, take the open ones in one by one."""
        past = [n for n, values in enumerate(rows) if values["state"] in services.PAST]
        numbers = services.keep_past(actor=actor, desk=desk_org(), specs=[_spec(rows[n]) for n in past], now=now)
        made = dict(zip(past, numbers, strict=True))
        return [made.get(n) or self.create(values, actor, now) for n, values in enumerate(rows)]

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read tickets back."""
        return selectors.read(objects)

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What hangs on them."""
        return services.dependents(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them with their parts."""
        services.take_back(actor=actor, numbers=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("hotline:ticket", args=[number])


def _category(row: Judged, categories: Mapping[str, Sequence[str]]) -> None:
    said = row.values.get("category")
    codes = categories.get(said, ()) if said else ()
    if said and len(codes) != 1:
        row.refuse(
            "category",
            _("对应不止一个分类") if codes else _("没有这个分类"),
            _("填分类代码或全称，或在映射的 values.category 里对应。"),
        )
    elif said:
        row.values["category"] = codes[0]


def _times(row: Judged, now: datetime) -> None:
    known = [(name, row.values[name]) for name in ORDER if row.values.get(name)]
    for (_name, before), (name, at) in itertools.pairwise(known):
        if at < before:
            row.refuse(name, _("早于前一环节的时间"), _("核对各环节的时间；不可信的时间留空。"))
    for name, at in known:
        if at > now:
            row.refuse(name, _("在将来"), _("核对时间。"))


def _past(row: Judged) -> None:
    if row.values.get("closed_at") is None:
        row.refuse("closed_at", _("没有办结时间"), _("历史工单须有办结时间，它决定计入哪个月。"))
    if row.values["state"] == life.ARCHIVED and not row.values.get("answer"):
        row.refuse("answer", _("没有答复内容"), _("办结的工单须有答复；原系统没有的，填“原系统未记录答复”。"))


def _open(row: Judged) -> None:
    for name in OF_PAST:
        if row.values.get(name):
            if name == "due_at":
                row.values[name] = None  # the platform works it out
            else:
                row.refuse(name, _("未办结的工单不应有这一项"), _("改正状态，或清空这一格。"))
    row.values["accepted_at"] = row.values.get("accepted_at") or row.values.get("received_at")
    demanded = {life.DISPATCHED: ("unit", "dispatched_at"), life.HANDLING: ("unit", "dispatched_at", "signed_at")}
    for name in demanded.get(row.values["state"], ()):
        if not row.values.get(name):
            row.refuse(name, _("这个状态须有这一项"), _("补上，或让它从“待派单”进入。"))
    if row.values["state"] == life.REGISTERED:
        for name in ("unit", "dispatched_at", "signed_at"):
            if row.values.get(name):
                row.refuse(name, _("待派单的工单不应有这一项"), _("改正状态，或清空这一格。"))


def _spec(values: Mapping[str, Any]) -> services.TakenSpec:
    known = {name: value for name, value in values.items() if value is not None and name != "sealed"}
    known |= {name: int(known[name]) for name in ("result_score", "process_score") if name in known}
    return services.TakenSpec(**(known | values.get("sealed", {})))
