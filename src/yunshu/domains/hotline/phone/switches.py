"""The switch that the settings name, and how outside numbers are written for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from yunshu.lib.cti.ari import AriProvider, AriSettings
from yunshu.lib.cti.esl import EslProvider, EslSettings
from yunshu.lib.cti.memory import MemoryProvider
from yunshu.lib.cti.provider import CtiProvider, demand_number
from yunshu.lib.cti.sip import SipProvider, SipSettings
from yunshu.lib.cti.switchboard import Call
from yunshu.lib.kernel.errors import Refused

PROVIDERS = ("demo", "sip", "ari", "esl")
OUTSIDE = "outside:"
DEMO_PICKS_UP_S = 1.0
_USUAL = {"ari": "PJSIP/{number}@trunk", "esl": "sofia/gateway/trunk/{number}"}


@dataclass(frozen=True)
class Line:
    """A switch to be opened, and how it dials a number outside as a party of a call."""

    opened: Callable[[], AbstractAsyncContextManager[CtiProvider]]
    outside: Callable[[str], str]


class Demo(MemoryProvider):
    """The switch in memory, with people outside who pick up by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self._picking: set[asyncio.Task[None]] = set()

    async def _dial(self, call: Call, channel: str, party: str) -> None:
        await super()._dial(call, channel, party)
        if party.startswith(OUTSIDE):
            self._soon(channel)

    async def _dial_out(self, call: Call) -> None:
        self._soon(call.id)

    def _soon(self, channel: str) -> None:
        async def pick_up() -> None:
            await asyncio.sleep(DEMO_PICKS_UP_S)
            await self.picked_up(channel)

        task = asyncio.create_task(pick_up())
        self._picking.add(task)
        task.add_done_callback(self._picking.discard)


@asynccontextmanager
async def _demo() -> AsyncIterator[CtiProvider]:
    yield Demo()


def line(words: Mapping[str, str]) -> Line:
    """Return the switch of the settings. Raises Refused (``provider_unknown``, ``address_malformed``)."""
    match words["provider"]:
        case "demo":
            return Line(_demo, lambda number: f"{OUTSIDE}{number}")
        case "sip":
            return _sip(words)
        case "ari":
            return _ari(words)
        case "esl":
            return _esl(words)
    raise Refused("provider_unknown", f"YUNSHU_PHONE={words['provider']} 看不懂，可选 none、{'、'.join(PROVIDERS)}。")


def _place(address: str, port: int) -> tuple[str, int]:
    host, _, given = address.rpartition(":") if ":" in address else (address, "", "")
    if not host or (given and not given.isdigit()):
        raise Refused("address_malformed", f"YUNSHU_PHONE_ADDRESS={address} 看不懂，应为 主机:端口。")
    return host, int(given or port)


def _sip(words: Mapping[str, str]) -> Line:
    host, port = _place(words["address"], 5060)
    first, _, last = words["rtp"].partition("-")
    if not (first.isdigit() and last.isdigit()):
        raise Refused("address_malformed", f"YUNSHU_PHONE_RTP={words['rtp']} 看不懂，应为 起-止。")
    made = SipSettings(
        address=host,
        port=port,
        peers=tuple(each.strip() for each in words["peers"].split(",") if each.strip()),
        rtp_from=int(first),
        rtp_to=int(last),
        trunk=words["trunk"],
        trunk_user=words["user"],
        trunk_password=words["password"],
        prompts=words["prompts"],
        recordings=spool(),
    )

    def outside(number: str) -> str:
        demand_number(number)
        if not words["trunk"]:
            raise Refused("trunk_missing", "未设置中继线路（YUNSHU_PHONE_TRUNK），不能拨打外线。")
        return f"sip:{number}@{words['trunk']}"

    return Line(lambda: SipProvider(made), outside)


def _ari(words: Mapping[str, str]) -> Line:
    trunk = words["trunk"] or _USUAL["ari"]
    made = AriSettings(
        url=words["address"], user=words["user"], password=words["password"], outside=trunk, recordings=spool()
    )
    return Line(lambda: AriProvider(made), _written(trunk))


def _esl(words: Mapping[str, str]) -> Line:
    trunk, (host, port) = words["trunk"] or _USUAL["esl"], _place(words["address"], 8021)
    made = EslSettings(host=host, port=port, password=words["password"], outside=trunk, recordings=spool())
    return Line(lambda: EslProvider(made), _written(trunk))


def _written(trunk: str) -> Callable[[str], str]:
    def outside(number: str) -> str:
        demand_number(number)
        return trunk.replace("{number}", number)

    return outside


def spool() -> str:
    """Return where running recordings lie, made for us only."""
    folder = Path(settings.PHONE_SPOOL)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder)
