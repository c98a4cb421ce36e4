"""What the files of a city pack may say. Unknown keys are refused, blanks are allowed only where they are honest.

Amounts may be written as ``*_wan`` (万元) or ``*_yuan`` (元); both become ``*_yuan``, to the fen.
"""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from yunshu.config.city.facts import Facts, Text
from yunshu.config.city.ledger import LedgerFacts
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.contracts import Comparator, TaskKind
from yunshu.domains.exchange.contracts import Cycle, DataType, Grade, SharingType
from yunshu.domains.projects.api import ProjectKind
from yunshu.lib.kernel import money

Code = Annotated[str, Field(min_length=1, max_length=32)]
DivisionCode = Annotated[str, Field(pattern=r"^\d{6}$")]
TaskRef = Annotated[str, Field(pattern=r"^(key|other):[1-9]\d*$")]
Yuan = Annotated[Decimal, AfterValidator(money.yuan)]
BlankDate = Annotated[date | None, BeforeValidator(lambda text: text or None)]
Codes = Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(text.split()) if isinstance(text, str) else text)]


class Row(Facts):
    """One row of a CSV file; ``line`` is its line in the file."""

    line: int


class Division(Row):
    """A district, county or county-level city of the city (GB/T 2260)."""

    code: DivisionCode
    name: Text
    kind: Literal["district", "county", "county_city"]
    source: Text


class Organisation(Row):
    """An organisation. ``confidence``: confirmed (the source says so), recalled (to be looked up), sample."""

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=120)]
    short_name: Annotated[str, Field(max_length=40)] = ""
    kind: Org.Kind
    parent: str = ""
    division: str = ""
    uscc: str = ""
    scopes: Codes = ()
    source: str = ""
    confidence: Literal["confirmed", "recalled", "sample"]
    note: str = ""
    is_sample: bool


class SamplePerson(Row):
    """A person, named by post where no real one is known. ``username`` empty: no account."""

    number: Annotated[str, Field(min_length=1, max_length=20)]
    username: Annotated[str, Field(pattern=r"^[a-z0-9._-]*$", max_length=64)] = ""
    name: Annotated[str, Field(min_length=1, max_length=60)]
    org: Code
    title: Annotated[str, Field(max_length=60)] = ""
    is_sample: bool


class TargetRow(Row):
    """Something that is watched. ``address`` as in the targets' sheet (``tcp://host:port``); empty: not known yet, so not looked at."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: str
    org: Code
    address: str = ""
    needs: str = ""
    provider: Annotated[str, Field(max_length=80)] = ""
    contract: Annotated[str, Field(max_length=40)] = ""
    promise: str = ""
    scopes: str = ""
    is_public: bool = False
    source: Annotated[str, Field(max_length=200)] = ""
    note: str = ""


class Assigned(Row):
    """Who holds which role where, since when, and why."""

    person: Text
    role: Text
    org: Code
    subtree: bool
    starts_on: date
    ends_on: BlankDate = None
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class RoleFacts(Facts):
    """A role: a named set of permissions."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    description: str = ""
    permissions: tuple[str, ...]


class Separation(Facts):
    """Roles of which nobody may hold two."""

    roles: Annotated[tuple[str, ...], Field(min_length=2)]
    source: Text


class Roles(Facts):
    """roles.toml"""

    roles: tuple[RoleFacts, ...]
    separations: tuple[Separation, ...] = ()


class CityName(Facts):
    """Which city this is, and the two organisations that the table's life needs."""

    name: Text
    short_name: Text
    province: Text
    division_code: DivisionCode
    languages: Annotated[tuple[Literal["zh-hans", "en"], ...], Field(min_length=1)]
    bureau: Code
    finance: Code


class Contacts(Facts):
    """How citizens reach the bureau; blank: still to be filled in."""

    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""


class Portal(Facts):
    """The marks a government website must show (国办发〔2017〕47号); blank: still to be filled in."""

    site_name: Text
    sponsor: str = ""
    organiser: str = ""
    site_code: str = ""
    icp_number: str = ""
    police_number: str = ""


class UnitScope(Facts):
    """A set of organisations and how many they must be."""

    code: Text
    name: Text
    units: Annotated[int, Field(gt=0)]
    source: Text
    verified: bool


class WorkHours(Facts):
    """Working hours that hold from a day on."""

    valid_from: date
    segments: Annotated[tuple[tuple[time, time], ...], Field(min_length=1)]
    source: Text
    verified: bool


class CampaignFacts(Facts):
    """A replacement campaign: the organisations that carry ``scope`` are its units; how many terminals each has, people enter."""

    name: Text
    org: Code
    scope: Code
    source: str = ""


class City(Facts):
    """city.toml"""

    city: CityName
    contacts: Contacts = Contacts()
    portal: Portal
    scopes: tuple[UnitScope, ...] = ()
    campaigns: tuple[CampaignFacts, ...] = ()
    work_hours: Annotated[tuple[WorkHours, ...], Field(min_length=1)]
    ledger: LedgerFacts | None = None


class Holiday(Facts):
    """One holiday of a notice. ``days`` is the count that the notice gives: it proves that no day was mistyped."""

    name: Text
    starts_on: date
    ends_on: date
    days: Annotated[int, Field(gt=0)]
    workdays: tuple[date, ...] = ()


class Notice(Facts):
    """One notice; its holidays replace those of the same name in an earlier notice of the file."""

    source: Text
    title: Text
    issued_on: date
    url: str = ""
    verified: bool
    holidays: Annotated[tuple[Holiday, ...], Field(min_length=1)]


class Year(Facts):
    """calendar/YYYY.toml"""

    year: int
    notices: Annotated[tuple[Notice, ...], Field(min_length=1)]


class Fund(Facts):
    """A line of 预算整体情况; without an amount where the form leaves it blank."""

    side: Literal["expenditure", "revenue"]
    category: Text
    amount_yuan: Yuan | None = None


class GoalFacts(Facts):
    """One goal and the tasks it belongs to."""

    ordinal: Annotated[int, Field(gt=0)]
    text: Text
    tasks: tuple[TaskRef, ...] = ()


class Instalment(Facts):
    """One payment that the form names: in which budget year, by which day or month, how much."""

    ordinal: Annotated[int, Field(gt=0)] | None = None
    year: int
    due_on: date | None = None
    due_month: Annotated[int, Field(ge=1, le=12)] | None = None
    share_percent: Decimal | None = None
    amount_yuan: Yuan


class Part(Facts):
    """One component of an amount. ``contract``: part of the contract's total, not of this year's amount."""

    name: Text
    period: str = ""
    quantity: Annotated[int, Field(gt=0)] | None = None
    unit_price_yuan: Yuan | None = None
    months: Annotated[int, Field(gt=0)] | None = None
    contract: bool = False
    amount_yuan: Yuan | None = None


class Payment(Facts):
    """What the form says about paying for a task; what it does not say is absent.

    ``due_yuan`` is what is owed in the table's year by contract or price, beside the planned amount.
    """

    total_yuan: Yuan | None = None
    total_derived: bool = False
    signed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    deliver_by: date | None = None
    phases: int | None = None
    every_months: int | None = None
    instalment_count: int | None = None
    due_yuan: Yuan | None = None
    arranged_before_yuan: Yuan | None = None
    carried_over_yuan: Yuan | None = None
    budget_limit_yuan: Yuan | None = None
    settlement: Literal["fixed", "actual"] | None = None
    cap_yuan: Yuan | None = None
    basis: str = ""
    note: str = ""
    instalments: tuple[Instalment, ...] = ()
    parts: tuple[Part, ...] = ()


class TaskFacts(Facts):
    """A task with its amount in this year's table."""

    kind: TaskKind
    ordinal: Annotated[int, Field(gt=0)]
    name: Text
    content: Text
    amount_yuan: Yuan
    payment: Payment = Payment()

    @property
    def ref(self) -> str:
        """How goals and indicators name this task: ``other:5``."""
        return f"{self.kind}:{self.ordinal}"


class IndicatorFacts(Facts):
    """An indicator, the tasks it measures, and the unit scope it counts (if it counts one)."""

    ordinal: Annotated[int, Field(gt=0)]
    level1: Text
    level2: Text
    name: Text
    explanation: str = ""
    comparator: Comparator
    comparator_text: str = ""
    target: Decimal
    unit: str
    scope: str = ""
    tasks: tuple[TaskRef, ...] = ()
    metric: str = ""
    """Which measurement of a domain it is bound to (empty: evidence is entered by hand)."""


class TableFacts(Facts):
    """tables/YYYY.toml: one department's performance table of one year."""

    year: int
    title: Text
    department: Text
    fund_department: Text
    org: Code
    staff_count: Annotated[int, Field(ge=0)] | None = None
    subunit_count: Annotated[int, Field(ge=0)] | None = None
    source: Text
    requirements: str = ""
    funds: tuple[Fund, ...]
    goals: Annotated[tuple[GoalFacts, ...], Field(min_length=1)]
    tasks: Annotated[tuple[TaskFacts, ...], Field(min_length=1)]
    indicators: Annotated[tuple[IndicatorFacts, ...], Field(min_length=1)]


class CategoryFacts(Facts):
    """A class of the catalogue."""

    code: Annotated[str, Field(pattern=r"^\d{1,20}$")]
    name: Text
    source: str = ""


class ElementFacts(Facts):
    """A data element and the department that collects it."""

    code: Code
    name: Text
    data_type: DataType
    source_org: Code
    basis: str = ""


class ItemFacts(Facts):
    """An item of an entry, in short."""

    name: Code
    title: Text
    type: DataType
    length: int | None = None
    grade: Grade = Grade.L1
    key: bool = False
    required: bool = False
    element: str = ""
    source_org: str = ""


class EntryFacts(Facts):
    """An entry of the catalogue that the loader writes and publishes."""

    org: Code
    category: str
    name: Text
    summary: Text
    table: str
    sharing_type: SharingType
    sharing_condition: str = ""
    sharing_scope: str = ""
    cycle: Cycle
    is_open: bool = False
    items: tuple[ItemFacts, ...]


class ExchangeFacts(Facts):
    """exchange.toml: classes, data elements, sample entries."""

    categories: tuple[CategoryFacts, ...] = ()
    elements: tuple[ElementFacts, ...] = ()
    entries: tuple[EntryFacts, ...] = ()


class ProjectInstalment(Facts):
    """An instalment that follows from the form; ``contract`` names a part of the total where there are several."""

    milestone: Text
    amount_yuan: Yuan
    contract: str = ""
    year: int | None = None
    due_on: date | None = None
    times: Annotated[int, Field(gt=0, le=60)] = 1


class ProjectFacts(Facts):
    """What a task of a table is as a project."""

    task: TaskRef
    kind: ProjectKind
    pays_directly: bool = False
    advance_percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    advance_basis: str = ""
    approval_document: str = ""
    approval_yuan: Yuan | None = None
    note: str = ""
    instalments: tuple[ProjectInstalment, ...] = ()


class ProjectsFacts(Facts):
    """projects.toml: the tasks of one year's table as projects."""

    year: int
    projects: tuple[ProjectFacts, ...] = ()
