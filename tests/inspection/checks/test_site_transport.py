"""How home pages are carried: the rules on made cards, the collector on a served city; weeks of visits."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.crawl.place import html, served
from tests.inspection.checks.made import HOST, KIT, NOW, page, site

from yunshu.domains.inspection.checks import (
    site_availability,
    site_impersonation,
    site_transport,
)
from yunshu.domains.inspection.checks.seen import Ipv6Card, SiteCard, TransportCard
from yunshu.domains.inspection.rules.availability import Count, Verdict, Week
from yunshu.domains.inspection.services import ipv6
from yunshu.domains.inspection.services.transport import Ways, look
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import serve, web_city

GOOD = TransportCard(
    at=NOW,
    days_left=200.0,
    version="TLSv1.3",
    redirects=True,
    headers={
        "Strict-Transport-Security": "max-age=1",
        "Content-Security-Policy": "default-src 'self'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    },
    ipv6=Ipv6Card(
        aaaa=("2001:db8::1",),
        reachable=True,
        opened=(5, 5),
        servers={"ns1.": True, "ns2.": False},
        same=True,
        second={HOST: True},
        third={HOST: True},
    ),
)
V6 = GOOD.ipv6
BARE = {name: value for name, value in (GOOD.headers or {}).items() if name != "X-Frame-Options"}


@pytest.mark.parametrize(
    ("change", "kind", "key"),
    [
        ({"tls_error": "tls_expired"}, "tls", "tls_expired"),
        ({"tls_error": "tls_name"}, "tls", "tls_name"),
        ({"tls_error": "no_tls"}, "tls", "no_tls"),
        ({"days_left": 29.9}, "tls", "soon"),
        ({"version": "TLSv1.1"}, "tls", "version"),
        ({"headers": {}}, "headers", ""),
        ({"headers": BARE}, "headers", ""),
        ({"headers": {**(GOOD.headers or {}), "X-Content-Type-Options": "sniff"}}, "headers", ""),
        ({"ipv6": replace(V6, aaaa=(), reachable=None, opened=None, same=None)}, "ipv6", "aaaa"),
        ({"ipv6": replace(V6, reachable=False, opened=(0, 5), same=None)}, "ipv6", "reach"),
        ({"ipv6": replace(V6, opened=(4, 5))}, "ipv6", "rate"),
        ({"ipv6": replace(V6, same=False)}, "ipv6", "same"),
        ({"ipv6": replace(V6, servers={"ns1.": False, "ns2.": False})}, "ipv6", "servers"),
        ({"ipv6": replace(V6, second={HOST: True, "m." + HOST: False})}, "ipv6", "second"),
        ({"ipv6": replace(V6, third={HOST: False})}, "ipv6", "third"),
    ],
)
def test_a_fault_of_transport_is_found(change, kind, key):
    [one] = site_transport.conclude(replace(GOOD, **change), site(), KIT)

    assert (one.kind, one.key) == (kind, key)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"days_left": 30.0},
        {"redirects": False},
        {"headers": {name.lower(): value for name, value in (GOOD.headers or {}).items()}},
        {"headers": {**BARE, "Content-Security-Policy": "frame-ancestors 'self'"}},
        {
            "headers": {n: v for n, v in (GOOD.headers or {}).items() if n[:3] != "Con"},
            "meta_policy": "default-src 'self'",
        },
        {"headers": None},
        {"ipv6": Ipv6Card()},
        {"ipv6": Ipv6Card(aaaa=("2001:db8::1",))},
        {"ipv6": replace(V6, reachable=None, opened=None, same=None)},
    ],
)
def test_what_is_well_or_could_not_be_tried_is_no_fault(change):
    assert not [*site_transport.conclude(replace(GOOD, **change), site(), KIT)]


async def _opens(address, _port):
    return address == "::1"


def test_a_served_city_is_seen_as_planted():
    rows, wrong = asyncio.run(_wrong())

    assert rows
    assert wrong == []


async def _wrong():
    city = web_city(5, clock.now())  # a handshake takes the time of the machine
    rows = [row for row in city.truth() if row.check in ("tls", "headers", "ipv6")]

    async def records(host):
        return tuple(city.dns(host).get("AAAA", ()))

    async def servers(host):
        return dict.fromkeys(city.dns(host)["NS"], "NS_AAAA" in city.dns(host))

    wrong = []
    async with serve(city, pace=0.0) as running:
        https = {host: (place[0], running.tls_port) for host, place in running.addresses().items()}
        ways = Ways(
            http=running.addresses(),
            https=https,
            trust=running.trust(),
            ipv6=ipv6.Ipv6Ways(records, servers, _opens, running.addresses()),
            allow=("::1/128",),
        )
        for row in rows:
            made = next(one for one in city.sites if one.code == row.owner)
            card = SiteCard(
                code=made.code, name=made.name, unit=made.short, kind="portal", hosts=(made.host,), home_url=made.url("/"),
                has_service_duty=True,
            )  # fmt: skip
            found = {one.kind for one in site_transport.conclude((await look(card, city.now, ways))[0], card, KIT)}
            wrong += [row] * ((row.check in found) is row.innocent)
    return rows, wrong


def test_parts_that_could_not_be_tried_are_named_so_that_what_was_found_stays():
    no_way = replace(GOOD, ipv6=replace(V6, reachable=None, opened=None, same=None, third=None))
    no_record = replace(GOOD, ipv6=replace(V6, aaaa=(), reachable=None, opened=None, same=None))

    assert site_transport.tried(no_way)["ipv6"] == {"reach", "rate", "same", "third"}
    assert site_transport.tried(no_record)["ipv6"] == frozenset()
    assert "ipv6" not in site_transport.tried(replace(GOOD, ipv6=Ipv6Card()))


@pytest.mark.parametrize(
    ("text", "same"), [("同一个首页的正文" * 30, True), ("完全不同的一个页面，别的内容" * 30, False)]
)
def test_the_page_over_ipv6_is_held_against_that_over_ipv4(text, same):
    async def main():
        async def by_four(_request):
            return html(f"<p>{'同一个首页的正文' * 30}</p>")

        async def by_six(_request):
            return html(f"<p>{text}</p>")

        async def records(_host):
            return ("::1",)

        async def servers(_host):
            return {"ns1.": True}

        async with served(by_four) as four, served(by_six, "::1") as six:
            ways = ipv6.Ipv6Ways(records, servers, lambda address, _port: ipv6.opens(address, six[1]), {HOST: six})
            found, _home = await look(site(), NOW, Ways(http={HOST: four}, ipv6=ways, allow=("127.0.0.0/8", "::1/128")))
            return found.ipv6

    card = asyncio.run(main())
    assert (card.opened, card.same) == ((5, 5), same)


@pytest.mark.parametrize(
    ("verdict", "faults"), [(Verdict.OPEN, 0), (Verdict.UNPROVEN, 0), (Verdict.UNREACHABLE, 1), (Verdict.OFFLINE, 1)]
)
def test_a_week_out_of_reach_is_one_find(verdict, faults):
    week = Week(
        start=NOW - timedelta(days=7), end=NOW, all=Count(2016, 200), strict=Count(140, 14), excused=0, days_short=0, split=0,
        verdict=verdict,
    )  # fmt: skip

    assert len([*site_availability.conclude(week, site())]) == faults


NUMBERED = [(f"/a/{n}.html", "一篇") for n in range(10)]


@pytest.mark.parametrize(
    ("host", "links", "faults"),
    [
        ("www.copy.example", NUMBERED, 1),
        ("www.copy.example", NUMBERED[:8], 1),
        ("www.other.example", [(f"/b/{n}.html", "一篇") for n in range(10)], 0),
        ("www.few.example", NUMBERED[:3], 0),
        (HOST, NUMBERED, 0),
        ("m.vqbcdf.gov.cn", NUMBERED, 0),
    ],
)
def test_a_copy_of_a_home_page_elsewhere_is_an_imitation(host, links, faults):
    home, copy = page("/", "home", links=NUMBERED), page("/", "home")
    facts = {**copy.facts, "links": [[f"http://{host}{to}", text, "a", True] for to, text in links]}

    found = [*site_impersonation.conclude(home, site(), [replace(copy, url=f"http://{host}/", facts=facts)], KIT)]

    assert len(found) == faults
