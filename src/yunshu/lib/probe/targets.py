"""What can be watched and how: one frozen check per kind, with its JSON form. Addresses are checked when made.

``to_json(check)`` and ``from_json(form)`` carry checks across the boundary of a domain. Raises BadTarget for an address or number
that cannot be meant. Operators watch their own networks, so private addresses are welcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from yarl import URL

from yunshu.lib.probe import addresses
from yunshu.lib.probe.addresses import BadTarget as BadTarget

AUTH = ("md5", "sha", "sha256", "sha384", "sha512")
PRIVACY = ("des", "aes128", "aes192", "aes256")
RECORDS = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")


@dataclass(frozen=True, slots=True)
class Icmp:
    """Echo requests, ``tries`` of them a second apart until one returns: one lost packet is no outage."""

    host: str
    tries: int = 3

    def __post_init__(self) -> None:
        addresses.host(self.host)
        addresses.positive("tries", self.tries)


@dataclass(frozen=True, slots=True)
class Tcp:
    """A connection is accepted."""

    host: str
    port: int

    def __post_init__(self) -> None:
        addresses.host(self.host)
        addresses.port(self.port)


@dataclass(frozen=True, slots=True)
class Http:
    """A page answers with one of ``statuses`` (none: 200 to 299), holds ``contains``, in at most ``max_bytes``."""

    url: str
    method: str = "GET"
    statuses: tuple[int, ...] = ()
    contains: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    max_bytes: int = 1_000_000
    verify_tls: bool = True
    follow_redirects: bool = False

    def __post_init__(self) -> None:
        addresses.url(self.url)
        addresses.one_of("method", self.method, ("GET", "HEAD", "POST", "OPTIONS"))
        addresses.positive("max_bytes", self.max_bytes)


@dataclass(frozen=True, slots=True)
class Visit:
    """A public page opens for a visitor from outside: whole, after its redirects, at public addresses only."""

    url: str

    def __post_init__(self) -> None:
        addresses.url(self.url)


@dataclass(frozen=True, slots=True)
class Dns:
    """A name resolves at ``server`` (empty: the system's), to all of ``expects`` if given."""

    name: str
    record: str = "A"
    server: str = ""
    port: int = 53
    expects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        addresses.dns_name(self.name)
        addresses.one_of("record", self.record, RECORDS)
        addresses.port(self.port)
        if self.server:
            addresses.host(self.server, "server")


@dataclass(frozen=True, slots=True)
class TlsExpiry:
    """The certificate of a TLS port is valid for the name and for ``min_days`` more; value ``days_left``."""

    host: str
    port: int = 443
    server_name: str = ""
    min_days: int = 14
    verify: bool = True

    def __post_init__(self) -> None:
        addresses.host(self.host)
        addresses.port(self.port)
        if self.server_name:
            addresses.host(self.server_name, "server_name")


@dataclass(frozen=True, slots=True)
class Bound:
    """What a reading may be: at least ``low``, at most ``high``, both in the reading's unit after scaling."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Oid:
    """One number by SNMP. A device says ``not_available`` where it does not measure (-1 in UPS-MIB, as Gauge32 too): no value, not 0."""

    name: str
    oid: str
    scale: float = 1.0
    not_available: tuple[int, ...] = (-1, 4_294_967_295)
    bound: Bound = Bound()

    def __post_init__(self) -> None:
        addresses.oid(self.oid)


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
    context: str = ""
    auth: str = "sha256"
    privacy: str = "aes128"

    def __post_init__(self) -> None:
        addresses.host(self.host)
        addresses.port(self.port)
        addresses.one_of("version", self.version, ("1", "2c", "3"))
        addresses.one_of("auth", self.auth, AUTH)
        addresses.one_of("privacy", self.privacy, PRIVACY)
        addresses.some("oids", self.oids)


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

    def __post_init__(self) -> None:
        addresses.one_of("kind", self.kind, ("holding", "input", "coil", "discrete"))
        addresses.one_of("form", self.form, ("int16", "uint16", "int32", "uint32", "float32"))
        addresses.register(self.address)


@dataclass(frozen=True, slots=True)
class Modbus:
    """A device answers a read of ``registers`` over Modbus TCP."""

    host: str
    registers: tuple[Register, ...]
    port: int = 502
    unit: int = 1

    def __post_init__(self) -> None:
        addresses.host(self.host)
        addresses.port(self.port)
        addresses.some("registers", self.registers)


@dataclass(frozen=True, slots=True)
class Push:
    """The target calls us: ``Prober.heard(key)`` within each interval and the timeout more, else the sample is a failure.

    Before a whole such time has passed since we began to listen there is no sample.
    """


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

    def __post_init__(self) -> None:
        addresses.url(self.url)
        addresses.positive("max_bytes", self.max_bytes)


Check = Icmp | Tcp | Http | Dns | TlsExpiry | Snmp | Modbus | Push | Scrape | Visit
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
    "visit": Visit,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A check to be made every ``interval_s``, given up after ``timeout_s``. ``key`` is the caller's name for it."""

    key: str
    check: Check
    interval_s: int = 30
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if self.interval_s < 1 or not 0 < self.timeout_s <= self.interval_s:
            raise BadTarget("timeout_s", "the interval is at least a second, the timeout no longer than it")


def host_of(check: Check) -> str:
    """Return the host that a check burdens, for politeness; empty for a heartbeat."""
    match check:
        case Http(url=url) | Scrape(url=url) | Visit(url=url):
            return URL(url).host or ""
        case Dns(server=server):
            return server
        case Push():
            return ""
        case _:
            return check.host


def kind_of(check: Check) -> str:
    """Return the name of a check's kind, as in its JSON form."""
    [kind] = [name for name, made in KINDS.items() if type(check) is made]
    return kind


def to_json(check: Check) -> dict[str, Any]:
    """Return the JSON form of a check, secrets included: keep it as one keeps them."""
    return {"kind": kind_of(check), **_plain(check)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def from_json(form: Mapping[str, Any]) -> Check:
    """Return the check of a JSON form. Raises BadTarget."""
    made = KINDS.get(str(form.get("kind")))
    if made is None:
        raise BadTarget("kind", f"an unknown kind of check: {form.get('kind')}")
    check: Check = _made(made, {name: value for name, value in form.items() if name != "kind"})
    return check


_PARTS: Mapping[str, type[Any]] = {"oids": Oid, "registers": Register}


def _made(made: type[Any], form: Any) -> Any:
    if not isinstance(form, Mapping):
        raise BadTarget("", f"not the form of {made.__name__}: {form!r}")
    values: dict[str, Any] = {}
    for name, value in form.items():
        if name in _PARTS and isinstance(value, list):
            values[name] = tuple(_made(_PARTS[name], part) for part in value)
        elif name == "bound" and isinstance(value, Mapping):
            values[name] = _made(Bound, value)
        else:
            values[name] = _frozen(value)
    for known in fields(made):
        kind = known.type.__name__ if isinstance(known.type, type) else str(known.type)
        addresses.typed(known.name, kind, values)
    try:
        return made(**values)
    except TypeError as error:
        raise BadTarget("", f"the form does not fit {made.__name__}: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
