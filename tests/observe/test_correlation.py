"""One number for everything that comes of a request; only who is trusted chooses it."""

import asyncio
from typing import Any

import pytest
import structlog
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person
from tests.outbox.effects import EffectMade
from yunshu.config.proxies import behind
from yunshu.domains.directory.contracts import ORG_EDIT, ORG_VIEW
from yunshu.domains.ledger import api as ledger
from yunshu.domains.ledger.models import Record
from yunshu.lib.jobs import queue
from yunshu.lib.jobs.jobs import tidy
from yunshu.lib.jobs.queue import ORIGIN
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.observe import correlation, steps
from yunshu.lib.observe.correlation import working_for
from yunshu.lib.outbox import Handler, publish
from yunshu.lib.outbox.handling import handle_once
from yunshu.lib.outbox.models import OutboxEntry

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"X-Request-Id": "gateway-0001"}, "gateway-0001"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"X-Request-Id": "gateway-0001", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "gateway-0001"),
    ],
)
def test_a_number_of_harmless_shape_is_kept(headers: dict[str, str], taken: str) -> None:
    assert correlation.taken(headers) == taken


@given(st.text(max_size=60))
def test_any_other_number_is_made_anew(text: str) -> None:
    number = correlation.taken({"X-Request-Id": f"\n{text}", "traceparent": text})
    assert len(number) == 32
    assert set(number) <= set("0123456789abcdef")


@pytest.mark.parametrize(("client", "kept"), [("10.0.0.5", 2), ("192.0.2.7", 0)])
def test_only_a_trusted_proxy_brings_a_number(client: str, kept: int) -> None:
    seen: list[Any] = []

    async def inner(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        seen.extend(scope["headers"])

    headers = [(b"x-request-id", b"gateway-0001"), (b"traceparent", b"x")]
    scope = {"type": "http", "client": (client, 1), "headers": headers, "scheme": "http"}
    asyncio.run(behind(inner, "10.0.0.0/8")(scope, None, None))  # type: ignore[arg-type]
    assert len(seen) == kept


def test_what_was_bound_before_comes_back() -> None:
    with working_for("a" * 32), working_for("b" * 32, handler="x"):
        assert correlation.current() == "b" * 32
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.django_db
def test_one_number_finds_page_change_fact_listener_job_and_record() -> None:
    person = staff_person([ORG_EDIT, ORG_VIEW])
    org = person.org
    form = {"name": "改名后的单位", "kind": org.kind, "order": "0"}
    address = f"/console/orgs/{org.code}/edit/"
    answer = signed_in_client(person).post(address, form, headers={"X-Request-Id": TRACE})
    assert answer["X-Request-Id"] == TRACE
    with working_for(TRACE), transaction.atomic():
        fact = publish(EffectMade(n=1))
        queue.enqueue(tidy, timestamp=0)
        ledger.record(kind="tests.made", subject="1", payload={}, by=staff([], org=org), now=clock.now())
    handler = Handler("tests.renames", EffectMade, lambda _event: OrgFactory())
    handle_once(handler, fact, {"n": 1}, TRACE)

    found = steps.follow(f"{TRACE[:4]} {TRACE[4:12]}")
    assert [step.at for step in found] == sorted(step.at for step in found)
    assert {step.floor for step in found} == {"数据", "事实", "处理", "任务", "存证"}
    assert {step.request for step in found} == {TRACE}
    assert {step.state for step in found if step.floor == "数据"} == {"staff", "handler"}


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["", "abc", "' OR 1=1 --", "%%%%%%%%%", "0" * 32])
def test_what_is_no_number_or_unknown_is_said_to_be_so(number: str) -> None:
    with pytest.raises(NotFound, match="编号"):
        steps.follow(number)


@pytest.mark.django_db
def test_the_beginning_of_two_numbers_is_not_taken_for_one() -> None:
    for end in ("a", "b"):
        with working_for(f"{TRACE[:30]}{end}"), transaction.atomic():
            publish(EffectMade(n=1))
    with pytest.raises(NotFound, match="不止一个"):
        steps.follow(TRACE[:12])


@pytest.mark.django_db
def test_a_job_and_a_record_bear_the_number_and_without_one_nothing_is_added() -> None:
    with connection.cursor() as cursor, transaction.atomic():
        queue.enqueue(tidy, timestamp=1)
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE args ? %s", [ORIGIN])
        assert cursor.fetchall() == []
        ledger.record(kind="tests.made", subject="1", payload={}, by=staff([]), now=clock.now())
        publish(EffectMade(n=1))
    assert (Record.objects.get().request_id, OutboxEntry.objects.get().request_id) == ("", "")
