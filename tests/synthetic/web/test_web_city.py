"""The made-up web: the same from the same seed, everything planted really there, and nothing beside it."""

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import pytest
from tests.synthetic.web.looks import LOOKS, THERE, asked, source, words

from yunshu.lib.synthetic.web import CHECKS, Shape, WebCity, as_csv, as_json, web_city

pytestmark = pytest.mark.slow

NOW = datetime(2026, 7, 20, 3, 30, tzinfo=UTC)
SEEDS = (1, 2, 3, 4, 5, 6, 40, 977)


@pytest.fixture(scope="module", params=SEEDS[:3])
def city(request: pytest.FixtureRequest) -> WebCity:
    return web_city(request.param, NOW).at(1)


def test_a_seed_gives_one_city_and_another_seed_another() -> None:
    one, same, other = web_city(5, NOW), web_city(5, NOW), web_city(6, NOW)
    assert one.truth() == same.truth()
    assert [asked(one, url).body for url in one.urls()] == [asked(same, url).body for url in same.urls()]
    assert one.registry() != other.registry()
    assert {r.url for r in one.truth()}.isdisjoint(r.url for r in other.truth())


def test_the_city_is_the_same_in_every_release() -> None:
    """Published scores are comparable only while this stays: change it knowingly."""
    city = web_city(1, NOW)
    assert (city.name, city.label, len(city.sites)) == ("砚垣市", "vqpgzz", 20)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_city_has_three_hundred_defects_and_as_many_look_alikes_of_every_kind(seed: int) -> None:
    truth = web_city(seed, NOW).at(1).truth()
    defects, innocents = (Counter(r.check for r in truth if r.innocent is which) for which in (False, True))
    assert defects.total() - sum(r.recipe == "list_only_date" for r in truth) >= 300
    assert innocents.total() - sum(r.recipe == "no_promise" for r in truth) >= 300
    assert set(defects) == set(innocents) == set(CHECKS)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_city_has_each_shape_and_its_registry_is_complete(seed: int) -> None:
    city = web_city(seed, NOW)
    shapes = Counter(site.shape for site in city.sites)
    assert shapes[Shape.GKMLPT] >= 5
    assert min(shapes[shape] for shape in Shape) >= 2
    assert sum(s.charset == "gbk" for s in city.lively) >= 3
    assert {s["kind"] for s in city.registry()["sites"]} == {"portal", "county", "department", "special"}
    assert all(re.fullmatch(r"\d{10}", s["id_code"]) and s["columns"] for s in city.registry()["sites"])
    assert len(city.registry()["accounts"]) == 10
    assert all(30 <= sum(1 for _ in city.urls(site.code)) <= 200 for site in city.sites)


@pytest.mark.parametrize("check", sorted(LOOKS))
def test_a_simple_look_finds_each_defect_and_acquits_each_look_alike(city: WebCity, check: str) -> None:
    rows = [row for row in city.truth() if row.check == check]
    wrong = [(row, seen) for row in rows if (seen := LOOKS[check](city, row)) is row.innocent]
    assert not wrong


@pytest.mark.parametrize("check", sorted(THERE))
def test_planted_words_are_really_there(city: WebCity, check: str) -> None:
    assert [row for row in city.truth() if row.check == check and not THERE[check](city, row)] == []


def _everything(city: WebCity) -> dict[str, str]:
    """Return the source of every page before any attack."""
    city = city.at(0)
    return {url: source(city, url) for site in city.lively for url in city.urls(site.code)}


def test_no_wrong_form_and_no_number_is_anywhere_but_where_it_was_planted(city: WebCity) -> None:
    planted = {row.url for row in city.truth() if row.check in THERE}
    forms = "|".join(word.wrong for word in city.lexicon())
    number = r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dX]|62\d{17})(?!\d)"
    found = {
        url for url, text in _everything(city).items() if re.search(f"{forms}|{number}", re.sub(r"<[^>]+>", "", text))
    }
    assert found <= planted


def test_every_link_inside_a_site_opens_but_the_planted_ones(city: WebCity) -> None:
    planted = {(row.url, row.words) for row in city.truth() if row.check == "link_dead"}
    hosts = {site.host for site in city.lively}
    broken = set()
    for url, text in _everything(city).items():
        for href in re.findall(r'<a [^>]*?href="([^"]+)"', re.sub(r"<!--.*?-->", "", text, flags=re.S)):
            to = urlsplit(urljoin(url, href))
            seen = (url, href) not in planted and (url.removesuffix("index.html"), href) not in planted
            broken |= {(url, href)} if to.netloc in hosts and seen and asked(city, to.geturl()).status != 200 else set()
    assert not broken


def test_every_host_that_a_page_points_to_is_known(city: WebCity) -> None:
    known = city.hosts()
    pointed = {
        urlsplit(m).netloc for text in _everything(city).values() for m in re.findall(r"https?://[^\"'<> )]+", text)
    }
    assert {host for host in pointed if host not in known and not host.startswith("{")} == set()


def test_labels_are_complete_where_none_was_taken_away(city: WebCity) -> None:
    planted = {row.url for row in city.truth() if row.check in ("label_missing", "tampered")}
    bare = {
        url
        for url, text in _everything(city).items()
        for label in ("SiteName", "SiteDomain", "SiteIDCode")
        if url not in planted and f'name="{label}"' not in text
    }
    assert not bare


def test_pictures_and_fields_are_named_where_no_barrier_was_planted(city: WebCity) -> None:
    planted = {row.url for row in city.truth() if row.check == "accessibility"}
    bare = {
        url for url, text in _everything(city).items() if url not in planted and re.search(r"<img(?![^>]*alt=)[^>]*>|<a [^>]*></a>", text)
    }  # fmt: skip
    assert not bare


def test_gbk_pages_are_served_as_gbk_without_saying_so() -> None:
    city = web_city(2, NOW)
    site = next(s for s in city.lively if s.charset == "gbk")
    reply = asked(city, site.url("/"))
    assert dict(reply.headers)["Content-Type"] == "text/html"
    assert b"charset" not in reply.body
    assert site.name in reply.body.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("utf-8")


def test_scripted_pages_show_nothing_until_their_script_has_run(city: WebCity) -> None:
    site = next(s for s in city.lively if s.shape is Shape.SCRIPT)
    raw = asked(city.at(0), site.url("/")).body.decode()
    assert "<a " not in raw
    assert len(words(city, site.url("/"))) > 600


def test_dates_of_some_sites_stand_in_lists_only(city: WebCity) -> None:
    site = next(s for s in city.lively if s.list_dates_only)
    column = site.column("xw")
    article = column.articles[-1]
    day = f"{article.published_at:%Y-%m-%d}"
    assert day not in source(city, site.url(article.path))
    last = -(-len(column.articles) // 15)
    lists = {1: "index.html"}.get(last, f"index_{last}.html")
    assert day in source(city, site.url(f"/xw/{lists}"))


def test_the_platform_gives_its_tree_its_articles_and_its_letters(city: WebCity) -> None:
    site = next(s for s in city.lively if s.shape is Shape.GKMLPT and not s.single_page)
    assert f"SID: '{site.sid}'" in source(city, site.url("/gkmlpt/index"))
    column = next(c for c in site.columns if c.slug == "tzgg")
    answer = json.loads(asked(city, site.url(f"/gkmlpt/api/all/{column.number}?page=1&sid={site.sid}")).body)
    assert answer["classify"]["post_count"] == len(column.articles)
    article = answer["articles"][0]
    assert column.articles[0].paragraphs[0] in source(city, article["url"])
    single = next(s for s in city.lively if s.single_page)
    api = single.url(f"/gkmlpt/api/all/{next(c for c in single.columns if c.api).number}")
    assert [asked(city, f"{api}?page={n}&sid={single.sid}").status for n in (1, 2)] == [200, 404]


def test_the_first_visit_sees_no_attack_and_the_second_sees_thirty(city: WebCity) -> None:
    kinds = {"dark_link", "tampered"}
    assert not [row for row in city.at(0).truth() if row.check in kinds]
    assert len({row.recipe for row in city.truth() if row.check in kinds and not row.innocent}) >= 30


def test_accounts_can_be_exported(city: WebCity) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(city.accounts))))
    exported = json.loads(json.dumps(as_json(city.accounts), ensure_ascii=False))
    assert len(rows) == sum(len(account["posts"]) for account in exported) > 100


def test_the_time_must_say_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        web_city(1, datetime(2026, 7, 20))  # noqa: DTZ001
