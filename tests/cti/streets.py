"""Each provider on its street: citizens who dial, telephones that are picked up. What the contract tests walk through."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cti import fake_ari, fake_esl
from tests.cti.phones import sipp

from yunshu.config.bootstrap import machine
from yunshu.lib.cti.ari import AriProvider, AriSettings
from yunshu.lib.cti.esl import EslProvider, EslSettings
from yunshu.lib.cti.events import CallEvent
from yunshu.lib.cti.memory import MemoryProvider
from yunshu.lib.cti.provider import CtiProvider
from yunshu.lib.cti.sip import SipProvider, SipSettings


@dataclass
class Street:
    """``phone`` are addresses that are picked up by themselves, ``missing`` one that is not; ``calls`` dials and waits, ``quits`` hangs up;
    ``dies`` starts the switch anew, ``breaks`` only cuts its connection with us."""

    provider: CtiProvider
    phones: list[str]
    missing: str
    calls: Callable[[], Awaitable[None]]
    quits: Callable[[str], Awaitable[None]]
    dies: Callable[[], Awaitable[None]] | None = None
    breaks: Callable[[], Awaitable[None]] | None = None


@asynccontextmanager
async def sip(folder: Path) -> AsyncIterator[Street]:
    phones, trunk = machine.free_port(), machine.free_port()
    settings = SipSettings(port=machine.free_port(), trunk=f"127.0.0.1:{trunk}", recordings=str(folder))
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(SipProvider(settings))
        for port in (phones, trunk):
            await stack.enter_async_context(sipp("agent", "-d", "50", port=port, folder=folder))

        async def calls() -> None:
            arguments = (f"127.0.0.1:{settings.port}", "-m", "1", "-s", "12345", "-d", "2500")
            await stack.enter_async_context(sipp("caller", *arguments, port=machine.free_port(), folder=folder))

        async def quits(_: str) -> None:
            """SIPp's citizen hangs up by itself."""

        parties = [f"sip:800{n}@127.0.0.1:{phones}" for n in range(3)]
        yield Street(provider, parties, f"sip:1@127.0.0.1:{machine.free_port()}", calls, quits)


@asynccontextmanager
async def ari(folder: Path) -> AsyncIterator[Street]:
    async with fake_ari.fake_ari() as fake:
        settings = AriSettings(url=fake.url, user=fake_ari.USER, password=fake_ari.PASSWORD, recordings=str(folder))
        async with AriProvider(settings) as provider:
            phones = [f"PJSIP/800{n}" for n in range(3)]
            yield Street(
                provider,
                phones,
                "PJSIP/missing",
                lambda: fake.dials("chan-1", "139", "12345"),
                fake.hangs_up,
                fake.restarts,
                fake.breaks,
            )


@asynccontextmanager
async def esl(folder: Path) -> AsyncIterator[Street]:
    async with fake_esl.fake_esl() as fake:
        settings = EslSettings(host="127.0.0.1", port=fake.port, password=fake_esl.PASSWORD, recordings=str(folder))
        async with EslProvider(settings) as provider:
            phones = [f"user/800{n}" for n in range(3)]
            yield Street(
                provider,
                phones,
                "user/missing",
                lambda: fake.dials("uuid-1", "139", "12345"),
                fake.hangs_up,
                fake.restarts,
                fake.breaks,
            )


class SelfAnswering(MemoryProvider):
    """The memory provider with people who pick up by themselves."""

    async def _dial(self, call, channel, party):
        if party == "missing":
            await self.gone(channel, "unreachable")
            return
        await super()._dial(call, channel, party)
        await self.picked_up(channel)

    async def _dial_out(self, call):
        await self.picked_up(call.id)


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[Street]:
    provider = SelfAnswering()

    async def calls() -> None:
        provider.calls("139", "12345")

    async def dies() -> None:
        provider.dies()

    yield Street(provider, ["8000", "8001", "8002"], "missing", calls, provider.hangs_up, dies)


async def until(events: AsyncIterator[CallEvent], kind: str) -> CallEvent:
    """Return the next event of a kind."""
    async for event in events:
        if event.kind == kind:
            return event
    raise AssertionError("the events ended")
