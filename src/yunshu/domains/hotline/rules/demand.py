"""The form of a demand, once: the portal, the mini program, WeChat and other programs all ask this and nothing else.

``FIELDS`` is what every channel shows; ``schema`` says it as a JSON Schema (draft 2020-12).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from yunshu.domains.hotline.contracts import DemandField
from yunshu.lib.kernel.labels import label

Choices = Sequence[tuple[str, str]]
FIELDS: tuple[DemandField, ...] = (
    DemandField(name="kind", label=label("您要"), type="choice", most=10, is_required=True),
    DemandField(
        name="title", label=label("一句话说明"), most=100, is_required=True, help=label("例如：榕华大道路灯不亮。")
    ),
    DemandField(
        name="content",
        label=label("详细情况"),
        type="text",
        most=4000,
        is_required=True,
        help=label("什么时候、在哪里、什么事、希望怎么办。姓名和电话请填在下面，不要写在这里。"),
    ),
    DemandField(name="division", label=label("所在县（市、区）"), type="choice", most=12),
    DemandField(name="address", label=label("地点"), most=200),
    DemandField(name="name", label=label("姓名"), most=60, fills="name"),
    DemandField(
        name="phone",
        label=label("手机号"),
        most=20,
        fills="tel",
        help=label("可以不填；填了才能回访。承办单位看到的是遮蔽后的号码。"),
    ),
    DemandField(
        name="is_confidential",
        label=label("请为我的身份保密"),
        type="boolean",
        help=label("举报一律保密：身份单独加密，查看须两人审批并留痕。"),
    ),
)
BY_NAME = {field.name: field for field in FIELDS}


def schema(choices: Mapping[str, Choices], said: Mapping[str, str]) -> dict[str, Any]:
    """Return the form as a JSON Schema; ``choices`` by field, ``said`` gives each text in the reader's language."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": said.get("12345 诉求", "12345 诉求"),
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in FIELDS if field.is_required],
        "properties": {field.name: _property(field, choices.get(field.name, ()), said) for field in FIELDS},
    }


def _property(field: DemandField, choices: Choices, said: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"title": said.get(field.label, field.label)}
    if field.help:
        told["description"] = said.get(field.help, field.help)
    if field.type == "boolean":
        return told | {"type": "boolean", "default": False}
    told |= {"type": "string", "maxLength": field.most}
    if field.is_required:
        told["minLength"] = 1
    if field.type == "choice":
        told["oneOf"] = [{"const": value, "title": name} for value, name in choices]
    return told
