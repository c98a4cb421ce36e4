"""What goes out: the same tree as XML or JSON. In JSON lists stand bare; in XML each has a name, and so have its parts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lxml import etree

from yunshu.lib.georeport.contracts import LISTS, Attribute, Discovery, Fault, Receipt, Report, Service

Format = Literal["xml", "json"]
TYPES: Mapping[Format, str] = {"xml": "text/xml", "json": "application/json"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2)."""


@dataclass(frozen=True)
class Rows:
    """A list: its name and its parts' in XML."""

    name: str
    part: str
    rows: Sequence[Any]


@dataclass(frozen=True)
class Named:
    """One thing, with its name in XML."""

    name: str
    fields: Mapping[str, Any]


Answer = Rows | Named


def written(answer: Answer, how: Format) -> bytes:
    """Return an answer as bytes in UTF-8."""
    if how == "json":
        return json.dumps(_plain(answer), ensure_ascii=False).encode()
    found: bytes = etree.tostring(_root(answer), encoding="UTF-8", xml_declaration=True)
    return found


def services(rows: Sequence[Service]) -> Rows:
    """Return the list of services."""
    return Rows("services", "service", [_service(row) for row in rows])


def definition(code: str, rows: Sequence[Attribute]) -> Named:
    """Return a service's definition."""
    told = [_attribute(row, order) for order, row in enumerate(rows, 1)]
    return Named("service_definition", {"service_code": code, "attributes": Rows("attributes", "attribute", told)})


def reports(rows: Sequence[Report]) -> Rows:
    """Return requests as they are published."""
    return Rows("service_requests", "request", [_report(row) for row in rows])


def receipt(given: Receipt) -> Rows:
    """Return what a caller gets for a request."""
    number = {"token": given.token} if given.token else {"service_request_id": given.request_id}
    row = {**number, "service_notice": given.notice, "account_id": given.account_id}
    return Rows("service_requests", "request", [row])


def token(number: str, text: str) -> Rows:
    """Return the number that came of a token, "" while there is none."""
    return Rows("service_requests", "request", [{"service_request_id": number, "token": text}])


def faults(rows: Sequence[Fault]) -> Rows:
    """Return what is wrong with a call."""
    return Rows("errors", "error", [{"code": row.code, "description": row.description} for row in rows])


def discovery(told: Discovery, url: str) -> Named:
    """Return the discovery file of a server at an address."""
    changed = instant(told.changed_at)
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": changed,
        "type": "production" if told.is_production else "test",
        "formats": Rows("formats", "format", list(TYPES.values())),
    }
    fields = {"changeset": changed, "contact": told.contact, "key_service": told.key_service}
    return Named("discovery", {**fields, "endpoints": Rows("endpoints", "endpoint", [endpoint])})


def instant(at: datetime) -> str:
    """Return an aware instant in the specification's form, to the second."""
    return at.isoformat(timespec="seconds")


def _service(row: Service) -> dict[str, Any]:
    return {
        "service_code": row.code,
        "service_name": row.name,
        "description": row.description,
        "metadata": row.has_attributes,
        "type": row.kind,
        "keywords": ", ".join(row.keywords),
        "group": row.group,
    }


def _attribute(row: Attribute, order: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "variable": row.variable,
        "code": row.code,
        "datatype": row.datatype,
        "required": row.required,
        "datatype_description": row.hint,
        "order": order,
        "description": row.description,
    }
    if row.datatype in LISTS:
        told["values"] = Rows("values", "value", [{"key": one.key, "name": one.name} for one in row.values])
    return told


def _report(row: Report) -> dict[str, Any]:
    return {
        "service_request_id": row.request_id,
        "status": row.status,
        "status_notes": row.status_notes or None,
        "service_name": row.service_name,
        "service_code": row.service_code,
        "description": row.description or None,
        "agency_responsible": row.agency or None,
        "service_notice": row.notice or None,
        "requested_datetime": instant(row.requested_at),
        "updated_datetime": instant(row.updated_at),
        "expected_datetime": instant(row.expected_at) if row.expected_at else None,
        "address": row.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": row.lat,
        "long": row.long,
        "media_url": row.media_url or None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Rows):
        return [_plain(row) for row in value.rows]
    fields = value.fields if isinstance(value, Named) else value
    return {name: _plain(one) for name, one in fields.items()} if isinstance(fields, Mapping) else fields


def _root(answer: Answer) -> Any:
    root = etree.Element(answer.name)
    _fill(root, answer)
    return root


def _fill(element: Any, value: Any) -> None:
    if isinstance(value, Rows):
        for row in value.rows:
            _fill(etree.SubElement(element, value.part), row)
    elif isinstance(value, Named | Mapping):
        for name, one in (value.fields if isinstance(value, Named) else value).items():
            _fill(etree.SubElement(element, name), one)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _UNFIT.sub("\ufffd", str(value))
