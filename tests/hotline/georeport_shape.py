"""The operations of GeoReport v2 in our own words: the paths and parameters of the published Swagger
(open311/schema-validation, schema/georeport-v2/swagger.json), and what the specification's text lets be asked."""

from typing import Any

CODES = ["0301", "0401", "0501", "x"]


def _path(name: str, text: list[str] | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"enum": text} if text else {"type": "string", "minLength": 1, "maxLength": 30}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _asked(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string", **schema}}


HOW = _path("response_format", ["xml", "json"])
CITY = _asked("jurisdiction_id", enum=["445200", "elsewhere"])
OK = {"200": {"description": "answer"}}
FORM = {
    "type": "object",
    "properties": {
        "service_code": {"enum": CODES},
        "api_key": {"type": "string"},
        "lat": {"type": "string"},
        "long": {"type": "string"},
        "address_string": {"type": "string"},
        "description": {"type": "string"},
        "email": {"type": "string"},
        "phone": {"type": "string"},
        "media_url": {"type": "string"},
        "attribute[danger]": {"enum": ["是", "否", "x"]},
    },
}
GEOREPORT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "GeoReport v2", "version": "2"},
    "paths": {
        "/open311/discovery.{response_format}": {"get": {"parameters": [HOW], "responses": OK}},
        "/open311/v2/services.{response_format}": {"get": {"parameters": [HOW, CITY], "responses": OK}},
        "/open311/v2/services/{service_code}.{response_format}": {
            "get": {"parameters": [_path("service_code", CODES), HOW, CITY], "responses": OK}
        },
        "/open311/v2/requests.{response_format}": {
            "get": {
                "parameters": [
                    HOW,
                    CITY,
                    *(_asked(n) for n in ("service_request_id", "service_code", "status", "page", "page_size")),
                    *(_asked(n, format="date-time") for n in ("start_date", "end_date")),
                ],
                "responses": OK,
            },
            "post": {
                "parameters": [HOW, CITY],
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": FORM}}},
                "responses": OK,
            },
        },
        "/open311/v2/request/{service_request_id}.{response_format}": {
            "get": {"parameters": [_path("service_request_id"), HOW, CITY], "responses": OK}
        },
        "/open311/v2/tokens/{token_id}.{response_format}": {
            "get": {"parameters": [_path("token_id"), HOW, CITY], "responses": OK}
        },
    },
}
