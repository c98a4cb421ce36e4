"""The hotline as a desk of Open311 GeoReport v2: the protocol's words on one side, the same services as the pages on the other."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import client_of_key
from yunshu.domains.hotline.jobs import fetch_open_media
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import opening as selectors
from yunshu.domains.hotline.services import opening
from yunshu.domains.hotline.services.registering import TicketSpec, desk_org
from yunshu.lib import georeport
from yunshu.lib.georeport import Attribute, Discovery, Fault, Faults, Query, Receipt, Report, Service, Submission, Value
from yunshu.lib.georeport.contracts import Datatype
from yunshu.lib.jobs import queue
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.kernel.errors import NotFound, NotPermitted, TooMany, YunshuError

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""What the discovery file says before anything was opened."""
STATUS = {NotPermitted: 403, NotFound: 404, TooMany: 429}
DATATYPES: Mapping[str, Datatype] = {name: name for name in get_args(Datatype)}
LONGEST_TITLE = 100


class Desk:
    """What a program sees of the hotline; holds nothing."""

    @property
    def jurisdiction(self) -> str:
        """Return the city's division code (GB/T 2260)."""
        return selectors.jurisdiction()

    def discovery(self) -> Discovery:
        """Return whom to ask, and when services last changed."""
        key = _("接口密钥由热线机构发放，需要“通过接口提交和查询诉求”权限。")
        return Discovery(
            contact=f"12345 {desk_org().name}", key_service=key, changed_at=selectors.changed_at() or SINCE
        )

    def services(self) -> Sequence[Service]:
        """Return the classes that were opened."""
        asking = selectors.asking_codes()
        return [
            Service(
                code=code,
                name=each.category.name,
                description=each.category.path,
                has_attributes=any(code.startswith(one) for one in asking),
                kind="batch" if each.service.by_token else "realtime",
                keywords=each.service.keywords,
                group=each.group,
            )
            for code, each in selectors.opened().items()
        ]

    def attributes(self, service_code: str) -> Sequence[Attribute]:
        """Return the questions of a class and of those above it."""
        return [
            Attribute(
                code=row.code,
                datatype=DATATYPES[row.datatype],
                description=row.words,
                required=row.is_required,
                variable=row.is_asked,
                hint=row.hint,
                values=[Value(key=one, name=one) for one in row.choices],
            )
            for row in selectors.questions(service_code)
        ]

    def submit(self, *, api_key: str, address: str, submission: Submission) -> Receipt:
        """Register a demand under a key. Raises Faults."""
        client = client_of_key(api_key, now=clock.now())
        if client is None:
            raise Faults(Fault(403, _("api_key 缺少、已失效或不正确。")))
        found = selectors.opened().get(submission.service_code)
        if found is None:
            raise Faults(Fault(404, _("没有这个服务。")))
        filing = opening.Filing(
            spec=self._spec(submission, found), account=submission.account_id, media_url=submission.media_url
        )
        try:
            with transaction.atomic(), pghistory.context(who=f"{client.label}（{client.owner}）", address=address):
                made = opening.file_openly(actor=client, filing=filing, now=clock.now())
                if filing.media_url:
                    queue.enqueue(fetch_open_media, number=made.ticket.number)
        except YunshuError as error:
            raise Faults(Fault(STATUS.get(type(error), 400), error.message or error.code)) from error
        given = {"token": made.token} if found.service.by_token else {"request_id": made.ticket.number}
        return Receipt(**given, notice=found.service.notice, account_id=submission.account_id)

    def _spec(self, submission: Submission, found: selectors.Opened) -> TicketSpec:
        said = submission.description or found.category.name
        names = {row.code: row.words for row in selectors.questions(submission.service_code)}
        answers = [f"{names[code]}：{'、'.join(given)}" for code, given in submission.attributes.items()]
        name = f"{submission.last_name} {submission.first_name}".strip()
        place = " ".join(part for part in (submission.address, submission.address_id) if part)
        return TicketSpec(
            kind=found.service.kind,
            title=said.splitlines()[0][:LONGEST_TITLE],
            content="\n".join([said, *answers]),
            category=found.category.code,
            address=place[:200],
            lon=submission.long,
            lat=submission.lat,
            name=name,
            phone=submission.phone[:20],
            email=submission.email,
        )

    def number_of(self, token: str) -> str | None:
        """Return the number of what was filed under a token, once the desk has looked at it."""
        filed = selectors.filed_by_token(token)
        if filed is None:
            return None
        return "" if filed.ticket.state == life.RECEIVED else filed.ticket.number

    def requests(self, query: Query) -> Sequence[Report]:
        """Return what is public of the tickets asked for."""
        known = selectors.opened()
        rows = selectors.narrowed(
            selectors.public_rows(known),
            ids=query.ids,
            codes=query.codes,
            statuses=query.statuses,
            start=query.start,
            end=query.end,
        )
        first = (query.page - 1) * query.page_size
        return [_report(selectors.publish(row, known)) for row in rows[first : first + query.page_size]]


def _report(row: selectors.Public) -> Report:
    return Report(
        request_id=row.number,
        status="closed" if row.is_closed else "open",
        service_code=row.code,
        service_name=row.name,
        requested_at=row.received_at.astimezone(CITY_ZONE),
        updated_at=row.updated_at.astimezone(CITY_ZONE),
        expected_at=row.due_at.astimezone(CITY_ZONE) if row.due_at else None,
        status_notes=row.answer or _(life.STATE_NAMES[row.state]),
        description=row.description,
        agency=row.agency,
        address=row.address,
        lat=row.lat,
        long=row.lon,
    )


DESK: georeport.Desk = Desk()
