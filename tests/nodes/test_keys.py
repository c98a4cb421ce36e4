"""A node's keys on disk, its card, and whom it trusts."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.nodes.running import ALICE, BOB, NOW, keys_of

from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.nodes import cards, keys
from yunshu.lib.nodes.cards import CardBook

SECRET = b"a long passphrase"


@pytest.mark.slow
def test_keys_are_what_they_were_when_they_are_opened_again(tmp_path: Path) -> None:
    made = keys.generate("weijian", "n1", now=NOW, with_sm2=True)
    folder = tmp_path / "keys"
    keys.create(folder, SECRET, made)
    found = keys.load(folder, SECRET)
    assert found.card == made.card
    assert found.bus_seed == made.bus_seed
    assert [each.algorithm for each in found.signers] == ["ed25519", "sm2"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert made.bus_seed.encode() not in b"".join(path.read_bytes() for path in folder.iterdir())
    with pytest.raises(CryptoError) as again:
        keys.create(folder, SECRET, made)
    folder.chmod(0o755)
    with pytest.raises(CryptoError) as exposed:
        keys.load(folder, SECRET)
    assert (again.value.code, exposed.value.code) == ("key_exists", "exposed_key")


@pytest.mark.slow
def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", SECRET, ALICE)
    with pytest.raises(CryptoError) as refused:
        keys.load(tmp_path / "keys", b"wrong")
    assert refused.value.code == "wrong_passphrase"


def test_a_card_is_trusted_by_the_fingerprint_that_a_person_compared(tmp_path: Path) -> None:
    book = CardBook(tmp_path)
    with pytest.raises(Refused) as refused:
        book.pin(BOB.signed_card, ALICE.card.fingerprint)
    assert refused.value.code == "fingerprint_differs"
    assert book.pin(BOB.signed_card, BOB.card.fingerprint.replace(" ", "\n")) == BOB.card
    assert CardBook(tmp_path).get(BOB.card.org, "n1") == BOB.card
    assert book.cards() == [BOB.card]


def test_a_card_that_its_keys_did_not_sign_is_refused() -> None:
    forged = cards.signed(replace(BOB.card, exchange=ALICE.card.exchange), *ALICE.signers)
    with pytest.raises(Refused) as refused:
        cards.read(forged)
    assert refused.value.code == "signature_wrong"


def test_the_next_card_needs_the_former_keys(tmp_path: Path) -> None:
    book, successor = CardBook(tmp_path), keys_of(BOB.card.org, "n1", 2)
    book.pin(BOB.signed_card, BOB.card.fingerprint)
    with pytest.raises(Refused) as refused:
        book.renew(successor.signed_card, ALICE.vouch(successor.card))
    assert refused.value.code == "signature_wrong"
    assert book.renew(successor.signed_card, BOB.vouch(successor.card)).version == 2
    with pytest.raises(Refused) as stale:
        book.renew(successor.signed_card, successor.vouch(successor.card))
    assert stale.value.code == "card_stale"


def test_a_revoked_card_is_unknown(tmp_path: Path) -> None:
    book = CardBook(tmp_path)
    book.pin(BOB.signed_card, BOB.card.fingerprint)
    book.revoke(BOB.card.org, "n1")
    with pytest.raises(NotFound):
        book.get(BOB.card.org, "n1")


@pytest.mark.parametrize(
    "change", [{"org": "a.b"}, {"node": ">"}, {"exchange": "00"}, {"bus": "SUAX"}, {"version": "1"}]
)
def test_a_malformed_card_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Refused):
        cards.NodeCard.of(BOB.card.words | change)
