import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crawl import urls

BASE = "http://www.jieyang.gov.cn/zwgk/index.html"


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("post_1.html", "http://www.jieyang.gov.cn/zwgk/post_1.html"),
        ("/a/b.html#top", "http://www.jieyang.gov.cn/a/b.html"),
        ("../x/./y/", "http://www.jieyang.gov.cn/x/y/"),
        ("//fgw.jieyang.gov.cn", "http://fgw.jieyang.gov.cn/"),
        ("HTTP://WWW.Jieyang.GOV.cn:80/A", "http://www.jieyang.gov.cn/A"),
        ("https://a.gov.cn:443/", "https://a.gov.cn/"),
        ("https://a.gov.cn:8443/", "https://a.gov.cn:8443/"),
        ("/list;jsessionid=1A2B?b=2&a=1", "http://www.jieyang.gov.cn/list?a=1&b=2"),
        ("/list?PHPSESSID=zz&utm_source=wx&id=7", "http://www.jieyang.gov.cn/list?id=7"),
        ("/api?sid=663001&page=2", "http://www.jieyang.gov.cn/api?page=2&sid=663001"),
        ("/政务/公开.html", "http://www.jieyang.gov.cn/%E6%94%BF%E5%8A%A1/%E5%85%AC%E5%BC%80.html"),
        ("/%e6%94%bf%7Ex", "http://www.jieyang.gov.cn/%E6%94%BF~x"),
        ("http://揭阳.政务/", "http://xn--i1u023i.xn--zfr164b/"),
        ("http://a.gov.cn/x y", "http://a.gov.cn/x%20y"),
        (" /a\n/b ", "http://www.jieyang.gov.cn/a/b"),
        ("?page=2", "http://www.jieyang.gov.cn/zwgk/index.html?page=2"),
        ("/../../etc", "http://www.jieyang.gov.cn/etc"),
        ("/100%", "http://www.jieyang.gov.cn/100%25"),
    ],
)
def test_an_address_has_one_form(href: str, wanted: str) -> None:
    assert urls.canonical(href, BASE) == wanted


@pytest.mark.parametrize(
    "href",
    [
        "javascript:void(0)",
        "mailto:a@b.cn",
        "tel:110",
        "http://",
        "http://[::1",
        "ftp://a.cn/",
        "http://user:pw@a.cn/",
        "http://a.cn:99999/",
    ],
)
def test_what_is_no_page_has_none(href: str) -> None:
    assert urls.canonical(href, BASE) is None


@pytest.mark.parametrize("href", ["http://a b/", "data:text/html,x", "http://a.gov.cn/" + "x" * 3000])
def test_what_is_too_strange_or_too_long_has_none(href: str) -> None:
    assert urls.canonical(href, BASE) is None


PIECES = st.text(st.sampled_from(string.ascii_letters + string.digits + "-._~%/?&=#;:@!$'()*+, 政务\t"), max_size=40)


@given(path=PIECES)
def test_the_form_is_its_own_form(path: str) -> None:
    once = urls.canonical("http://a.gov.cn/" + path)
    assert once is None or urls.canonical(once) == once


@given(path=PIECES)
def test_the_short_way_and_the_long_way_agree(path: str) -> None:
    short = urls.canonical("/" + path, BASE)
    assert short == urls._canonical("/" + path, BASE)


@pytest.mark.parametrize(
    ("url", "hosts", "inside"),
    [
        ("http://www.x.gov.cn/a", ("x.gov.cn",), True),
        ("http://x.gov.cn/a", ("www.x.gov.cn",), True),
        ("http://x.gov.cn:8080/a", ("x.gov.cn",), True),
        ("http://fgw.x.gov.cn/", ("x.gov.cn",), False),
        ("http://fgw.x.gov.cn/", (".x.gov.cn",), True),
        ("http://evilx.gov.cn/", (".x.gov.cn",), False),
        ("http://x.gov.cn.evil.com/", (".x.gov.cn", "x.gov.cn"), False),
    ],
)
def test_a_page_belongs_to_its_site(url: str, hosts: tuple[str, ...], inside: bool) -> None:
    assert urls.same_site(url, hosts) is inside


def test_pages_that_differ_in_digits_have_one_pattern() -> None:
    first, second = (urls.pattern(f"http://a.cn/cal/{y}/m{m}?d={m}&v=x") for y, m in ((2026, 1), (2031, 12)))
    assert first == second == "a.cn/cal/N/mN?d&v"
    assert urls.pattern("http://a.cn/cal/2026/m1") != first


def test_a_path_that_winds_is_a_trap() -> None:
    assert urls.winding("http://a.cn/x/y/x/y/x/y/x/y.html")
    assert not urls.winding("http://a.cn/zwgk/2026/07/19/zwgk/post.html")
