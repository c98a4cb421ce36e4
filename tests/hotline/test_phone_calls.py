"""Real calls through the product: SIPp dials, the phone process queues and rings SIPp's telephones, the desk's page hears it by SSE."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Database
from tests.cti.phones import sipp
from tests.hotline.phone_house import House, answers, cookie_of, house, listening, until
from tests.hotline.phone_world import Phones

from yunshu.config.bootstrap import machine
from yunshu.domains.hotline.models import AgentSeat, Call, MissedCall, Recording, Telephone
from yunshu.domains.hotline.services import phone_desk
from yunshu.domains.hotline.services.registering import TicketSpec
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import YunshuError

pytestmark = pytest.mark.slow
SPEC = TicketSpec(kind="help", title="路灯不亮", content="三天不亮。")


@pytest.fixture
def made(committed_db: Database, tmp_path: Path, settings: Any) -> Iterator[House]:
    one = house(committed_db.app_url, tmp_path, settings)
    one.start("phone")
    yield one
    one.stop()


def phones_at(port: int) -> Phones:
    """A hotline whose telephones are SIPp's."""
    phones = Phones(now=clock.now())
    for row in Telephone.objects.all():
        row.address = f"sip:{row.code}@127.0.0.1:{port}"
        row.save()
    return phones


def signed_in(phones: Phones) -> bool:
    try:
        phone_desk.sign_in(actor=phones.first, telephone="8001")
    except YunshuError:
        return False
    return True


def state_of(phones: Phones) -> dict[str, Any]:
    return phone_desk.standing(phones.first).words


def settle(phones: Phones) -> None:
    number = Call.objects.get(settled_at__isnull=True).number
    phone_desk.settle_with_ticket(actor=phones.first, number=number, spec=SPEC, answer="", now=clock.now())


def dial(made: House, folder: Path, scenario: str, *more: str) -> Any:
    return sipp(
        scenario, f"127.0.0.1:{made.sip}", "-m", "1", "-s", "12345", *more, port=machine.free_port(), folder=folder
    )


def test_a_call_rings_pops_up_on_the_page_is_recorded_and_ends_on_a_ticket(made: House, tmp_path: Path) -> None:
    port = machine.free_port()
    phones = phones_at(port)
    cookie = cookie_of(phones.first.person_id)
    made.start("web")

    async def go() -> tuple[dict[str, Any], float]:
        await answers(made)
        async with sipp("agent", "-d", "300", port=port, folder=tmp_path), listening(made, cookie) as ear:
            await until(lambda: signed_in(phones))
            async with dial(made, tmp_path, "caller", "-d", "1500") as caller:
                assert await asyncio.wait_for(caller.wait(), 40) == 0
            await until(lambda: Recording.objects.exists())
            await until(lambda: state_of(phones)["state"] == "break")
            await asyncio.to_thread(settle, phones)
            await until(lambda: state_of(phones)["state"] == "idle")
            return ear.first("screen_pop")

    pop, at = asyncio.run(go())
    call = Call.objects.get()
    assert (pop["call"], pop["caller"], pop["queue"]) == (call.number, "1391", "general")
    rang = call.stages.get(kind="ringing").at.timestamp()
    assert at - rang < 3, "an idle machine takes some 30 ms (bench/desk.py); this one was busy"
    assert (call.outcome, call.agent_id, call.ended_by) == ("answered", phones.first.person_id, "caller")
    assert call.ticket
    assert call.ticket.contact.phone == "1391"


def test_kill_9_loses_no_call_brings_the_agents_back_and_the_callers_onto_the_list(made: House, tmp_path: Path) -> None:
    port = machine.free_port()
    phones = phones_at(port)

    async def go() -> None:
        async with sipp("agent", "-d", "50", port=port, folder=tmp_path):
            await until(lambda: signed_in(phones))
            async with dial(made, tmp_path, "listener"):
                await until(lambda: Call.objects.filter(outcome="talking").exists())
                async with dial(made, tmp_path, "quitter", "-d", "60000"):
                    await until(lambda: Call.objects.filter(queued_at__isnull=False).exists())
                    made.kill("phone")
            made.start("phone")
            await until(lambda: Call.objects.filter(outcome="lost").count() == 2)
            await until(lambda: state_of(phones)["owes"] != "")
            await asyncio.to_thread(settle_lost, phones)
            await until(lambda: state_of(phones)["state"] == "idle")
            async with dial(made, tmp_path, "caller", "-d", "100") as again:
                assert await asyncio.wait_for(again.wait(), 40) == 0
            await until(lambda: Call.objects.filter(outcome="answered").exists())

    asyncio.run(go())
    assert set(MissedCall.objects.values_list("caller", "cause")) >= {("1381", "lost")}
    assert AgentSeat.objects.get().telephone == Telephone.objects.get(code="8001")


def settle_lost(phones: Phones) -> None:
    call = Call.objects.get(outcome="lost", answered_at__isnull=False)
    phone_desk.settle_without(actor=phones.first, number=call.number, reason="silent", words="", now=clock.now())
