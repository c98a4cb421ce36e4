"""The site checks over two made-up cities: what was planted is found, what only looks like it is not."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from tests.inspection.checks.generated import crawled, home_of, kit_of

from yunshu.domains.inspection.checks import site_impersonation
from yunshu.domains.inspection.checks.listing import SITE
from yunshu.lib.crawl import urls
from yunshu.lib.synthetic.web import Shape, web_city

pytestmark = pytest.mark.slow

AS_OF = datetime(2026, 11, 28, 1, tzinfo=UTC)
KINDS = [
    "home_stale",
    "column_stale",
    "column_blank",
    "message_unanswered",
    "message_late",
    "guide_incomplete",
    "interpretation_missing",
    "statistics_stale",
    "link_dead",
    "domain_name",
    "repost",
    "date_forged",
]


@pytest.fixture(scope="module", params=[3, 7])
def city(request):
    return web_city(request.param, AS_OF)


@pytest.fixture(scope="module")
def found(city):
    kit, by_kind = kit_of(city), defaultdict(list)
    for site in crawled(city, kit):
        for check in SITE:
            for one in check(site.view, site.card, kit):
                by_kind[one.kind].append(one)
    return by_kind


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_planted_is_found_and_nothing_else(city, found, kind):
    truth = [row for row in city.at(1).truth() if row.check == kind and row.place != "post"]
    planted = {_place(row.owner, row.url) for row in truth if not row.innocent}
    judged = [one for one in found[kind] if one.key != "newest"]  # how old the last reply is nobody plants
    places = [{_place(one.site, url) for url in (one.url, *one.detail.get("pages", ()))} for one in judged]

    right = [place for place in places if place & planted]

    assert len(right) >= 0.95 * len(places)
    assert len(planted & set().union(*places)) >= 0.95 * len(planted)


def test_every_key_is_one_fault(found):
    for kind, ones in found.items():
        keys = [(one.site, one.account, one.key) for one in ones]
        assert len(keys) == len(set(keys)), kind


def test_imitations_are_told_from_the_site_s_own_names(city):
    kit, cards = kit_of(city), {one.card.code: one.card for one in crawled(city, kit_of(city))}
    shapes = {site.code: site.shape for site in city.sites}
    rows = [row for row in city.truth() if row.check == "impersonation"]
    wrong = []
    for row in rows:
        card, scripted = cards[row.owner], shapes[row.owner] is Shape.SCRIPT
        home = home_of(city.at(0), card.hosts[0], kit, card, scripted=scripted)
        candidate = home_of(city.at(0), row.words, kit, card, scripted=scripted)
        wrong += [
            row for _ in [0] if bool([*site_impersonation.conclude(home, card, [candidate], kit)]) is row.innocent
        ]

    assert wrong == []


def _place(owner, url):
    return owner, url if "#" in url else urls.canonical(url)
