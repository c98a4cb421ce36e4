"""Delegation narrows: what is lent is held by the giver, at that place, and is never lent on."""

from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import BaseViewer, Grant
from yunshu.lib.kernel.permissions import Permission

PATHS = ["/1/", "/1/2/", "/1/2/3/", "/1/4/", "/5/"]
VIA = ["assignment", "delegation:甲"]
grants = st.builds(
    Grant,
    permission=st.sampled_from(["a.b.c", "a.b.d"]),
    org_id=st.just(1),
    org_path=st.sampled_from(PATHS),
    subtree=st.booleans(),
    role_code=st.just("r"),
    role_name=st.just("r"),
    via=st.sampled_from(VIA),
)


@given(held=st.lists(grants, max_size=6), place=st.sampled_from(PATHS), asked=st.sampled_from(PATHS))
def test_a_taker_may_only_what_the_giver_may_within_the_place(held, place, asked):
    permission = Permission("a.b.c", "c")
    giver = BaseViewer(name="甲", grants=tuple(g for g in held if not g.via.startswith("delegation")))
    taker = BaseViewer(name="乙", grants=rules.lent(held, place, "甲"))

    assert taker.may(permission, asked) == (giver.may(permission, asked) and asked.startswith(place))


@given(held=st.lists(grants, max_size=6), place=st.sampled_from(PATHS))
def test_what_was_lent_is_not_lent_on(held, place):
    assert rules.lent(rules.lent(held, place, "甲"), place, "乙") == ()
