"""What can be watched and how: one frozen check per kind, with its JSON form. Addresses are checked when made.

``to_json(check)`` and ``from_json(form)`` carry checks across the boundary of a domain. Raises BadTarget for an address or number
that cannot be meant. Operators watch their own networks, so private addresses are welcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class BadTarget(ValueError):
    """A check cannot be meant; ``field`` names what is wrong."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Icmp:
    """Echo request; the latency is the round trip."""

    host: str


@dataclass(frozen=True, slots=True)
class Tcp:
    """A connection is accepted."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Http:
    """A page answers with one of ``statuses`` (none: 200 to 299), holds ``contains``, in at most ``max_bytes``."""

    url: str
    method: str = "GET"
    statuses: tuple[int, ...] = ()
    contains: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    max_bytes: int = 1_000_000
    verify_tls: bool = True
    follow_redirects: bool = False


@dataclass(frozen=True, slots=True)
class Dns:
    """A name resolves at ``server`` (empty: the system's), to all of ``expects`` if given."""

    name: str
    record: str = "A"
    server: str = ""
    port: int = 53
    expects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsExpiry:
    """The certificate of a TLS port is valid for the name and for ``min_days`` more; value ``days_left``."""

    host: str
    port: int = 443
    server_name: str = ""
    min_days: int = 14
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    """What a reading may be: at least ``low``, at most ``high``, both in the reading's unit after scaling."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Oid:
    """One number by SNMP. A device says ``not_available`` (-1 in UPS-MIB) where it does not measure: no value, not 0."""

    name: str
    oid: str
    scale: float = 1.0
    not_available: tuple[int, ...] = (-1,)
    bound: Bound = Bound()


@dataclass(frozen=True, slots=True)
class Snmp:
    """A device answers a GET of ``oids``; a reading out of its bound is DEGRADED (``error`` names it), none is a failure."""

    host: str
    oids: tuple[Oid, ...]
    port: int = 161
    community: str = field(default="public", repr=False)
    version: str = "2c"
    user: str = ""
    auth_key: str = field(default="", repr=False)
    privacy_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Register:
    """One number by Modbus: ``kind`` is holding, input, coil or discrete; ``form`` is int16, uint16, int32, uint32, float32."""

    name: str
    address: int
    kind: str = "holding"
    form: str = "uint16"
    scale: float = 1.0
    not_available: tuple[int, ...] = ()
    bound: Bound = Bound()


@dataclass(frozen=True, slots=True)
class Modbus:
    """A device answers a read of ``registers`` over Modbus TCP."""

    host: str
    registers: tuple[Register, ...]
    port: int = 502
    unit: int = 1


@dataclass(frozen=True, slots=True)
class Push:
    """The target calls us: ``Prober.heard(key)`` within each interval, else the sample is a failure."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """A Prometheus exporter answers; ``metric`` with ``labels`` (if named) is within ``bound``. Every sample named in
    ``values`` is returned."""

    url: str
    metric: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    bound: Bound = Bound()
    values: tuple[str, ...] = ()
    max_bytes: int = 10_000_000


Check = Icmp | Tcp | Http | Dns | TlsExpiry | Snmp | Modbus | Push | Scrape
KINDS: Mapping[str, type[Any]] = {
    "icmp": Icmp,
    "tcp": Tcp,
    "http": Http,
    "dns": Dns,
    "tls": TlsExpiry,
    "snmp": Snmp,
    "modbus": Modbus,
    "push": Push,
    "scrape": Scrape,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A check to be made every ``interval_s``, given up after ``timeout_s``. ``key`` is the caller's name for it."""

    key: str
    check: Check
    interval_s: int = 30
    timeout_s: float = 5.0


def to_json(check: Check) -> dict[str, Any]:
    """Return the JSON form of a check, secrets included: keep it as one keeps them."""
    raise NotImplementedError


def from_json(form: Mapping[str, Any]) -> Check:
    """Return the check of a JSON form. Raises BadTarget."""
    raise NotImplementedError
