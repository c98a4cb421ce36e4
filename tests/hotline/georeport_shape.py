"""The operations of GeoReport v2 in our own words: paths, parameters and answers by the published Swagger, and what the text lets be asked.

The Swagger (open311/schema-validation@1116d93, schema/georeport-v2/swagger.json) was read as a source of facts and is not copied: its
repository names no licence (composer.json: ""; no LICENSE file), and the "CC BY 3.0" in the file's ``info`` is the API's, not clearly the
file's. It could not be run as it stands either: it makes ``jurisdiction_id`` mandatory, asks POST by query only and knows no discovery.
"""

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
                "parameters": [
                    HOW,
                    CITY,
                    _asked("service_code", enum=CODES),
                    _asked("lat"),
                    _asked("long"),
                    _asked("attribute"),
                ],
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


def _thing(needed: str, enums: dict[str, list[str]] | None = None, /, **types: str) -> dict[str, Any]:
    """An object with the members that the published Swagger demands; what the specification leaves blank may be null."""
    known = {name: {"type": [kind, "null"]} for name, kind in types.items()}
    known |= {name: {"enum": values} for name, values in (enums or {}).items()}
    return {"type": "object", "required": needed.split(), "properties": known}


ATTRIBUTE = _thing(
    "variable code datatype required",
    {"datatype": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
    variable="boolean", code="string", required="boolean", order="integer", description="string", values="array",
)  # fmt: skip
REQUEST = _thing(
    "service_request_id status service_code requested_datetime",
    {"status": ["open", "closed"]},
    service_request_id="string", service_code="string", requested_datetime="string", lat="number", long="number",
)  # fmt: skip
DEFINITION = _thing("service_code attributes", service_code="string")
DEFINITION["properties"]["attributes"] = {"type": "array", "items": ATTRIBUTE}
ANSWERS: dict[str, dict[str, Any]] = {
    "GET services": _thing(
        "service_code service_name type",
        {"type": ["realtime", "batch", "blackbox"]},
        service_code="string", service_name="string", metadata="boolean", keywords="string", group="string",
    ),
    "GET services/{service_code}": DEFINITION,
    "GET requests": REQUEST,
    "GET request/{service_request_id}": REQUEST,
    "POST requests": _thing("", service_request_id="string", token="string", service_notice="string", account_id="string"),
    "GET tokens/{token_id}": _thing("", service_request_id="string", token="string"),
}  # fmt: skip
"""What each operation answers in JSON with 200, by the published Swagger. Where that says one object and the specification's text a list of
one (a request by its number), each member of the list is looked at."""
