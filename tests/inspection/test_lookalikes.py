"""Names that look like ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.inspection.rules import hosts, lookalikes

WORDS = st.from_regex(r"[a-z][a-z0-9]{3,10}[a-z]", fullmatch=True)


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("www.jieyang.gov.cn", ("jieyang",)),
        ("jieyang.gov.cn", ("jieyang",)),
        ("rsj.jieyang.gov.cn", ("rsj", "jieyang")),
        ("www.rsj.jieyang.gov.cn", ("rsj", "jieyang")),
        ("tour.example", ("tour",)),
    ],
)
def test_what_of_a_host_names_its_owner(host: str, parts: tuple[str, ...]) -> None:
    assert lookalikes.own_parts(host) == parts


@pytest.mark.parametrize(
    ("host", "own", "alike"),
    [
        ("www.jieyang-gov.com", "www.jieyang.gov.cn", True),
        ("jieyang.cn", "www.jieyang.gov.cn", True),
        ("www.jieynag.com", "www.jieyang.gov.cn", True),
        ("jieyang.old-town.example", "www.jieyang.gov.cn", True),
        ("www.jieyangrsj.com", "rsj.jieyang.gov.cn", False),  # three letters within others are chance
        ("rsj-jieyang.com", "rsj.jieyang.gov.cn", True),
        ("www.jieyang.com", "rsj.jieyang.gov.cn", False),
        ("www.baidu.com", "www.jieyang.gov.cn", False),
        ("www.jy.com", "www.jieyang.gov.cn", False),
    ],
)
def test_a_host_bears_a_name_or_does_not(host: str, own: str, alike: bool) -> None:
    assert lookalikes.resembles(host, own) is alike


@given(WORDS)
def test_every_name_that_is_tried_is_one_and_resembles_ours(word: str) -> None:
    own = f"www.{word}.gov.cn"
    for name in lookalikes.names(own):
        assert hosts.tidy(name) == name
        assert lookalikes.resembles(name, own)
        assert not name.endswith(".gov.cn")


def test_a_city_is_looked_for_by_its_spelling_as_well() -> None:
    assert {"jieyang.com", "jieyanggov.cn"} <= set(lookalikes.names("www.gdjy.gov.cn", also=("jieyang",)))
