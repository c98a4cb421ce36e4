"""What a check may name: hosts, ports, addresses of pages. Each function raises BadTarget with the field's name."""

import re
from collections.abc import Collection, Mapping, Sized
from ipaddress import ip_address
from typing import Any

from yarl import URL

MAX_PORT, MAX_REGISTER, MAX_NAME = 65_535, 65_535, 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)
_OID = re.compile(r"\d+(\.\d+)+", re.ASCII)


class BadTarget(ValueError):
    """A check cannot be meant; ``field`` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def host(value: str, field: str = "host") -> None:
    """Accept an IPv4 or IPv6 address that one machine can have, or a host's name (RFC 1123, IDNA in its ASCII form)."""
    try:
        address = ip_address(value)
    except ValueError:
        if re.fullmatch(r"[\d.]+", value):
            raise BadTarget(field, f"not an address: {value}") from None
        dns_name(value, field)
        return
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        raise BadTarget(field, f"not the address of a machine: {value}")


def dns_name(value: str, field: str = "name") -> None:
    """Accept a name of the DNS."""
    labels = value.rstrip(".").split(".")
    if not value or len(value) > MAX_NAME or not all(_LABEL.fullmatch(part) for part in labels):
        raise BadTarget(field, f"not a host's name: {value!r}")


def port(value: int) -> None:
    """Accept 1 to 65535."""
    if not 1 <= value <= MAX_PORT:
        raise BadTarget("port", f"not a port: {value}")


def url(value: str) -> None:
    """Accept http and https with a host."""
    try:
        parsed = URL(value)
        name, number = parsed.host, parsed.port
    except ValueError as error:
        raise BadTarget("url", f"not an address of a page: {value!r}") from error
    if parsed.scheme not in ("http", "https") or not name or not number:
        raise BadTarget("url", f"not an address of a page: {value!r}")
    host(parsed.raw_host or "", "url")


def oid(value: str) -> None:
    """Accept a dotted object identifier."""
    if not _OID.fullmatch(value):
        raise BadTarget("oid", f"not an object identifier: {value!r}")


def register(value: int) -> None:
    """Accept a Modbus address, counted from 0."""
    if not 0 <= value <= MAX_REGISTER:
        raise BadTarget("address", f"not a register: {value}")


def one_of(field: str, value: str, known: Collection[str]) -> None:
    """Accept one of the known words."""
    if value not in known:
        raise BadTarget(field, f"{value!r} is none of {', '.join(known)}")


def positive(field: str, value: int) -> None:
    """Accept a number above 0."""
    if value < 1:
        raise BadTarget(field, f"{field} must be positive")


def some(field: str, value: Sized) -> None:
    """Accept what is not empty."""
    if not len(value):
        raise BadTarget(field, f"{field} is empty")


_TYPES: Mapping[str, tuple[type[Any], ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
}


def typed(field: str, kind: str, values: Mapping[str, Any]) -> None:
    """Accept a field of a form that is absent or of its type; tuples and parts only if they are such."""
    if field not in values:
        return
    value = values[field]
    wanted = _TYPES.get(kind, (tuple,) if kind.startswith("tuple") else (object,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "bool"):
        raise BadTarget(field, f"{field} is not of type {kind}")
