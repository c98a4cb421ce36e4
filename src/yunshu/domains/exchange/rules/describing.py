"""The description of one agreement's query interface in OpenAPI 3.1. Pure.

Source: OpenAPI Specification 3.1.1; RFC 6749 section 4.4 (client credentials). An item's schema comes from its type under
GB/T 21063 and its mask: what is hashed, covered or generalised is text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SCHEMAS: dict[str, dict[str, Any]] = {
    "N": {"type": "number"},
    "Y": {"type": "number"},
    "I": {"type": "integer"},
    "B": {"type": "boolean"},
    "D": {"type": "string", "format": "date"},
    "T": {"type": "string", "format": "date-time"},
}
_TEXT = {"type": "string"}
_REFUSALS = {
    "401": "令牌或签名无效",
    "403": "调用地址不在登记的网段内",
    "404": "没有这份协议",
    "422": "按规则不能查询，code 说明原因",
    "429": "超过每秒次数或每日次数",
    "503": "提供方的节点或数据库暂不可用",
}


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the description needs: an agreement, its interface, and where the platform answers (``https://…/api/v1``)."""

    number: str
    title: str
    provider: str
    terms: Mapping[str, Any]
    lookup: Sequence[str]
    most_rows: int
    needs_consent: bool
    is_view: bool
    base_url: str


def document(about: Described) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of one agreement's query."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": about.title,
            "version": str(about.terms["version"]),
            "description": f"{about.provider}按协议 {about.number} 提供。用途：{about.terms['purpose']}",
        },
        "servers": [{"url": about.base_url}],
        "security": [{"token": []}, {"client": [], "time": [], "nonce": [], "signature": []}],
        "paths": {f"/exchange/query/{about.number}": {"post": _operation(about)}},
        "components": {"securitySchemes": _schemes(about.base_url), "schemas": _schemas(about)},
    }


def _operation(about: Described) -> dict[str, Any]:
    refusals = {
        status: {"description": text, "content": _json({"$ref": "#/components/schemas/Refusal"})}
        for status, text in _REFUSALS.items()
    }
    for status in ("429", "503"):
        refusals[status]["headers"] = {"Retry-After": {"description": "多少秒后再试", "schema": {"type": "integer"}}}
    found = {"description": "查到的行；没有时为空", "content": _json({"$ref": "#/components/schemas/Answer"})}
    return {
        "operationId": "query",
        "summary": about.title,
        "requestBody": {"required": True, "content": _json({"$ref": "#/components/schemas/Question"})},
        "responses": {"200": found, **refusals},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _schemas(about: Described) -> dict[str, Any]:
    words: dict[str, Any] = {
        "key": _closed({name: dict(_TEXT) for name in about.lookup}, required=[] if about.is_view else None),
        "purpose": _TEXT | {"minLength": 4, "maxLength": 200, "description": "本次查询所办的事项"},
        "operator": _TEXT | {"minLength": 1, "maxLength": 120, "description": "使用方的操作人"},
    }
    if about.is_view:
        words["after"] = _TEXT | {"maxLength": 4096, "description": "下一页：上一次答复的 next；第一页不填"}
    if about.needs_consent:
        words["consent"] = _TEXT | {"description": "当事人同意的编号；不填时取最近的有效同意"}
    row = {"type": "object", "properties": {each["name"]: _schema(each) for each in about.terms["fields"]}}
    answer = {
        "question": _TEXT | {"description": "调用编号"},
        "rows": {"type": "array", "maxItems": about.most_rows, "items": row},
        "more": {"type": "boolean", "description": "还有更多行没有返回"},
        "next": _TEXT | {"description": "下一页从哪里开始；没有下一页时为空"},
        "letter": _TEXT | {"description": "提供方节点签署的答复"},
        "seal": _TEXT | {"description": "平台对该答复的签署"},
    }
    refusal = {"code": _TEXT, "message": _TEXT, "where": _TEXT}
    return {
        "Question": _closed(
            words,
            required=[
                name for name in words if name in ("purpose", "operator") or (name == "key" and not about.is_view)
            ],
        ),
        "Answer": {"type": "object", "required": list(answer), "properties": answer},
        "Refusal": {"type": "object", "required": list(refusal), "properties": refusal},
    }


def _closed(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties) if required is None else required,
        "properties": properties,
        "additionalProperties": False,
    }


def _schema(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = field["mask"].get("kind") == "keep"
    plain = _SCHEMAS.get(field["type"], _TEXT) if kept else _TEXT
    return plain | {"type": [plain["type"], "null"], "title": field["title"]}


def _schemes(base_url: str) -> dict[str, Any]:
    flow = {"tokenUrl": f"{base_url}/exchange/token", "scopes": {}}
    header = {"type": "apiKey", "in": "header"}
    return {
        "token": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "client": header | {"name": "X-Yunshu-Client", "description": "应用编号"},
        "time": header | {"name": "X-Yunshu-Time", "description": "RFC 3339 时间，与平台相差不超过五分钟"},
        "nonce": header | {"name": "X-Yunshu-Nonce", "description": "16 至 64 个字母数字，只用一次"},
        "signature": header
        | {
            "name": "X-Yunshu-Signature",
            "description": "对“方法、路径、正文的 SHA-256、时间、随机串”五行的 SM2 签名（SM3，默认标识），128 个十六进制字符",
        },
    }
