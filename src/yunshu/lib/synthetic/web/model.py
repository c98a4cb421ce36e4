"""What a made-up website is made of, before it is written as pages. Filled by ``plan`` and ``planting``, then only read."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Shape(StrEnum):
    """How a site is built: plain pages, TRS-like static files, the Guangdong platform, or content written by script."""

    PLAIN = "plain"
    TRS = "trs"
    GKMLPT = "gkmlpt"
    SCRIPT = "script"


class Kind(StrEnum):
    """What a site is, as the registry of government websites has it."""

    PORTAL = "portal"
    COUNTY = "county"
    DEPARTMENT = "department"
    SPECIAL = "special"


@dataclass
class Attachment:
    """A file of an article, made when it is asked for. ``form`` is docx, xlsx, pdf or png."""

    number: int
    name: str
    form: str
    lines: list[str]

    @property
    def path(self) -> str:
        """Where it lies on its site."""
        return f"/attachment/{self.number}.{self.form}"


@dataclass
class Article:
    """One text. ``stage`` is the first visit that sees it; ``drop`` the labels it lacks; ``extra`` raw HTML after it."""

    number: int
    title: str
    paragraphs: list[str]
    published_at: datetime
    source: str
    path: str = ""
    stage: int = 0
    extra: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    related: list[tuple[str, str]] = field(default_factory=list)  # title, path
    document_number: str = ""
    drop: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None


@dataclass
class Letter:
    """A citizen's letter as the site shows it."""

    number: int
    title: str
    text: str
    asked_at: datetime
    replied_at: datetime | None
    reply: str
    path: str = ""


@dataclass
class Guide:
    """A service guide: elements by their headings, as a list or as a table."""

    number: int
    name: str
    elements: dict[str, str]
    table: bool
    path: str = ""


@dataclass
class Column:
    """A column. ``promise_days`` is its promised freshness, None without one; ``api`` marks columns of /gkmlpt only."""

    number: int
    slug: str
    name: str
    type: str
    promise_days: int | None
    articles: list[Article] = field(default_factory=list)
    note: str = ""  # shown in a column without articles
    api: bool = False
    children: list["Column"] = field(default_factory=list)
    drop: set[str] = field(default_factory=set)
    path: str = ""


@dataclass
class Footer:
    """The marks at the foot of every page; an empty one is not shown."""

    host_unit: str
    phone: str
    code: str
    icp: str
    police: str
    police_link: str
    conac: str
    report: str


@dataclass
class Outlook:
    """How a site answers as a whole: ``down`` is "", refused, 503, hang or maintenance; the rest is transport."""

    down: str = ""
    delay_s: float = 0.0
    flap_every: int = 0  # every n-th visit of the home page fails
    soft404: bool = False  # answers 200 to what is not there
    certificate: str = "good"
    ipv6: str = "good"
    headers: str = "good"


@dataclass
class Site:
    """A website with its columns; ``hosts`` are its names, the registered one first."""

    code: str
    name: str
    short: str
    kind: Kind
    shape: Shape
    hosts: list[str]
    charset: str
    declared: bool
    service: bool
    footer: Footer
    sid: str
    list_dates_only: bool = False
    single_page: bool = False
    navigation_only: bool = False
    quiet: bool = False  # its pages are not served or too few: nothing is planted on them
    columns: list[Column] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    guides: list[Guide] = field(default_factory=list)
    friends: list[tuple[str, str]] = field(default_factory=list)
    outlook: Outlook = field(default_factory=Outlook)
    home_drop: set[str] = field(default_factory=set)
    home_extra: list[str] = field(default_factory=list)
    maintenance: list[tuple[datetime, datetime]] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The registered name."""
        return self.hosts[0]

    def url(self, path: str) -> str:
        """Return the address of ``path`` here."""
        return f"http://{self.host}{path}"

    def column(self, slug: str) -> Column | None:
        """Return the column of that slug, or None."""
        return next((c for c in self.columns if c.slug == slug), None)
