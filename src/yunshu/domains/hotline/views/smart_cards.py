"""Suggestions as a page shows them: what, how sure, why, and what can be taken over; and where words stand in a text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from yunshu.domains.hotline.choices import Urgency
from yunshu.domains.hotline.choices_smart import Suggested
from yunshu.lib.kernel.labels import label

WHY = {
    "untrained": label("没有启用的模型，只按目录、相似工单和词语列出，不作判断。"),
    "below_margin": label("把握不够（低于门限），机器不知道，请人工判断。"),
    "contradiction": label("依据互相矛盾（目录、相似工单、学习结果不一致），机器不知道，请人工判断。"),
    "empty": label("文字太少，无法判断。"),
}
BY_WORDS = label("二、三级只按类别名称中的词语列出，没有学习，不是判断。")
GROUNDS = {
    "rule": label("目录"),
    "similar": label("相似工单"),
    "words": label("词语"),
    "meaning": label("句意"),
}
FLAG_NAMES = {
    "gas": label("燃气泄漏"),
    "fire": label("火情"),
    "explosion": label("爆炸"),
    "collapse": label("坍塌"),
    "suicide": label("轻生"),
    "violence": label("暴力伤害"),
    "minors": label("未成年人"),
    "food_poisoning": label("食物中毒"),
    "medical": label("急救"),
    "wages": label("群体欠薪"),
    "crowd": label("群体事件"),
    "infrastructure": label("公共设施险情"),
    "pollution": label("污染"),
}
FIELD_NAMES = {
    "division": label("所在县（市、区）"),
    "street": label("镇街"),
    "address": label("地址"),
    "name": label("诉求人姓名"),
    "phone": label("联系电话"),
}
REASONS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Item:
    """One label of a list, with the share of such suggestions that is right, reasons, and what taking it over sets (empty: cannot be)."""

    label: str
    share: int | None = None
    reasons: tuple[str, ...] = ()
    value: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One suggestion. ``note`` says why the machine does not know, if it does not."""

    kind: str
    name: str
    version: str
    pk: int = 0
    is_sure: bool = False
    note: str = ""
    items: tuple[Item, ...] = ()
    output: dict[str, Any] = field(default_factory=dict)


def card_of(made: Any, codes: dict[str, str], urls: dict[str, str]) -> Card:
    """Return a suggestion (kept or not) as a card; ``codes``: what a label sets; ``urls``: where a label leads."""
    why = made.output.get("why", "")
    note = BY_WORDS if made.kind == Suggested.BRANCH else WHY.get("" if made.is_sure else why, "")
    items = tuple(
        Item(
            label=_titled(item),
            share=_percent(item.get("confidence")),
            reasons=_reasons(item),
            value=codes.get(item["label"], ""),
            url=urls.get(item["label"], ""),
        )
        for item in made.output.get("items", [])
    )
    return Card(
        kind=str(made.kind),
        name=str(Suggested(made.kind).label),
        version=made.version,
        pk=getattr(made, "pk", 0) or 0,
        is_sure=made.is_sure,
        note=_(note) if note else "",
        items=items,
        output=_extra(made),
    )


def _titled(item: dict[str, Any]) -> str:
    return f"{item['label']} {item['title']}" if "title" in item else str(item["label"])


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _reasons(item: dict[str, Any]) -> tuple[str, ...]:
    if "shared" in item:
        return tuple(_("共同地点 %(name)s") % {"name": name} for name in item["shared"])
    grounds = {ground: _(name) for ground, name in GROUNDS.items()}
    said = [(grounds[each["ground"]], each["shown"], each["ref"]) for each in item["reasons"][:REASONS_SHOWN]]
    return tuple(f"{ground} {shown}{f' · {ref}' if ref else ''}" for ground, shown, ref in said)


def _extra(made: Any) -> dict[str, Any]:
    if made.kind == Suggested.URGENCY:
        names = {kind: _(name) for kind, name in FLAG_NAMES.items()}
        said = [
            {
                **flag,
                "name": names.get(flag["kind"], flag["kind"]),
                "note": _("可能只是隐患（%(why)s）") % {"why": flag["why"]} if flag["why"] else "",
            }
            for flag in made.output["flags"]
        ]
        kinds = {(flag["kind"], flag["text"]): flag for flag in reversed(said)}
        return {
            "flags": said,
            "kinds": list(reversed(kinds.values())),
            "level": str(Urgency(made.first).label),
            "value": made.first,
        }
    if made.kind == Suggested.FIELDS:
        fill = made.output.get("fill", {})
        said = [{"name": _(FIELD_NAMES[key]), "field": key, "value": value} for key, value in fill.items()]
        return {"fill": said, "moments": made.output.get("moments", [])}
    return dict(made.output)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a text; ``mark`` names why it is marked, empty: it is not."""

    text: str
    mark: str = ""


def marked(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """Return ``text`` in pieces, those of ``spans`` (start, end, name) marked; of two that overlap the first counts."""
    pieces, at = [], 0
    for start, end, name in sorted(spans):
        if start < at or end > len(text):
            continue
        if start > at:
            pieces.append(Piece(text=text[at:start]))
        pieces.append(Piece(text=text[start:end], mark=name))
        at = end
    return [*pieces, Piece(text=text[at:])] if at < len(text) else pieces


def flagged(text: str, cards: Sequence[Card]) -> list[Piece]:
    """Return ``text`` with the words of dangers marked; none if there is no danger."""
    flags = [flag for card in cards if card.kind == Suggested.URGENCY for flag in card.output["flags"]]
    return marked(text, [(f["start"], f["end"], f["name"]) for f in flags]) if flags else []
