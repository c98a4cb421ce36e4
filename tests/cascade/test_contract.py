"""What two levels agreed: names and codes both ways, and a contract that makes no sense refused by what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.domains.exchange.cascading import SHIPPED
from yunshu.domains.exchange.choices import Cycles, Sharing
from yunshu.lib.cascade import contract
from yunshu.lib.kernel.errors import Refused

TEXT = SHIPPED.read_text()


@given(st.sampled_from(Sharing.values), st.sampled_from(Cycles.values), st.text())
def test_what_goes_out_comes_back_the_same(sharing: str, cycle: str, name: str) -> None:
    kind = contract.read(TEXT).kind("entry.report")
    words = {"name": name, "sharing_type": sharing, "cycle": cycle, "unnamed": 1}
    assert kind.inward(kind.outward(words)) == words


def test_a_code_that_nobody_mapped_is_refused_both_ways() -> None:
    kind = contract.read(TEXT).kind("entry.report")
    for call, words in ((kind.outward, {"cycle": "hourly"}), (kind.inward, {"gxzq": "0"})):
        with pytest.raises(Refused) as refused:
            call(words)
        assert refused.value.code == "code_unmapped"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('version = "yunshu-1"', "", "version"),
        ('code = "ML02"', 'code = "ML01"', "ML01"),
        ('name = "xxzymc"', 'name = "djbh"', "djbh"),
        ('conditional = "2"', 'conditional = "1"', "sharing_type"),
        ("factor = 2", "factor = 0.5", "倍数"),
        ("batch = 100", "batch = 0", "限额"),
        ('send = "/cascade', 'send = "cascade', "/"),
        ("[limits]", "[limits", "级联约定"),
        ("[limits]", "a = " + "[" * 5000, "级联约定"),
    ],
)
def test_a_contract_that_makes_no_sense_says_what_is_wrong(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(Refused) as refused:
        contract.read(TEXT.replace(old, new, 1))
    assert refused.value.code == "contract_malformed"
    assert says in refused.value.message


@given(st.integers(1, 400))
def test_pauses_grow_and_stay_within_the_longest(tries: int) -> None:
    read = contract.read(TEXT)
    assert read.first_s <= read.pause_s(tries) <= read.pause_s(tries + 1) <= read.longest_s
