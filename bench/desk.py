"""From the ringing telephone to the agent's page: SIPp's calls through the product's own processes, heard by server-sent events.

    uv run python bench/desk.py [--quick]

A database, NATS, a web server and the phone process of their own; agents sign in, each with a browser's stream; calls are settled as fast as they end.
Measured is from the telephone's ringing (its 180 in our SIP process) to the pop in the client's hands: row written, message sent, event read. It is
skipped by name where SIPp is not installed (``.ci/programs`` installs it).
"""

import argparse
import asyncio
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import _root  # noqa: F401 - finds tests
import django
import structlog
from tests import template
from tests.cti.phones import SIPP, sipp

from yunshu.config.bootstrap import machine

GOAL_S, RING_MS, TALK_MS = 0.3, 100, 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    rate, calls, agents = (2, 20, 8) if parser.parse_args().quick else (5, 200, 24)
    if not SIPP:
        print("skipped: sipp is not installed (.ci/programs installs it)")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="yunshu-desk-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL is another user
        server = template.started_in(folder / "pg")
        try:
            url = server.app_url(template.NAME)
            os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "yunshu.config.settings"}
            os.environ["YUNSHU_DATA"] = str(folder / "none")
            django.setup()
            asyncio.run(_measured(folder, url, rate, calls, agents))
        finally:
            server.stop()


async def _measured(folder: Path, url: str, rate: int, calls: int, agents: int) -> None:
    """Sign agents in, let SIPp call, settle what was answered, and print."""
    from django.conf import settings
    from tests.hotline import phone_house as work

    made = await asyncio.to_thread(work.house, url, folder, settings, YUNSHU_PHONE_RECORD="0")
    port = machine.free_port()
    try:
        made.start("web")
        made.start("phone")
        people = await asyncio.to_thread(_people, port, agents)
        await work.answers(made)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(sipp("agent", "-d", str(RING_MS), port=port, folder=folder))
            ears = [await stack.enter_async_context(work.listening(made, cookie)) for _, cookie in people]
            for n, (agent, _) in enumerate(people):
                await work.until(lambda agent=agent, n=n: _signed_in(agent, str(8000 + n)))
            beside = [asyncio.create_task(_settling([agent for agent, _ in people]))]
            words = (f"127.0.0.1:{made.sip}", "-m", str(calls), "-r", str(rate), "-d", str(TALK_MS), "-s", "12345")
            async with sipp("caller", *words, port=machine.free_port(), folder=folder) as callers:
                code = await asyncio.wait_for(callers.wait(), calls / rate + 120)
            await work.until(lambda: _over() >= calls)
            beside[0].cancel()
        await asyncio.to_thread(_show, f"{rate} calls/s, {agents} agents", code, calls, ears)
    finally:
        made.stop()


def _people(port: int, agents: int) -> list[tuple[Any, str]]:
    """Make agents with telephones; return each with the cookie of their browser."""
    from tests.factories.directory import staff
    from tests.hotline.phone_house import cookie_of
    from tests.hotline.phone_world import ANSWERER, Phones

    from yunshu.domains.hotline.models import Telephone
    from yunshu.lib.kernel import clock

    phones = Phones(now=clock.now())
    Telephone.objects.all().delete()
    made = [staff(ANSWERER, org=phones.bureau) for _ in range(agents)]
    for n in range(agents):
        code = str(8000 + n)
        Telephone.objects.create(code=code, name=code, address=f"sip:{code}@127.0.0.1:{port}")
    return [(agent, cookie_of(agent.person_id)) for agent in made]


def _signed_in(agent: Any, telephone: str) -> bool:
    from yunshu.domains.hotline.services import phone_desk
    from yunshu.lib.kernel.errors import YunshuError

    try:
        phone_desk.sign_in(actor=agent, telephone=telephone)
    except YunshuError:
        return False
    return True


async def _settling(agents: list[Any]) -> None:
    """Settle what was answered, as agents do."""
    while True:
        await asyncio.to_thread(_settle, {agent.person_id: agent for agent in agents})
        await asyncio.sleep(0.1)


def _settle(agents: dict[int, Any]) -> None:
    from yunshu.domains.hotline.models import Call
    from yunshu.domains.hotline.services import phone_desk
    from yunshu.lib.kernel import clock

    for call in Call.objects.filter(outcome="answered", settled_at__isnull=True):
        actor = agents[call.agent_id or 0]
        phone_desk.settle_without(actor=actor, number=call.number, reason="silent", words="", now=clock.now())


def _over() -> int:
    from yunshu.domains.hotline.models import Call

    return Call.objects.filter(ended_at__isnull=False).count()


def _show(what: str, code: int, calls: int, ears: list[Any]) -> None:
    """Print one run."""
    from yunshu.domains.hotline.models import Call, CallEvent

    rang = {
        number: at.timestamp()
        for number, at in CallEvent.objects.filter(kind="ringing").order_by("seq").values_list("call__number", "at")
    }
    pops = sorted(
        at - rang[event["call"]]
        for ear in ears
        for event, at in zip(ear.heard, ear.at, strict=True)
        if event["kind"] == "screen_pop"
    )
    lost = calls - Call.objects.filter(outcome="answered").count() + bool(code)
    p50, p95 = (pops[int(share * (len(pops) - 1))] for share in (0.5, 0.95))
    print(
        f"{what}: {calls} calls, lost {lost}; ring to pop in the browser's hands p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"
    )
    print(f"ratio: {p95 / GOAL_S:.3f} of the 300 ms that the 95th percentile may take")


if __name__ == "__main__":
    main()
