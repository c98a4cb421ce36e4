"""A prober looks at private networks, never at what tells a machine its secrets, whatever a name says."""

import asyncio

import pytest
from aiohttp import web

from yunshu.lib.crawl.guard import AddressRefused, InnerGuard
from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.looking import observe
from yunshu.lib.probe.targets import Check, Http, Target, Tcp

METADATA = (
    "169.254.169.254",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "100.100.100.200",
    "fd00:ec2::254",
    "0.0.0.0",
    "224.0.0.1",
    "x",
)


@pytest.mark.parametrize("address", METADATA)
def test_what_no_prober_looks_at(address: str) -> None:
    assert not InnerGuard().permits(address)


def test_a_network_that_is_named_may_be_looked_at() -> None:
    assert InnerGuard(["169.254.0.0/16"]).permits("169.254.169.254")


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.1.1", "127.0.0.1", "1.1.1.1", "fd12::1"])
def test_what_a_prober_may_look_at(address: str) -> None:
    assert InnerGuard().permits(address)


@pytest.mark.parametrize("check", [Tcp("169.254.169.254", 80), Http("http://169.254.169.254/latest/meta-data/")])
def test_a_target_at_the_clouds_metadata_is_not_connected_to(check: Check) -> None:
    async def look() -> str:
        async with Kit() as kit:
            return (await observe(Target("t", check, 60, 3), kit)).error

    assert asyncio.run(look()) == "unreachable"


def test_a_redirect_to_the_metadata_is_not_followed() -> None:
    async def away(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/")

    async def look() -> str:
        app = web.Application()
        app.router.add_get("/", away)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with Kit() as kit:
            said = await observe(Target("t", Http(f"http://127.0.0.1:{port}/", follow_redirects=True), 60, 5), kit)
        await runner.cleanup()
        return said.error

    assert asyncio.run(look()) == "unreachable"


def test_a_name_that_leads_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolved(_host: str) -> str:
        return "169.254.169.254"

    async def ask() -> None:
        async with Kit() as kit:
            await kit.address("metadata.example")

    monkeypatch.setattr(Kit, "_resolve", staticmethod(resolved))
    with pytest.raises(AddressRefused):
        asyncio.run(ask())
