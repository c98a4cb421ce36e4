"""What may be agreed: which items, masked how, which rows, how long. Pure; the transfer compiles it to SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yunshu.domains.exchange.contracts import EntryForm, Grade, ItemForm, SharingType
from yunshu.lib.kernel.labels import label

LONGEST_YEARS = 3
"""No rule known to us fixes the longest term of an agreement; three years and a renewal is the house's default."""
MASKS: dict[str, tuple[dict[str, Any], str, str]] = {
    "keep": ({"kind": "keep"}, "CNYDTLIBMG", label("原样提供")),
    "partial": ({"kind": "partial", "head": 1, "tail": 0}, "CM", label("遮盖，只留首字")),
    "partial_id": ({"kind": "partial", "head": 6, "tail": 4}, "C", label("遮盖，留前六后四")),
    "hash": ({"kind": "hash"}, "CM", label("加密摘要，可比对不可还原")),
    "encrypt": ({"kind": "encrypt"}, "CNYDTLIBM", label("SM4 加密，使用方用密钥打开")),
    "prefix6": ({"kind": "generalise", "prefix": 6}, "C", label("只到前六位（县级）")),
    "month": ({"kind": "generalise", "unit": "month"}, "DT", label("只到月")),
    "year": ({"kind": "generalise", "unit": "year"}, "DT", label("只到年")),
    "band": ({"kind": "generalise", "band": 1000}, "NYIB", label("按一千分档")),
    "drop": ({"kind": "drop"}, "CNYDTLIBMG", label("不提供")),
}
"""What an owner may choose: the mask as the engine takes it, the data types that can bear it, its name."""
SUGGESTED = {Grade.L3: ("partial", "month"), Grade.L4: ("hash", "year")}
WITHHELD = frozenset({Grade.IMPORTANT, Grade.CORE})
AGREEMENT_VERBS = {"suspend": label("暂停"), "resume": label("恢复"), "revoke": label("终止")}


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Why terms cannot stand: ``where`` is a field of the form or ``items.<name>``."""

    where: str
    message: str


def requestable(entry: EntryForm) -> tuple[ItemForm, ...]:
    """Return the items that may be asked for at all."""
    if entry.sharing_type is SharingType.NONE:
        return ()
    return tuple(item for item in entry.items if item.is_shared and item.grade is not Grade.CORE)


def masks_for(item: ItemForm, delivery: str = "table") -> dict[str, str]:
    """Return the masks that the item's type can bear, by code, with their names; an answer to a query is never encrypted
    by column, for who asks reads it at once."""
    fit = {code: name for code, (_mask, types, name) in MASKS.items() if item.data_type.value in types}
    return {code: name for code, name in fit.items() if delivery != "query" or code != "encrypt"}


def suggested_masks(items: Iterable[ItemForm]) -> dict[str, str]:
    """Return the mask that an owner is offered first for each item: by grade, and only what the type can bear."""
    return {item.name: _suggested(item) for item in items}


def _suggested(item: ItemForm) -> str:
    if item.grade in WITHHELD:
        return "drop"
    bearable = masks_for(item)
    return next((code for code in SUGGESTED.get(item.grade, ()) if code in bearable), "keep")


def mask_of(code: str) -> dict[str, Any]:
    """Return the mask of a code; an unknown one stays unknown and is refused by ``grant_objections``."""
    return dict(MASKS[code][0]) | {"code": code} if code in MASKS else {"kind": "unknown", "code": code}


def mask_label(mask: Mapping[str, Any]) -> str:
    """Return a mask's name."""
    return MASKS[mask["code"]][2] if mask.get("code") in MASKS else str(mask.get("kind"))


def request_objections(
    entry: EntryForm, *, items: Sequence[str], purpose: str, basis: str, starts: date, ends: date, today: date
) -> list[Objection]:
    """Return what keeps a request from being made."""
    found: list[Objection] = []
    allowed = {item.name for item in requestable(entry)}
    if entry.sharing_type is SharingType.NONE:
        found.append(Objection(where="resource", message=label("该数据不予共享；可在需求清单中登记需求。")))
    if not items:
        found.append(Objection(where="items", message=label("请至少选择一个信息项。")))
    if set(items) - allowed:
        found.append(Objection(where="items", message=label("选择了不可共享的信息项。")))
    if len(purpose.strip()) < 10:
        found.append(
            Objection(where="purpose", message=label("请写明具体用途（不少于10个字）：办理什么事项、怎样使用。"))
        )
    if not basis.strip():
        found.append(Objection(where="basis", message=label("请写明履职依据：法律法规或者三定规定的条款。")))
    if ends < max(starts, today):
        found.append(Objection(where="ends_on", message=label("使用期止不能早于使用期起，也不能早于今天。")))
    elif (ends - starts).days > LONGEST_YEARS * 366:
        found.append(Objection(where="ends_on", message=label("一次申请的使用期不超过三年，到期可以续期。")))
    return found


def grant_objections(
    asked: Sequence[str], entry: EntryForm, masks: Mapping[str, Mapping[str, Any]], delivery: str = "table"
) -> list[Objection]:
    """Return what keeps an answer from being given: nothing beyond what was asked, no mask the type cannot bear."""
    found = [
        Objection(where=f"items.{name}", message=label("不能授予没有申请的信息项。"))
        for name in masks
        if name not in asked
    ]
    given = {name: mask for name, mask in masks.items() if mask.get("kind") != "drop"}
    if not given:
        found.append(Objection(where="items", message=label("没有授予任何信息项；不同意请填写依据。")))
    by_name = {item.name: item for item in entry.items}
    for name, mask in given.items():
        item = by_name.get(name)
        if item is None:
            found.append(Objection(where=f"items.{name}", message=label("目录中已没有该信息项。")))
        elif mask.get("code") not in masks_for(item, delivery):
            found.append(Objection(where=f"items.{name}", message=label("该信息项不能用所选的脱敏方式。")))
        elif item.grade is Grade.IMPORTANT and mask.get("kind") == "keep":
            found.append(Objection(where=f"items.{name}", message=label("重要数据不能原样提供。")))
    return found
