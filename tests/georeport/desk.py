"""A desk in memory, to test the protocol against; and addresses that serve it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.urls import include, path

from yunshu.lib.georeport import (
    Attribute,
    Discovery,
    Fault,
    Faults,
    Query,
    Receipt,
    Report,
    Service,
    Submission,
    Value,
    urls,
)

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
ROAD = Service("020101", "道路破损", "路面坑洼、塌陷", has_attributes=True, keywords=("道路", "坑洼"), group="城市管理")
LAMP = Service("020102", "路灯不亮", kind="batch")
ASKED = (
    Attribute("note", "string", "请先确认不是小区内部道路", variable=False),
    Attribute("depth", "number", "大约多深（厘米）"),
    Attribute(
        "danger", "singlevaluelist", "是否影响通行", required=True, values=(Value("yes", "是"), Value("no", "否"))
    ),
    Attribute("lanes", "multivaluelist", "哪些车道", values=(Value("1", "左"), Value("2", "右"))),
    Attribute("seen", "datetime", "何时看到"),
)


@dataclass
class MemoryDesk:
    """Keeps what is submitted; answers a token for batch services."""

    kept: list[tuple[str, Submission]] = field(default_factory=list)
    jurisdiction: str = "jieyang.gd.cn"

    def discovery(self) -> Discovery:
        return Discovery(contact="12345", key_service="向市政务服务和数据管理局申请", changed_at=NOON)

    def services(self) -> list[Service]:
        return [ROAD, LAMP]

    def attributes(self, service_code: str) -> tuple[Attribute, ...]:
        return ASKED if service_code == ROAD.code else ()

    def submit(self, *, api_key: str, address: str, submission: Submission) -> Receipt:
        if api_key != "right":
            raise Faults(Fault(403, f"api_key is not valid (from {address})"))
        number = f"RX{len(self.kept) + 1:03d}"
        self.kept.append((number, submission))
        return (
            Receipt(token=f"t-{number}") if submission.service_code == LAMP.code else Receipt(number, notice="已受理")
        )

    def number_of(self, token: str) -> str | None:
        return next((number for number, _ in self.kept if token == f"t-{number}"), None)

    def requests(self, query: Query) -> list[Report]:
        rows = [self._report(number, one) for number, one in self.kept]
        if query.ids:
            return [row for row in rows if row.request_id in query.ids]
        return [row for row in rows if not query.codes or row.service_code in query.codes]

    def _report(self, number: str, one: Submission) -> Report:
        name = {ROAD.code: ROAD.name, LAMP.code: LAMP.name}[one.service_code]
        return Report(
            number, "open", one.service_code, name, NOON, NOON,
            description=one.description, address=one.address, lat=one.lat, long=one.long,
        )  # fmt: skip


DESK = MemoryDesk()
urlpatterns = [path("open311/", include((urls(DESK), "georeport")))]
