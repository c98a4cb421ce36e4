"""A department's own HTTP service, called by its node: only services of the node's settings, only agreed items leave.

    [services.hjrk]
    url = "http://10.1.2.3:8080/query"     # exactly this address: an order names the service, never a URL
    method = "GET"                          # or POST with a JSON body
    parameters = {gmsfhm = "idcard"}        # the service's name for each item that may be asked by
    items = {xm = "person.name"}            # where an item stands in the service's answer; by its own name if absent
    rows = "data.list"                      # where the rows stand; the answer itself if absent
    headers = {Authorization = "Bearer …"}  # the service's own credentials

Redirects are not followed and proxies of the environment not used: the address called is the one that was written down.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes.asking import Found
from yunshu.lib.nodes.orders import Order
from yunshu.lib.outpost import opening
from yunshu.lib.outpost.asked import Asked, packed
from yunshu.lib.outpost.settings import Service
from yunshu.lib.outpost.terms import Terms, extract_of
from yunshu.lib.tables import Column, TableSchema, TablesError, masking, predicate
from yunshu.lib.tables.values import text_of

TIMEOUT_S = 8.0
MOST_BYTES = 4 << 20
"""How long a service's whole answer may be, before unagreed items are taken away."""


async def call(service: Service, order: Order, asked: Asked, secret: bytes) -> Found:
    """Return what the service answers: of its rows those agreed, of their items those agreed, masked. Raises Refused."""
    unknown = sorted(set(asked.key) - set(service.parameters))
    if unknown:
        raise Refused("key_unknown", f"本节点的服务 {service.name} 不能按 {'、'.join(unknown)} 查询。")
    terms = Terms.of(order)
    words = {service.parameters[name]: value for name, value in asked.key.items()}
    rows = _at(await _answered(service, words), service.rows)
    rows = [] if rows is None else [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("service_malformed", f"服务 {service.name} 的答复不是约定的 JSON。")
    try:
        return packed(_agreed(service, terms, rows, secret), asked.limit)
    except (TablesError, TypeError, ValueError, ArithmeticError) as error:
        raise Refused("service_malformed", f"服务 {service.name} 的答复与协议约定的类型不符。") from error


async def _answered(service: Service, words: Mapping[str, str]) -> Any:
    given: dict[str, Any] = {"json": words} if service.method == "POST" else {"params": words}
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream(service.method, service.url, headers=service.headers, **given) as response,
        ):
            data = bytearray()
            async for part in response.aiter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise Refused("answer_too_large", f"服务 {service.name} 的答复过大。")
    except httpx.HTTPError as error:
        raise Refused("service_away", f"本单位的服务 {service.name} 没有答复（{type(error).__name__}）。") from error
    if response.status_code == httpx.codes.NOT_FOUND:
        return None
    if not response.is_success:
        raise Refused("service_refused", f"本单位的服务 {service.name} 答复 {response.status_code}。")
    try:
        return json.loads(bytes(data), parse_float=str)
    except ValueError as error:
        raise Refused("service_malformed", f"服务 {service.name} 的答复不是 JSON。") from error


def _agreed(service: Service, terms: Terms, rows: list[dict[str, Any]], secret: bytes) -> list[str]:
    """Return the agreed rows as JSON objects; a row whose condition cannot be read from the answer does not leave."""
    from yunshu.lib.tables.sources import reader  # Arrow: 60 MB that a node without services never needs

    table = opening.agreed(terms)
    conditions = predicate.columns_of(terms.rows) if terms.rows is not None else frozenset()
    beside = tuple(Column(name, "text", nullable=True) for name in sorted(conditions - terms.names))
    table = TableSchema(table.schema, table.name, table.columns + beside)
    extract = extract_of(terms, table, secret)
    if extract.needs_rows:
        raise Refused("mask_unfit", "列加密的信息项不能通过接口查询提供。")
    readers = {column.name: reader(column) for column in table.columns}
    masked = {field.target: masking.python(field.mask, table.column(field.column)) for field in extract.fields}
    made = []
    for given in rows:
        row = {name: _read(read, _at(given, service.items.get(name, name))) for name, read in readers.items()}
        if terms.rows is None or predicate.holds(terms.rows, row):
            made.append(
                json.dumps({name: mask(row) for name, mask in masked.items()}, ensure_ascii=False, default=text_of)
            )
    return made


def _read(read: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict | list):
        raise TypeError("not a single value")
    return None if value is None else read(value)


def _at(value: Any, path: str) -> Any:
    """Return what stands at a dotted path; None if it is not there."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value
