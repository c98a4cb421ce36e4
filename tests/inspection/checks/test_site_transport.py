"""How home pages are carried: the rules on made cards, the collector on a served city; weeks of visits; accounts."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.inspection.checks.made import HOST, KIT, NOW, page, site

from yunshu.domains.inspection.checks import (
    account_posts,
    account_states,
    site_availability,
    site_impersonation,
    site_transport,
)
from yunshu.domains.inspection.checks.seen import AccountCard, PostCard, SiteCard, TransportCard
from yunshu.domains.inspection.rules.availability import Count, Verdict, Week
from yunshu.domains.inspection.services.transport import Ways, collect
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
    aaaa=("2001:db8::1",),
    ipv6_reachable=True,
)
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
        ({"aaaa": ()}, "ipv6", "aaaa"),
        ({"ipv6_reachable": False}, "ipv6", "reach"),
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
        {"aaaa": None},
        {"ipv6_reachable": None},
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

    wrong = []
    async with serve(city, pace=0.0) as running:
        https = {host: (place[0], running.tls_port) for host, place in running.addresses().items()}
        ways = Ways(
            http=running.addresses(),
            https=https,
            trust=running.trust(),
            records=records,
            opens=_opens,
            allow=("::1/128",),
        )
        for row in rows:
            made = next(one for one in city.sites if one.code == row.owner)
            card = SiteCard(
                code=made.code, name=made.name, unit=made.short, kind="portal", hosts=(made.host,), home_url=made.url("/"),
                has_service_duty=True,
            )  # fmt: skip
            found = {one.kind for one in site_transport.conclude(await collect(card, city.now, ways), card, KIT)}
            wrong += [row] * ((row.check in found) is row.innocent)
    return rows, wrong


@pytest.mark.parametrize(
    ("verdict", "faults"), [(Verdict.OPEN, 0), (Verdict.UNPROVEN, 0), (Verdict.UNREACHABLE, 1), (Verdict.OFFLINE, 1)]
)
def test_a_week_out_of_reach_is_one_find(verdict, faults):
    week = Week(
        start=NOW - timedelta(days=7), end=NOW, all=Count(2016, 200), strict=Count(140, 14), excused=0, days_short=0, split=0,
        verdict=verdict,
    )  # fmt: skip

    assert len([*site_availability.conclude(week, site())]) == faults


def account(**more):
    plain = {"is_certified": True, "has_interaction": True, "checked_at": NOW}
    since = NOW - timedelta(days=900)
    return AccountCard(number="a1", name="样例发布", platform="wechat", unit="样例市", since=since, **{**plain, **more})


@pytest.mark.parametrize(
    ("hours", "kinds"),
    [
        (14 * 24, set()),
        (14 * 24 + 1, {"account_stale"}),
        (91 * 24, {"account_stale"}),
        (94 * 24, {"account_stale", "account_zombie"}),
    ],
)
def test_an_account_falls_silent_by_degrees(hours, kinds):
    posts = [PostCard(id="1", at=NOW - timedelta(hours=hours))]

    assert {one.kind for one in account_states.conclude(account(), posts, KIT, NOW)} == kinds


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        ({"has_interaction": False}, {"account_mute"}),
        ({"is_certified": False}, {"account_uncertified"}),
        ({"is_certified": None, "has_interaction": None}, set()),
        ({"is_certified": False, "is_running": False}, set()),
    ],
)
def test_an_account_is_certified_and_open_to_answers(more, kinds):
    posts = [PostCard(id="1", at=NOW)]

    assert {one.kind for one in account_states.conclude(account(**more), posts, KIT, NOW)} == kinds


def test_what_stands_in_a_post_is_its_title_and_text():
    posts = [PostCard(id="1", at=NOW, title="标题", text="正文"), PostCard(id="2", at=NOW, title=" ")]

    assert [(post.id, said) for post, said in account_posts.texts(posts)] == [("1", "标题\n正文")]


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
