"""Only the receiver opens what the sender sealed, and each chunk only in its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nodes.running import ALICE, BOB, MALLORY, keys_of, transfer

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import envelope
from yunshu.lib.nodes.envelope import Closing, Session, Suite

HEADER = transfer().header(1, 0)


def sessions(suite: Suite = Suite.AES, **changes: object) -> tuple[Session, Session]:
    header = replace(HEADER, suite=suite, **changes)
    opening, sending = envelope.open_to(BOB.card, header, ALICE.signers)
    return sending, envelope.accept(opening, ALICE.card, BOB.exchange)


@pytest.mark.parametrize("suite", list(Suite))
def test_what_is_sealed_opens_in_its_place(suite: Suite) -> None:
    sending, receiving = sessions(suite)
    assert receiving.header == sending.header
    for number, plain in enumerate([b"", b"x" * 100_000]):
        sealed = sending.seal(number, plain)
        assert len(sealed) == len(plain) + envelope.TAG_BYTES
        assert receiving.unseal(number, sealed) == plain


@pytest.mark.parametrize("suite", list(Suite))
def test_a_chunk_opens_nowhere_else(suite: Suite) -> None:
    sending, receiving = sessions(suite)
    sealed = sending.seal(3, b"population")
    elsewhere = [sessions(suite)[1], sessions(suite, transfer="t2")[1], sessions(suite, session=2)[1]]
    for session, number in [(receiving, 4), *((each, 3) for each in elsewhere)]:
        with pytest.raises(Refused, match="篡改"):
            session.unseal(number, sealed)


@given(at=st.integers(0, 25), bit=st.integers(0, 7))
def test_no_bit_of_a_chunk_can_be_turned(at: int, bit: int) -> None:
    sending, receiving = PAIR
    sealed = bytearray(sending.seal(0, b"population"))
    sealed[at] ^= 1 << bit
    with pytest.raises(Refused, match="篡改"):
        receiving.unseal(0, bytes(sealed))


PAIR = sessions()


def test_an_opening_is_the_senders_and_for_the_receiver_alone() -> None:
    opening, _session = envelope.open_to(BOB.card, HEADER, ALICE.signers)
    with pytest.raises(Refused) as forged:
        envelope.accept(opening, MALLORY.card, BOB.exchange)
    with pytest.raises(Refused) as stolen:
        envelope.accept(opening, ALICE.card, MALLORY.exchange)
    assert (forged.value.code, stolen.value.code) == ("signature_wrong", "not_for_us")


def test_a_changed_opening_is_refused() -> None:
    opening, _session = envelope.open_to(BOB.card, HEADER, ALICE.signers)
    with pytest.raises(Refused) as refused:
        envelope.accept(opening.replace(b'"session":1', b'"session":2'), ALICE.card, BOB.exchange)
    assert refused.value.code == "signature_wrong"


def test_a_node_with_sm2_signs_with_both_keys_and_both_are_checked() -> None:
    both = keys_of("weijian", with_sm2=True)
    opening, _session = envelope.open_to(BOB.card, HEADER, both.signers)
    envelope.accept(opening, both.card, BOB.exchange)
    lone, _session = envelope.open_to(BOB.card, HEADER, both.signers[:1])
    with pytest.raises(Refused) as refused:
        envelope.accept(lone, both.card, BOB.exchange)
    assert refused.value.code == "signature_wrong"


def test_a_closing_is_of_one_session() -> None:
    closing = Closing(3, 300, "00", {"rows": 3})
    text = envelope.close(HEADER, closing, ALICE.signers)
    assert envelope.read_closing(text, HEADER, ALICE.card) == closing
    with pytest.raises(Refused) as refused:
        envelope.read_closing(text, replace(HEADER, session=2), ALICE.card)
    assert refused.value.code == "closing_malformed"
