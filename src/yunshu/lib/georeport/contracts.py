"""What a server of GeoReport v2 speaks of: services, their attributes, requests. Names are the specification's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
Status = Literal["open", "closed"]
LISTS = ("singlevaluelist", "multivaluelist")
MOST_REQUESTS = 1000
"""The specification: a list of requests has at most a thousand."""
LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the HTTP status that it deserves, and a sentence for the caller."""

    code: int
    description: str


class Faults(Exception):
    """What is wrong with a call: one or more; the answer's status is the first one's."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.description for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Service:
    """A kind of request that the city takes. ``has_attributes``: it asks for more (the specification's ``metadata``)."""

    code: str
    name: str
    description: str = ""
    has_attributes: bool = False
    kind: Literal["realtime", "batch", "blackbox"] = "realtime"
    keywords: Sequence[str] = ()
    group: str = ""


@dataclass(frozen=True)
class Value:
    """One choice of a list."""

    key: str
    name: str


@dataclass(frozen=True)
class Attribute:
    """What a service asks for besides. One that is not ``variable`` is a text to read, nothing is answered to it."""

    code: str
    datatype: Datatype
    description: str
    required: bool = False
    variable: bool = True
    hint: str = ""
    values: Sequence[Value] = ()


@dataclass(frozen=True)
class Submission:
    """A request as it came in; ``attributes``: code → what was answered. Latitude and longitude are WGS84 degrees."""

    service_code: str
    description: str = ""
    lat: float | None = None
    long: float | None = None
    address: str = ""
    address_id: str = ""
    media_url: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    device_id: str = ""
    account_id: str = ""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What a caller gets for a request: its number, or a token by which to ask for the number later."""

    request_id: str = ""
    token: str = ""
    notice: str = ""
    account_id: str = ""


@dataclass(frozen=True)
class Report:
    """A request as it is published."""

    request_id: str
    status: Status
    service_code: str
    service_name: str
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None = None
    status_notes: str = ""
    description: str = ""
    agency: str = ""
    notice: str = ""
    address: str = ""
    lat: float | None = None
    long: float | None = None
    media_url: str = ""


@dataclass(frozen=True)
class Query:
    """Which requests are asked for. With ``ids`` nothing else counts; otherwise ``start <= requested < end``."""

    ids: Sequence[str] = ()
    codes: Sequence[str] = ()
    statuses: Sequence[Status] = ()
    start: datetime | None = None
    end: datetime | None = None
    page: int = 1
    page_size: int = MOST_REQUESTS


@dataclass(frozen=True)
class Discovery:
    """What the discovery file says besides the addresses. ``changed_at``: when the services last changed."""

    contact: str
    key_service: str
    changed_at: datetime
    is_production: bool = True


class Desk(Protocol):
    """What a city offers. Every method may raise ``Faults``."""

    @property
    def jurisdiction(self) -> str:
        """Return the name by which a caller may say which city it means."""

    def discovery(self) -> Discovery:
        """Return what the discovery file says."""

    def services(self) -> Sequence[Service]:
        """Return what can be asked for."""

    def attributes(self, service_code: str) -> Sequence[Attribute]:
        """Return what a service of ``services`` asks for besides, in the order to ask."""

    def submit(self, *, api_key: str, address: str, submission: Submission) -> Receipt:
        """Take a request from a caller at an IP ``address``. Raises Faults (403) if ``api_key`` may not."""

    def number_of(self, token: str) -> str | None:
        """Return the number that came of a token, "" while there is none yet; None for a token never given."""

    def requests(self, query: Query) -> Sequence[Report]:
        """Return what is published of the requests asked for, the newest first."""
