"""A small world of data: a bureau, a department that has data, a county that wants it; entries and what leads to them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from tests.factories.directory import OrgFactory, staff

from yunshu.domains.directory.contracts import Staff, System
from yunshu.domains.directory.models import Org, WorkSegment
from yunshu.domains.exchange import cascading, contracts, services
from yunshu.domains.exchange.contracts import (
    Cycle,
    DataType,
    EntryForm,
    Format,
    Grade,
    ItemForm,
    SharingType,
    Way,
)
from yunshu.domains.exchange.models import (
    Agreement,
    Category,
    Client,
    Consent,
    Correction,
    DataDebt,
    Delivery,
    Request,
    Resource,
    UpperCase,
    UpperLink,
    UpperTask,
)
from yunshu.domains.exchange.rules import agreeing
from yunshu.domains.exchange.services import cascade
from yunshu.lib.cascade import contract
from yunshu.lib.cascade.message import Message
from yunshu.lib.nodes import keys as node_keys

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
OWNER_RIGHTS = (contracts.CATALOGUE_VIEW, contracts.CATALOGUE_EDIT, contracts.REQUEST_ANSWER, contracts.REQUEST_EDIT)
BUREAU_RIGHTS = (
    contracts.CATALOGUE_VIEW,
    contracts.CATALOGUE_CHECK,
    contracts.REQUEST_CHECK,
    contracts.REQUEST_DECIDE,
    contracts.CATALOGUE_CONFIGURE,
)


def item(name: str, title: str, data_type: DataType = DataType.CHARACTER, **more: Any) -> ItemForm:
    """An item with what is usual."""
    length = 50 if data_type is DataType.CHARACTER else None
    return ItemForm(**({"ordinal": 1, "name": name, "title": title, "data_type": data_type, "length": length} | more))


ITEMS = (
    item("id_number", "公民身份号码", is_key=True, is_required=True, grade=Grade.L4, length=18),
    item("name", "姓名", grade=Grade.L3, is_required=True),
    item("born_on", "出生日期", DataType.DATE, grade=Grade.L3),
    item("division", "行政区划代码", length=6),
    item("secret_note", "内部备注", DataType.MEMO, is_shared=False),
)


def entry(org: Org, **more: Any) -> EntryForm:
    """A conditional entry without faults."""
    form = EntryForm(
        name="户籍人口基本信息",
        org=org.code,
        category="101001",
        summary="本市户籍人口的基本身份信息，来自户籍登记，用于核验身份。",
        format=Format.DATABASE,
        format_detail="PostgreSQL",
        sharing_type=SharingType.CONDITIONAL,
        sharing_condition="仅限办理政务服务事项时核验身份。",
        sharing_scope="市县两级行政机关办理政务服务事项。",
        legal_basis="",
        way=Way.PLATFORM,
        is_open=False,
        open_condition="",
        cycle=Cycle.DAILY,
        related=(),
        items=ITEMS,
        table="public.person",
    )
    return replace(form, **more)


LATIN_ENTRY: dict[str, Any] = {
    "name": "Population",
    "summary": "Basic facts about residents, from registration.",
    "sharing_condition": "Only for checking identity.",
    "sharing_scope": "City and county offices.",
    "items": tuple(replace(each, title=each.name) for each in ITEMS),
}
LATIN_REQUEST: dict[str, Any] = {
    "purpose": "Checking the identity of applicants.",
    "basis": "Act on the elderly",
    "contact": "Sample 0663-0000000",
}


class World:
    """Organisations and people; the database is the test's."""

    def __init__(self) -> None:
        self.entry_words: dict[str, Any] = {}
        self.request_words: dict[str, Any] = {}
        WorkSegment.objects.create(valid_from=date(2020, 1, 1), starts_at="08:30", ends_at="17:30")
        self.city = OrgFactory(kind=Org.Kind.CITY, name="揭阳市")
        self.bureau = OrgFactory(kind=Org.Kind.BUREAU, name="市政数局", parent=self.city)
        self.police = OrgFactory(kind=Org.Kind.DEPARTMENT, name="市公安局", parent=self.city)
        self.county = OrgFactory(kind=Org.Kind.DISTRICT, name="榕城区", parent=self.city)
        self.checker: Staff | System = staff(BUREAU_RIGHTS, org=self.city)
        self.owner: Staff | System = staff(OWNER_RIGHTS, org=self.police)
        self.clerk: Staff | System = staff(OWNER_RIGHTS, org=self.county)
        Category.objects.create(code="101001", name="人口基础信息")

    @classmethod
    def beside(cls, provider: Org) -> "World":
        """Return a world in a city that stands, whose data is ``provider``'s and described in Latin letters."""
        world = cls.__new__(cls)
        world.entry_words, world.request_words = LATIN_ENTRY, LATIN_REQUEST
        world.police, world.county = provider, OrgFactory(name="Consumer", parent=provider)
        world.checker = world.owner = world.clerk = System(name="test")
        Category.objects.create(code="101001", name="People")
        return world

    def draft(self, **more: Any) -> Resource:
        """An entry that is being written by the police."""
        return services.create_entry(actor=self.owner, form=entry(self.police, **(self.entry_words | more)), now=NOW)

    def published(self, **more: Any) -> Resource:
        """An entry in the catalogue."""
        row = self.draft(**more)
        self.move(self.owner, row, "submit")
        return self.move(self.checker, row, "publish")

    def move(self, actor: Staff | System, row: Resource, verb: str, reason: str = "Reason") -> Resource:
        """Take a step of an entry."""
        return services.move_entry(actor=actor, number=row.number, verb=verb, reason=reason, now=NOW)

    def request(self, resource: Resource, **more: Any) -> Request:
        """A request of the county, not yet submitted."""
        words: dict[str, Any] = {
            "items": ("id_number", "name", "division"),
            "purpose": "办理高龄津贴时核验申请人的户籍和身份。",
            "basis": "《广东省老年人权益保障条例》",
            "delivery": "table",
            "cycle": "daily",
            "starts_on": date(2026, 3, 2),
            "ends_on": date(2027, 3, 1),
            "contact": "示例 0663-0000000",
            "rows": {"field": "division", "in": ["445202"]},
        }
        spec = services.RequestSpec(**(words | self.request_words | more))
        return services.create_request(
            actor=self.clerk, resource=resource.number, org_code=self.county.code, spec=spec, now=NOW
        )

    def step(
        self,
        actor: Staff | System,
        row: Request,
        verb: str,
        reason: str = "Reason",
        answer: services.AnswerSpec | None = None,
    ) -> Request:
        """Take a step of a request."""
        return services.move_request(actor=actor, number=row.number, verb=verb, reason=reason, answer=answer, now=NOW)

    def to_answer(self, row: Request) -> Request:
        """Bring a request before its owner."""
        self.step(self.clerk, row, "submit")
        row.refresh_from_db()
        return self.step(self.checker, row, services.passing_verb(row))

    def agreed(self, resource: Resource | None = None, **more: Any) -> Agreement:
        """An agreement in force: number hashed, name masked, division as it is."""
        row = self.to_answer(self.request(resource or self.published(), **more))
        self.step(self.owner, row, "grant", answer=self.answer())
        return Agreement.objects.get(request=row)

    def answer(self, **masks: str) -> services.AnswerSpec:
        """The owner's answer."""
        chosen = {"id_number": "hash", "name": "partial", "division": "keep"} | masks
        return services.AnswerSpec(
            masks={name: agreeing.mask_of(code) for name, code in chosen.items()}, opinion="Granted"
        )


def delivered(agreement: Agreement) -> Delivery:
    """A delivery that is under way between two nodes that never were."""
    system = System(name="test")
    for org in (agreement.provider, agreement.consumer):
        keys = node_keys.generate(org.code, "n1", now=NOW)
        services.enrol_node(actor=system, card=keys.signed_card, fingerprint=keys.card.fingerprint, now=NOW)
    spec = services.RouteSpec(source_node="n1", target_node="n1", source_table="public.person", target_table="person")
    services.save_route(actor=system, agreement=agreement.number, spec=spec, now=NOW)
    return services.order_delivery(actor=system, agreement=agreement.number, whole=True, now=NOW)


def queried(agreement: Agreement) -> tuple[Client, Consent]:
    """A program that may ask under an agreement by query, and a consent; the provider has a node."""
    system = System(name="test")
    spec = services.InterfaceSpec(node="n1", kind="table", table="public.person", lookup=["id_number"])
    services.save_interface(actor=system, resource=agreement.resource.number, spec=spec, now=NOW)
    program = services.ClientSpec(name="Program")
    client, _secret = services.create_client(actor=system, org=agreement.consumer.code, spec=program, now=NOW)
    words = services.ConsentSpec(subject="1", purpose="Allowance", means="On paper", days=30)
    return client, services.record_consent(by=system, agreement=agreement.number, spec=words, now=NOW)


def wrong(agreement: Agreement, **more: Any) -> Correction:
    """A record that the consumer says is wrong."""
    words: dict[str, Any] = {
        "items": ["name"],
        "record_key": "1" * 18,
        "said": "Zhang",
        "proposed": "Chang",
        "grounds": "The identity card shows another name.",
    }
    return services.report_correction(
        actor=more.pop("actor", System(name="test")),
        resource=agreement.resource.number,
        org_code=agreement.consumer.code,
        spec=services.CorrectionSpec(**(words | more)),
        now=NOW,
    )


def owed(agreement: Agreement, **more: Any) -> DataDebt:
    """Data that the city owes to a consumer of it."""
    words = {"side": "lower", "name": "Population", "content": "All items", "basis": "Act on the elderly"}
    spec = services.DebtSpec(**(words | {"resource": agreement.resource.number} | more))
    actor = System(name="test")
    return services.ask_debt(actor=actor, org_code=agreement.consumer.code, spec=spec, now=NOW)


def joined() -> UpperLink:
    """The line to a level above, as the process that speaks with it notes it."""
    read = contract.read(cascading.SHIPPED.read_text())
    return cascade.join(name="Province", address="http://127.0.0.1:9", is_simulator=True, fingerprint="", contract=read)


def from_above(kind: str = "task.send", number: int = 1, **words: Any) -> None:
    """Something that the level above sent down, in the names of the contract."""
    read = contract.read(cascading.SHIPPED.read_text())
    kind_ = read.kind(kind)
    given = Message(
        id=f"m{number}",
        sender="province",
        receiver="445200",
        number=number,
        kind=kind_.code,
        made_at=NOW.isoformat(),
        body=kind_.outward(words),
    )
    cascade.take(joined(), [(given, b"{}")], read, NOW)


def tasked(org: Org) -> tuple[UpperTask, UpperCase]:
    """A task from above, and a case that went up."""
    Org.objects.filter(pk=org.pk).update(kind=Org.Kind.BUREAU)
    from_above(upper_number="T1", title="Check", content="Check the catalogue.", due_on="2026-04-01")
    spec = services.CaseSpec(kind="application", name="Vehicles", content="All items", basis="Act")
    case = services.send_case(actor=System(name="test"), org_code=org.code, spec=spec, now=NOW)
    return UpperTask.objects.get(upper_number="T1"), case
